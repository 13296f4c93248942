"""Send the items of a batch in pieces: each as large as can be paid for now, all at the same time.

* Take the tokens of one item, in the queue, and those of further items as far as they are on hand.
* Send these items as one request, and go on with the rest while it is under way.
* After a 429 take the items of the request back, and cut them anew.

So no item waits for the tokens of another: the first leaves as soon as its own are there. The
batch has one place in the queue at a time; a single cancel behind it waits for one item at most.
Knows no entry of a reply.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kalshi_async.account.bucket_limits import EPSILON, TooDear
from kalshi_async.account.throttle import Reservation, TokenBucket
from kalshi_async.calls.context import Context
from kalshi_async.contract.operation import Operation
from kalshi_async.errors import DeadlineExceeded, KalshiError, RateLimited
from kalshi_async.resources._batch_call import BatchCall

MOST_UNDER_WAY = 64
"""Requests of one batch at the same time (ours). Tokens that come meanwhile make the next one larger."""

Item = TypeVar("Item")
Reply = TypeVar("Reply")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Ended(Generic[Item, Reply, Found]):
    """A piece that has ended. ``sent`` is None if no time was left to send it."""

    items: Sequence[Item]
    sent: BatchCall[Reply, Found] | None
    outcome: Reply | KalshiError


@dataclass(slots=True)
class _Pending(Generic[Item]):
    """An item that is to be sent, after so many attempts that met a 429.

    ``ends_s``: its deadline on the monotonic clock; None until it is the next to wait for tokens.
    """

    item: Item
    ends_s: float | None = None
    attempts: int = 0
    refusal: KalshiError | None = None


class Pieces(Generic[Item, Reply, Found]):
    """Sends one batch whose requests reduce risk. Owner of the items that are still to be sent."""

    def __init__(
        self,
        context: Context,
        operation: Operation[Reply],
        prepare: Callable[[Context, Sequence[Item]], BatchCall[Reply, Found]],
    ) -> None:
        """Take the operation, and the function that builds the call of one piece."""
        self._context = context
        self._operation = operation
        self._prepare = prepare
        self._clock = context.pipeline.clock
        self._left: deque[_Pending[Item]] = deque()
        self._ended: list[Ended[Item, Reply, Found]] = []
        self._under_way = 0
        self._changed = asyncio.Event()

    async def send(self, items: Sequence[Item]) -> list[Ended[Item, Reply, Found]]:
        """Send all items; returns once every piece has ended, in the order in which they did.

        Each piece may take as long as a call may, its wait for tokens included; all of them end
        with the context.
        """
        self._left.extend(_Pending(item) for item in items)
        async with asyncio.TaskGroup() as tasks:
            while self._left or self._under_way:
                if self._left and self._under_way < MOST_UNDER_WAY:
                    await self._send_some(tasks)
                else:
                    self._changed.clear()
                    await self._changed.wait()
        return self._ended

    async def _send_some(self, tasks: asyncio.TaskGroup) -> None:
        """Wait until the next item can be paid for, and send it with those that can be paid for too."""
        pipeline, priority = self._context.pipeline, self._operation.priority
        bucket = pipeline.limits.bucket(self._operation.bucket)
        each = max(1, pipeline.limits.cost(self._operation, pipeline.base_path))
        asked_s = self._clock.monotonic()
        ends_s = self._left[0].ends_s = self._left[0].ends_s or self._context.write_ends_s()
        try:
            async with asyncio.timeout(ends_s - asked_s):
                paid = await bucket.take(each, priority)
        except TimeoutError:
            self._give_up(max(1, int(bucket.largest(priority) // each)))
            return
        more = min(len(self._left) - 1, int((bucket.tokens() + EPSILON) // each))
        extra = bucket.take_now(more * each, priority) if more > 0 else None
        if extra is not None:
            paid = Reservation(paid.cost + extra.cost, paid.clamps)
        piece = [self._left.popleft() for _ in range(1 if extra is None else 1 + more)]
        try:
            sent = self._prepared(piece, paid, ends_s)
        except KalshiError as error:  # the time of the context is over
            bucket.give_back(paid)
            self._lose(piece, None, error)
            return
        if (wait_s := self._clock.monotonic() - asked_s) > 0:
            pipeline.waited(sent.call, bucket, wait_s)
        self._under_way += 1
        tasks.create_task(self._send(sent, piece, bucket))

    def _prepared(
        self, piece: Sequence[_Pending[Item]], paid: Reservation, ends_s: float
    ) -> BatchCall[Reply, Found]:
        for pending in piece:
            pending.ends_s = ends_s = min(ends_s, pending.ends_s or ends_s)
        sent = self._prepare(self._context.until(ends_s), [pending.item for pending in piece])
        sent.call.is_divisible = True
        sent.call.paid = paid
        sent.call.attempts = max(pending.attempts for pending in piece)
        return sent

    async def _send(
        self, sent: BatchCall[Reply, Found], piece: Sequence[_Pending[Item]], bucket: TokenBucket
    ) -> None:
        try:
            reply = await sent.reply()
            self._ended.append(Ended([pending.item for pending in piece], sent, reply))
        except (RateLimited, TooDear) as error:
            await self._refused(sent, piece, error)
        except KalshiError as error:
            self._lose(piece, sent, error)
        finally:
            if sent.call.paid is not None:  # refused before its first attempt
                bucket.give_back(sent.call.paid)
            self._under_way -= 1
            self._changed.set()

    async def _refused(
        self, sent: BatchCall[Reply, Found], piece: Sequence[_Pending[Item]], error: KalshiError
    ) -> None:
        """Take the items back, to be sent in smaller pieces: none of them was executed."""
        wait_s = self._context.pipeline.next_wait_s(sent.call, error)
        if wait_s is None:
            self._lose(piece, sent, error)
            return
        await self._clock.sleep(wait_s)
        for pending in piece:
            pending.attempts, pending.refusal = sent.call.attempts, error
        self._left.extendleft(reversed(piece))

    def _give_up(self, count: int) -> None:
        """End the next items: no tokens came for the first of them before its deadline."""
        name = self._operation.name
        late = DeadlineExceeded(f"{name} was not sent: no tokens came before its deadline", sent=False)
        piece = [self._left.popleft() for _ in range(min(count, len(self._left)))]
        self._lose(piece, None, late.replace(operation=name))

    def _lose(
        self, piece: Sequence[_Pending[Item]], sent: BatchCall[Reply, Found] | None, error: KalshiError
    ) -> None:
        # A refusal says more than that the time is over, and is as certain.
        if isinstance(error, DeadlineExceeded) and error.sent is False:
            error = piece[0].refusal or error
        self._ended.append(Ended([pending.item for pending in piece], sent, error))
