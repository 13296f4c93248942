"""A concurrency limit by priority, then by arrival: which request is signed next.

An RSA signature takes about a millisecond. When many requests are admitted at once, a
plain queue would sign them in the order of arrival, and a cancel after all the quotes.
"""

from __future__ import annotations

import asyncio
import heapq

from kalshi_async.contract.operation import Priority


class PriorityLimiter:
    """Lets up to ``width`` requests in at once. Owner of the queue; used on the event loop alone."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._arrivals = 0
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []

    async def enter(self, priority: Priority) -> None:
        """Wait for a slot; every ``enter`` that returns must be followed by one ``leave``."""
        # Invariant: while a slot is free, no request is queued.
        if self._free > 0:
            self._free -= 1
            return
        self._arrivals += 1
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (priority, self._arrivals, turn))
        try:
            await turn
        except asyncio.CancelledError:
            # The slot may have been granted in the same pass of the loop: pass it on.
            if turn.done() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the slot to the next queued request, or free it."""
        while self._queue:
            _, _, turn = heapq.heappop(self._queue)
            if not turn.done():  # a canceled request is still in the queue
                turn.set_result(None)
                return
        self._free += 1
