"""Time, as one replaceable thing: what to sign with, what to wait by, and how to wait.

``now_ms`` follows the wall clock (the exchange compares timestamps with its own);
``monotonic`` never steps and measures every wait; ``sleep`` passes on the same base.
Timers elsewhere in the package use the running event loop, whose time a virtual
loop replaces together with this clock.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What the package asks of time. Implement it to run on time of your own."""

    def now_ms(self) -> int:
        """Return Unix time in milliseconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
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
