"""session.orders: place, change, cancel and read orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Literal

from msgspec import UNSET

from kalshi_async.contract import orders as contract
from kalshi_async.contract.fields import BookSide, OrderStatus
from kalshi_async.contract.historical import GET_HISTORICAL_ORDERS
from kalshi_async.contract.orders import (
    AmendOrderReply,
    CancelOrderReply,
    DecreaseOrderReply,
    Order,
    OrderQueuePosition,
    OrdersPage,
)
from kalshi_async.errors import InvalidRequest, OutcomeUnknown
from kalshi_async.pagination import Paginator
from kalshi_async.requests import AmendOrder, CancelItem, CreateOrder, DecreaseOrder
from kalshi_async.resolve import HORIZON_S, Resolution, Sought, look_until
from kalshi_async.resources.batches import cancel_items, create_items, subject_of
from kalshi_async.resources.plans import PlannedChunk, plan_items
from kalshi_async.resources.routing import Target, confirmed, targeted
from kalshi_async.resources.settling import (
    settle_amend,
    settle_cancel,
    settle_create,
    settle_decrease,
)
from kalshi_async.resources.view import OnRejected, View
from kalshi_async.results import AmendableOrder, BatchResult, CreatedOrder, OrderReference
from kalshi_async.risk_gate import EVERYTHING, subaccount_scope
from kalshi_async.rules import SUBACCOUNTS, Number, checked_whole, given
from kalshi_async.wire import Subject


class AllSubaccounts(Enum):
    """The scope of ``cancel_all`` that spares nothing."""

    ALL = "all"


ALL = AllSubaccounts.ALL


class Orders:
    """Orders of one account. Source of all methods: OpenAPI 3.34.0, read 2026-11-22."""

    __slots__ = ("_view",)

    def __init__(self, view: View) -> None:
        self._view = view

    async def create(self, order: CreateOrder) -> CreatedOrder:
        """Place one order and return what became of it at once.

        Raises Conflict when its client_order_id was used before or a fill_or_kill
        could not fill, BadRequest when the exchange finds a fault (off the price grid,
        post only cross, insufficient_balance). A lost answer is followed by the same
        request with the same key, and by reading; OutcomeUnknown only when even that
        told nothing. POST /portfolio/events/orders, 10 write tokens.
        """
        scoped = self._scoped(order)
        reply = await self._view.call(
            contract.CREATE_ORDER,
            body=scoped,
            subject=subject_of([scoped], shard=given(scoped.exchange_index)),
            settle=partial(settle_create, self._view, scoped),
        )
        if reply.client_order_id not in (None, "", scoped.client_order_id):
            raise OutcomeUnknown(
                f"order {scoped.client_order_id} was sent and {reply.client_order_id} answered",
                client_order_ids=(scoped.client_order_id,),
                ticker=scoped.ticker,
                subaccount=given(scoped.subaccount),
                first_sent_ms=reply.ts_ms,
                sent=True,
            )
        return CreatedOrder.of(scoped, reply)

    async def create_batch(self, orders: Sequence[CreateOrder]) -> BatchResult[CreateOrder, CreatedOrder]:
        """Place many orders; the result has one leg per order, in order, whatever happened.

        Nothing is atomic. Orders are sent in as many requests as the write bucket's
        capacity makes necessary. POST /portfolio/events/orders/batched, 10 write
        tokens per order.
        """
        return await create_items(self._view, [self._scoped(order) for order in orders])

    def plan_batch(self, orders: Sequence[CreateOrder]) -> Sequence[PlannedChunk]:
        """Say how ``create_batch`` would cut these orders, and when each piece would go.

        Sends nothing. Times hold if nobody else asks for tokens meanwhile.
        """
        return plan_items(self._view, orders)

    async def cancel(
        self, order: OrderReference | str, *, ticker: str | None = None, subaccount: int | None = None
    ) -> CancelOrderReply:
        """Take what rests of an order off the book; ``reduced_by`` says how much it was.

        Give an order, the result of ``create``, or an id, best with its ``ticker``. A
        bare id that is not found is looked up once and addressed where it lives.
        NotFound does not prove that it was canceled: it may have been filled.
        DELETE /portfolio/events/orders/{order_id}, 2 write tokens.
        """

        async def send(target: Target) -> CancelOrderReply:
            return await self._view.call(
                contract.CANCEL_ORDER,
                path={"order_id": target.order_id},
                query={
                    "subaccount": target.subaccount,
                    "exchange_index": target.exchange_index,
                    "market_ticker": target.ticker,
                },
                subject=Subject(shard=target.exchange_index),
                settle=lambda call, refusal: settle_cancel(self._view, target.order_id, refusal),
            )

        return confirmed(await targeted(self._view, self._target(order, ticker, subaccount), send))

    async def cancel_batch(
        self, orders: Sequence[OrderReference | CancelItem | str]
    ) -> BatchResult[CancelItem, CancelOrderReply]:
        """Cancel many orders; the result has one leg per order, in order.

        Bare ids are looked for on shard 0 and in the view's subaccount.
        DELETE /portfolio/events/orders/batched, 2 write tokens per order.
        """
        return await cancel_items(self._view, [self._item(order) for order in orders])

    async def cancel_all(self, *, subaccount: int | Literal[AllSubaccounts.ALL]) -> None:
        """Cancel every resting order of a subaccount, or of ``ALL`` of them, on every shard.

        Asynchronous: orders placed during the following minute may be canceled too.
        DELETE /portfolio/events/orders, 2 write tokens.
        """
        scope = None
        if not isinstance(subaccount, AllSubaccounts):  # None is no scope: it would cancel everything
            scope = checked_whole("subaccount", subaccount, least=0, most=SUBACCOUNTS)
        self._view.pipeline.gate.recall(EVERYTHING if scope is None else subaccount_scope(scope))
        await self._view.call(contract.CANCEL_ALL_ORDERS, query={"subaccount": scope})

    async def amend(
        self,
        order: AmendableOrder | str,
        *,
        price: Number | None = None,
        count: Number | None = None,
        ticker: str | None = None,
        side: BookSide | Literal["bid", "ask"] | None = None,
        updated_client_order_id: str | None = None,
        expiration_time: datetime | int | None = None,
        subaccount: int | None = None,
    ) -> AmendOrderReply:
        """Change price, total count or expiry of a resting order.

        ``count`` is the new total, what is filled already included. What is not given
        stays as the given order object says, which may be older than the order: give
        ``count`` if it was decreased since; with a bare id, ticker, side, price and count are all
        needed. A smaller count at the same price keeps the place in the queue.
        POST /portfolio/events/orders/{order_id}/amend, 10 write tokens.
        """
        known = None if isinstance(order, str) else order
        price = known.yes_price if price is None and known else price
        count = known.total_count if count is None and known else count
        ticker = ticker or (known.ticker if known else None)
        side = side or (known.book_side if known else None)
        if price is None or count is None or ticker is None or side is None:
            raise InvalidRequest("amending a bare order id needs ticker, side, price and count")
        target = self._target(order, ticker, subaccount)
        body = AmendOrder(
            ticker,
            side,
            price=price,
            count=count,
            updated_client_order_id=updated_client_order_id,
            expiration_time=expiration_time,
            exchange_index=target.exchange_index,
        )
        reply = await self._view.call(
            contract.AMEND_ORDER,
            path={"order_id": target.order_id},
            query={"subaccount": target.subaccount},
            body=body,
            subject=Subject(
                ticker=ticker,
                subaccount=target.subaccount,
                order_group_ids=_groups(known),
                shard=target.exchange_index,
            ),
            settle=lambda call, refusal: settle_amend(self._view, target.order_id, body, call, refusal),
        )
        return confirmed((target, reply))

    async def decrease(
        self,
        order: OrderReference | str,
        *,
        reduce_by: Number | None = None,
        reduce_to: Number | None = None,
        ticker: str | None = None,
        subaccount: int | None = None,
    ) -> DecreaseOrderReply:
        """Take contracts off a resting order, keeping its place in the queue.

        Give ``reduce_to`` where you can: it may be repeated safely, ``reduce_by`` may
        not. POST /portfolio/events/orders/{order_id}/decrease, 10 write tokens.
        """
        operation = contract.DECREASE_ORDER_BY if reduce_to is None else contract.DECREASE_ORDER_TO

        async def send(target: Target) -> DecreaseOrderReply:
            body = DecreaseOrder(
                reduce_by=reduce_by,
                reduce_to=reduce_to,
                exchange_index=target.exchange_index,
                market_ticker=target.ticker,
            )
            floor = given(body.reduce_to)
            return await self._view.call(
                operation,
                path={"order_id": target.order_id},
                query={"subaccount": target.subaccount},
                body=body,
                subject=Subject(shard=target.exchange_index),
                settle=None
                if floor is None
                else lambda call, refusal: settle_decrease(self._view, target.order_id, floor, refusal),
            )

        return confirmed(await targeted(self._view, self._target(order, ticker, subaccount), send))

    async def get(self, order_id: str) -> Order:
        """Return one order. Old finished orders are NotFound here: see ``historical.orders``.

        Reads lag behind writes by some hundred milliseconds.
        GET /portfolio/orders/{order_id}, 2 read tokens.
        """
        reply = await self._view.call(contract.GET_ORDER, path={"order_id": order_id})
        return reply.order

    def list(
        self,
        *,
        ticker: str | None = None,
        event_ticker: str | Sequence[str] | None = None,
        status: OrderStatus | Literal["resting", "canceled", "executed"] | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        exchange_index: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Order]:
        """List orders, newest first; ``limit`` is the page size, 1 to 1000 (100).

        Without a subaccount, those of all. GET /portfolio/orders, 10 read tokens a page.
        """
        return self._view.paginate(
            contract.GET_ORDERS,
            _rows,
            _cursor,
            {
                "ticker": ticker,
                "event_ticker": event_ticker,
                "status": status,
                "min_ts": min_ts,
                "max_ts": max_ts,
                "limit": limit,
                "subaccount": self._view.scope(subaccount),
                "exchange_index": self._view.shard(exchange_index),
            },
            on_rejected=on_rejected,
        )

    async def find(
        self,
        client_order_id: str,
        *,
        ticker: str | None = None,
        min_ts: datetime | int | None = None,
        subaccount: int | None = None,
    ) -> Order | None:
        """Return the order with this client_order_id, or None if no list shows it (yet).

        Scans the live orders and then the historical ones, because the exchange has no
        such filter: give ``ticker`` and ``min_ts`` to keep it short. 10 read tokens a page.
        """
        live = self.list(ticker=ticker, min_ts=min_ts, limit=1000, subaccount=subaccount)
        archived = self._view.paginate(
            GET_HISTORICAL_ORDERS,
            _rows,
            _cursor,
            {
                "ticker": ticker,
                "min_ts": min_ts,
                "limit": 1000,
                "subaccount": self._view.scope(subaccount),
            },
        )
        for orders in (live, archived):
            async for order in orders:
                if order.client_order_id == client_order_id:
                    return order
        return None

    async def resolve(
        self, error: OutcomeUnknown, *, horizon_s: float = HORIZON_S, timeout_s: float = 0.0
    ) -> Resolution:
        """Find out what became of a create whose outcome was unknown.

        ``placed`` with the order, ``absent`` when it certainly does not exist, or
        ``still unknown``. Absence needs the exchange's reads to be valid for
        ``horizon_s`` seconds and two more beyond the last attempt: give ``timeout_s`` to
        wait for that. Works in another process, from ``OutcomeUnknown.from_record``.
        Costs 30 read tokens a look, and more when lists are long.
        """
        return await look_until(self._view, Sought.of(error, horizon_s), timeout_s)

    async def queue_position(self, order: OrderReference | str) -> Decimal:
        """Return how many contracts stand ahead of a resting order; 0 is the front.

        GET /portfolio/orders/{order_id}/queue_position, 10 read tokens.
        """
        order_id = order if isinstance(order, str) else order.order_id
        reply = await self._view.call(contract.GET_ORDER_QUEUE_POSITION, path={"order_id": order_id})
        return reply.queue_position

    async def queue_positions(
        self,
        *,
        market_tickers: Sequence[str] | None = None,
        event_ticker: str | None = None,
        subaccount: int | None = None,
    ) -> Sequence[OrderQueuePosition]:
        """Return the queue positions of all resting orders in some markets or one event.

        GET /portfolio/orders/queue_positions, 10 read tokens.
        """
        if not market_tickers and not event_ticker:
            raise InvalidRequest("queue_positions needs market_tickers or event_ticker")
        reply = await self._view.call(
            contract.GET_QUEUE_POSITIONS,
            query={
                "market_tickers": market_tickers,
                "event_ticker": event_ticker,
                "subaccount": self._view.scope(subaccount),
            },
        )
        return reply.queue_positions

    def _scoped(self, order: CreateOrder) -> CreateOrder:
        """Give an order the view's scope where it names none of its own."""
        view = self._view
        changes: dict[str, int] = {}
        if order.subaccount is UNSET and view.subaccount is not None:
            changes["subaccount"] = view.subaccount
        if order.exchange_index is UNSET and view.exchange_index is not None:
            changes["exchange_index"] = view.exchange_index
        return order.replace(**changes) if changes else order

    def _target(self, order: OrderReference | str, ticker: str | None, subaccount: int | None) -> Target:
        return Target.of(self._view, order, ticker, subaccount)

    def _item(self, order: OrderReference | CancelItem | str) -> CancelItem:
        if isinstance(order, CancelItem):
            return order
        target = self._target(order, None, None)
        return CancelItem(
            target.order_id,
            subaccount=target.subaccount,
            exchange_index=target.exchange_index,
            market_ticker=target.ticker,
        )


def _groups(order: object) -> tuple[str, ...]:
    group = getattr(order, "order_group_id", None)
    return (group,) if group else ()


def _rows(page: OrdersPage) -> list[Order]:
    return page.orders


def _cursor(page: OrdersPage) -> str | None:
    return page.cursor
