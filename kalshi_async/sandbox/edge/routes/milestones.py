"""Public market data: milestones, their live data, and structured targets, all read off the markets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kalshi_async.sandbox.edge import milestone_views
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import (
    CURSOR,
    DEFAULT_LIMIT,
    Integer,
    Parameter,
    Several,
    Text,
)
from kalshi_async.sandbox.edge.routes.events import markets_of_event
from kalshi_async.sandbox.edge.routes.route import Call, Handler, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Market, Rejected

Records = list[Market]


def get_milestone(call: Call) -> Reply:
    """Show the milestone of an event."""
    return ok({"milestone": milestone_views.milestone(_records_of(call))})


def get_milestones(call: Call) -> Reply:
    """List milestones in the order of their beginnings."""
    rows = [records for records in _by_milestone(call).values() if _is_wanted(call, records)]
    page = paginate(rows, _milestone_key, name="milestones", limit=call.query.limit, cursor=call.query.cursor)
    found = [milestone_views.milestone(records) for records in page.rows]
    return ok({"milestones": found, "cursor": page.cursor})


def get_live_data_by_milestone(call: Call) -> Reply:
    """Show the live data of a milestone."""
    return ok({"live_data": milestone_views.live_data(_records_of(call))})


def get_live_data(call: Call) -> Reply:
    """Show the live data of a milestone, if they are of the type in the path."""
    if call.path["type"] != milestone_views.LIVE_DATA_TYPE:
        raise Rejected("not_found")
    return get_live_data_by_milestone(call)


def get_live_datas(call: Call) -> Reply:
    """Show the live data of some milestones; an unknown one has none."""
    known = _by_milestone(call)
    wanted = [known[one] for one in call.query.items("milestone_ids") if one in known]
    return ok({"live_datas": [milestone_views.live_data(records) for records in wanted]})


def get_game_stats(call: Call) -> Reply:
    """Show the plays of a milestone: no event here is a game."""
    _records_of(call)
    return ok({})


def get_event_live_data(call: Call) -> Reply:
    """Show the live data of an event."""
    records = markets_of_event(call, call.path["event_ticker"])
    return ok({"live_data": milestone_views.event_live_data(records)})


def get_structured_target(call: Call) -> Reply:
    """Show what one market is about."""
    wanted = call.path["structured_target_id"]
    for target in _targets(call):
        if target["id"] == wanted:
            return ok({"structured_target": target})
    raise Rejected("not_found")


def get_structured_targets(call: Call) -> Reply:
    """List what markets are about, by id."""
    query = call.query
    ids, kind = query.items("ids"), query.text("type")
    rows = [
        target
        for target in _targets(call)
        if (not ids or target["id"] in ids)
        and kind in (None, target["type"])
        and query.text("competition") is None
    ]
    limit = query.integer("page_size") or DEFAULT_LIMIT
    page = paginate(rows, _target_key, name="structured_targets", limit=limit, cursor=query.cursor)
    return ok({"structured_targets": page.rows, "cursor": page.cursor})


def _by_milestone(call: Call) -> dict[str, Records]:
    by_event: dict[str, Records] = {}
    for market in call.exchange.markets.values():
        if not market.legs:
            by_event.setdefault(market.event_ticker, []).append(market)
    return {milestone_views.milestone_id(ticker): records for ticker, records in by_event.items()}


def _records_of(call: Call) -> Records:
    records = _by_milestone(call).get(call.path["milestone_id"])
    if records is None:
        raise Rejected("not_found")
    return records


def _is_wanted(call: Call, records: Sequence[Market]) -> bool:
    query = call.query
    # No milestone here has a category, a competition or a source.
    unknown = [query.text(name) for name in ("category", "competition", "source_id")]
    oldest_us = (query.integer("min_updated_ts") or 0) * 1_000_000
    return (
        not any(unknown)
        and query.text("type") in (None, milestone_views.MILESTONE_TYPE)
        and query.text("related_event_ticker") in (None, records[0].event_ticker)
        and milestone_views.updated_us(records) >= oldest_us
        and milestone_views.start_us(records) >= _first_us(query.text("minimum_start_date"))
    )


def _first_us(date: str | None) -> int:
    if date is None:
        return 0
    try:
        return int(datetime.fromisoformat(date).timestamp() * 1_000_000)
    except ValueError as error:
        raise Rejected("invalid_parameters", f"minimum_start_date is no time: {date}") from error


def _targets(call: Call) -> list[milestone_views.Json]:
    markets = call.exchange.markets.values()
    return [milestone_views.structured_target(market) for market in markets if not market.legs]


def _milestone_key(records: Records) -> Key:
    return milestone_views.start_us(records), records[0].event_ticker


def _target_key(target: milestone_views.Json) -> Key:
    return 0, str(target["id"])


# OpenAPI 3.34.0, 2026-10-26: the longest pages and lists.
_MILESTONES_QUERY = (
    Integer("limit", 1, 500, is_required=True),
    CURSOR,
    Text("minimum_start_date"),
    Text("category"),
    Text("competition"),
    Text("source_id"),
    Text("type"),
    Text("related_event_ticker"),
    Integer("min_updated_ts"),
)
_PLAYERS = Text("include_player_stats")
_BATCH_QUERY = (Several(Text("milestone_ids"), 100, is_required=True), _PLAYERS)
_TARGETS_QUERY = (
    Several(Text("ids"), 2000),
    Text("type"),
    Text("competition"),
    Integer("page_size", 1, 2000),
    CURSOR,
)
_BY_MILESTONE = "/live_data/milestone/{milestone_id}"
_BY_TYPE = "/live_data/{type}/milestone/{milestone_id}"
_OF_EVENT = "/live_data/events/{event_ticker}"
_TARGET = "/structured_targets/{structured_target_id}"


def _public(name: str, path: str, handler: Handler, parameters: tuple[Parameter, ...] = ()) -> Route:
    return Route(name, "GET", path, handler, parameters, public=True)


ROUTES = (
    _public("get_milestones", "/milestones", get_milestones, _MILESTONES_QUERY),
    _public("get_milestone", "/milestones/{milestone_id}", get_milestone),
    _public("get_live_datas", "/live_data/batch", get_live_datas, _BATCH_QUERY),
    _public("get_live_data_by_milestone", _BY_MILESTONE, get_live_data_by_milestone, (_PLAYERS,)),
    _public("get_game_stats", _BY_MILESTONE + "/game_stats", get_game_stats),
    _public("get_event_live_data", _OF_EVENT, get_event_live_data, (Text("range"),)),
    _public("get_live_data", _BY_TYPE, get_live_data, (_PLAYERS,)),
    _public("get_structured_targets", "/structured_targets", get_structured_targets, _TARGETS_QUERY),
    _public("get_structured_target", _TARGET, get_structured_target),
)
