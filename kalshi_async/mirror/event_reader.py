"""One reader of a mirror's events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from kalshi_async.errors import KalshiError, SlowConsumer
from kalshi_async.mirror.events import MirrorEvent

MOST_EVENTS = 100_000
"""Events that may wait for one reader (ours)."""


class EventReader:
    """The events of a mirror since the reader was made; for one task."""

    def __init__(self) -> None:
        self._events: deque[MirrorEvent] = deque()
        self._ending: KalshiError | None = None
        self._waiter: asyncio.Future[None] | None = None

    def __aiter__(self) -> AsyncIterator[MirrorEvent]:
        return self

    async def __anext__(self) -> MirrorEvent:
        """Return the next event; wait for one. Never ends by itself."""
        while not self._events:
            if self._ending is not None:
                raise self._ending
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._events.popleft()

    def put(self, event: MirrorEvent) -> None:
        """Take an event."""
        if self._ending is None:
            self._events.append(event)
            if len(self._events) > MOST_EVENTS:
                self.end(SlowConsumer(f"a reader of a mirror let more than {MOST_EVENTS} events wait"))
            self._wake()

    def end(self, error: KalshiError) -> None:
        """Raise an error to the reader after what has been put."""
        if self._ending is None:
            self._ending = error
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Waiters:
    """Tasks that wait for the next event."""

    def __init__(self) -> None:
        self._futures: list[asyncio.Future[None]] = []

    async def wait(self) -> None:
        """Wait for the next ``wake``."""
        future = asyncio.get_running_loop().create_future()
        self._futures.append(future)
        await future

    def wake(self) -> None:
        """Let all of them go on."""
        if self._futures:
            futures, self._futures = self._futures, []
            for future in futures:
                if not future.done():  # canceled
                    future.set_result(None)
