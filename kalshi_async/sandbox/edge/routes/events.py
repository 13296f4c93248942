"""Public market data: events and series, which are read off the markets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.edge.milestone_views import milestone
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import CURSOR, Integer, Text
from kalshi_async.sandbox.edge.routes.markets import STATES_BY_FILTER, is_archived, market_view
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Market, Rejected
from kalshi_async.sandbox.settings import EVENT_COLOR

Json = market_views.Json
# OpenAPI 3.34.0 of 2026-10-26: the longest page, and the one of events without a limit.
_PAGE = 200


def get_events(call: Call) -> Reply:
    """List events by ticker, with their markets where ``with_nested_markets`` asks for them."""
    return _page(call, "events", call.query.integer("limit") or _PAGE, is_multivariate=False)


def get_multivariate_events(call: Call) -> Reply:
    """List the events of combos, by ticker."""
    return _page(call, "multivariate_events", call.query.limit, is_multivariate=True)


def get_event(call: Call) -> Reply:
    """Show an event with its markets: in it if ``with_nested_markets``, otherwise beside it."""
    markets = markets_of_event(call, call.path["event_ticker"])
    nested = call.query.flag("with_nested_markets")
    beside = [] if nested or call.query.flag("exclude_markets") else _live(call, markets)
    event = _event(call, markets, nested=nested)
    return ok({"event": event, "markets": [market_view(call, market) for market in beside]})


def get_event_metadata(call: Call) -> Reply:
    """Show how an event looks (``settings.CHOICES``: ``event_looks``)."""
    markets = markets_of_event(call, call.path["event_ticker"])
    details = [
        {"market_ticker": market.ticker, "image_url": "", "color_code": EVENT_COLOR} for market in markets
    ]
    return ok({"image_url": "", "market_details": details, "settlement_sources": []})


def get_series_list(call: Call) -> Reply:
    """List all series by ticker; the list has no pages."""
    query, by_ticker = call.query, _groups(call, _series_of)
    oldest_us = (query.integer("min_updated_ts") or 0) * 1_000_000
    category, tags = query.text("category"), query.items("tags")
    wanted = []
    for ticker in sorted(by_ticker):
        described = call.exchange.catalog.description_of(ticker)
        is_new = max(market.updated_us for market in by_ticker[ticker]) >= oldest_us
        has_tag = not tags or any(tag in described.tags for tag in tags)
        if is_new and has_tag and category in (None, described.category):
            wanted.append(_series(call, by_ticker[ticker]))
    return ok({"series": wanted})


def get_series(call: Call) -> Reply:
    """Show a series: the fees of its markets."""
    markets = _groups(call, _series_of).get(call.path["series_ticker"])
    if not markets:
        raise Rejected("not_found")
    return ok({"series": _series(call, markets)})


def markets_of_event(call: Call, event_ticker: str) -> list[Market]:
    """Return the markets of an event, of both tiers, or raise ``Rejected``."""
    markets = _groups(call, _event_of).get(event_ticker)
    if not markets:
        raise Rejected("not_found")
    return markets


def _page(call: Call, name: str, limit: int, *, is_multivariate: bool) -> Reply:
    query, by_ticker = call.query, _groups(call, _event_of)
    rows = (
        ticker
        for ticker, markets in by_ticker.items()
        if any(market.legs for market in markets) == is_multivariate and _is_wanted(call, ticker, markets)
    )
    page = paginate(rows, _ticker_key, name=name, limit=limit, cursor=query.cursor)
    nested = query.flag("with_nested_markets")
    events = [_event(call, by_ticker[ticker], nested=nested) for ticker in page.rows]
    milestones: Json = {}
    if query.flag("with_milestones"):
        milestones = {"milestones": [milestone(by_ticker[ticker]) for ticker in page.rows]}
    return ok({"events": events, "cursor": page.cursor} | milestones)


def _groups(call: Call, name_of: Callable[[Market], str]) -> dict[str, list[Market]]:
    groups: dict[str, list[Market]] = {}
    for market in call.exchange.markets.values():
        groups.setdefault(name_of(market), []).append(market)
    return groups


def _live(call: Call, markets: Iterable[Market]) -> list[Market]:
    # Docs get-events, 2026-10: markets of the archive are not nested.
    return [market for market in markets if not is_archived(call, market)]


def _is_wanted(call: Call, ticker: str, markets: Sequence[Market]) -> bool:
    query = call.query
    tickers, status = query.items("tickers"), query.text("status")
    # Any of its markets counts (``settings.CHOICES``: ``event_status``).
    return (
        (not tickers or ticker in tickers)
        and (status is None or any(market.state in STATES_BY_FILTER[status] for market in markets))
        and query.text("series_ticker") in (None, markets[0].series_ticker)
        and query.text("collection_ticker") in (None, markets[0].collection_ticker)
        and any(query.covers(market.close_us, "close") for market in markets)
        and any(query.covers(market.updated_us, "updated") for market in markets)
    )


def _event(call: Call, markets: Sequence[Market], *, nested: bool) -> Json:
    # Nested markets stand in no second place (``settings.CHOICES``: ``nested_markets``).
    inner: Json = (
        {"markets": [market_view(call, market) for market in _live(call, markets)]} if nested else {}
    )
    override = call.exchange.fees.override_of(markets[0].event_ticker)
    return market_views.event(markets, override) | inner


def _series(call: Call, markets: Sequence[Market]) -> Json:
    ticker = markets[0].series_ticker
    terms, described = call.exchange.fees.of_series(ticker), call.exchange.catalog.description_of(ticker)
    view = market_views.series(markets, terms, described, with_volume=call.query.flag("include_volume"))
    return view | ({"product_metadata": {}} if call.query.flag("include_product_metadata") else {})


def _event_of(market: Market) -> str:
    return market.event_ticker


def _series_of(market: Market) -> str:
    return market.series_ticker


def _ticker_key(ticker: str) -> Key:
    return 0, ticker


_NESTED = Text("with_nested_markets")
_PAGE_QUERY = (
    Integer("limit", 1, _PAGE),
    CURSOR,
    _NESTED,
    Text("series_ticker"),
    Text("tickers", separated=True),
)
_EVENTS_QUERY = (
    *_PAGE_QUERY,
    Text("with_milestones"),
    Text("status", frozenset(STATES_BY_FILTER) - {"paused"}),
    Integer("min_close_ts"),
    Integer("min_updated_ts"),
)
_MULTIVARIATE_QUERY = (*_PAGE_QUERY, Text("collection_ticker"))
_VOLUME = Text("include_volume")
_SERIES_LIST_QUERY = (
    Text("category"),
    Text("tags", separated=True),
    _VOLUME,
    Text("include_product_metadata"),
    Integer("min_updated_ts"),
)
_EVENT_QUERY = (_NESTED, Text("exclude_markets"))
_MULTIVARIATE = "/events/multivariate"
_METADATA = "/events/{event_ticker}/metadata"

ROUTES = (
    Route("get_events", "GET", "/events", get_events, _EVENTS_QUERY, public=True),
    Route(
        "get_multivariate_events",
        "GET",
        _MULTIVARIATE,
        get_multivariate_events,
        _MULTIVARIATE_QUERY,
        public=True,
    ),
    Route("get_event_metadata", "GET", _METADATA, get_event_metadata, public=True),
    Route("get_event", "GET", "/events/{event_ticker}", get_event, _EVENT_QUERY, public=True),
    Route("get_series_list", "GET", "/series", get_series_list, _SERIES_LIST_QUERY, public=True),
    Route("get_series", "GET", "/series/{series_ticker}", get_series, (_VOLUME,), public=True),
)
