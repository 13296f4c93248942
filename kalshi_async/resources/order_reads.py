"""The reading half of session.orders. Knows nothing of how orders are changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import orders as contract
from kalshi_async.contract.fields import OrderStatus
from kalshi_async.contract.historical import GET_HISTORICAL_ORDERS
from kalshi_async.contract.orders import Order, OrderQueuePosition
from kalshi_async.errors import InvalidRequest, OutcomeUnknown
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.validation import checked_seconds
from kalshi_async.resources._history import Stitched, query_of_both
from kalshi_async.resources._waiting import Awaited, Until, wait_for
from kalshi_async.resources.results import OrderReference
from kalshi_async.resources.settling.resolve import HORIZON_S, PendingOrder, Resolution, look_until


class OrderReads:
    """Orders of one account, read. Source of all methods: OpenAPI 3.34.0, read 2026-11-22."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, order_id: str) -> Order:
        """Return one order. Old finished orders are NotFound here: see ``historical.orders``.

        Reads lag behind writes by some hundred milliseconds.
        GET /portfolio/orders/{order_id}, 2 read tokens.
        """
        reply = await self._context.call(contract.GET_ORDER, path={"order_id": order_id})
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
        return self._context.paginate(
            contract.GET_ORDERS,
            {
                "ticker": ticker,
                "event_ticker": event_ticker,
                "status": status,
                "min_ts": min_ts,
                "max_ts": max_ts,
                "limit": limit,
                "subaccount": self._context.scope(subaccount),
                "exchange_index": self._context.shard(exchange_index),
            },
            on_rejected=on_rejected,
        )

    def history(
        self,
        *,
        ticker: str | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Order]:
        """List all orders: those of the live tier, then the archived, each newest first.

        Orders are archived by when they ended and listed by when they were placed: one
        that rested for long can come before a younger one. An order that moves to the
        archive meanwhile is neither lost nor doubled. The cursor names the tier, ``live:``
        or ``historical:``, and goes on across both; in another process orders that moved
        since may come again: ``order_id`` tells. Filters are those that both tiers know;
        ``limit`` is the page size, 1 to 1000 (100). All shards; without a subaccount, all
        of them. Remembers the ids of live orders.
        GET /portfolio/orders, then GET /historical/orders, 10 read tokens a page.
        """
        query = query_of_both(self._context, ticker, min_ts, max_ts, limit, subaccount)
        stitched = Stitched(
            self._context.fetching(contract.GET_ORDERS, query),
            self._context.fetching(GET_HISTORICAL_ORDERS, query),
            lambda order: order.order_id,
        )
        return Paginator(stitched.fetch, on_rejected=on_rejected)

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
        such filter: give ``ticker`` and ``min_ts`` to keep it short. All pages together
        are one read (10 s by default, else ``deadline_s``). 10 read tokens a page.
        """
        context = self._as_one_read()
        live = OrderReads(context).list(ticker=ticker, min_ts=min_ts, limit=1000, subaccount=subaccount)
        archived = context.paginate(
            GET_HISTORICAL_ORDERS,
            {
                "ticker": ticker,
                "min_ts": min_ts,
                "limit": 1000,
                "subaccount": context.scope(subaccount),
            },
        )
        for orders in (live, archived):
            async for order in orders:
                if order.client_order_id == client_order_id:
                    return order
        return None

    async def wait(
        self, order: OrderReference | str, until: Until = "done", *, timeout_s: float = 30.0
    ) -> Order:
        """Wait until an order is ``executed``, ``canceled``, ``resting`` or ``done`` (either end).

        Or until a function of the order says so. Give the result of ``create`` where you
        have it: it says from when on the exchange's reads must show the order. Until
        they do, an order that is not found is waited for; NotFound comes once they
        should. Raises NotReached, a DeadlineExceeded with the ``order`` as last seen,
        when ``timeout_s`` is over, and at once when the order ended otherwise. What an amend
        or decrease changed may be shown late: await ``session.settled`` first.
        Looks after 0.1 s, then less and less often, at least once a second: 2 read
        tokens a look, 12 while the order is not shown. GET /portfolio/orders/{order_id}.
        """
        awaited = Awaited.of(self._context, order, until, checked_seconds("timeout_s", timeout_s))
        return await wait_for(self._context, awaited)

    async def resolve(
        self, error: OutcomeUnknown, *, horizon_s: float = HORIZON_S, timeout_s: float = 0.0
    ) -> Resolution:
        """Find out what became of a create whose outcome was unknown.

        ``placed`` with the order, ``absent`` when it certainly does not exist, or
        ``still unknown``. Absence needs the exchange's reads to be valid for
        ``horizon_s`` seconds and two more beyond the last attempt: give ``timeout_s`` to
        wait for that. It bounds the whole; without it there is one look, which takes no
        longer than a read may. Works in another process, from
        ``OutcomeUnknown.from_record``. 30 read tokens a look, more when lists are long.
        """
        context = self._context if timeout_s else self._as_one_read()
        return await look_until(context, PendingOrder.of(error, horizon_s), timeout_s)

    async def queue_position(self, order: OrderReference | str) -> Decimal:
        """Return how many contracts stand ahead of a resting order; 0 is the front.

        GET /portfolio/orders/{order_id}/queue_position, 10 read tokens.
        """
        order_id = order if isinstance(order, str) else order.order_id
        reply = await self._context.call(contract.GET_ORDER_QUEUE_POSITION, path={"order_id": order_id})
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
        reply = await self._context.call(
            contract.GET_QUEUE_POSITIONS,
            query={
                "market_tickers": market_tickers,
                "event_ticker": event_ticker,
                "subaccount": self._context.scope(subaccount),
            },
        )
        return reply.queue_positions

    def _as_one_read(self) -> Context:
        return self._context.as_one_call(self._context.pipeline.timeouts.read_deadline_s)
