"""session.legacy: the twenty operations of the 2025 reference, with its names and its replies.

For exchanges that still offer the 2025 API. With any other environment every method raises
``EndpointRetired`` before a byte is sent; its ``successor`` names the method to use instead.
Requests, replies and units (cents, whole contracts) are those of
``kalshi_async.api2025.requests``. Errors, retries, deadlines and the throttle are the session's.

A list method returns one page, as in the reference: pass the ``cursor`` of a page to the next
call, until it is empty. Source of all methods: the 2025 reference, read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from kalshi_async.api2025 import requests as legacy
from kalshi_async.api2025.settling import AmendSettler, CancelSettler, CreateSettler, DeleteGroupSettler
from kalshi_async.calls.call import Call
from kalshi_async.calls.context import Context
from kalshi_async.contract.api2025 import operations as contract
from kalshi_async.contract.api2025.replies import OrderStatus
from kalshi_async.errors import KalshiError
from kalshi_async.requests.filters import checked_word_filter, words_of
from kalshi_async.requests.validation import checked_whole
from kalshi_async.wire.refusals import is_refused

PAGE_LIMIT = 200  # rows of a page at most; 100 without a limit (the 2025 reference)


class Legacy:
    """The 2025 API of one account."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create_order(
        self, create_order_request: legacy.CreateOrderRequest
    ) -> legacy.CreateOrderResponse:
        """Place one order. POST /portfolio/orders, 201; 10 write tokens.

        Raises Conflict when its client_order_id was used before or a fill-or-kill could
        not fill, BadRequest when the exchange finds a mistake. After a lost answer the same
        request is sent again with the same key, and the order is looked up; OutcomeUnknown
        is raised only if the look-up proves nothing either.
        """
        return await self._context.call(
            contract.CREATE_ORDER,
            body=create_order_request,
            settler=CreateSettler(self._context, create_order_request),
            client_order_ids=(create_order_request.client_order_id,),
            ticker=create_order_request.ticker,
        )

    async def batch_create_orders(
        self, batch_create_orders_request: legacy.BatchCreateOrdersRequest
    ) -> legacy.BatchCreateOrdersResponse:
        """Place up to 20 orders; each succeeds or fails on its own, so check the error of each response.

        POST /portfolio/orders/batched, 200; 10 write tokens per order. Raises
        OutcomeUnknown when a leg is missing, was refused after a lost answer, or answers that its key
        is taken (a proxy may have delivered the batch twice) or that the exchange itself failed.
        """
        orders = batch_create_orders_request.orders
        call = self._context.call(
            contract.BATCH_CREATE_ORDERS,
            body=batch_create_orders_request,
            items=len(orders),
            client_order_ids=tuple(order.client_order_id for order in orders),
        )
        return _leg_by_leg(call, await call)

    async def batch_cancel_orders(
        self, batch_cancel_orders_request: legacy.BatchCancelOrdersRequest
    ) -> legacy.BatchCancelOrdersResponse:
        """Cancel up to 20 orders; each succeeds or fails on its own, so check the error of each response.

        DELETE /portfolio/orders/batched, 200; 2 write tokens per order. Raises
        OutcomeUnknown when a leg is missing, was refused after a lost answer, or answers that the
        exchange itself failed.
        """
        call = self._context.call(
            contract.BATCH_CANCEL_ORDERS,
            body=batch_cancel_orders_request,
            items=len(batch_cancel_orders_request.order_ids),
        )
        return _leg_by_leg(call, await call)

    async def cancel_order(self, order_id: str) -> legacy.CancelOrderResponse:
        """Cancel the contracts of an order that still rest.

        NotFound does not prove that the order was canceled: it may have been filled.
        DELETE /portfolio/orders/{order_id}, 200; 10 write tokens.
        """
        return await self._context.call(
            contract.CANCEL_ORDER,
            path={"order_id": order_id},
            settler=CancelSettler(self._context, order_id),
            flaw=_about_another(order_id),
        )

    async def amend_order(
        self, order_id: str, amend_order_request: legacy.AmendOrderRequest
    ) -> legacy.AmendOrderResponse:
        """Change price or total count of a resting order.

        After a lost answer the same amend is sent again. A delayed copy may be accepted after a newer
        amend and undo it, and the 2025 API has no key against that: cancel and create instead if you
        amend again so soon.
        POST /portfolio/orders/{order_id}/amend, 200; 10 write tokens.
        """
        return await self._context.call(
            contract.AMEND_ORDER,
            path={"order_id": order_id},
            body=amend_order_request,
            settler=AmendSettler(self._context, order_id, amend_order_request),
            flaw=_about_another(order_id),
        )

    async def decrease_order(
        self, order_id: str, decrease_order_request: legacy.DecreaseOrderRequest
    ) -> legacy.DecreaseOrderResponse:
        """Take contracts off a resting order, which keeps its place in the queue.

        Never sent twice: a second delivery would take them off again.
        POST /portfolio/orders/{order_id}/decrease, 200; 10 write tokens.
        """
        return await self._context.call(
            contract.DECREASE_ORDER,
            path={"order_id": order_id},
            body=decrease_order_request,
            flaw=_about_another(order_id),
        )

    async def get_order(self, order_id: str) -> legacy.GetOrderResponse:
        """Return one order. GET /portfolio/orders/{order_id}, 200; 10 read tokens."""
        return await self._context.call(contract.GET_ORDER, path={"order_id": order_id})

    async def get_orders(
        self,
        *,
        ticker: str | None = None,
        event_ticker: str | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        status: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> legacy.GetOrdersResponse:
        """Return a page of orders, newest first; ``limit`` 1 to 200 (100).

        Times are Unix seconds or aware datetimes. GET /portfolio/orders, 200; 10 read tokens.
        """
        query = {
            "ticker": ticker,
            "event_ticker": event_ticker,
            "min_ts": min_ts,
            "max_ts": max_ts,
            "status": checked_word_filter("status", status, words_of(OrderStatus)),
            "limit": _limit(limit),
            "cursor": cursor or None,
        }
        return await self._context.call(contract.GET_ORDERS, query=query)

    async def get_order_queue_position(self, order_id: str) -> legacy.GetOrderQueuePositionResponse:
        """Return the place of a resting order in its queue; 1 is the front.

        GET /portfolio/orders/{order_id}/queue_position, 200; 10 read tokens.
        """
        return await self._context.call(contract.GET_ORDER_QUEUE_POSITION, path={"order_id": order_id})

    async def get_queue_positions(
        self, get_queue_positions_request: legacy.GetQueuePositionsRequest
    ) -> legacy.GetQueuePositionsResponse:
        """Return the places of several resting orders; orders that do not rest are left out of the reply.

        POST /portfolio/orders/queue_positions, 200; 10 read tokens.
        """
        return await self._context.call(contract.GET_QUEUE_POSITIONS, body=get_queue_positions_request)

    async def create_order_group(
        self, create_order_group_request: legacy.CreateOrderGroupRequest
    ) -> legacy.CreateOrderGroupResponse:
        """Make a named group. POST /portfolio/order_groups/create, 201; 10 read tokens."""
        return await self._context.call(contract.CREATE_ORDER_GROUP, body=create_order_group_request)

    async def get_order_groups(
        self, *, status: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> legacy.GetOrderGroupsResponse:
        """Return a page of groups; ``limit`` 1 to 200 (100).

        GET /portfolio/order_groups, 200; 10 read tokens.
        """
        query = {"status": status, "limit": _limit(limit), "cursor": cursor or None}
        return await self._context.call(contract.GET_ORDER_GROUPS, query=query)

    async def get_order_group(self, order_group_id: str) -> legacy.GetOrderGroupResponse:
        """Return one group. GET /portfolio/order_groups/{order_group_id}, 200; 10 read tokens."""
        return await self._context.call(contract.GET_ORDER_GROUP, path={"order_group_id": order_group_id})

    async def delete_order_group(self, order_group_id: str) -> None:
        """Remove a group and cancel its orders.

        DELETE /portfolio/order_groups/{order_group_id}, 204; 10 read tokens.
        """
        await self._context.call(
            contract.DELETE_ORDER_GROUP,
            path={"order_group_id": order_group_id},
            settler=DeleteGroupSettler(self._context, order_group_id),
        )

    async def reset_order_group(self, order_group_id: str) -> None:
        """Reset a group that was triggered, so that its orders are accepted again.

        Never sent twice: a second delivery could undo a trigger that came after the first.

        PUT /portfolio/order_groups/{order_group_id}/reset, 204; 10 read tokens.
        """
        await self._context.call(contract.RESET_ORDER_GROUP, path={"order_group_id": order_group_id})

    async def get_balance(self) -> legacy.GetBalanceResponse:
        """Return the cash, in cents. GET /portfolio/balance, 200; 10 read tokens."""
        return await self._context.call(contract.GET_BALANCE)

    async def get_positions(
        self,
        *,
        ticker: str | None = None,
        event_ticker: str | None = None,
        count_down: int | None = None,
        count_up: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> legacy.GetPositionsResponse:
        """Return a page of positions; ``limit`` 1 to 200 (100).

        ``count_down`` and ``count_up`` are minima; the reference does not say of which count.
        GET /portfolio/positions, 200; 10 read tokens.
        """
        query = {
            "ticker": ticker,
            "event_ticker": event_ticker,
            "count_down": _minimum("count_down", count_down),
            "count_up": _minimum("count_up", count_up),
            "limit": _limit(limit),
            "cursor": cursor or None,
        }
        return await self._context.call(contract.GET_POSITIONS, query=query)

    async def get_fills(
        self,
        *,
        ticker: str | None = None,
        order_id: str | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> legacy.GetFillsResponse:
        """Return a page of fills, newest first; ``limit`` 1 to 200 (100).

        Times are Unix seconds or aware datetimes. GET /portfolio/fills, 200; 10 read tokens.
        """
        query = {
            "ticker": ticker,
            "order_id": order_id,
            "min_ts": min_ts,
            "max_ts": max_ts,
            "limit": _limit(limit),
            "cursor": cursor or None,
        }
        return await self._context.call(contract.GET_FILLS, query=query)

    async def get_settlements(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> legacy.GetSettlementsResponse:
        """Return a page of settlements; ``limit`` 1 to 200 (100).

        GET /portfolio/settlements, 200; 10 read tokens.
        """
        query = {"limit": _limit(limit), "cursor": cursor or None}
        return await self._context.call(contract.GET_SETTLEMENTS, query=query)

    async def get_total_resting_order_value(self) -> legacy.GetTotalRestingOrderValueResponse:
        """Return the value of all resting orders, in cents.

        GET /portfolio/summary/total_resting_order_value, 200; 10 read tokens.
        """
        return await self._context.call(contract.GET_TOTAL_RESTING_ORDER_VALUE)


class _Change(Protocol):
    @property
    def order(self) -> legacy.Order | None: ...


class _Leg(Protocol):
    @property
    def error(self) -> legacy.ErrorResponse | None: ...


class _Batch(Protocol):
    @property
    def responses(self) -> Sequence[_Leg] | None: ...


Batch = TypeVar("Batch", bound=_Batch)


def _about_another(order_id: str) -> Callable[[_Change], str | None]:
    """Return the check that a reply is about the order that was addressed."""

    def flaw(reply: _Change) -> str | None:
        answered = reply.order.order_id if reply.order is not None else None
        if answered in (None, order_id):
            return None
        return f"order {order_id} was asked for, the reply is about {answered}"

    return flaw


def _leg_by_leg(call: Call[Batch], reply: Batch) -> Batch:
    """Return the reply to a batch if the outcome of each item is certain; else raise OutcomeUnknown."""
    asked, legs = call.outgoing.items, reply.responses or ()
    if len(legs) != asked:
        cause = KalshiError(f"the batch had {asked} items, the reply has {len(legs)}", sent=True)
        raise call.unknown(cause) from cause
    if call.doubt is not None and any(leg.error is not None for leg in legs):
        # The first delivery may have executed the item, and the second be refused because of that.
        cause = KalshiError("an item was refused after the answer to an earlier attempt was lost", sent=True)
        raise call.unknown(cause) from cause
    for leg in legs:
        if leg.error is not None and not is_refused(leg.error.error.code):
            code = leg.error.error.code
            cause = KalshiError(f"an item answered {code}, which does not prove that it failed", sent=True)
            raise call.unknown(cause) from cause
    return reply


def _limit(limit: int | None) -> int | None:
    return None if limit is None else checked_whole("limit", limit, least=1, most=PAGE_LIMIT)


def _minimum(name: str, value: int | None) -> int | None:
    return None if value is None else checked_whole(name, value, least=0)
