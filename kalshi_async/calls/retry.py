"""Whether a failed attempt is followed by another, and after which wait. No I/O, no clock.

``judge`` says what may be sent again: a request that was not sent, or was refused with 429,
certainly had no effect; after an unknown outcome the idempotency class decides.
``RetryPolicy`` says when, by the stop and wait objects of tenacity; it is asked only after
a failure.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum

import tenacity
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from kalshi_async.contract.operation import Idempotency, Operation
from kalshi_async.errors import (
    ApiError,
    KalshiError,
    NotSent,
    RateLimited,
    RejectedRows,
    ReplyLost,
    ServerError,
    UnexpectedReply,
)


class Verdict(Enum):
    """What a failed attempt means for the call."""

    AGAIN = "certainly not executed: send again"
    RESEND = "fate unknown, and a second delivery does no harm: send again"
    UNKNOWN = "fate unknown, and it must not be delivered twice"
    SETTLE = "refused, while an earlier attempt may have been executed: read"
    FINAL = "refused, and nothing else can have happened"


class jittered(wait_base):
    """Doubling waits, each drawn from its upper half: clients that failed together retry apart."""

    def __init__(self, first_s: float, most_s: float, rng: random.Random | None = None) -> None:
        """Wait about ``first_s`` after the first failure, never more than ``most_s``, by chance ``rng``."""
        self.first_s = first_s
        self.most_s = most_s
        self.rng = rng or random.Random()

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        """Return the seconds to wait."""
        doublings = min(retry_state.attempt_number - 1, 60)  # a float ends at 1024 of them
        longest = min(self.most_s, self.first_s * 2.0**doublings)
        return longest * self.rng.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How many attempts a call makes, and how long it waits between them.

    ``stop`` and ``wait`` are objects of tenacity; any of its own fits. By default at most four
    attempts, 0.1 s apart at first and at most 2 s. A 429 waits in the token bucket.
    """

    stop: stop_base = field(default_factory=lambda: tenacity.stop_after_attempt(4))
    wait: wait_base = field(default_factory=lambda: jittered(0.1, 2.0))

    def next_wait_s(self, attempts: int, error: KalshiError, elapsed_s: float = 0.0) -> float | None:
        """Return the seconds to wait before the next attempt, or None to stop."""
        state = tenacity.RetryCallState(_ASKING, None, (), {})
        state.attempt_number = attempts
        state.set_exception((type(error), error, error.__traceback__))
        state.outcome_timestamp = state.start_time + elapsed_s
        wait_s = 0.0 if isinstance(error, RateLimited) else float(self.wait(state))
        state.upcoming_sleep = wait_s
        return None if self.stop(state) else wait_s


def judge(operation: Operation[object], error: KalshiError, *, in_doubt: bool) -> Verdict:
    """Say what an error of one attempt means, by what is certain after it.

    in_doubt: an earlier attempt of this call may have been executed. Then no refusal is
        final, because the first attempt may be the reason for it (a duplicate, no balance).
    """
    if isinstance(error, (NotSent, RateLimited)):
        return Verdict.AGAIN
    if operation.idempotency is Idempotency.SAFE:
        return _judge_read(error)
    if _is_unknown(error):
        is_once = operation.idempotency is Idempotency.ONCE
        return Verdict.UNKNOWN if is_once else Verdict.RESEND
    return Verdict.SETTLE if in_doubt else Verdict.FINAL


def _is_unknown(error: KalshiError) -> bool:
    if isinstance(error, ApiError):
        return not 400 <= error.status < 500
    return isinstance(error, (ReplyLost, UnexpectedReply))


def _judge_read(error: KalshiError) -> Verdict:
    if isinstance(error, RejectedRows):
        return Verdict.FINAL
    if isinstance(error, (ReplyLost, ServerError, UnexpectedReply)):
        return Verdict.AGAIN
    return Verdict.FINAL


# RetryCallState needs an owner; the stop and wait objects do not use it.
_ASKING = tenacity.AsyncRetrying()
