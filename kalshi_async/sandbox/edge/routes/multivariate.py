"""Multivariate event collections: public reads, and the one write, which makes a combo tradable."""

from __future__ import annotations

from kalshi_async.sandbox.edge import collection_views
from kalshi_async.sandbox.edge.combo_bodies import CreateMarketInMultivariateEventCollectionRequest
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import CURSOR, Integer, Text
from kalshi_async.sandbox.edge.routes.markets import market_view
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.markets.combos import Collection


def get_multivariate_event_collection(call: Call) -> Reply:
    """Show one collection."""
    collection = call.exchange.combos.collections.get(call.path["collection_ticker"])
    if collection is None:
        raise Rejected("not_found")
    return ok({"multivariate_contract": collection_views.collection(collection)})


def get_multivariate_event_collections(call: Call) -> Reply:
    """List collections by ticker."""
    query = call.query
    rows = (
        collection
        for collection in call.exchange.combos.collections.values()
        if query.text("status") in (None, _status(call, collection))
        and query.text("series_ticker") in (None, collection.series_ticker)
        and query.text("associated_event_ticker") in (None, *collection.event_tickers)
    )
    page = paginate(
        rows, _collection_key, name="multivariate_contracts", limit=query.limit, cursor=query.cursor
    )
    found = [collection_views.collection(collection) for collection in page.rows]
    return ok({"multivariate_contracts": found, "cursor": page.cursor})


def create_market_in_multivariate_event_collection(call: Call) -> Reply:
    """List the combo of some legs, or show the one that there is."""
    body = call.body(CreateMarketInMultivariateEventCollectionRequest)
    market = call.exchange.combos.create(call.path["collection_ticker"], body.legs())
    answer: collection_views.Json = {"event_ticker": market.event_ticker, "market_ticker": market.ticker}
    return ok(answer | ({"market": market_view(call, market)} if body.with_market_payload else {}))


def _status(call: Call, collection: Collection) -> str:
    now_us = call.exchange.venue.now_us
    if now_us < collection.open_us:
        return "unopened"
    return "open" if now_us < collection.close_us else "closed"


def _collection_key(collection: Collection) -> Key:
    return 0, collection.ticker


# OpenAPI 3.34.0, 2026-10-26.
_QUERY = (
    Integer("limit", 1, 200),
    CURSOR,
    Text("status", frozenset({"unopened", "open", "closed"})),
    Text("associated_event_ticker"),
    Text("series_ticker"),
)
_COLLECTIONS = "/multivariate_event_collections"
_COLLECTION = _COLLECTIONS + "/{collection_ticker}"

ROUTES = (
    Route(
        "get_multivariate_event_collections",
        "GET",
        _COLLECTIONS,
        get_multivariate_event_collections,
        _QUERY,
        public=True,
    ),
    Route(
        "get_multivariate_event_collection",
        "GET",
        _COLLECTION,
        get_multivariate_event_collection,
        public=True,
    ),
    Route(
        "create_market_in_multivariate_event_collection",
        "POST",
        _COLLECTION,
        create_market_in_multivariate_event_collection,
    ),
)
