"""Reads of orders, queue positions and fills, live tier and archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Reversible
from functools import partial
from itertools import takewhile
from operator import attrgetter
from typing import TypeVar

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.edge import order_views
from kalshi_async.sandbox.edge.paging import Key, newest_first, paginate_sorted
from kalshi_async.sandbox.edge.queries import (
    CURSOR,
    EVENT_TICKER,
    LIMIT_1000,
    MAX_TS,
    MIN_TS,
    READ_SHARD,
    SUBACCOUNT,
    TICKER,
    Query,
    Text,
)
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Fill, Order, OrderStatus, Rejected

Row = TypeVar("Row", Order, Fill)


def get_order(call: Call) -> Reply:
    """Show one order of the live tier."""
    order = call.seen.orders.get(call.path["order_id"])
    if order is None or not _in_scope(call, order.subaccount) or _is_archived(call, order):
        raise Rejected("not_found")
    return ok({"order": order_views.order(order)})


def get_orders(call: Call) -> Reply:
    """List orders of the live tier, newest first; an unknown status is an empty list."""
    return _orders_page(call, "orders", archived=False)


def get_historical_orders(call: Call) -> Reply:
    """List orders that were canceled or executed before the cutoff."""
    return _orders_page(call, "historical_orders", archived=True)


def get_fills(call: Call) -> Reply:
    """List fills of the live tier, newest first."""
    return _fills_page(call, "fills", archived=False)


def get_historical_fills(call: Call) -> Reply:
    """List fills from before the cutoff."""
    return _fills_page(call, "historical_fills", archived=True)


def get_order_queue_position(call: Call) -> Reply:
    """Show the contracts ahead of one resting order."""
    order = call.account.orders.get(call.path["order_id"])
    if order is None or not _in_scope(call, order.subaccount):
        raise Rejected("not_found")
    ahead_e2 = call.exchange.orders.queue_position_e2(call.account, order.order_id)
    return ok({"queue_position_fp": fixed_point.count(ahead_e2)})


def get_queue_positions(call: Call) -> Reply:
    """Show the contracts ahead of every resting order in some markets or one event."""
    tickers, event_ticker = set(call.query.items("market_tickers")), call.query.text("event_ticker")
    if not tickers and event_ticker is None:
        raise Rejected("invalid_parameters", "market_tickers or event_ticker is required")
    subaccount = call.subaccount()
    rows = [
        {
            "order_id": order.order_id,
            "market_ticker": order.ticker,
            "queue_position_fp": fixed_point.count(ahead_e2),
        }
        for order, ahead_e2 in _resting_with_queue(call)
        if order.subaccount == subaccount
        and (not tickers or order.ticker in tickers)
        and (event_ticker is None or _event_of(call, order.ticker) == event_ticker)
    ]
    return ok({"queue_positions": rows})


def _resting_with_queue(call: Call) -> Iterator[tuple[Order, int]]:
    for order in list(call.account.resting.values()):
        try:
            yield order, call.exchange.orders.queue_position_e2(call.account, order.order_id)
        except Rejected:
            # The order has expired since the list was made.
            continue


def _orders_page(call: Call, name: str, *, archived: bool) -> Reply:
    query, status = call.query, call.query.text("status")
    known: Reversible[Order] = call.seen.orders.values()
    if status == OrderStatus.RESTING:  # few of many
        known = sorted(call.seen.resting.values(), key=attrgetter("created_us"))
    newest = _newest(known, _order_key, query)
    rows: Iterable[Order] = (order for order in newest if _is_archived(call, order) == archived)
    rows = _selected(rows, call, ticker=query.text("ticker"), status=status)
    events = query.items("event_ticker")
    if events:
        rows = (order for order in rows if _event_of(call, order.ticker) in events)
    page = paginate_sorted(rows, _order_key, name=name, limit=query.limit, cursor=query.cursor)
    return ok({"orders": [order_views.order(order) for order in page.rows], "cursor": page.cursor})


def _fills_page(call: Call, name: str, *, archived: bool) -> Reply:
    query, cutoff_us = call.query, call.exchange.historical_cutoff_us
    newest = _newest(call.seen.fills, _fill_key, query)
    rows: Iterable[Fill] = (fill for fill in newest if (fill.created_us < cutoff_us) == archived)
    rows = _selected(rows, call, order_id=query.text("order_id"))
    tickers = query.items("ticker")
    if tickers:
        rows = (fill for fill in rows if fill.ticker in tickers)
    page = paginate_sorted(rows, _fill_key, name=name, limit=query.limit, cursor=query.cursor)
    return ok({"fills": [order_views.fill(fill) for fill in page.rows], "cursor": page.cursor})


def _newest(rows: Reversible[Row], key: Callable[[Row], Key], query: Query) -> Iterator[Row]:
    # A program that asks for the last seconds of a long life must not wait for the whole of it.
    newest, min_ts = newest_first(rows, key), query.integer("min_ts")
    if min_ts is None:
        return newest
    return takewhile(lambda row: row.created_us >= min_ts * 1_000_000, newest)


def _selected(rows: Iterable[Row], call: Call, **wanted: str | None) -> Iterable[Row]:
    # Applies only the filters that were given: a list may be long.
    query = call.query
    filters: dict[str, str | int | None] = {
        **wanted,
        "subaccount": call.subaccounts(),
        "exchange_index": query.integer("exchange_index"),
    }
    for name, value in filters.items():
        if value is not None:
            rows = filter(partial(_has, name, value), rows)
    if query.has_window:
        rows = (row for row in rows if query.covers(row.created_us))
    return rows


def _has(name: str, value: str | int, row: Order | Fill) -> bool:
    return bool(getattr(row, name) == value)


def _in_scope(call: Call, subaccount: int) -> bool:
    return call.key.subaccount in (None, subaccount)


def _is_archived(call: Call, order: Order) -> bool:
    # An order moves to the archive by the time of its end (docs historical, 2026-02-19).
    return order.status is not OrderStatus.RESTING and order.updated_us < call.exchange.historical_cutoff_us


def _event_of(call: Call, ticker: str) -> str:
    return call.exchange.markets[ticker].event_ticker


def _order_key(order: Order) -> Key:
    return -order.created_us, order.order_id


def _fill_key(fill: Fill) -> Key:
    return -fill.created_us, fill.fill_id


_ORDERS = "/portfolio/orders"
_PAGE = (LIMIT_1000, CURSOR, MIN_TS, MAX_TS, SUBACCOUNT)
# OpenAPI 3.34.0: how many names a list may have; of events, update 2026-11-28 §1.8.
_EVENTS_LIST = Text("event_ticker", separated=True, most_items=100)
_TICKERS = Text("ticker", separated=True, most_items=100)
_ORDERS_QUERY = (*_PAGE, TICKER, _EVENTS_LIST, Text("status"), READ_SHARD)
_FILLS_QUERY = (*_PAGE, _TICKERS, Text("order_id"), READ_SHARD)
_QUEUE_QUERY = (Text("market_tickers", separated=True), EVENT_TICKER, SUBACCOUNT)

ROUTES = (
    Route("get_queue_positions", "GET", _ORDERS + "/queue_positions", get_queue_positions, _QUEUE_QUERY),
    Route("get_orders", "GET", _ORDERS, get_orders, _ORDERS_QUERY),
    Route("get_order", "GET", _ORDERS + "/{order_id}", get_order),
    Route(
        "get_order_queue_position", "GET", _ORDERS + "/{order_id}/queue_position", get_order_queue_position
    ),
    Route("get_fills", "GET", "/portfolio/fills", get_fills, _FILLS_QUERY),
    Route("get_historical_orders", "GET", "/historical/orders", get_historical_orders, (*_PAGE, TICKER)),
    Route("get_historical_fills", "GET", "/historical/fills", get_historical_fills, (*_PAGE, _TICKERS)),
)
