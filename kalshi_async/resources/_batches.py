"""Batches: split to fit the bucket, sent in turn, and zipped back to their requests.

Every request gets exactly one leg. A leg whose entry is missing, contradictory or
was lost with the whole reply is unknown, never dropped and never called resting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from kalshi_async.account.risk_gate import Permit
from kalshi_async.calls.call import Call, Refused, Settled, Settlement, Settler
from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import settle
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
from kalshi_async.errors import InvalidRequest, KalshiError, OutcomeUnknown, ServerError
from kalshi_async.requests.orders import BatchCancel, BatchCreate, CancelItem, CreateOrder
from kalshi_async.resources.results import BatchLeg, BatchResult, CreatedOrder, about, about_all
from kalshi_async.resources.settling.orders import CancelSettler, CreateSettler
from kalshi_async.wire.outgoing import About
from kalshi_async.wire.refusals import item_error

Request = TypeVar("Request")
Reply = TypeVar("Reply")
Batch = TypeVar("Batch")
Found = TypeVar("Found")


class _Entry(Protocol):
    @property
    def error(self) -> ItemError | None: ...


Entry = TypeVar("Entry", bound=_Entry)


async def create_items(
    context: Context, orders: Sequence[CreateOrder]
) -> BatchResult[CreateOrder, CreatedOrder]:
    """Place orders; see ``Orders.create_batch``."""
    _refuse_doubles("client_order_id", [order.client_order_id for order in orders])
    context = context.as_one_call()
    since: Permit | None = None
    legs: list[BatchLeg[CreateOrder, CreatedOrder]] = []
    for chunk in chunks(context, BATCH_CREATE_ORDERS, orders):
        try:
            call = context.call(
                BATCH_CREATE_ORDERS,
                body=BatchCreate(tuple(chunk)),
                items=len(chunk),
                since=since,
                **about_all(chunk),
            )
            since = since or call.permit
            reply = await call
        except KalshiError as error:
            legs.extend(_lost(order, error, about(order)) for order in chunk)
            continue
        keys = [order.client_order_id for order in chunk]
        entries = _matched(keys, reply.orders, lambda entry: entry.client_order_id)
        answers = list(map(_created, chunk, entries))
        settled = await asyncio.gather(
            *(
                _settled(context, call, CreateSettler(context, order), about(order), answer)
                for order, answer in zip(chunk, answers, strict=True)
            )
        )
        legs.extend(
            BatchLeg(order, None, answer)
            if isinstance(answer, KalshiError)
            else BatchLeg(order, CreatedOrder.of(order, answer), None)
            for order, answer in zip(chunk, settled, strict=True)
        )
    return BatchResult(legs)


async def cancel_items(
    context: Context, items: Sequence[CancelItem]
) -> BatchResult[CancelItem, CancelOrderReply]:
    """Cancel orders; see ``Orders.cancel_batch``."""
    _refuse_doubles("order_id", [item.order_id for item in items])
    context = context.as_one_call()
    legs: list[BatchLeg[CancelItem, CancelOrderReply]] = []
    for chunk in chunks(context, BATCH_CANCEL_ORDERS, items):
        try:
            call = context.call(BATCH_CANCEL_ORDERS, body=BatchCancel(tuple(chunk)), items=len(chunk))
            reply = await call
        except KalshiError as error:
            legs.extend(_lost(item, error, {}) for item in chunk)
            continue
        keys = [item.order_id for item in chunk]
        entries = _matched(keys, reply.orders, lambda entry: entry.order_id)
        answers = list(map(_canceled, chunk, entries))
        settled = await asyncio.gather(
            *(
                _settled(context, call, CancelSettler(context, item.order_id), {}, answer)
                for item, answer in zip(chunk, answers, strict=True)
            )
        )
        legs.extend(
            BatchLeg(item, None, answer) if isinstance(answer, KalshiError) else BatchLeg(item, answer, None)
            for item, answer in zip(chunk, settled, strict=True)
        )
    return BatchResult(legs)


async def _settled(
    context: Context, call: Call[Batch], settler: Settler[Found], leg: About, answer: Found | KalshiError
) -> Found | KalshiError:
    """Read what became of a leg that is not certain: missing, or refused in a resend."""
    if not isinstance(answer, KalshiError):
        return answer
    answer = context.pipeline.grids.advised(answer.about(call.outgoing.about(**_alone(leg))))
    if call.doubt is None and not isinstance(answer, OutcomeUnknown):
        return answer
    settlement = await _read(context, call, settler, answer)
    if isinstance(settlement, Settled):
        return settlement.reply
    if isinstance(settlement, Refused) and not isinstance(settlement.error, OutcomeUnknown):
        return settlement.error
    return call.unknown(answer, call.outgoing.about(**_alone(leg)))


async def _read(
    context: Context, call: Call[Batch], settler: Settler[Found], answer: KalshiError
) -> Settlement[Found]:
    """Read in the time that is left of the call's."""
    clock = context.pipeline.clock
    spent_s = clock.monotonic() - call.started_s
    try:
        async with asyncio.timeout(context.pipeline.deadline_s(call) - spent_s):
            return await settle(settler, call.doubt_about(answer), clock)
    except (TimeoutError, KalshiError):
        return None


def chunks(
    context: Context, operation: Operation[object], requests: Sequence[Request]
) -> Iterator[Sequence[Request]]:
    """Cut a batch into pieces that the bucket can hold: a larger one could never be sent."""
    limits = context.pipeline.limits
    cost = limits.costs.of(operation, context.pipeline.base_path)
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


def _created(order: CreateOrder, entry: BatchCreateEntry | None) -> CreateOrderReply | KalshiError:
    if entry is not None and entry.error is not None and not entry.order_id:
        return _refused(entry.error, order.client_order_id)
    if (
        entry is None
        or entry.error is not None  # next to an order_id: it may be live
        or not entry.order_id
        or entry.fill_count is None
        or entry.remaining_count is None
    ):
        return _missing(order.client_order_id)
    return CreateOrderReply(
        order_id=entry.order_id,
        fill_count=entry.fill_count,
        remaining_count=entry.remaining_count,
        ts_ms=entry.ts_ms or 0,
        client_order_id=entry.client_order_id,
        average_fill_price=entry.average_fill_price,
        average_fee_paid=entry.average_fee_paid,
    )


def _canceled(item: CancelItem, entry: BatchCancelEntry | None) -> CancelOrderReply | KalshiError:
    if entry is None:
        return _missing(item.order_id)
    if entry.error is not None:
        return _refused(entry.error, item.order_id)
    return CancelOrderReply(
        order_id=entry.order_id,
        reduced_by=entry.reduced_by,
        ts_ms=entry.ts_ms or 0,
        client_order_id=entry.client_order_id,
    )


def _lost(request: Request, error: KalshiError, leg: About) -> BatchLeg[Request, Reply]:
    """Give each leg of a request that failed as a whole an error of its own."""
    if not isinstance(error, OutcomeUnknown):
        return BatchLeg(request, None, error)
    keys = leg.get("client_order_ids", ())
    own = error.replace(
        client_order_ids=keys,
        client_order_id=keys[0] if keys else None,
        ticker=leg.get("ticker"),
        subaccount=leg.get("subaccount"),
    )
    return BatchLeg(request, None, own)


def _alone(leg: About) -> About:
    return About(
        client_order_ids=leg.get("client_order_ids", ()),
        ticker=leg.get("ticker"),
        subaccount=leg.get("subaccount"),
    )


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
