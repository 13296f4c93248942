"""Public market data: markets and their order books, live tier and archive."""

from __future__ import annotations

from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.edge.paging import Key, Page, paginate
from kalshi_async.sandbox.edge.queries import CURSOR, EVENT_TICKER, Integer, Parameter, Several, Text
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

# What mve_filter keeps: markets that are no combo, and combos.
_KINDS = ("exclude", "only")

# The windows of the list, and the time of a market that each is about.
_TIMES = {"created": "listed_us", "updated": "updated_us", "close": "close_us", "settled": "settled_us"}


def get_market(call: Call) -> Reply:
    """Show one market of the live tier."""
    return ok({"market": market_view(call, live_market_of(call))})


def get_markets(call: Call) -> Reply:
    """List markets of the live tier by ticker."""
    return _listed(call, page_of_markets(call))


def get_historical_market(call: Call) -> Reply:
    """Show one market that was settled before the cutoff."""
    return ok({"market": market_view(call, archived_market_of(call))})


def get_historical_markets(call: Call) -> Reply:
    """List markets that were settled before the cutoff, by ticker."""
    return _listed(call, page_of_markets(call, name="historical_markets", archived=True))


def _listed(call: Call, page: Page[Market]) -> Reply:
    return ok({"markets": [market_view(call, market) for market in page.rows], "cursor": page.cursor})


def page_of_markets(call: Call, *, name: str = "markets", archived: bool = False) -> Page[Market]:
    """Return the markets of one page of the list that the query asks for, of one tier."""
    query = call.query
    tickers = query.items("tickers")
    states = {state for word in query.items("status") for state in STATES_BY_FILTER[word]}
    rows = (
        market
        for market in call.exchange.markets.values()
        if is_archived(call, market) == archived
        and (not tickers or market.ticker in tickers)
        and (not states or market.state in states)
        and query.text("event_ticker") in (None, market.event_ticker)
        and query.text("series_ticker") in (None, market.series_ticker)
        and (query.text("mve_filter") or _KINDS[market.legs != ()]) == _KINDS[market.legs != ()]
        and all(query.covers(getattr(market, time), window) for window, time in _TIMES.items())
    )
    return paginate(rows, _market_key, name=name, limit=query.limit, cursor=query.cursor)


def get_market_orderbook(call: Call) -> Reply:
    """Show the bids of both legs; ``depth`` 0 shows all of them."""
    bids, asks = call.exchange.reads.book_levels(live_market_of(call).ticker)
    return ok(market_views.orderbook(bids, asks, call.query.integer("depth") or None))


def get_market_orderbooks(call: Call) -> Reply:
    """Show the books of some markets in the order of the query; an unknown ticker has none."""
    books = []
    for ticker in call.query.items("tickers"):
        market = call.exchange.markets.get(ticker)
        if market is not None and not is_archived(call, market):
            bids, asks = call.exchange.reads.book_levels(ticker)
            books.append({"ticker": ticker} | market_views.orderbook(bids, asks, None))
    return ok({"orderbooks": books})


def market_of(call: Call) -> Market:
    """Return the market that the path names, or raise ``Rejected``."""
    market = call.exchange.markets.get(call.path["ticker"])
    if market is None:
        raise Rejected("not_found")
    return market


def live_market_of(call: Call) -> Market:
    """Return the market of the live tier that the path names, or raise ``Rejected``."""
    market = market_of(call)
    if is_archived(call, market):
        raise Rejected("not_found")
    return market


def archived_market_of(call: Call) -> Market:
    """Return the market of the archive that the path names, or raise ``Rejected``."""
    market = market_of(call)
    if not is_archived(call, market):
        raise Rejected("not_found")
    return market


def is_archived(call: Call, market: Market) -> bool:
    """Whether a market was settled before the cutoff: then the live endpoints hide it (docs historical)."""
    return market.settled_us is not None and market.settled_us < call.exchange.historical_cutoff_us


def market_view(call: Call, market: Market) -> market_views.Json:
    """Render one market with its book as it is now."""
    bids, asks = call.exchange.reads.book_levels(market.ticker)
    return market_views.market(market, bids, asks, call.now_ms * 1_000)


def _market_key(market: Market) -> Key:
    return 0, market.ticker


_PAGE_QUERY: tuple[Parameter, ...] = (
    Integer("limit", 0, 1000),  # OpenAPI 3.34.0: 0 is the default
    CURSOR,
    EVENT_TICKER,
    Text("series_ticker"),
    Text("tickers", separated=True),
)
_LIST_QUERY: tuple[Parameter, ...] = (
    *_PAGE_QUERY,
    Text("status", frozenset(STATES_BY_FILTER), separated=True),
    Text("mve_filter", frozenset({"only", "exclude"})),
    *(Integer(f"{end}_{window}_ts") for window in _TIMES for end in ("min", "max")),
)
_HISTORICAL_QUERY = (*_PAGE_QUERY, Text("mve_filter", frozenset({"exclude"})))
_MARKET = "/markets/{ticker}"
_DEPTH = (Integer("depth", 0, 100),)  # OpenAPI 3.34.0

# OpenAPI 3.34.0: 1 to 100 tickers.
_ORDERBOOKS_QUERY = (Several(Text("tickers"), 100, is_required=True),)

ROUTES = (
    Route(
        "get_market_orderbooks",
        "GET",
        "/markets/orderbooks",
        get_market_orderbooks,
        _ORDERBOOKS_QUERY,
        public=True,
    ),
    Route("get_markets", "GET", "/markets", get_markets, _LIST_QUERY, public=True),
    Route("get_market", "GET", _MARKET, get_market, public=True),
    Route("get_market_orderbook", "GET", _MARKET + "/orderbook", get_market_orderbook, _DEPTH, public=True),
    Route(
        "get_historical_markets",
        "GET",
        "/historical/markets",
        get_historical_markets,
        _HISTORICAL_QUERY,
        public=True,
    ),
    Route("get_historical_market", "GET", "/historical" + _MARKET, get_historical_market, public=True),
)
