"""Place the orders of a batch, one piece after the other, each as large as the bucket can hold.

Orders that are refused by themselves for a pause or a 429 are sent again until the time is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from kalshi_async.account.bucket_limits import TooDear
from kalshi_async.account.risk_gate import Permit
from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import doubling_s
from kalshi_async.calls.retry import LEAST_WAIT_S, NOT_EXECUTED, shortened
from kalshi_async.contract.operation import Operation
from kalshi_async.contract.orders import BATCH_CREATE_ORDERS, BatchCreateReply, CreateOrderReply
from kalshi_async.errors import KalshiError
from kalshi_async.requests.orders import BatchCreate, CreateOrder
from kalshi_async.resources._batch_call import BatchCall
from kalshi_async.resources._batch_entries import created, lost, matched
from kalshi_async.resources.results import BatchLeg, CreatedOrder, about, about_all
from kalshi_async.resources.settling.batches import BatchSearch, BatchSettler, CreateLegs

Request = TypeVar("Request")


class Placing:
    """The legs of one batch of creates, by client_order_id. Owned by the task that places them."""

    def __init__(self, context: Context) -> None:
        self.legs: dict[str, BatchLeg[CreateOrder, CreatedOrder]] = {}
        self._context = context
        self._ends_s = context.write_ends_s()
        self._since: Permit | None = None
        self._postponed: list[CreateOrder] = []

    async def send(self, orders: Sequence[CreateOrder]) -> None:
        """Send orders, one piece after the other."""
        done = 0
        while done < len(orders):
            chunk = next(chunks(self._context, BATCH_CREATE_ORDERS, orders[done:]))
            try:
                await self._send(chunk)
            except TooDear:
                continue  # the limits have changed while it was queued: cut again
            done += len(chunk)

    async def send_postponed(self) -> None:
        """Send again what was refused by itself for a pause or a 429, until the time is over."""
        clock, tries = self._context.pipeline.clock, 0
        while self._postponed and (left_s := self._ends_s - clock.monotonic()) > LEAST_WAIT_S:
            await clock.sleep(shortened(doubling_s(tries), left_s))
            tries += 1
            postponed, self._postponed = self._postponed, []
            self._context = self._context.until(self._ends_s)
            await self.send(postponed)

    async def _send(self, chunk: Sequence[CreateOrder]) -> None:
        keys = [order.client_order_id for order in chunk]
        search = BatchSearch(CreateLegs(self._context, dict(zip(keys, chunk, strict=True))), keys)
        try:
            sent = self._prepared(chunk, search)
        except KalshiError as error:
            self.legs.update((order.client_order_id, BatchLeg(order, None, error)) for order in chunk)
            return
        answers: Sequence[CreateOrderReply | KalshiError]
        is_answered = False
        try:
            reply = await sent.reply()
        except TooDear:
            raise
        except KalshiError as error:
            answers = [lost(error, about(order)) for order in chunk]
        else:
            is_answered = True
            entries = matched(keys, reply.orders, lambda entry: entry.client_order_id)
            answers = [created(*pair, sent.headers) for pair in zip(chunk, entries, strict=True)]
        settled = await sent.settled(answers, [about(order) for order in chunk])
        self.legs.update((leg.request.client_order_id, leg) for leg in map(_leg, chunk, settled))
        if is_answered:  # a call goes on by itself until its deadline, but its items are refused at once
            pairs = zip(chunk, settled, strict=True)
            self._postponed += [order for order, answer in pairs if isinstance(answer, NOT_EXECUTED)]

    def _prepared(
        self, chunk: Sequence[CreateOrder], search: BatchSearch[CreateOrderReply]
    ) -> BatchCall[BatchCreateReply, CreateOrderReply]:
        call = self._context.call(
            BATCH_CREATE_ORDERS,
            body=BatchCreate(tuple(chunk)),
            items=len(chunk),
            since=self._since,
            settler=BatchSettler(search, BatchCreateReply(orders=[])),
            **about_all(chunk),
        )
        self._since = self._since or call.permit
        return BatchCall(self._context, call, search)


def _leg(order: CreateOrder, answer: CreateOrderReply | KalshiError) -> BatchLeg[CreateOrder, CreatedOrder]:
    if isinstance(answer, KalshiError):
        return BatchLeg(order, None, answer)
    return BatchLeg(order, CreatedOrder.of(order, answer), None)


def chunks(
    context: Context, operation: Operation[object], requests: Sequence[Request]
) -> Iterator[Sequence[Request]]:
    """Cut a batch into pieces that cost no more than the bucket can hold."""
    limits = context.pipeline.limits
    cost = limits.costs.of(operation, context.pipeline.base_path)
    size = max(1, int(limits.bucket(operation.bucket).largest(operation.priority) // max(1, cost)))
    for start in range(0, len(requests), size):
        yield requests[start : start + size]
