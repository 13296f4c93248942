"""Public market data: the trades of all markets, live tier and archive.

Trades are listed in the reverse of the order in which they happened: those of one order have one time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.edge.paging import Key, paginate_sorted
from kalshi_async.sandbox.edge.queries import CURSOR, MAX_TS, MIN_TS, TICKER, Integer, Text
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Fill

Numbered = tuple[int, Fill]
"""A trade and its place in the list of all, or of its market."""


def get_trades(call: Call) -> Reply:
    """List trades of the live tier, newest first."""
    return _page(call, "trades", archived=False)


def get_trades_historical(call: Call) -> Reply:
    """List trades from before the cutoff, newest first."""
    return _page(call, "historical_trades", archived=True)


def _page(call: Call, name: str, *, archived: bool) -> Reply:
    query, cutoff_us = call.query, call.exchange.historical_cutoff_us
    rows = (
        (number, trade)
        for number, trade in _newest(call)
        if (trade.created_us < cutoff_us) == archived
        and query.covers(trade.created_us)
        and not query.flag("is_block_trade")  # every match here is one of the book
    )
    name = f"{name} {query.text('ticker')}"
    page = paginate_sorted(rows, _trade_key, name=name, limit=query.limit, cursor=query.cursor)
    return ok({"trades": [market_views.trade(trade) for _, trade in page.rows], "cursor": page.cursor})


def _newest(call: Call) -> Iterator[Numbered]:
    known = _of_ticker(call)
    oldest_us = (call.query.integer("min_ts") or 0) * 1_000_000
    newest = ((number, known[number]) for number in reversed(range(len(known))))
    return takewhile(lambda numbered: numbered[1].created_us >= oldest_us, newest)


def _of_ticker(call: Call) -> list[Fill]:
    ticker = call.query.text("ticker")
    if ticker is None:
        return call.exchange.venue.trades
    market = call.exchange.markets.get(ticker)
    return [] if market is None else market.trades


def _trade_key(numbered: Numbered) -> Key:
    return -numbered[0], ""


# OpenAPI 3.34.0: a limit of 0 is the default.
_QUERY = (Integer("limit", 0, 1000), CURSOR, TICKER, MIN_TS, MAX_TS, Text("is_block_trade"))

ROUTES = (
    Route("get_trades", "GET", "/markets/trades", get_trades, _QUERY, public=True),
    Route("get_trades_historical", "GET", "/historical/trades", get_trades_historical, _QUERY, public=True),
)
