"""Whether to try again, and how long to wait first. Pure: no I/O, no clock of its own.

tenacity's stop and wait objects decide; they are asked only after a failure, so the
path of a request that succeeds pays nothing for them. What may be tried again at
all follows from certainty: a request that was not sent, or was refused with 429,
certainly did nothing. After an unknown outcome, the idempotency class decides.
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

_KEY_TAKEN = {
    "create_order": "order_already_exists",
    "batch_create_orders": "order_already_exists",
    "intra_exchange_transfer": "transfer_already_applied",
}
"""The refusal of a key that was used before, for operations whose key reads show (semantics.md 14.3)."""


class Verdict(Enum):
    """What a failed attempt means for the call."""

    AGAIN = "certainly not executed: send again"
    RESEND = "fate unknown, and a second delivery does no harm: send again"
    UNKNOWN = "fate unknown, and it must not be delivered twice"
    SETTLE = "refused, while an earlier attempt may have been executed: read"
    FINAL = "refused, and nothing else can have happened"


class jittered(wait_base):
    """Doubling waits, each drawn from its upper half, so that clients do not march in step."""

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
    """How often and how patiently to repeat what may be repeated.

    ``stop`` and ``wait`` are tenacity's (any of them fits). By default at most four
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

    ``in_doubt``: an earlier attempt of this call may have been executed. No refusal is
    final then, because the first may be what the second is refused for.
    """
    if isinstance(error, (NotSent, RateLimited)):
        return Verdict.AGAIN
    if operation.idempotency is Idempotency.SAFE:
        return _judge_read(error)
    if _is_unknown(error):
        is_once = operation.idempotency is Idempotency.ONCE
        return Verdict.UNKNOWN if is_once else Verdict.RESEND
    return Verdict.SETTLE if in_doubt or _may_be_ours(operation, error) else Verdict.FINAL


def _may_be_ours(operation: Operation[object], error: KalshiError) -> bool:
    """Whether a taken key may be taken by this request: a proxy on the way may deliver it twice."""
    return isinstance(error, ApiError) and error.code == _KEY_TAKEN.get(operation.name, "")


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


# Only the attempt number is asked of the state; tenacity wants an owner all the same.
_ASKING = tenacity.AsyncRetrying()
