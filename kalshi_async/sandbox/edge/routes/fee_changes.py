"""Public market data: the changes of the fees of series and events."""

from __future__ import annotations

from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import CURSOR, EVENT_TICKER, LIMIT_1000, Text
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.markets.fee_terms import EventChange, SeriesChange


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


_EVENT_FEES = "/events/fee_changes"
_EVENT_FEES_QUERY = (LIMIT_1000, CURSOR, EVENT_TICKER)
_SERIES_FEES = "/series/fee_changes"
_SERIES_FEES_QUERY = (Text("series_ticker"), Text("show_historical", frozenset({"true", "false"})))

ROUTES = (
    Route("get_event_fee_changes", "GET", _EVENT_FEES, get_event_fee_changes, _EVENT_FEES_QUERY, public=True),
    Route(
        "get_series_fee_changes",
        "GET",
        _SERIES_FEES,
        get_series_fee_changes,
        _SERIES_FEES_QUERY,
        public=True,
    ),
)
