"""The reading half of session.orders; it changes no order."""

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
from kalshi_async.requests.filters import MOST_EVENTS, checked_most, checked_word_filter, words_of
from kalshi_async.requests.validation import checked_request, checked_seconds, checked_text_id
from kalshi_async.resources._following import OrderStream, follow
from kalshi_async.resources._history import Stitched, query_of_both
from kalshi_async.resources._routing import Target
from kalshi_async.resources._waiting import Awaited, Until, order_of, wait_for
from kalshi_async.resources.results import OrderReference
from kalshi_async.resources.settling.proof import HORIZON_S
from kalshi_async.resources.settling.resolve import PendingOrder, Resolution, look_until

_STATUSES = words_of(OrderStatus)


class OrderReads:
    """Orders of one account, read. Source of all methods: OpenAPI 3.34.0, read 2026-11-22."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, order_id: str) -> Order:
        """Return one order.

        Reads lag behind writes by some hundred milliseconds. Raises NotFound for an order that reads do
        not show yet, and for an archived one: see ``historical.orders``. Raises UnexpectedReply if the
        reply is about another order.
        GET /portfolio/orders/{order_id}, 2 read tokens.
        """
        return await order_of(self._context, order_id)

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
        """List orders of the live tier, newest first.

        * ``event_ticker``: one event, or up to 100.
        * ``status``: one word. Raises InvalidRequest for another: the exchange would return an empty list.
        * ``min_ts``, ``max_ts``: time bounds, as Unix seconds or aware datetimes.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``subaccount``: None means the view's; without one there, all subaccounts.
        * ``exchange_index``: one shard; None means the view's; without one there, all shards.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/orders, 10 read tokens a page.
        """
        if event_ticker is not None:
            checked_most("event_ticker", event_ticker, MOST_EVENTS)
        return self._context.paginate(
            contract.GET_ORDERS,
            {
                "ticker": ticker,
                "event_ticker": event_ticker,
                "status": None if status is None else checked_word_filter("status", status, _STATUSES),
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

        Orders are archived by the time of their end and listed by the time of their placement: an
        order that rested for long can come before a younger one. An order that moves to the archive
        during the listing is neither lost nor doubled. The cursor names the tier, ``live:`` or
        ``historical:``, and goes on across both. When another process goes on from it, orders that
        moved since may come again: deduplicate by ``order_id``. The filters are those of both tiers;
        all shards are read. The ids of the live orders are kept in memory.

        * ``min_ts``, ``max_ts``: time bounds, as Unix seconds or aware datetimes.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``subaccount``: None means the view's; without one there, all subaccounts.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/orders, then GET /historical/orders, 10 read tokens a page.
        """
        query = query_of_both(
            self._context, ticker=ticker, min_ts=min_ts, max_ts=max_ts, limit=limit, subaccount=subaccount
        )
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
        """Return the order with a client_order_id, or None if no list shows it (yet).

        Scans the live orders and then the archive, because the exchange has no such filter: give
        ``ticker`` and ``min_ts`` to shorten the scan. All pages together are one read: 10 s by default,
        else ``deadline_s``. Raises InvalidRequest for an id that no order can have, such as one in quotes.

        * ``subaccount``: None means the view's; without one there, all subaccounts.

        GET /portfolio/orders, then GET /historical/orders, 10 read tokens a page.
        """
        # The answer None makes a program send again: nothing may pass here that no order can have.
        checked_text_id("client_order_id", client_order_id)
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
        self,
        order: OrderReference | str,
        until: Until = "done",
        *,
        timeout_s: float = 30.0,
        stream: OrderStream | None = None,
    ) -> Order:
        """Wait until an order has reached a state, and return it.

        * ``order``: best the result of ``create``, whose ``ts_ms`` tells from when on reads must show it.
        * ``until``: ``executed``, ``canceled``, ``resting``, ``done`` (executed or canceled), or a function
          of the order that returns True.
        * ``timeout_s``: seconds for the whole wait.
        * ``stream``: an open ``session.stream()`` of the same session or view. Its frames replace the looks.

        Looks that fail (no connection, a lost answer, 429, 5xx) are repeated until ``timeout_s`` is over.
        An order that is not found is waited for until reads must show it; from then on NotFound is
        raised. Raises NotReached, a DeadlineExceeded with the ``order`` as last seen, when ``timeout_s``
        is over, and at once when the order has ended in another state. Reads may show the effect of an
        amend or decrease late: await ``session.settled`` first. The second look comes after 0.1 s, later
        ones at growing intervals of at most 1 s: 2 read tokens a look, 12 while the order is not shown.
        GET /portfolio/orders/{order_id}.

        With a stream results and errors are the same, and come as soon as the exchange tells. Looks are made
        at the beginning (until reads show the moment of the subscription, some 3 s), after each gap, and once
        at the end; in between nothing is read. Where the stream ends, looks go on. What the stream told has
        times to the millisecond, and no ``cancel_order_on_pause`` and ``action`` if no look has shown them.
        Give the order and not its id: the stream then subscribes to its market alone. Raises InvalidRequest
        if the stream is not open.
        """
        awaited = Awaited.of(self._context, order, until, checked_seconds("timeout_s", timeout_s))
        if stream is not None:
            return await follow(self._context, awaited, stream)
        return await wait_for(self._context, awaited)

    async def resolve(
        self, error: OutcomeUnknown, *, horizon_s: float = HORIZON_S, timeout_s: float = 0.0
    ) -> Resolution:
        """Find out whether a create whose outcome was unknown placed its order.

        Returns ``placed`` with the order, ``absent`` when the order certainly does not exist, or
        ``still unknown``.

        * ``horizon_s``: seconds for which the exchange may accept a delayed request. Absence is certain
          once reads are valid for that long, and two seconds more, beyond the last attempt.
        * ``timeout_s``: seconds for the whole search; it waits for that moment, and repeats looks that fail
          (no connection, a lost answer, 429, 5xx). 0 means one look, which takes no longer than a read may.

        Works in another process, from ``OutcomeUnknown.from_record``. 30 read tokens a look, more when
        lists are long.
        """
        checked_request("error", error, OutcomeUnknown)
        context = self._context if timeout_s else self._as_one_read()
        return await look_until(context, PendingOrder.of(error, horizon_s), timeout_s)

    async def queue_position(self, order: OrderReference | str) -> Decimal:
        """Return the number of contracts ahead of a resting order; 0 is the front.

        GET /portfolio/orders/{order_id}/queue_position, 10 read tokens.
        """
        order_id = Target.of(self._context, order, None, None).order_id
        reply = await self._context.call(contract.GET_ORDER_QUEUE_POSITION, path={"order_id": order_id})
        return reply.queue_position

    async def queue_positions(
        self,
        *,
        market_tickers: Sequence[str] | None = None,
        event_ticker: str | None = None,
        subaccount: int | None = None,
    ) -> Sequence[OrderQueuePosition]:
        """Return the queue positions, in contracts, of all resting orders in some markets or one event.

        * ``subaccount``: None means the view's; without one there, the primary, or that of a restricted key.

        Raises InvalidRequest without ``market_tickers`` and ``event_ticker``.
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
