"""Whether a failed attempt is followed by another, and after which wait. No I/O, no clock.

``judge`` says what may be sent again: a request that was not sent, not sent whole, or was
refused with 429, certainly had no effect; after an unknown outcome the idempotency class decides.
``RetryPolicy`` says when, by the stop and wait objects of tenacity; it is asked only after
a failure.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from enum import Enum

import tenacity
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from kalshi_async.contract.operation import Idempotency, Operation
from kalshi_async.errors import (
    ApiError,
    ExchangePaused,
    IncompleteRequest,
    KalshiError,
    NotSent,
    RateLimited,
    RejectedRows,
    ReplyLost,
    UnexpectedReply,
)

LEAST_WAIT_S = 0.05
"""Seconds that the deadline of a call may shorten a wait to (ours)."""


NOT_EXECUTED = (NotSent, RateLimited, ExchangePaused, IncompleteRequest)
"""The errors of an attempt that certainly did nothing and may succeed the next time."""
_KEY_TAKEN = {
    "create_order": "order_already_exists",
    "batch_create_orders": "order_already_exists",
    "intra_exchange_transfer": "transfer_already_applied",
    "transfer_between_subaccounts": "transfer_already_applied",
}
"""The refusal of a key that was used before, for operations whose effect reads show (semantics.md 14.3)."""


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
    """When to repeat a request that may be repeated.

    Time is the only budget: by default nothing but the deadline of the call ends the attempts.
    ``stop`` and the waits are tenacity's; any of them fits.
    """

    stop: stop_base = field(default_factory=lambda: tenacity.stop_never)
    """Ends the attempts before the deadline; by default never."""
    wait: wait_base = field(default_factory=lambda: jittered(0.1, 1.0))
    """Waits after a failure: 0.1 s at first, at most 1 s."""
    refused_wait: wait_base = field(default_factory=lambda: jittered(0.01, 0.5))
    """Waits after a 429, before the request queues for tokens again: 0.01 s at first, at most 0.5 s."""

    def next_wait_s(
        self, attempts: int, error: KalshiError, elapsed_s: float = 0.0, left_s: float = math.inf
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None to stop.

        elapsed_s: seconds since the call began.
        left_s: seconds until its deadline, which shorten the wait; see ``shortened``.
        """
        state = tenacity.RetryCallState(_ASKING, None, (), {})
        state.attempt_number = attempts
        state.set_exception((type(error), error, error.__traceback__))
        state.outcome_timestamp = state.start_time + elapsed_s
        wait_s = float((self.refused_wait if isinstance(error, RateLimited) else self.wait)(state))
        wait_s = shortened(wait_s, left_s)
        state.upcoming_sleep = wait_s
        return None if self.stop(state) else wait_s


def shortened(wait_s: float, left_s: float) -> float:
    """Return a wait of at most a quarter of the seconds left, and at least ``LEAST_WAIT_S``.

    So an outage is noticed that ends shortly before the deadline.
    """
    return min(wait_s, max(LEAST_WAIT_S, left_s / 4))


def judge(operation: Operation[object], error: KalshiError, *, in_doubt: bool) -> Verdict:
    """Say what an error of one attempt means, by what is certain after it.

    in_doubt: an earlier attempt of this call may have been executed. Then no refusal is
        final, because the first attempt may be the reason for it (a duplicate, no balance).
    """
    if isinstance(error, NOT_EXECUTED):
        return Verdict.AGAIN
    if isinstance(error, RejectedRows) and operation.idempotency is Idempotency.SAFE:
        return Verdict.FINAL
    if is_unknown(error):
        return _AFTER_UNKNOWN[operation.idempotency]
    return Verdict.SETTLE if in_doubt or _may_be_ours(operation, error) else Verdict.FINAL


def _may_be_ours(operation: Operation[object], error: KalshiError) -> bool:
    """Whether a taken key may be taken by this request: a proxy on the way may deliver it twice."""
    return isinstance(error, ApiError) and error.code == _KEY_TAKEN.get(operation.name, "")


def is_unknown(error: KalshiError) -> bool:
    """Whether an attempt that ended so may have been executed."""
    if isinstance(error, NOT_EXECUTED):
        return False
    if isinstance(error, ApiError):
        # 408: the exchange, or a proxy before it, stopped waiting; whether it acted is not said.
        # A redirect sends the caller elsewhere: the exchange has not acted, and it is not followed.
        is_refusal = 400 <= error.status < 500 or error.is_redirect
        return error.status == 408 or not is_refusal
    return isinstance(error, (ReplyLost, UnexpectedReply))


def certain(found: KalshiError, refusal: KalshiError, sent: bool | None) -> KalshiError:
    """Return the error that reading made certain: the refusal itself, or another one caused by it."""
    if found is refusal and is_unknown(refusal):
        return refusal.replace(message=f"{refusal}; reading shows that it was not executed", sent=False)
    if found is refusal:
        return refusal if refusal.sent else refusal.replace(sent=sent)
    twin = found.replace()
    twin.__cause__ = refusal
    return twin


_AFTER_UNKNOWN = {
    Idempotency.SAFE: Verdict.AGAIN,
    Idempotency.REPEATABLE: Verdict.RESEND,
    Idempotency.ONCE: Verdict.UNKNOWN,
}

# RetryCallState needs an owner; the stop and wait objects do not use it.
_ASKING = tenacity.AsyncRetrying()
