"""Public market data: markets and their order books."""

from __future__ import annotations

from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.edge.paging import Key, Page, paginate
from kalshi_async.sandbox.edge.queries import CURSOR, EVENT_TICKER, LIMIT_1000, Integer, Parameter, Text
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Market, MarketState, Rejected

# Docs market_lifecycle (2026-08): the words of the filter differ from those of the status.
STATES_BY_FILTER = {
    "unopened": {MarketState.INITIALIZED},
    "open": {MarketState.ACTIVE},
    "paused": {MarketState.INACTIVE},
    "closed": {MarketState.CLOSED, MarketState.DETERMINED},
    "settled": {MarketState.FINALIZED},
}

# The windows of the list, and the time of a market that each is about.
_TIMES = {"created": "listed_us", "updated": "updated_us", "close": "close_us", "settled": "settled_us"}


def get_market(call: Call) -> Reply:
    """Show one market."""
    return ok({"market": market_view(call, market_of(call))})


def get_markets(call: Call) -> Reply:
    """List markets by ticker."""
    page = page_of_markets(call)
    return ok({"markets": [market_view(call, market) for market in page.rows], "cursor": page.cursor})


def page_of_markets(call: Call) -> Page[Market]:
    """Return the markets of one page of the list that the query asks for."""
    query = call.query
    tickers = query.items("tickers")
    states = {state for word in query.items("status") for state in STATES_BY_FILTER[word]}
    rows = (
        market
        for market in call.exchange.markets.values()
        if (not tickers or market.ticker in tickers)
        and (not states or market.state in states)
        and query.text("event_ticker") in (None, market.event_ticker)
        and query.text("series_ticker") in (None, market.series_ticker)
        and query.text("mve_filter") != "only"  # no market here is a combo
        and all(query.covers(getattr(market, time), window) for window, time in _TIMES.items())
    )
    return paginate(rows, _market_key, name="markets", limit=query.limit, cursor=query.cursor)


def get_market_orderbook(call: Call) -> Reply:
    """Show the bids of both legs; ``depth`` 0 shows all of them."""
    bids, asks = call.exchange.reads.book_levels(market_of(call).ticker)
    return ok(market_views.orderbook(bids, asks, call.query.integer("depth") or None))


def market_of(call: Call) -> Market:
    """Return the market that the path names, or raise ``Rejected``."""
    market = call.exchange.markets.get(call.path["ticker"])
    if market is None:
        raise Rejected("not_found")
    return market


def market_view(call: Call, market: Market) -> market_views.Json:
    """Render one market with its book as it is now."""
    bids, asks = call.exchange.reads.book_levels(market.ticker)
    return market_views.market(market, bids, asks, call.now_ms * 1_000)


def _market_key(market: Market) -> Key:
    return 0, market.ticker


_LIST_QUERY: tuple[Parameter, ...] = (
    LIMIT_1000,
    CURSOR,
    EVENT_TICKER,
    Text("series_ticker"),
    Text("tickers", separated=True),
    Text("status", frozenset(STATES_BY_FILTER), separated=True),
    Text("mve_filter", frozenset({"only", "exclude"})),
    *(Integer(f"{end}_{window}_ts") for window in _TIMES for end in ("min", "max")),
)
_MARKET = "/markets/{ticker}"
_DEPTH = (Integer("depth", 0, 100),)  # OpenAPI 3.34.0

ROUTES = (
    Route("get_markets", "GET", "/markets", get_markets, _LIST_QUERY, public=True),
    Route("get_market", "GET", _MARKET, get_market, public=True),
    Route("get_market_orderbook", "GET", _MARKET + "/orderbook", get_market_orderbook, _DEPTH, public=True),
)
