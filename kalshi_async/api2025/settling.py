"""Settle a change of the 2025 API whose answer was lost and whose resend was refused, by reading.

One function per change. Each returns the reply, or the error that is certain now. The 2025
reference does not tell how far reads lag behind, so a missing order proves nothing: a
function reads again until the deadline of the call ends it, and the outcome stays unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kalshi_async.api2025 import direction, requests as legacy
from kalshi_async.calls.call import Call
from kalshi_async.calls.context import View
from kalshi_async.contract.api2025 import operations as contract
from kalshi_async.contract.operation import Empty
from kalshi_async.errors import ApiError, Conflict, KalshiError, NotFound
from kalshi_async.requests.direction import ON_THE_YES_BOOK
from kalshi_async.requests.validation import given
from kalshi_async.resources.settling.orders import polled
from kalshi_async.resources.settling.resolve import HORIZON_S

Answer = TypeVar("Answer")

_PAGE = 200


async def settle_create(
    view: View, request: legacy.CreateOrderRequest, call: Call[Answer]
) -> legacy.CreateOrderResponse | KalshiError:
    """Settle a create: look for the order by its key, among those since the first attempt.

    An order with that key and other terms makes the create a Conflict.
    """
    # The exchange accepts a timestamp up to HORIZON_S ahead of its own clock, so the order may look
    # that much older. One second more, because ``min_ts`` is in whole seconds.
    earliest_ms = (call.first_sent_ms or 0) - int(HORIZON_S * 1000)

    async def look() -> legacy.CreateOrderResponse | KalshiError | None:
        order = await _find(view, request, earliest_ms // 1000 - 1)
        if order is None:
            return None
        if _matches(order, request):
            return legacy.CreateOrderResponse(order=order)
        key = request.client_order_id
        return Conflict(
            409,
            code="order_already_exists",
            message=f"client_order_id {key} belongs to another order, {order.order_id}",
        )

    return await polled(view, look)


async def settle_cancel(
    view: View, order_id: str, refusal: KalshiError
) -> legacy.CancelOrderResponse | KalshiError:
    """Settle a cancel: a canceled order proves success, an executed one proves the refusal.

    The reply's ``reduced_by`` is None, because the order does not show how much was canceled.
    """
    order = await polled(view, lambda: _order_if(view, order_id, _is_over))
    if order.status is legacy.OrderStatus.CANCELED:
        return legacy.CancelOrderResponse(order=order)
    return _advised(refusal, order)


async def settle_amend(
    view: View, order_id: str, request: legacy.AmendOrderRequest, refusal: KalshiError
) -> legacy.AmendOrderResponse | KalshiError | None:
    """Settle an amend: an order with the new terms proves success, one that has ended may refute it.

    None: the order proves neither.
    """
    wanted = {
        "yes_price": given(request.yes_price),
        "no_price": given(request.no_price),
        "count": given(request.count),
    }

    def is_applied(order: legacy.Order) -> bool:
        return all(getattr(order, name) == value for name, value in wanted.items() if value is not None)

    order = await polled(
        view, lambda: _order_if(view, order_id, lambda order: is_applied(order) or _is_over(order))
    )
    if is_applied(order):
        return legacy.AmendOrderResponse(order=order)
    # An ended order without the new price was never amended. Its count proves nothing: it may have
    # been amended, and decreased since.
    names_price = wanted["yes_price"] is not None or wanted["no_price"] is not None
    return _advised(refusal, order) if names_price else None


async def settle_delete_group(view: View, order_group_id: str) -> Empty:
    """Settle a delete: a group that is not found was deleted."""

    async def look() -> Empty | None:
        try:
            await view.call(contract.GET_ORDER_GROUP, path={"order_group_id": order_group_id})
        except NotFound:
            return Empty()
        return None

    return await polled(view, look)


async def _find(view: View, request: legacy.CreateOrderRequest, min_ts: int) -> legacy.Order | None:
    rows = view.paginate(
        contract.GET_ORDERS,
        lambda page: page.orders,
        lambda page: page.cursor,
        {"ticker": request.ticker, "min_ts": min_ts, "limit": _PAGE},
        most=_PAGE,
    )
    async for order in rows:
        if order.client_order_id == request.client_order_id:
            return order
    return None


def _matches(order: legacy.Order, request: legacy.CreateOrderRequest) -> bool:
    asked = ON_THE_YES_BOOK[request.action, request.side, "yes"][0]
    return (
        order.ticker == request.ticker
        and direction.of_order(order).book_side is asked
        and order.count == request.count
        and given(request.yes_price) in (None, order.yes_price)
        and given(request.no_price) in (None, order.no_price)
    )


async def _order_if(
    view: View, order_id: str, is_certain: Callable[[legacy.Order], bool]
) -> legacy.Order | None:
    try:
        order = (await view.call(contract.GET_ORDER, path={"order_id": order_id})).order
    except NotFound:
        return None
    return order if order is not None and is_certain(order) else None


def _is_over(order: legacy.Order) -> bool:
    return order.status in (legacy.OrderStatus.CANCELED, legacy.OrderStatus.EXECUTED)


def _advised(refusal: KalshiError, order: legacy.Order) -> KalshiError:
    advice = f"the order reads {order.status}"
    return refusal.with_advice(advice) if isinstance(refusal, ApiError) else refusal
