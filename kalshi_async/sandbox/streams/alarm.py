"""Planned actions of the exchange, run at their times while a stream is open.

Without streams nobody sees when an order expires: the next call runs what was due. With a stream
the frame must be sent at its time, so a timer makes that call.
"""

from __future__ import annotations

import asyncio

from kalshi_async.clock import Clock
from kalshi_async.sandbox.engine.agenda import NEVER_US
from kalshi_async.sandbox.exchange import Exchange


class Alarm:
    """One timer, set to the next planned action. Owns the agenda's watcher."""

    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        self._exchange = exchange
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run planned actions at their times, by the timers of a loop."""
        self._loop = loop
        self._exchange.venue.agenda.watcher = self._set
        self._set()

    def rest(self) -> None:
        """Stop."""
        self._exchange.venue.agenda.watcher = None
        self._loop = None
        self._stop_timer()

    def _set(self) -> None:
        self._stop_timer()
        due_us = self._exchange.venue.agenda.next_due_us
        if self._loop is not None and due_us < NEVER_US:
            delay_s = (-(-due_us // 1_000) - self._clock.now_ms()) / 1_000
            self._timer = self._loop.call_later(
                max(self._exchange.venue.rules.streams.shortest_wait_s, delay_s), self._ring
            )

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._exchange.advance()
        self._set()
