"""What to read after a write in doubt was refused, one function per kind of write.

Each returns the reply, or the error that is certain now, or None when nothing is.
They ask until the call's deadline ends them: reads lag behind writes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar

from kalshi_async.call import Call
from kalshi_async.contract.fields import OrderStatus
from kalshi_async.contract.operation import Empty
from kalshi_async.contract.order_groups import GET_ORDER_GROUP, OrderGroupDetails
from kalshi_async.contract.orders import (
    GET_ORDER,
    AmendOrderReply,
    CancelOrderReply,
    CreateOrderReply,
    DecreaseOrderReply,
    Order,
)
from kalshi_async.contract.subaccounts import (
    GET_SUBACCOUNT_NETTING,
    GET_SUBACCOUNT_TRANSFERS,
)
from kalshi_async.contract.transfers import GET_INTRA_EXCHANGE_TRANSFERS, CreateTransferReply
from kalshi_async.errors import ApiError, KalshiError, NotFound
from kalshi_async.requests import (
    AmendOrder,
    CreateOrder,
    OrderGroupLimit,
    SubaccountNettingSetting,
)
from kalshi_async.resolve import (
    FIRST_POLL_S,
    LONGEST_POLL_S,
    Fate,
    Sought,
    look_until,
    matches,
    other_order,
)
from kalshi_async.resources.view import View
from kalshi_async.rules import given

Answer = TypeVar("Answer")
Polled = TypeVar("Polled")


async def settle_create(
    view: View, order: CreateOrder, call: Call[Answer], refusal: KalshiError
) -> CreateOrderReply | KalshiError | None:
    """Look for the order by its key; only one of the right shape counts."""
    sought = Sought(
        order.client_order_id,
        order.ticker,
        given(order.subaccount),
        call.first_sent_ms or 0,
        call.last_signed_ms or 0,
    )
    resolution = await look_until(view, sought, None)
    found = resolution.order
    if resolution.fate is Fate.PLACED and found is not None:
        return as_created(found) if matches(found, order) else other_order(found, sought.client_order_id)
    if resolution.fate is Fate.ABSENT:
        return other_order(found, sought.client_order_id) if found is not None else refusal
    return None


async def settle_cancel(
    view: View, order_id: str, refusal: KalshiError
) -> CancelOrderReply | KalshiError | None:
    """Settle a cancel: a canceled order does it, an executed one makes the refusal certain."""
    order = await _settled_order(view, order_id, lambda order: order.status is not OrderStatus.RESTING)
    if order is None:
        return None
    if order.status is OrderStatus.CANCELED:
        return CancelOrderReply(
            order_id=order_id,
            client_order_id=order.client_order_id,
            reduced_by=order.initial_count - order.fill_count,
            ts_ms=_changed_ms(order),
        )
    return _advised(refusal, f"the order reads {order.status}")


async def settle_amend(
    view: View, order_id: str, amend: AmendOrder, refusal: KalshiError
) -> AmendOrderReply | KalshiError | None:
    """Settle an amend by how the order reads, where that tells whether it was applied."""

    def is_applied(order: Order) -> bool:
        same_price = order.yes_price == amend.price
        return same_price and (order.total_count == amend.count or order.initial_count == amend.count)

    order = await _settled_order(
        view, order_id, lambda order: is_applied(order) or order.status is not OrderStatus.RESTING
    )
    if order is None:
        return None
    if is_applied(order):
        return AmendOrderReply(
            order_id=order_id,
            client_order_id=order.client_order_id,
            remaining_count=order.remaining_count,
            ts_ms=_changed_ms(order),
        )
    if order.yes_price != amend.price:
        return _advised(refusal, f"the order reads {order.status} at {order.yes_price}")
    return None


async def settle_decrease(
    view: View, order_id: str, reduce_to: Decimal, refusal: KalshiError
) -> DecreaseOrderReply | KalshiError | None:
    """Settle a decrease: no more resting than was asked for does it, whoever took the rest."""

    def is_done(order: Order) -> bool:
        return order.remaining_count <= reduce_to

    order = await _settled_order(view, order_id, is_done)
    if order is None:
        return None
    if order.status is OrderStatus.EXECUTED:
        return _advised(refusal, f"the order reads {order.status}")
    return DecreaseOrderReply(
        order_id=order_id,
        client_order_id=order.client_order_id,
        remaining_count=order.remaining_count,
        ts_ms=_changed_ms(order),
    )


async def settle_group(
    view: View,
    order_group_id: str,
    refusal: KalshiError,
    *,
    gone_is_done: bool,
    limit: OrderGroupLimit | None,
) -> Empty | KalshiError | None:
    """Settle a change of a group: gone is deleted, a limit that reads as asked was set."""
    wanted = (
        None
        if limit is None
        else Decimal(given(limit.contracts_limit) or given(limit.contracts_limit_fp) or 0)
    )

    async def look() -> Empty | KalshiError | None:
        group = await _group(view, order_group_id)
        if group is None:
            return Empty() if gone_is_done else refusal
        return Empty() if wanted is not None and group.contracts_limit == wanted else None

    return await _polled(view, look)


async def settle_netting(
    view: View, setting: SubaccountNettingSetting, refusal: KalshiError
) -> Empty | KalshiError | None:
    """Settle a netting flag by how it reads."""
    rows = (await view.call(GET_SUBACCOUNT_NETTING)).netting_configs
    mine = [row.enabled for row in rows if row.subaccount_number == setting.subaccount_number]
    return Empty() if mine and all(enabled == setting.enabled for enabled in mine) else refusal


async def settle_subaccount_transfer(
    view: View, transfer_id: str, refusal: KalshiError
) -> Empty | KalshiError | None:
    """Settle a transfer: one that is listed under our id was made."""

    async def look() -> Empty | None:
        rows = view.paginate(
            GET_SUBACCOUNT_TRANSFERS, lambda page: page.transfers, lambda page: page.cursor, {"limit": 1000}
        )
        async for row in rows:
            if row.transfer_id == transfer_id:
                return Empty()
        return None

    return await _polled(view, look)


async def settle_transfer(
    view: View, transfer_id: str, refusal: KalshiError
) -> CreateTransferReply | KalshiError | None:
    """Settle a transfer: one that is listed under our id was made."""

    async def look() -> CreateTransferReply | None:
        rows = view.paginate(
            GET_INTRA_EXCHANGE_TRANSFERS,
            lambda page: page.transfers,
            lambda page: page.cursor,
            {"limit": 500},
        )
        async for row in rows:
            if row.transfer_id == transfer_id:
                return CreateTransferReply(transfer_id=transfer_id)
        return None

    return await _polled(view, look)


def as_created(order: Order) -> CreateOrderReply:
    """Say of an order that was found what the lost reply would have said."""
    created = order.created_time
    return CreateOrderReply(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        fill_count=order.fill_count,
        remaining_count=order.remaining_count,
        ts_ms=int(created.timestamp() * 1000) if created is not None else 0,
    )


async def _settled_order(view: View, order_id: str, is_certain: Callable[[Order], bool]) -> Order | None:
    async def look() -> Order | None:
        try:
            order = (await view.call(GET_ORDER, path={"order_id": order_id})).order
        except NotFound:
            return None
        return order if is_certain(order) else None

    return await _polled(view, look)


async def _polled(view: View, look: Callable[[], Awaitable[Polled | None]]) -> Polled | None:
    """Ask until there is an answer. The deadline of the call in doubt ends it."""
    poll_s = FIRST_POLL_S
    while True:
        answer = await look()
        if answer is not None:
            return answer
        await view.pipeline.clock.sleep(poll_s)
        poll_s = min(LONGEST_POLL_S, poll_s * 2)


async def _group(view: View, order_group_id: str) -> OrderGroupDetails | None:
    try:
        return await view.call(GET_ORDER_GROUP, path={"order_group_id": order_group_id})
    except NotFound:
        return None


def _changed_ms(order: Order) -> int:
    changed = order.last_update_time or order.created_time
    return int(changed.timestamp() * 1000) if changed is not None else 0


def _advised(refusal: KalshiError, advice: str) -> KalshiError:
    return refusal.with_advice(advice) if isinstance(refusal, ApiError) else refusal
