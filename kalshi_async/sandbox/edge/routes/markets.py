"""Public market data: markets, order books, events and series."""

from __future__ import annotations

from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import CURSOR, EVENT_TICKER, LIMIT_1000, Integer, Text
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Market, MarketState, Rejected
from kalshi_async.sandbox.markets.fee_terms import EventChange, SeriesChange

# Docs market_lifecycle (2026-08): the words of the filter differ from those of the status.
_STATES_BY_FILTER = {
    "unopened": {MarketState.INITIALIZED},
    "open": {MarketState.ACTIVE},
    "paused": {MarketState.INACTIVE},
    "closed": {MarketState.CLOSED, MarketState.DETERMINED},
    "settled": {MarketState.FINALIZED},
}


def get_market(call: Call) -> Reply:
    """Show one market."""
    return ok({"market": _view(call, _market(call))})


def get_markets(call: Call) -> Reply:
    """List markets by ticker."""
    query = call.query
    tickers = query.items("tickers")
    states = {state for word in query.items("status") for state in _STATES_BY_FILTER[word]}
    rows = (
        market
        for market in call.exchange.markets.values()
        if (not tickers or market.ticker in tickers)
        and (not states or market.state in states)
        and query.text("event_ticker") in (None, market.event_ticker)
        and query.text("series_ticker") in (None, market.series_ticker)
    )
    page = paginate(rows, _market_key, name="markets", limit=query.limit, cursor=query.cursor)
    return ok({"markets": [_view(call, market) for market in page.rows], "cursor": page.cursor})


def get_market_orderbook(call: Call) -> Reply:
    """Show the bids of both legs; ``depth`` 0 shows all of them."""
    bids, asks = call.exchange.reads.book_levels(_market(call).ticker)
    return ok(market_views.orderbook(bids, asks, call.query.integer("depth") or None))


def get_event(call: Call) -> Reply:
    """Show an event with its markets."""
    event_ticker = call.path["event_ticker"]
    call.exchange.advance()
    markets = [market for market in call.exchange.markets.values() if market.event_ticker == event_ticker]
    if not markets:
        raise Rejected("not_found")
    override = call.exchange.fees.override_of(event_ticker)
    event = market_views.event(event_ticker, markets[0].series_ticker, override)
    return ok({"event": event, "markets": [_view(call, market) for market in markets]})


def get_event_fee_changes(call: Call) -> Reply:
    """List the changes of the fees of events in the order of their times."""
    query = call.query
    call.exchange.advance()
    rows = (
        change
        for change in call.exchange.fees.event_changes
        if query.text("event_ticker") in (None, change.event_ticker)
        and (call.exchange.venue.rules.lists_past_event_fees or _is_ahead(call, change))
    )
    page = paginate(rows, _change_key, name="event_fee_changes", limit=query.limit, cursor=query.cursor)
    return ok(
        {
            "event_fee_changes": [market_views.event_fee_change(change) for change in page.rows],
            "cursor": page.cursor,
        }
    )


def get_series(call: Call) -> Reply:
    """Show a series: the fees of its markets."""
    series_ticker = call.path["series_ticker"]
    call.exchange.advance()
    if all(market.series_ticker != series_ticker for market in call.exchange.markets.values()):
        raise Rejected("not_found")
    terms = call.exchange.fees.of_series(series_ticker)
    return ok({"series": market_views.series(series_ticker, terms)})


def get_series_fee_changes(call: Call) -> Reply:
    """Show the changes of the fees of series that are to come, or all of them."""
    query = call.query
    call.exchange.advance()
    changes = [
        change
        for change in call.exchange.fees.series_changes
        if query.text("series_ticker") in (None, change.series_ticker)
        and (query.text("show_historical") == "true" or _is_ahead(call, change))
    ]
    rows = [market_views.series_fee_change(change) for change in sorted(changes, key=_change_key)]
    return ok({"series_fee_change_arr": rows})


def _is_ahead(call: Call, change: SeriesChange | EventChange) -> bool:
    return change.scheduled_us > call.exchange.venue.now_us


def _change_key(change: SeriesChange | EventChange) -> Key:
    return change.scheduled_us, change.change_id


def _market(call: Call) -> Market:
    market = call.exchange.markets.get(call.path["ticker"])
    if market is None:
        raise Rejected("not_found")
    return market


def _view(call: Call, market: Market) -> market_views.Json:
    return market_views.market(market, *call.exchange.reads.book_levels(market.ticker))


def _market_key(market: Market) -> Key:
    return 0, market.ticker


_LIST_QUERY = (
    LIMIT_1000,
    CURSOR,
    EVENT_TICKER,
    Text("series_ticker"),
    Text("tickers", separated=True),
    Text("status", frozenset(_STATES_BY_FILTER), separated=True),
)
_MARKET = "/markets/{ticker}"
_DEPTH = (Integer("depth", 0, 100),)
_EVENT_FEES = "/events/fee_changes"
_EVENT_FEES_QUERY = (LIMIT_1000, CURSOR, EVENT_TICKER)
_SERIES_FEES = "/series/fee_changes"
_SERIES_FEES_QUERY = (Text("series_ticker"), Text("show_historical", frozenset({"true", "false"})))

ROUTES = (
    Route("get_markets", "GET", "/markets", get_markets, _LIST_QUERY, public=True),
    Route("get_market", "GET", _MARKET, get_market, public=True),
    Route("get_market_orderbook", "GET", _MARKET + "/orderbook", get_market_orderbook, _DEPTH, public=True),
    Route("get_event_fee_changes", "GET", _EVENT_FEES, get_event_fee_changes, _EVENT_FEES_QUERY, public=True),
    Route("get_event", "GET", "/events/{event_ticker}", get_event, public=True),
    Route(
        "get_series_fee_changes",
        "GET",
        _SERIES_FEES,
        get_series_fee_changes,
        _SERIES_FEES_QUERY,
        public=True,
    ),
    Route("get_series", "GET", "/series/{series_ticker}", get_series, public=True),
)
