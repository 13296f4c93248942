"""Go on looking through failures that pass: an outage, a full bucket, a gateway that answers by itself."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

from kalshi_async.calls.polling import FIRST_POLL_S, doubling_s
from kalshi_async.clock import Clock
from kalshi_async.errors import (
    ApiError,
    DeadlineExceeded,
    ExchangePaused,
    KalshiError,
    RateLimited,
    ServerError,
    ThrottleTimeout,
    TransportError,
    UnexpectedReply,
)

Answer = TypeVar("Answer")

_log = logging.getLogger("kalshi_async")

SHORTEST_POLL_S = FIRST_POLL_S / 2  # ours: a look sooner after the one before would show nothing new

_PASSING = (
    TransportError,
    RateLimited,
    ServerError,
    ExchangePaused,
    UnexpectedReply,
    DeadlineExceeded,
    ThrottleTimeout,
)


def passes(error: KalshiError) -> bool:
    """Tell whether the same read may succeed later: nothing is wrong with the request itself."""
    return isinstance(error, _PASSING) or (isinstance(error, ApiError) and error.status == 408)


def pause_s(wanted_s: float, left_s: float) -> float:
    """Return the pause before the next look; infinite if there is no time for another one.

    The last look comes one short interval before the end.
    """
    longest_s = min(wanted_s, left_s - FIRST_POLL_S)
    return math.inf if longest_s < SHORTEST_POLL_S else longest_s


def to_the_end(
    clock: Clock, ends_s: float, wanted_s: Callable[[int], float] = doubling_s
) -> Callable[[int], float]:
    """Return the ``wait_s`` of a polling that ends at ``ends_s``, with a look shortly before."""
    return lambda looks: pause_s(wanted_s(looks), ends_s - clock.monotonic())


def through_failures(
    look: Callable[[], Awaitable[Answer | None]], failures: list[KalshiError] | None = None
) -> Callable[[], Awaitable[Answer | None]]:
    """Return the look that says "not yet" when it fails with an error that passes.

    failures: takes the errors, for the report at the end.
    """

    async def patient() -> Answer | None:
        try:
            return await look()
        except KalshiError as error:
            if not passes(error):
                raise
            _log.info("a look failed and is repeated: %s", error)
            if failures is not None:
                failures[:] = [error]
            return None

    return patient
