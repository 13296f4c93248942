"""Public market data: events and series, which are read off the markets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import CURSOR, Integer, Text
from kalshi_async.sandbox.edge.routes.markets import STATES_BY_FILTER, market_view
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Market, Rejected

Json = market_views.Json
# OpenAPI 3.34.0 of 2026-10-26: the longest page, and the one without a limit.
_PAGE = 200


def get_events(call: Call) -> Reply:
    """List events by ticker, with their markets where ``with_nested_markets`` asks for them."""
    query, by_ticker = call.query, _groups(call, _event_of)
    rows = (ticker for ticker, markets in by_ticker.items() if _is_wanted(call, ticker, markets))
    limit = query.integer("limit") or _PAGE
    page = paginate(rows, _ticker_key, name="events", limit=limit, cursor=query.cursor)
    nested = query.flag("with_nested_markets")
    events = [_event(call, by_ticker[ticker], nested=nested) for ticker in page.rows]
    milestones: Json = {"milestones": []} if query.flag("with_milestones") else {}
    return ok({"events": events, "cursor": page.cursor} | milestones)


def get_event(call: Call) -> Reply:
    """Show an event with its markets: in it if ``with_nested_markets``, otherwise beside it."""
    markets = _groups(call, _event_of).get(call.path["event_ticker"])
    if not markets:
        raise Rejected("not_found")
    nested = call.query.flag("with_nested_markets")
    beside = [] if nested or call.query.flag("exclude_markets") else markets
    event = _event(call, markets, nested=nested)
    return ok({"event": event, "markets": [market_view(call, market) for market in beside]})


def get_series_list(call: Call) -> Reply:
    """List all series by ticker; the list has no pages."""
    query, by_ticker = call.query, _groups(call, _series_of)
    oldest_us = (query.integer("min_updated_ts") or 0) * 1_000_000
    wanted = [
        _series(call, by_ticker[ticker])
        for ticker in sorted(by_ticker)
        if max(market.updated_us for market in by_ticker[ticker]) >= oldest_us
    ]
    # No series here has a category or a tag (``settings.CHOICES``: ``series_texts``).
    is_empty = query.text("category") or query.text("tags")
    return ok({"series": [] if is_empty else wanted})


def get_series(call: Call) -> Reply:
    """Show a series: the fees of its markets."""
    markets = _groups(call, _series_of).get(call.path["series_ticker"])
    if not markets:
        raise Rejected("not_found")
    return ok({"series": _series(call, markets)})


def _groups(call: Call, name_of: Callable[[Market], str]) -> dict[str, list[Market]]:
    groups: dict[str, list[Market]] = {}
    for market in call.exchange.markets.values():
        groups.setdefault(name_of(market), []).append(market)
    return groups


def _is_wanted(call: Call, ticker: str, markets: Sequence[Market]) -> bool:
    query = call.query
    tickers, status = query.items("tickers"), query.text("status")
    # Any of its markets counts (``settings.CHOICES``: ``event_status``).
    return (
        (not tickers or ticker in tickers)
        and (status is None or any(market.state in STATES_BY_FILTER[status] for market in markets))
        and query.text("series_ticker") in (None, markets[0].series_ticker)
        and any(query.covers(market.close_us, "close") for market in markets)
        and any(query.covers(market.updated_us, "updated") for market in markets)
    )


def _event(call: Call, markets: Sequence[Market], *, nested: bool) -> Json:
    # Nested markets stand in no second place (``settings.CHOICES``: ``nested_markets``).
    inner: Json = {"markets": [market_view(call, market) for market in markets]} if nested else {}
    override = call.exchange.fees.override_of(markets[0].event_ticker)
    return market_views.event(markets, override) | inner


def _series(call: Call, markets: Sequence[Market]) -> Json:
    terms = call.exchange.fees.of_series(markets[0].series_ticker)
    return market_views.series(markets, terms, with_volume=call.query.flag("include_volume"))


def _event_of(market: Market) -> str:
    return market.event_ticker


def _series_of(market: Market) -> str:
    return market.series_ticker


def _ticker_key(ticker: str) -> Key:
    return 0, ticker


_NESTED = Text("with_nested_markets")
_EVENTS_QUERY = (
    Integer("limit", 1, _PAGE),
    CURSOR,
    _NESTED,
    Text("with_milestones"),
    Text("status", frozenset(STATES_BY_FILTER) - {"paused"}),
    Text("series_ticker"),
    Text("tickers", separated=True),
    Integer("min_close_ts"),
    Integer("min_updated_ts"),
)
_VOLUME = Text("include_volume")
_SERIES_LIST_QUERY = (Text("category"), Text("tags"), _VOLUME, Integer("min_updated_ts"))
_EVENT_QUERY = (_NESTED, Text("exclude_markets"))

ROUTES = (
    Route("get_events", "GET", "/events", get_events, _EVENTS_QUERY, public=True),
    Route("get_event", "GET", "/events/{event_ticker}", get_event, _EVENT_QUERY, public=True),
    Route("get_series_list", "GET", "/series", get_series_list, _SERIES_LIST_QUERY, public=True),
    Route("get_series", "GET", "/series/{series_ticker}", get_series, (_VOLUME,), public=True),
)
