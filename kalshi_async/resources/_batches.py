"""Batches: split into pieces, answered by one leg per request.

Creates are sent one piece after the other, in pieces that the bucket can hold; cancels at the same
time, in pieces that can be paid for now (``_pieces``).
Every request gets exactly one leg, in the order of the requests. The outcome of a leg is unknown
if its entry is missing, if two entries contradict each other, or if the whole reply was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias, TypeVar

from kalshi_async.account.bucket_limits import TooDear
from kalshi_async.account.risk_gate import Permit
from kalshi_async.calls.call import Doubt
from kalshi_async.calls.context import Context
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
from kalshi_async.resources._batch_call import BatchCall, Headers, look_until
from kalshi_async.resources._pieces import Ended, Pieces
from kalshi_async.resources.results import BatchLeg, BatchResult, CreatedOrder, about, about_all
from kalshi_async.resources.settling.batches import BatchSearch, BatchSettler, CancelLegs, CreateLegs
from kalshi_async.wire.outgoing import About
from kalshi_async.wire.refusals import item_error

Request = TypeVar("Request")


class _Entry(Protocol):
    @property
    def error(self) -> ItemError | None: ...


Entry = TypeVar("Entry", bound=_Entry)

_CancelPiece: TypeAlias = Ended[CancelItem, BatchCancelReply, CancelOrderReply]


async def create_items(
    context: Context, orders: Sequence[CreateOrder]
) -> BatchResult[CreateOrder, CreatedOrder]:
    """Place orders, as ``Orders.create_batch`` describes."""
    _refuse_doubles("client_order_id", [order.client_order_id for order in orders])
    context = context.as_one_call()
    since: Permit | None = None
    legs: list[BatchLeg[CreateOrder, CreatedOrder]] = []
    while len(legs) < len(orders):
        chunk = next(chunks(context, BATCH_CREATE_ORDERS, orders[len(legs) :]))
        keys = [order.client_order_id for order in chunk]
        search = BatchSearch(CreateLegs(context, dict(zip(keys, chunk, strict=True))), keys)
        try:
            call = context.call(
                BATCH_CREATE_ORDERS,
                body=BatchCreate(tuple(chunk)),
                items=len(chunk),
                since=since,
                settler=BatchSettler(search, BatchCreateReply(orders=[])),
                **about_all(chunk),
            )
        except KalshiError as error:
            legs.extend(BatchLeg(order, None, error) for order in chunk)
            continue
        since = since or call.permit
        sent = BatchCall(context, call, search)
        answers: Sequence[CreateOrderReply | KalshiError]
        try:
            reply = await sent.reply()
        except TooDear:
            continue  # the limits have changed while it was queued: cut again
        except KalshiError as error:
            answers = [_lost(error, about(order)) for order in chunk]
        else:
            entries = _matched(keys, reply.orders, lambda entry: entry.client_order_id)
            answers = [_created(*pair, sent.headers) for pair in zip(chunk, entries, strict=True)]
        settled = await sent.settled(answers, [about(order) for order in chunk])
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
    """Cancel orders, as ``Orders.cancel_batch`` describes."""
    _refuse_doubles("order_id", [item.order_id for item in items])
    context = context.as_one_call()
    by_id = {item.order_id: item for item in items}
    search = BatchSearch(CancelLegs(context, by_id), by_id)

    def prepare(
        within: Context, piece: Sequence[CancelItem]
    ) -> BatchCall[BatchCancelReply, CancelOrderReply]:
        part = search.part([item.order_id for item in piece])
        settler = BatchSettler(part, BatchCancelReply(orders=[]))
        body = BatchCancel(tuple(piece))
        call = within.call(BATCH_CANCEL_ORDERS, body=body, items=len(piece), settler=settler)
        return BatchCall(within, call, part)

    answers: dict[str, CancelOrderReply | KalshiError] = {}
    ended = await Pieces(context, BATCH_CANCEL_ORDERS, prepare).send(items)
    for piece in ended:
        answers.update(_cancel_answers(piece))
    # Read only once everything is sent, in one scan for all.
    await _settle_cancels(context, search, ended, answers)
    return BatchResult(
        [
            BatchLeg(item, None, answer) if isinstance(answer, KalshiError) else BatchLeg(item, answer, None)
            for item, answer in ((item, answers[item.order_id]) for item in items)
        ]
    )


def _cancel_answers(piece: _CancelPiece) -> dict[str, CancelOrderReply | KalshiError]:
    keys = [item.order_id for item in piece.items]
    if piece.sent is None or isinstance(piece.outcome, KalshiError):
        assert isinstance(piece.outcome, KalshiError)
        return {key: _lost(piece.outcome, {}) for key in keys}
    entries = _matched(keys, piece.outcome.orders, lambda entry: entry.order_id)
    return {
        item.order_id: _canceled(item, entry, piece.sent.headers)
        for item, entry in zip(piece.items, entries, strict=True)
    }


async def _settle_cancels(
    context: Context,
    search: BatchSearch[CancelOrderReply],
    ended: Sequence[_CancelPiece],
    answers: dict[str, CancelOrderReply | KalshiError],
) -> None:
    """Replace the answers that are not certain by what reading proves."""
    of = [(piece.sent, [item.order_id for item in piece.items]) for piece in ended]
    sent = [(call, keys) for call, keys in of if call is not None]
    doubts: dict[str, Doubt] = {}
    for call, keys in sent:
        doubts |= call.doubts([answers[key] for key in keys])
    pipeline = context.pipeline
    ends_s = context.ends_s or pipeline.clock.monotonic() + pipeline.timeouts.write_deadline_s
    await look_until(context, search, doubts, ends_s)
    for call, keys in sent:
        judged = call.judged([answers[key] for key in keys], [{} for _ in keys], doubts)
        answers.update(zip(keys, judged, strict=True))


def chunks(
    context: Context, operation: Operation[object], requests: Sequence[Request]
) -> Iterator[Sequence[Request]]:
    """Cut a batch into pieces that cost no more than the bucket can hold."""
    limits = context.pipeline.limits
    cost = limits.costs.of(operation, context.pipeline.base_path)
    size = max(1, int(limits.bucket(operation.bucket).largest(operation.priority) // max(1, cost)))
    for start in range(0, len(requests), size):
        yield requests[start : start + size]


def _matched(
    keys: Sequence[str], entries: Sequence[Entry], key_of: Callable[[Entry], str | None]
) -> list[Entry | None]:
    """Pair entries with requests by key, and by position where an entry carries no key.

    None for a request without an entry, and for one whose entries contradict each other.
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


