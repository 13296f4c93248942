"""A limit on how many sign at once: turns are granted by priority, then by arrival.

An RSA signature takes about a millisecond. Without the limit, requests that were granted
tokens at once would be signed in order of arrival, a cancel after all the quotes before it.
"""

from __future__ import annotations

import asyncio

from kalshi_async.account.bucket_limits import REDUCING
from kalshi_async.account.priority_queue import PriorityQueue, Waiter
from kalshi_async.contract.operation import Priority


class PriorityLimiter:
    """Grants up to ``width`` turns at once. Owner of its queue; used on one event loop only.

    All turns but one are for every priority. The last is kept for requests that reduce risk: a
    signer may hang, and others may hold all the other turns. A width of 1 leaves none to keep.
    """

    def __init__(self, width: int) -> None:
        self._free = width
        self._free_for_others = max(1, width - 1)  # turns that may be held without reducing risk
        self._queue = PriorityQueue[None]()

    async def enter(self, priority: Priority) -> None:
        """Wait for a turn; every ``enter`` that returns must be followed by one ``leave``."""
        # Invariant: while a turn is free for a priority, no request of that priority is queued.
        if self._may_enter(priority):
            self._count(priority, -1)
            return
        # ``Waiter[None](...)`` fails on CPython 3.11: its class is frozen and has slots.
        waiter: Waiter[None] = Waiter(1, priority, asyncio.get_running_loop().create_future())
        self._queue.join(waiter)
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled():
                self.leave(priority)
            raise

    def leave(self, priority: Priority) -> None:
        """Free a turn that was entered at this priority, and grant it to the next request."""
        self._count(priority, 1)
        while (waiter := self._queue.head()) is not None and self._may_enter(waiter.priority):
            self._count(waiter.priority, -1)
            waiter.granted.set_result(None)

    def _may_enter(self, priority: Priority) -> bool:
        return self._free > 0 and (priority <= REDUCING or self._free_for_others > 0)

    def _count(self, priority: Priority, turns: int) -> None:
        self._free += turns
        if priority > REDUCING:
            self._free_for_others += turns
