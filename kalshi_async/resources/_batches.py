"""Batches: split into pieces, answered by one leg per request.

Creates are sent one piece after the other, in pieces that the bucket can hold; cancels at the same
time, in pieces that can be paid for now (``_pieces``).
Every request gets exactly one leg, in the order of the requests. The outcome of a leg is unknown
if its entry is missing, if two entries contradict each other, or if the whole reply was lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from kalshi_async.calls.call import Doubt
from kalshi_async.calls.context import Context
from kalshi_async.contract.orders import (
    BATCH_CANCEL_ORDERS,
    BatchCancelReply,
    CancelOrderReply,
)
from kalshi_async.errors import InvalidRequest, KalshiError
from kalshi_async.requests.orders import BatchCancel, CancelItem, CreateOrder
from kalshi_async.resources._batch_call import BatchCall, look_until
from kalshi_async.resources._batch_entries import canceled, lost, matched
from kalshi_async.resources._pieces import Ended, Pieces
from kalshi_async.resources._placing import Placing
from kalshi_async.resources.results import BatchLeg, BatchResult, CreatedOrder
from kalshi_async.resources.settling.batches import BatchSearch, BatchSettler, CancelLegs

_CancelPiece: TypeAlias = Ended[CancelItem, BatchCancelReply, CancelOrderReply]


async def create_items(
    context: Context, orders: Sequence[CreateOrder]
) -> BatchResult[CreateOrder, CreatedOrder]:
    """Place orders, as ``Orders.create_batch`` describes."""
    _refuse_doubles("client_order_id", [order.client_order_id for order in orders])
    placing = Placing(context.as_one_call())
    await placing.send(orders)
    await placing.send_postponed()
    return BatchResult([placing.legs[order.client_order_id] for order in orders])


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
        return {key: lost(piece.outcome, {}) for key in keys}
    entries = matched(keys, piece.outcome.orders, lambda entry: entry.order_id)
    return {
        item.order_id: canceled(item, entry, piece.sent.headers)
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


def _refuse_doubles(name: str, keys: list[str]) -> None:
    if not keys:
        raise InvalidRequest("a batch needs at least one order")
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidRequest(f"{name} {twice!r} is in the batch twice")
