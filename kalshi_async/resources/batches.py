"""Batches: split to fit the bucket, sent in turn, and zipped back to their requests.

Every request gets exactly one leg. A leg whose entry is missing, contradictory or
was lost with the whole reply is unknown, never dropped and never called resting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from kalshi_async.contract.operation import Operation
from kalshi_async.contract.orders import (
    BATCH_CANCEL_ORDERS,
    BATCH_CREATE_ORDERS,
    BatchCancelEntry,
    BatchCreateEntry,
    CancelOrderReply,
    CreateOrderReply,
    ItemError,
)
from kalshi_async.errors import InvalidRequest, KalshiError, OutcomeUnknown
from kalshi_async.requests import BatchCancel, BatchCreate, CancelItem, CreateOrder
from kalshi_async.resources.view import View
from kalshi_async.results import BatchLeg, BatchResult, CreatedOrder
from kalshi_async.wire import item_error

Request = TypeVar("Request")
Reply = TypeVar("Reply")


class _Entry(Protocol):
    @property
    def error(self) -> ItemError | None: ...


Entry = TypeVar("Entry", bound=_Entry)


async def create_items(view: View, orders: Sequence[CreateOrder]) -> BatchResult[CreateOrder, CreatedOrder]:
    """Place orders; see ``Orders.create_batch``."""
    _refuse_doubles("client_order_id", [order.client_order_id for order in orders])
    legs: list[BatchLeg[CreateOrder, CreatedOrder]] = []
    for chunk in _chunks(view, BATCH_CREATE_ORDERS, orders):
        keys = tuple(order.client_order_id for order in chunk)
        try:
            reply = await view.call(
                BATCH_CREATE_ORDERS,
                body=BatchCreate(tuple(chunk)),
                items=len(chunk),
                client_order_ids=keys,
            )
        except KalshiError as error:
            legs.extend(_lost(order, error, (order.client_order_id,)) for order in chunk)
            continue
        entries = _matched(keys, reply.orders, lambda entry: entry.client_order_id)
        legs.extend(map(_created_leg, chunk, entries))
    return BatchResult(legs)


async def cancel_items(view: View, items: Sequence[CancelItem]) -> BatchResult[CancelItem, CancelOrderReply]:
    """Cancel orders; see ``Orders.cancel_batch``."""
    _refuse_doubles("order_id", [item.order_id for item in items])
    legs: list[BatchLeg[CancelItem, CancelOrderReply]] = []
    for chunk in _chunks(view, BATCH_CANCEL_ORDERS, items):
        try:
            reply = await view.call(BATCH_CANCEL_ORDERS, body=BatchCancel(tuple(chunk)), items=len(chunk))
        except KalshiError as error:
            legs.extend(_lost(item, error, ()) for item in chunk)
            continue
        keys = tuple(item.order_id for item in chunk)
        entries = _matched(keys, reply.orders, lambda entry: entry.order_id)
        legs.extend(map(_canceled_leg, chunk, entries))
    return BatchResult(legs)


def _chunks(
    view: View, operation: Operation[object], requests: Sequence[Request]
) -> Iterator[Sequence[Request]]:
    """Cut a batch into pieces that the bucket can hold: a larger one could never be sent."""
    limits = view.pipeline.limits
    cost = limits.costs.of(operation, view.pipeline.base_path)
    size = max(1, int(limits.bucket(operation.bucket).capacity // max(1, cost)))
    for start in range(0, len(requests), size):
        yield requests[start : start + size]


def _matched(
    keys: Sequence[str], entries: Sequence[Entry], key_of: Callable[[Entry], str | None]
) -> list[Entry | None]:
    """Pair entries with requests by key; by place only where an entry carries no key."""
    by_key = {key_of(entry): entry for entry in entries}
    aligned = len(entries) == len(keys)
    return [
        by_key.get(key) or (entries[place] if aligned and not key_of(entries[place]) else None)
        for place, key in enumerate(keys)
    ]


def _created_leg(order: CreateOrder, entry: BatchCreateEntry | None) -> BatchLeg[CreateOrder, CreatedOrder]:
    if entry is not None and entry.error is not None and not entry.order_id:
        return BatchLeg(order, None, item_error(entry.error))
    if (
        entry is None
        or entry.error is not None  # next to an order_id: it may be live
        or not entry.order_id
        or entry.fill_count is None
        or entry.remaining_count is None
    ):
        return BatchLeg(order, None, _missing(order.client_order_id, (order.client_order_id,)))
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
        return BatchLeg(item, None, _missing(item.order_id, ()))
    if entry.error is not None:
        return BatchLeg(item, None, item_error(entry.error))
    reply = CancelOrderReply(
        order_id=entry.order_id,
        reduced_by=entry.reduced_by,
        ts_ms=entry.ts_ms or 0,
        client_order_id=entry.client_order_id,
    )
    return BatchLeg(item, reply, None)


def _lost(request: Request, error: KalshiError, keys: tuple[str, ...]) -> BatchLeg[Request, Reply]:
    """Give each leg of a request that failed as a whole an error of its own."""
    if not isinstance(error, OutcomeUnknown):
        return BatchLeg(request, None, error)
    unknown = OutcomeUnknown(
        str(error),
        client_order_ids=keys,
        first_sent_ms=error.first_sent_ms,
        last_signed_ms=error.last_signed_ms,
        sent=error.sent,
    )
    unknown.operation = error.operation
    unknown.__cause__ = error.__cause__
    return BatchLeg(request, None, unknown)


def _missing(key: str, keys: tuple[str, ...]) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"the reply to the batch says nothing certain about {key}", client_order_ids=keys, sent=True
    )


def _refuse_doubles(name: str, keys: list[str]) -> None:
    if not keys:
        raise InvalidRequest("a batch needs at least one order")
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidRequest(f"{name} {twice!r} is in the batch twice")
