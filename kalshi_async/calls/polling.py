"""Repeat a read until it answers. Everything that waits by reading uses this loop."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from kalshi_async.calls.call import Doubt, Settlement, Settler
from kalshi_async.clock import Clock
from kalshi_async.errors import KalshiError

Answer = TypeVar("Answer")

_log = logging.getLogger("kalshi_async")

FIRST_POLL_S = 0.1
"""Seconds after the first look (ours)."""

LONGEST_POLL_S = 1.0
"""Seconds between later looks at most: each wait is twice the one before (ours)."""


async def poll(
    look: Callable[[], Awaitable[Answer | None]],
    clock: Clock,
    *,
    ends_s: float | None = None,
    wait_s: Callable[[int], float] | None = None,
) -> Answer | None:
    """Call ``look`` until it returns an answer; None when no further look fits before ``ends_s``.

    look: reads once; None means "not yet". An error of it ends the polling.
    ends_s: on the monotonic clock; None: the caller has a deadline around the polling.
    wait_s: seconds to wait after the look of this number, counted from 0; doubling by default.
    """
    looks = 0
    while True:
        answer = await look()
        if answer is not None:
            return answer
        pause_s = doubling_s(looks) if wait_s is None else wait_s(looks)
        if ends_s is not None and clock.monotonic() + pause_s >= ends_s:
            return None
        await clock.sleep(pause_s)
        looks += 1


def doubling_s(looks: int) -> float:
    """Return 0.1, 0.2, 0.4 … seconds, at most 1."""
    return min(LONGEST_POLL_S, FIRST_POLL_S * 2.0 ** min(looks, 10))


async def settle(settler: Settler[Answer], doubt: Doubt, clock: Clock) -> Settlement[Answer]:
    """Look until a settler knows what became of a write, through failures of the looks themselves.

    A deadline around it ends it. ``Unprovable`` ends it at once.
    """

    async def look() -> Settlement[Answer]:
        try:
            return await settler.look(doubt)
        except KalshiError as error:
            _log.info("looking for the outcome of a write failed: %s", error)
            return None

    return await poll(look, clock)
