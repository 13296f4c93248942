"""Who signs next: by priority, then arrival, a few at a time.

An RSA signature takes about a millisecond, so many requests that were admitted at
once would otherwise stand in line for it as they came, a cancel behind the quotes.
"""

from __future__ import annotations

import asyncio
import heapq

from kalshi_async.contract.operation import Priority


class PriorityLimiter:
    """Grants up to ``width`` turns at once. Owner of the line; used on the event loop alone."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._arrivals = 0
        self._line: list[tuple[int, int, asyncio.Future[None]]] = []

    async def enter(self, priority: Priority) -> None:
        """Wait for a turn; whoever got one must ``leave``."""
        if self._free > 0:
            self._free -= 1
            return
        self._arrivals += 1
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._line, (priority, self._arrivals, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Hand the turn to the next in line."""
        while self._line:
            _, _, turn = heapq.heappop(self._line)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
