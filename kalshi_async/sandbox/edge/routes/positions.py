"""Positions, live tier and archive: one signed number per market, summed per event.

Lists of unsettled positions page by market; lists that include settled ones page by whole
event, so a cursor of one kind does not fit the other. An event leaves the live tier as a
whole, once its last market settled before the cutoff.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from kalshi_async.sandbox.edge import views
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import (
    CURSOR,
    EVENT_TICKER,
    LIMIT_1000,
    READ_SHARD,
    SUBACCOUNT,
    TICKER,
    Text,
)
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Position

_COUNT_FILTERS = frozenset({"position", "total_traded"})
_SETTLEMENT_STATUSES = frozenset({"unsettled", "settled", "all"})


def get_positions(call: Call) -> Reply:
    """List positions of the live tier; unsettled ones unless asked otherwise."""
    status = call.query.text("settlement_status") or "unsettled"
    wanted = {"unsettled": (False,), "settled": (True,), "all": (False, True)}[status]
    positions = [position for position in _matching(call, archived=False) if position.settled in wanted]
    if status == "unsettled":
        return _page_by_market(call, positions)
    return _page_by_event(call, positions, f"positions_{status}")


def get_historical_positions(call: Call) -> Reply:
    """List positions of events that settled before the cutoff."""
    return _page_by_event(call, _matching(call, archived=True), "historical_positions")


def _matching(call: Call, *, archived: bool) -> list[Position]:
    query, subaccount = call.query, call.subaccount()
    live_events = _live_events(call)
    return [
        position
        for position in call.seen.positions.values()
        if position.subaccount == subaccount
        and query.text("ticker") in (None, position.ticker)
        and query.text("event_ticker") in (None, _event_of(call, position))
        and query.integer("exchange_index") in (None, position.exchange_index)
        and (_event_of(call, position) not in live_events) == archived
        and _is_counted(position, query.items("count_filter"))
    ]


def _is_counted(position: Position, filters: list[str]) -> bool:
    amounts = {"position": position.position_e2, "total_traded": position.traded_e6}
    return not filters or any(amounts[name] for name in filters)


def _live_events(call: Call) -> set[str]:
    cutoff_us = call.exchange.historical_cutoff_us
    return {
        market.event_ticker
        for market in call.exchange.markets.values()
        if market.settled_us is None or market.settled_us >= cutoff_us
    }


def _page_by_market(call: Call, positions: list[Position]) -> Reply:
    query = call.query
    page = paginate(
        positions, _market_key, name="positions_unsettled", limit=query.limit, cursor=query.cursor
    )
    events = dict.fromkeys(_event_of(call, position) for position in page.rows)
    return _reply(call, page.rows, _by_event(call, positions), list(events), page.cursor)


def _page_by_event(call: Call, positions: list[Position], name: str) -> Reply:
    by_event = _by_event(call, positions)
    query = call.query
    page = paginate(by_event, _event_key, name=name, limit=query.limit, cursor=query.cursor)
    rows = [position for event in page.rows for position in by_event[event]]
    return _reply(call, rows, by_event, page.rows, page.cursor)


def _reply(
    call: Call, rows: list[Position], by_event: dict[str, list[Position]], events: list[str], cursor: str
) -> Reply:
    resting = Counter((order.ticker, order.subaccount) for order in call.seen.resting.values())
    return ok(
        {
            "market_positions": [
                views.market_position(row, resting[row.ticker, row.subaccount]) for row in rows
            ],
            "event_positions": [views.event_position(event, by_event[event]) for event in events],
            "cursor": cursor,
        }
    )


def _by_event(call: Call, positions: list[Position]) -> dict[str, list[Position]]:
    by_event: defaultdict[str, list[Position]] = defaultdict(list)
    for position in sorted(positions, key=_market_key):
        by_event[_event_of(call, position)].append(position)
    return by_event


def _event_of(call: Call, position: Position) -> str:
    return call.exchange.markets[position.ticker].event_ticker


def _market_key(position: Position) -> Key:
    return 0, position.ticker


def _event_key(event_ticker: str) -> Key:
    return 0, event_ticker


_PAGE = (LIMIT_1000, CURSOR, TICKER, EVENT_TICKER, SUBACCOUNT)
_LIVE_PAGE = (
    *_PAGE,
    READ_SHARD,
    # resting_order_count is no longer a filter: the venue refuses it (changelog).
    Text("count_filter", _COUNT_FILTERS, separated=True),
    Text("settlement_status", _SETTLEMENT_STATUSES),
)

ROUTES = (
    Route("get_positions", "GET", "/portfolio/positions", get_positions, _LIVE_PAGE),
    Route("get_historical_positions", "GET", "/historical/positions", get_historical_positions, _PAGE),
)
