"""Settlers for changes of the 2025 API: one class per kind of change.

The reference does not say how far reads lag behind, so that absence proves nothing: the pipeline
looks until the deadline of the call, and then the outcome is unknown. There is no timestamp of reads
either: the row of an order that can still change counts if it was changed since our first attempt, and
not before reads had time to catch up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kalshi_async.api2025 import direction, requests as legacy
from kalshi_async.calls.call import Doubt, Refused, Settled, Settlement, Unprovable
from kalshi_async.calls.context import Context
from kalshi_async.contract.api2025 import operations as contract
from kalshi_async.contract.operation import Empty
from kalshi_async.errors import ApiError, Conflict, KalshiError, NotFound
from kalshi_async.requests.direction import ON_THE_YES_BOOK
from kalshi_async.requests.validation import given
from kalshi_async.resources.settling.proof import HORIZON_S, MARGIN_MS, SECOND_MS, Span
from kalshi_async.wire.outgoing import QueryValue

_PAGE = 200


class _OrdersPage(legacy.GetOrdersResponse, frozen=True, kw_only=True):
    """A page of orders with a property ``rows``, which the paginator reads."""

    @property
    def rows(self) -> list[legacy.Order]:
        """The orders."""
        return self.orders or []


_GET_ORDERS = contract.GET_ORDERS.reading(_OrdersPage)


@dataclass(frozen=True, slots=True)
class CreateSettler:
    """Settle a create by the order with its key; an order of another shape is a Conflict."""

    context: Context
    request: legacy.CreateOrderRequest

    async def look(self, doubt: Doubt) -> Settlement[legacy.CreateOrderResponse]:
        """Read the list once."""
        order = await self._find(doubt)
        if order is None:
            return None
        if self._matches(order) and _is_since(order.created_time, Span.of(doubt).earliest_ms):
            return Settled(legacy.CreateOrderResponse(order=order))
        key = self.request.client_order_id
        return Refused(
            Conflict(
                409,
                code="order_already_exists",
                message=f"client_order_id {key} belongs to another order, {order.order_id}",
            )
        )

    async def _find(self, doubt: Doubt) -> legacy.Order | None:
        min_ts = (doubt.first_sent_ms - int(HORIZON_S * SECOND_MS)) // SECOND_MS - 1
        query: dict[str, QueryValue] = {"ticker": self.request.ticker, "min_ts": min_ts, "limit": _PAGE}
        async for order in self.context.settling(doubt).paginate(_GET_ORDERS, query, most=_PAGE):
            if order.client_order_id == self.request.client_order_id:
                return order
        return None

    def _matches(self, order: legacy.Order) -> bool:
        request = self.request
        asked = ON_THE_YES_BOOK[request.action, request.side, "yes"][0]
        return (
            order.ticker == request.ticker
            and direction.of_order(order).book_side is asked
            and order.count == request.count
            and given(request.yes_price) in (None, order.yes_price)
            and given(request.no_price) in (None, order.no_price)
        )


@dataclass(frozen=True, slots=True)
class CancelSettler:
    """Settle a cancel by reading the order: canceled is done, executed is refused.

    ``reduced_by`` of the reply is None, because the row does not show it.
    """

    context: Context
    order_id: str

    async def look(self, doubt: Doubt) -> Settlement[legacy.CancelOrderResponse]:
        """Read the order once."""
        order = await _read(self.context.settling(doubt), self.order_id)
        if order is None or not _is_over(order):
            return None
        if order.status is legacy.OrderStatus.CANCELED:
            return Settled(legacy.CancelOrderResponse(order=order))
        return Refused(_advised(doubt.refusal, order))


@dataclass(frozen=True, slots=True)
class AmendSettler:
    """Settle an amend by reading the order."""

    context: Context
    order_id: str
    request: legacy.AmendOrderRequest

    async def look(self, doubt: Doubt) -> Settlement[legacy.AmendOrderResponse]:
        """Read the order once."""
        order = await _read(self.context.settling(doubt), self.order_id)
        if order is None or not (_is_over(order) or self._is_young(order, doubt)):
            return None
        if self._is_applied(order):
            return Settled(legacy.AmendOrderResponse(order=order))
        if not _is_over(order):
            return None
        # A final order at another price was not amended. Its count proves nothing: a cancel changes it too.
        is_moved = any(given(price) is not None for price in (self.request.yes_price, self.request.no_price))
        return Refused(_advised(doubt.refusal, order)) if is_moved else Unprovable()

    def _is_young(self, order: legacy.Order, doubt: Doubt) -> bool:
        """Whether the row of a resting order is no older than our first attempt."""
        if self.context.pipeline.skew.now_ms() <= doubt.last_signed_ms + MARGIN_MS:
            return False
        earliest_ms = Span.of(doubt).first_ms - SECOND_MS
        return order.updated_time is not None and _is_since(order.updated_time, earliest_ms)

    def _is_applied(self, order: legacy.Order) -> bool:
        wanted = {
            "yes_price": given(self.request.yes_price),
            "no_price": given(self.request.no_price),
            "count": given(self.request.count),
        }
        return all(getattr(order, name) == value for name, value in wanted.items() if value is not None)


@dataclass(frozen=True, slots=True)
class DeleteGroupSettler:
    """Settle a delete: done if neither the exchange nor reads know the group.

    Reads alone may not show a group yet that was just made.
    """

    context: Context
    order_group_id: str

    async def look(self, doubt: Doubt) -> Settlement[Empty]:
        """Read the group once."""
        try:
            await self.context.settling(doubt).call(
                contract.GET_ORDER_GROUP, path={"order_group_id": self.order_group_id}
            )
        except NotFound:
            return Settled(Empty()) if isinstance(doubt.refusal, NotFound) else None
        return None


async def _read(context: Context, order_id: str) -> legacy.Order | None:
    try:
        order = (await context.call(contract.GET_ORDER, path={"order_id": order_id})).order
    except NotFound:
        return None
    return order if order is not None and order.order_id == order_id else None


def _is_over(order: legacy.Order) -> bool:
    return order.status in (legacy.OrderStatus.CANCELED, legacy.OrderStatus.EXECUTED)


def _is_since(time: datetime | None, earliest_ms: int) -> bool:
    return time is None or time.timestamp() * SECOND_MS >= earliest_ms


def _advised(refusal: KalshiError, order: legacy.Order) -> KalshiError:
    """Return the refusal with what the order reads; a refusal of its own if no answer came."""
    advice = f"the order reads {order.status}"
    if isinstance(refusal, ApiError) and refusal.status < 500:
        return refusal.with_advice(advice)
    return NotFound(404, code="not_found", message=advice)
