"""A queue of requests by priority, then by arrival. Knows nothing of tokens or time.

A request that is canceled or times out stays in the queue until it reaches the head, or
until a compaction: ``join`` compacts when the queue has doubled since the last time. So
joining and taking the head cost the same however long the queue is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from kalshi_async.contract.operation import Priority

Granted = TypeVar("Granted")

# A shorter queue is not compacted: there is little to gain (ours).
_COMPACT_FROM = 64


@dataclass(frozen=True, slots=True, eq=False)
class Waiter(Generic[Granted]):
    """One queued request; it has left the queue once ``granted`` is done."""

    cost: float
    priority: Priority
    granted: asyncio.Future[Granted]
    is_batch: bool = False
    """Whether it can be split: then it fails where it can never be granted as a whole."""


class PriorityQueue(Generic[Granted]):
    """Queued requests in the order in which they are served. Owner of that order."""

    __slots__ = ("_compact_at", "_queues")

    def __init__(self) -> None:
        # ``Priority`` lists its members most urgent first, and a dict keeps that order.
        self._queues: dict[Priority, deque[Waiter[Granted]]] = {priority: deque() for priority in Priority}
        self._compact_at = dict.fromkeys(Priority, _COMPACT_FROM)

    def __iter__(self) -> Iterator[Waiter[Granted]]:
        """Yield the queued requests, in order."""
        for queue in self._queues.values():
            yield from (waiter for waiter in queue if not waiter.granted.done())

    def join(self, waiter: Waiter[Granted]) -> None:
        """Queue a request behind those of its priority."""
        queue = self._queues[waiter.priority]
        if len(queue) >= self._compact_at[waiter.priority]:
            queue = self._queues[waiter.priority] = deque(each for each in queue if not each.granted.done())
            # Twice the requests that are left: one compaction is paid for by as many joins.
            self._compact_at[waiter.priority] = max(_COMPACT_FROM, 2 * len(queue))
        queue.append(waiter)

    def head(self) -> Waiter[Granted] | None:
        """Return the next request to serve, and drop those ahead of it that have left."""
        for queue in self._queues.values():
            while queue:
                if not queue[0].granted.done():
                    return queue[0]
                queue.popleft()
        return None
