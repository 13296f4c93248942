"""Public market data: the trades of all markets, live tier and archive."""

from __future__ import annotations

from collections.abc import Iterable

from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.edge.paging import Key, newest_first, paginate_sorted
from kalshi_async.sandbox.edge.queries import CURSOR, MAX_TS, MIN_TS, TICKER, Integer, Text
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Fill


def get_trades(call: Call) -> Reply:
    """List trades of the live tier, newest first."""
    return _page(call, "trades", archived=False)


def get_trades_historical(call: Call) -> Reply:
    """List trades from before the cutoff, newest first."""
    return _page(call, "historical_trades", archived=True)


def _page(call: Call, name: str, *, archived: bool) -> Reply:
    query, cutoff_us = call.query, call.exchange.historical_cutoff_us
    rows: Iterable[Fill] = (
        trade
        for trade in newest_first(_of_ticker(call), _trade_key)
        if (trade.created_us < cutoff_us) == archived and query.covers(trade.created_us)
    )
    if query.flag("is_block_trade"):
        rows = ()  # every match here is one of the book
    page = paginate_sorted(rows, _trade_key, name=name, limit=query.limit, cursor=query.cursor)
    return ok({"trades": [market_views.trade(trade) for trade in page.rows], "cursor": page.cursor})


def _of_ticker(call: Call) -> list[Fill]:
    ticker = call.query.text("ticker")
    if ticker is None:
        return call.exchange.venue.trades
    market = call.exchange.markets.get(ticker)
    return [] if market is None else market.trades


def _trade_key(trade: Fill) -> Key:
    return -trade.created_us, trade.fill_id


# OpenAPI 3.34.0: a limit of 0 is the default.
_QUERY = (Integer("limit", 0, 1000), CURSOR, TICKER, MIN_TS, MAX_TS, Text("is_block_trade"))

ROUTES = (
    Route("get_trades", "GET", "/markets/trades", get_trades, _QUERY, public=True),
    Route("get_trades_historical", "GET", "/historical/trades", get_trades_historical, _QUERY, public=True),
)
