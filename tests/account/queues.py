"""Requests that queue for the tokens of a bucket, on the time of the running loop."""

from __future__ import annotations

import asyncio

from kalshi_async.account.throttle import Reservation, TokenBucket
from kalshi_async.contract.operation import Priority

REDUCING, ADDING, BACKGROUND = Priority.RISK_REDUCING, Priority.RISK_ADDING, Priority.BACKGROUND


def bucket(capacity: float = 100, refill_per_s: float = 100) -> TokenBucket:
    return TokenBucket(capacity, refill_per_s, now=asyncio.get_running_loop().time, name="write")


def now() -> float:
    return asyncio.get_running_loop().time()


async def drained(capacity: float = 100, refill_per_s: float = 100) -> TokenBucket:
    empty = bucket(capacity, refill_per_s)
    await empty.take(capacity, ADDING)
    return empty


class Queue:
    """Tasks that wait for tokens, and the order and times at which they got them."""

    def __init__(self, tokens: TokenBucket) -> None:
        self.tokens = tokens
        self.admitted: list[tuple[str, float]] = []
        self._tasks: list[asyncio.Task[Reservation]] = []

    async def join(
        self,
        name: str,
        cost: float,
        priority: Priority = ADDING,
        max_queue_s: float | None = None,
        *,
        is_batch: bool = False,
    ) -> asyncio.Task[Reservation]:
        """Begin to wait; returns once the request stands in the queue."""
        task = asyncio.create_task(self._take(name, cost, priority, max_queue_s, is_batch))
        self._tasks.append(task)
        await asyncio.sleep(0)
        return task

    async def _take(
        self, name: str, cost: float, priority: Priority, max_queue_s: float | None, is_batch: bool
    ) -> Reservation:
        reservation = await self.tokens.take(cost, priority, max_queue_s, is_batch=is_batch)
        self.admitted.append((name, round(now(), 6)))
        return reservation

    async def all_done(self) -> list[tuple[str, float]]:
        await asyncio.wait(self._tasks)
        return self.admitted
