"""The clock of a session, which can be replaced: time to sign with, to measure and to sleep.

``now_ms`` follows the wall clock, because the exchange compares timestamps with its own.
``monotonic`` never steps, and measures every wait; ``sleep`` waits on the same base. Other
timers of the package use the running event loop. For virtual time, replace the time of the
loop together with this clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The clock that a session uses. Implement it to run on simulated time."""

    def now_ms(self) -> int:
        """Return Unix time in milliseconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, from any start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less yields to the event loop once."""
        ...


class SystemClock:
    """The machine's own clock."""

    __slots__ = ()

    def now_ms(self) -> int:
        """Return the system's Unix time in milliseconds."""
        return time.time_ns() // 1_000_000

    monotonic = staticmethod(time.monotonic)
    """Return ``time.monotonic()``."""

    async def sleep(self, seconds: float) -> None:
        """Wait on the running event loop."""
        await asyncio.sleep(max(0.0, seconds))


class ExchangeTime:
    """The time of the exchange, to filter lists by and to set expiries with.

    In tests on the embedded exchange it is days away from ``time.time()``: a filter made of that
    hides every row.
    """

    __slots__ = ("_now_ms",)

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Return Unix time in milliseconds."""
        return self._now_ms()

    def now(self) -> datetime:
        """Return the time as an aware datetime, in UTC."""
        return datetime.fromtimestamp(self._now_ms() / 1000, UTC)
