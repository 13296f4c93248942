"""What to read after a change of an order in doubt was refused, one function per kind.

Each returns the reply, or the error that is certain now, or None when nothing can be.
They ask until the call's deadline ends them: reads lag behind writes. What changes the
account and not an order is in ``settling_account``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from kalshi_async.calls.call import Call
from kalshi_async.calls.context import View
from kalshi_async.contract.fields import OrderStatus
from kalshi_async.contract.orders import (
    GET_ORDER,
    AmendOrderReply,
    CancelOrderReply,
    CreateOrderReply,
    DecreaseOrderReply,
    Order,
)
from kalshi_async.errors import ApiError, KalshiError, NotFound
from kalshi_async.requests.orders import AmendOrder, CreateOrder
from kalshi_async.requests.validation import given
from kalshi_async.resources.settling.resolve import (
    FIRST_POLL_S,
    LONGEST_POLL_S,
    Fate,
    PendingOrder,
    look_until,
    matches,
    other_order,
    read_as_of_ms,
)
from kalshi_async.signing.skew import parse_date_ms

TERMINAL = frozenset({OrderStatus.CANCELED, OrderStatus.EXECUTED})
"""Statuses after which nothing happens to an order. One that is not known yet is not among them."""

Answer = TypeVar("Answer")
Polled = TypeVar("Polled")


async def settle_create(
    view: View, order: CreateOrder, call: Call[Answer], refusal: KalshiError
) -> CreateOrderReply | KalshiError:
    """Look for the order by its key; only one of the right shape counts."""
    sought = PendingOrder(
        order.client_order_id,
        order.ticker,
        given(order.subaccount),
        call.first_sent_ms or 0,
        call.last_signed_ms or 0,
        refused_ms=_key_taken_ms(refusal),
    )
    resolution = await look_until(view, sought, None)
    found = resolution.order
    if found is None:
        return refusal
    if resolution.fate is Fate.PLACED and matches(found, order):
        return as_created(found)
    return other_order(found, sought.client_order_id)


async def settle_cancel(view: View, order_id: str, refusal: KalshiError) -> CancelOrderReply | KalshiError:
    """Settle a cancel: a canceled order does it, an executed one makes the refusal certain.

    What rested until then is not certain: after an amend or a decrease the initial count
    less the fills is another number (get_order, read 2026-11-22).
    """
    order = await _settled_order(view, order_id, lambda order: order.status in TERMINAL)
    if order.status is OrderStatus.CANCELED:
        return CancelOrderReply(
            order_id=order_id,
            client_order_id=order.client_order_id,
            reduced_by=None,
            ts_ms=_changed_ms(order),
        )
    return _advised(refusal, f"the order reads {order.status}")


async def settle_amend(
    view: View, order_id: str, amend: AmendOrder, call: Call[Answer], refusal: KalshiError
) -> AmendOrderReply | KalshiError | None:
    """Settle an amend by how the order reads, where that tells whether it was applied.

    A resting order is believed only once reads are younger than the last attempt:
    before that it may still show what an earlier amend had made of it.
    """
    expiry_s, key = given(amend.expiration_time), given(amend.updated_client_order_id)

    def is_applied(order: Order) -> bool:
        # What was canceled has no total any more; its initial count is then the amended one.
        is_over = order.status in TERMINAL
        return (
            order.yes_price == amend.price
            and amend.count in (order.total_count, order.initial_count if is_over else None)
            and (expiry_s is None or _seconds(order.expiration_time) == (expiry_s or None))
            and key in (None, order.client_order_id)
        )

    order = await _settled_order(
        view,
        order_id,
        lambda order: order.status in TERMINAL or is_applied(order),
        after_ms=call.last_signed_ms,
    )
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
) -> DecreaseOrderReply | KalshiError:
    """Settle a decrease: no more resting than was asked for does it, whoever took the rest.

    Only an order that was filled to its full size was certainly never decreased.
    """

    def is_done(order: Order) -> bool:
        return order.remaining_count <= reduce_to

    order = await _settled_order(view, order_id, is_done)
    if order.status is OrderStatus.EXECUTED and order.fill_count >= order.initial_count:
        return _advised(refusal, f"the order reads {order.status}")
    return DecreaseOrderReply(
        order_id=order_id,
        client_order_id=order.client_order_id,
        remaining_count=order.remaining_count,
        ts_ms=_changed_ms(order),
    )


async def polled(view: View, look: Callable[[], Awaitable[Polled | None]]) -> Polled:
    """Ask until there is an answer. The deadline of the call in doubt ends it."""
    poll_s = FIRST_POLL_S
    while True:
        answer = await look()
        if answer is not None:
            return answer
        await view.pipeline.clock.sleep(poll_s)
        poll_s = min(LONGEST_POLL_S, poll_s * 2)


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


async def _settled_order(
    view: View, order_id: str, is_certain: Callable[[Order], bool], *, after_ms: int | None = None
) -> Order:
    """Read an order until it says something certain; what rests only from ``after_ms`` on."""
    view = view.urgent()

    async def look() -> Order | None:
        as_of_ms = None if after_ms is None else await read_as_of_ms(view)
        try:
            order = (await view.call(GET_ORDER, path={"order_id": order_id})).order
        except NotFound:
            return None
        is_stale = as_of_ms is not None and as_of_ms <= (after_ms or 0) and order.status not in TERMINAL
        return order if not is_stale and is_certain(order) else None

    return await polled(view, look)


def _key_taken_ms(refusal: KalshiError) -> int | None:
    """Return when, at the latest, the exchange said that the key is taken; None if it did not."""
    if not isinstance(refusal, ApiError) or refusal.code != "order_already_exists":
        return None
    said_ms = parse_date_ms(refusal.header(b"date"))
    return None if said_ms is None else said_ms + 1_000  # the header is cut to whole seconds


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def _changed_ms(order: Order) -> int:
    changed = order.last_update_time or order.created_time
    return int(changed.timestamp() * 1000) if changed is not None else 0


def _advised(refusal: KalshiError, advice: str) -> KalshiError:
    return refusal.with_advice(advice) if isinstance(refusal, ApiError) else refusal
