"""Batches: split to fit the bucket, sent in turn, and zipped back to their requests.

Every request gets exactly one leg. A leg whose entry is missing, contradictory or
was lost with the whole reply is unknown, never dropped and never called resting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Protocol, TypeVar

from kalshi_async.calls.call import Call
from kalshi_async.calls.context import View
from kalshi_async.contract.operation import Operation
from kalshi_async.contract.orders import (
    BATCH_CANCEL_ORDERS,
    BATCH_CREATE_ORDERS,
    BatchCancelEntry,
    BatchCancelReply,
    BatchCreateEntry,
    BatchCreateReply,
    CancelOrderReply,
    CreateOrderReply,
    ItemError,
)
from kalshi_async.errors import InvalidRequest, KalshiError, OutcomeUnknown, ServerError
from kalshi_async.requests.orders import BatchCancel, BatchCreate, CancelItem, CreateOrder
from kalshi_async.requests.validation import given
from kalshi_async.resources.results import BatchLeg, BatchResult, CreatedOrder
from kalshi_async.resources.settling.orders import settle_cancel, settle_create
from kalshi_async.wire.outgoing import NOTHING, Subject
from kalshi_async.wire.refusals import item_error

Request = TypeVar("Request")
Reply = TypeVar("Reply")
Batch = TypeVar("Batch")
Found = TypeVar("Found")


class _Entry(Protocol):
    @property
    def error(self) -> ItemError | None: ...


Entry = TypeVar("Entry", bound=_Entry)


async def create_items(view: View, orders: Sequence[CreateOrder]) -> BatchResult[CreateOrder, CreatedOrder]:
    """Place orders; see ``Orders.create_batch``."""
    _refuse_doubles("client_order_id", [order.client_order_id for order in orders])
    view = _as_one_call(view)
    # One for all pieces: none follows a kill switch that was pulled since the first.
    mark = view.pipeline.gate.mark()
    legs: list[BatchLeg[CreateOrder, CreatedOrder]] = []
    for chunk in chunks(view, BATCH_CREATE_ORDERS, orders):
        try:
            call = view.prepare(
                BATCH_CREATE_ORDERS,
                body=BatchCreate(tuple(chunk)),
                items=len(chunk),
                subject=subject_of_all(chunk),
            )
            call.mark = mark
            reply = await view.pipeline.run(call)
        except KalshiError as error:
            legs.extend(_lost(order, error, subject_of(order)) for order in chunk)
            continue
        keys = [order.client_order_id for order in chunk]
        entries = _matched(keys, reply.orders, lambda entry: entry.client_order_id)
        answered = map(_created_leg, chunk, entries)
        legs.extend(await asyncio.gather(*(_settled_create(view, call, leg) for leg in answered)))
    return BatchResult(legs)


async def cancel_items(view: View, items: Sequence[CancelItem]) -> BatchResult[CancelItem, CancelOrderReply]:
    """Cancel orders; see ``Orders.cancel_batch``."""
    _refuse_doubles("order_id", [item.order_id for item in items])
    view = _as_one_call(view)
    legs: list[BatchLeg[CancelItem, CancelOrderReply]] = []
    for chunk in chunks(view, BATCH_CANCEL_ORDERS, items):
        try:
            call = view.prepare(BATCH_CANCEL_ORDERS, body=BatchCancel(tuple(chunk)), items=len(chunk))
            reply = await view.pipeline.run(call)
        except KalshiError as error:
            legs.extend(_lost(item, error, NOTHING) for item in chunk)
            continue
        keys = [item.order_id for item in chunk]
        entries = _matched(keys, reply.orders, lambda entry: entry.order_id)
        answered = map(_canceled_leg, chunk, entries)
        legs.extend(await asyncio.gather(*(_settled_cancel(view, call, leg) for leg in answered)))
    return BatchResult(legs)


def subject_of(order: CreateOrder) -> Subject:
    """Say what a create is about: key, scope and group. It pays where its shard is."""
    group = given(order.order_group_id)
    return Subject(
        (order.client_order_id,),
        order.ticker,
        given(order.subaccount),
        (group,) if group else (),
        given(order.exchange_index),
    )


def subject_of_all(orders: Sequence[CreateOrder]) -> Subject:
    """Say the same of a batch, as far as its orders agree; it names no shard."""
    subjects = [subject_of(order) for order in orders]
    tickers = {subject.ticker for subject in subjects}
    subaccounts = {subject.subaccount for subject in subjects}
    return Subject(
        tuple(order.client_order_id for order in orders),
        tickers.pop() if len(tickers) == 1 else None,
        subaccounts.pop() if len(subaccounts) == 1 else None,
        tuple(sorted({group for subject in subjects for group in subject.order_group_ids})),
    )


def _as_one_call(view: View) -> View:
    """Let a deadline that the caller gave bound the whole batch; the default bounds each request.

    A batch that is cut waits for tokens between its pieces: a default that counted that
    wait would let the size of a batch decide whether its end is sent.
    """
    deadline_s = view.options.deadline_s
    return view if deadline_s is None else view.until(view.pipeline.clock.monotonic() + deadline_s)


async def _settled_create(
    view: View, call: Call[BatchCreateReply], leg: BatchLeg[CreateOrder, CreatedOrder]
) -> BatchLeg[CreateOrder, CreatedOrder]:
    """Read what became of a leg that is not certain: missing, or refused in a resend."""
    order, error = leg.request, leg.error
    if error is None or (call.doubt is None and not isinstance(error, OutcomeUnknown)):
        return leg
    settle = partial(settle_create, view, order)
    found = await _bounded(view, call, settle, error)
    if isinstance(found, CreateOrderReply):
        return BatchLeg(order, CreatedOrder.of(order, found), None)
    if found is not None and not isinstance(found, OutcomeUnknown):
        return BatchLeg(order, None, found)
    return BatchLeg(order, None, _in_doubt(call, error, subject_of(order)))


async def _settled_cancel(
    view: View, call: Call[BatchCancelReply], leg: BatchLeg[CancelItem, CancelOrderReply]
) -> BatchLeg[CancelItem, CancelOrderReply]:
    item, error = leg.request, leg.error
    if error is None or (call.doubt is None and not isinstance(error, OutcomeUnknown)):
        return leg

    async def settle(
        _: Call[BatchCancelReply], refusal: KalshiError
    ) -> CancelOrderReply | KalshiError | None:
        return await settle_cancel(view, item.order_id, refusal)

    found = await _bounded(view, call, settle, error)
    if isinstance(found, CancelOrderReply):
        return BatchLeg(item, found, None)
    if found is not None and not isinstance(found, OutcomeUnknown):
        return BatchLeg(item, None, found)
    return BatchLeg(item, None, _in_doubt(call, error, NOTHING))


async def _bounded(
    view: View,
    call: Call[Batch],
    settle: Callable[[Call[Batch], KalshiError], Awaitable[Found | KalshiError | None]],
    error: KalshiError,
) -> Found | KalshiError | None:
    """Settle one leg in what is left of the call's time."""
    spent_s = view.pipeline.clock.monotonic() - call.started_s
    try:
        async with asyncio.timeout(view.pipeline.deadline_s(call) - spent_s):
            return await settle(call, error)
    except (TimeoutError, KalshiError):
        return None


