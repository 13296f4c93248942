"""The queue of one client: frames that are numbered and encoded, on their way to the wire.

Frames of one turn of the loop are written together. While the wire takes no more, they wait here;
a subscription for which more waits than ``limit_bytes`` has overflowed, and loses what waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from kalshi_async.sandbox.streams.subscription import Subscription


class Outbox:
    """Owns what waits. ``write`` gets texts; ``overflow`` a subscription that has lost its own."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        write: Callable[[Sequence[bytes]], None],
        overflow: Callable[[Subscription], None],
        limit_bytes: int,
    ) -> None:
        self._loop = loop
        self._write = write
        self._overflow = overflow
        self._limit_bytes = limit_bytes
        self._waiting: list[tuple[Subscription | None, bytes]] = []
        self._behind: dict[Subscription, int] = {}  # bytes that wait because the wire is full
        self._is_full = False
        self._flushing: asyncio.Handle | None = None
        self._held_until_s = 0.0
        self._is_closed = False

    def put(self, subscription: Subscription | None, text: bytes) -> None:
        """Send a frame; ``subscription`` is the one to which it belongs, if it does to one."""
        if self._is_closed:
            return
        self._waiting.append((subscription, text))
        if self._is_full and subscription is not None:
            behind = self._behind[subscription] = self._behind.get(subscription, 0) + len(text)
            if behind > self._limit_bytes:
                self.forget(subscription)
                self._overflow(subscription)
        elif self._flushing is None:
            self._flushing = self._loop.call_soon(self._flush)

    def forget(self, subscription: Subscription) -> None:
        """Drop what waits for a subscription."""
        self._waiting = [entry for entry in self._waiting if entry[0] is not subscription]
        self._behind.pop(subscription, None)

    def hold(self, seconds: float) -> None:
        """Write nothing for so many seconds from now."""
        self._flush()
        self._held_until_s = max(self._held_until_s, self._loop.time() + seconds)

    def fill(self) -> None:
        """Note that the wire takes no more."""
        self._is_full = True

    def drain(self) -> None:
        """Note that the wire takes frames again."""
        self._is_full = False
        self._behind.clear()
        self._flush()

    def close(self) -> None:
        """Write what can still be written, and nothing after it."""
        self._flush()
        self._is_closed = True
        self._waiting.clear()
        if self._flushing is not None:
            self._flushing.cancel()

    def _flush(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self._is_full or not self._waiting:
            return
        if self._loop.time() < self._held_until_s:
            self._flushing = self._loop.call_at(self._held_until_s, self._flush)
            return
        waiting, self._waiting = self._waiting, []
        self._write([text for _, text in waiting])
