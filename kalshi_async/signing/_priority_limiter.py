"""A limit on how many sign at once: turns are granted by priority, then by arrival.

An RSA signature takes about a millisecond. Without the limit, requests that were granted
tokens at once would be signed in order of arrival, a cancel after all the quotes before it.
"""

from __future__ import annotations

import asyncio

from kalshi_async.account.priority_queue import PriorityQueue, Waiter
from kalshi_async.contract.operation import Priority


class PriorityLimiter:
    """Grants up to ``width`` turns at once. Owner of its queue; used on one event loop only."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._queue = PriorityQueue[None]()

    async def enter(self, priority: Priority) -> None:
        """Wait for a turn; every ``enter`` that returns must be followed by one ``leave``."""
        # Invariant: while a turn is free, no request is queued.
        if self._free > 0:
            self._free -= 1
            return
        # ``Waiter[None](...)`` fails on CPython 3.11: its class is frozen and has slots.
        waiter: Waiter[None] = Waiter(1, priority, asyncio.get_running_loop().create_future())
        self._queue.join(waiter)
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Grant the turn to the next request in the queue, or free it."""
        waiter = self._queue.head()
        if waiter is None:
            self._free += 1
        else:
            waiter.granted.set_result(None)