def chunks(
    view: View, operation: Operation[object], requests: Sequence[Request]
) -> Iterator[Sequence[Request]]:
    """Cut a batch into pieces that the bucket can hold: a larger one could never be sent."""
    limits = view.pipeline.limits
    cost = limits.costs.of(operation, view.pipeline.base_path)
    size = max(1, int(limits.bucket(operation.bucket).largest(operation.priority) // max(1, cost)))
    for start in range(0, len(requests), size):
        yield requests[start : start + size]


def _matched(
    keys: Sequence[str], entries: Sequence[Entry], key_of: Callable[[Entry], str | None]
) -> list[Entry | None]:
    """Pair entries with requests by key; by place only where an entry carries no key.

    Two entries that say different things under one key say nothing.
    """
    by_key: dict[str | None, Entry | None] = {}
    for entry in entries:
        key = key_of(entry)
        by_key[key] = entry if by_key.get(key, entry) == entry else None
    aligned = len(entries) == len(keys)
    return [
        by_key[key] if key in by_key else (entries[place] if aligned and not key_of(entries[place]) else None)
        for place, key in enumerate(keys)
    ]


def _created_leg(order: CreateOrder, entry: BatchCreateEntry | None) -> BatchLeg[CreateOrder, CreatedOrder]:
    if entry is not None and entry.error is not None and not entry.order_id:
        return BatchLeg(order, None, _refused(entry.error, order.client_order_id))
    if (
        entry is None
        or entry.error is not None  # next to an order_id: it may be live
        or not entry.order_id
        or entry.fill_count is None
        or entry.remaining_count is None
    ):
        return BatchLeg(order, None, _missing(order.client_order_id))
    reply = CreateOrderReply(
        order_id=entry.order_id,
        fill_count=entry.fill_count,
        remaining_count=entry.remaining_count,
        ts_ms=entry.ts_ms or 0,
        client_order_id=entry.client_order_id,
        average_fill_price=entry.average_fill_price,
        average_fee_paid=entry.average_fee_paid,
    )
    return BatchLeg(order, CreatedOrder.of(order, reply), None)


def _canceled_leg(item: CancelItem, entry: BatchCancelEntry | None) -> BatchLeg[CancelItem, CancelOrderReply]:
    if entry is None:
        return BatchLeg(item, None, _missing(item.order_id))
    if entry.error is not None:
        return BatchLeg(item, None, _refused(entry.error, item.order_id))
    reply = CancelOrderReply(
        order_id=entry.order_id,
        reduced_by=entry.reduced_by,
        ts_ms=entry.ts_ms or 0,
        client_order_id=entry.client_order_id,
    )
    return BatchLeg(item, reply, None)


def _lost(request: Request, error: KalshiError, subject: Subject) -> BatchLeg[Request, Reply]:
    """Give each leg of a request that failed as a whole an error of its own."""
    if not isinstance(error, OutcomeUnknown):
        return BatchLeg(request, None, error)
    return BatchLeg(request, None, _own(error, str(error), subject))


def _in_doubt(call: Call[Batch], error: KalshiError, subject: Subject) -> OutcomeUnknown:
    unknown = _own(call.unknown(error), str(error), subject)
    unknown.__cause__ = error
    return unknown


def _own(error: OutcomeUnknown, message: str, subject: Subject) -> OutcomeUnknown:
    unknown = OutcomeUnknown(
        message,
        client_order_ids=subject.client_order_ids,
        ticker=subject.ticker,
        subaccount=subject.subaccount,
        first_sent_ms=error.first_sent_ms,
        last_signed_ms=error.last_signed_ms,
        sent=error.sent,
    )
    unknown.operation = error.operation
    unknown.__cause__ = error.__cause__
    return unknown


def _refused(error: ItemError, key: str) -> KalshiError:
    """Return the error of an item, or a doubt where its code does not say that nothing happened."""
    refusal = item_error(error)
    if not isinstance(refusal, ServerError):
        return refusal
    unknown = _missing(key)
    unknown.__cause__ = refusal
    return unknown


def _missing(key: str) -> OutcomeUnknown:
    return OutcomeUnknown(f"the reply to the batch says nothing certain about {key}", sent=True)


def _refuse_doubles(name: str, keys: list[str]) -> None:
    if not keys:
        raise InvalidRequest("a batch needs at least one order")
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidRequest(f"{name} {twice!r} is in the batch twice")