def _created(
    order: CreateOrder, entry: BatchCreateEntry | None, headers: Headers
) -> CreateOrderReply | KalshiError:
    if entry is not None and entry.error is not None and not entry.order_id:
        return _refused(entry.error, order.client_order_id, headers)
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


def _canceled(
    item: CancelItem, entry: BatchCancelEntry | None, headers: Headers
) -> CancelOrderReply | KalshiError:
    if entry is None:
        return _missing(item.order_id)
    if entry.error is not None:
        return _refused(entry.error, item.order_id, headers)
    return CancelOrderReply(
        order_id=entry.order_id,
        reduced_by=entry.reduced_by,
        ts_ms=entry.ts_ms or 0,
        client_order_id=entry.client_order_id,
    )


def _lost(error: KalshiError, leg: About) -> KalshiError:
    """Return the error of one item of a request that failed as a whole."""
    if not isinstance(error, OutcomeUnknown):
        return error
    keys = leg.get("client_order_ids", ())
    return error.replace(
        client_order_ids=keys,
        client_order_id=keys[0] if keys else None,
        ticker=leg.get("ticker"),
        subaccount=leg.get("subaccount"),
    )


def _refused(error: ItemError, key: str, headers: Headers) -> KalshiError:
    """Return the error of an item; OutcomeUnknown if its code does not prove that it was not executed."""
    refusal = item_error(error).replace(headers=headers)
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
