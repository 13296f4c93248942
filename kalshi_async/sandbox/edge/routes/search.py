"""Public market data: tags and filters, incentive programs, and the weather index."""

from __future__ import annotations

from collections.abc import Iterator

from kalshi_async.sandbox.edge import collection_views
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import CURSOR, Integer, Text
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.markets.catalog import Incentive
from kalshi_async.sandbox.settings import (
    WEATHER_CITY,
    WEATHER_COLDEST_E2,
    WEATHER_MOST_POINTS,
    WEATHER_SPAN_E2,
    WEATHER_STATION,
)

Json = dict[str, object]

_SPORTS = "Sports"
_MINUTE_MS = 60_000  # docs get-weather-index, 2026-08: a point a minute
_DAY_MINUTES = 1_440  # docs get-weather-index, 2026-08: the trailing 24 hours by default


def get_tags_for_series_categories(call: Call) -> Reply:
    """Show the tags of the series of every category that the operator has named."""
    tags: dict[str, list[str]] = {}
    for described in call.exchange.catalog.descriptions.values():
        known = tags.setdefault(described.category, [])
        known += [tag for tag in described.tags if tag not in known]
    return ok({"tags_by_categories": tags})


def get_filters_for_sports(call: Call) -> Reply:
    """Show the sports: the tags of the category Sports (``settings.CHOICES``: ``sports``)."""
    descriptions = call.exchange.catalog.descriptions.values()
    sports = sorted({tag for row in descriptions if row.category == _SPORTS for tag in row.tags})
    filters: Json = {sport: {"scopes": [], "competitions": {}} for sport in sports}
    return ok({"filters_by_sports": filters, "sport_ordering": sports})


def get_incentive_programs(call: Call) -> Reply:
    """List incentive programs in the order of their beginnings."""
    query, now_us = call.query, call.exchange.venue.now_us
    rows = (
        row
        for row in call.exchange.catalog.incentives
        if query.text("status") in (None, "all", *_statuses(row, now_us))
        and query.text("type") in (None, "all", row.kind)
        and query.text("incentive_description") in (None, row.description)
    )
    page = paginate(rows, _incentive_key, name="incentive_programs", limit=query.limit, cursor=query.cursor)
    found = [collection_views.incentive_program(row, is_over=row.end_us <= now_us) for row in page.rows]
    return ok({"incentive_programs": found, "next_cursor": page.cursor})


def get_weather_index(call: Call) -> Reply:
    """Show the temperature of the one city, minute by minute (``settings.CHOICES``: ``weather``)."""
    _refuse_other_city(call)
    query, now_ms = call.query, call.now_ms
    last_ms = query.integer("to") or now_ms
    first_ms = query.integer("from") or last_ms - _DAY_MINUTES * _MINUTE_MS
    if query.integer("last_sec") is not None:
        last_ms, first_ms = now_ms, now_ms - (query.integer("last_sec") or 0) * 1_000
    last = min(last_ms, now_ms) // _MINUTE_MS
    first = max(-(-first_ms // _MINUTE_MS), last - WEATHER_MOST_POINTS + 1)
    points = [_point(minute, detailed=query.flag("detailed")) for minute in range(first, last + 1)]
    return ok({"city": WEATHER_CITY, "config_version": "1", "units": "fahrenheit", "timeseries": points})


def get_weather_index_calibrations(call: Call) -> Reply:
    """Show the one calibration: the station itself, as it is."""
    _refuse_other_city(call)
    station = {"station_id": WEATHER_STATION, "weight": 1, "offset_c": 0}
    calibration = {
        "config_version": "1",
        "effective_at_ms": call.exchange.historical_cutoff_us // 1_000,
        "city_reference_c": 0,
        "stations": [station],
    }
    return ok({"city": WEATHER_CITY, "units": "fahrenheit", "calibrations": [calibration]})


def _refuse_other_city(call: Call) -> None:
    if call.path["city"] != WEATHER_CITY:
        raise Rejected("not_found")


def _point(minute: int, *, detailed: bool) -> Json:
    noon = _DAY_MINUTES // 2
    warmer_e2 = WEATHER_SPAN_E2 * (noon - abs(noon - minute % _DAY_MINUTES)) // noon
    value = (WEATHER_COLDEST_E2 + warmer_e2) / 100
    point: Json = {"t": minute * _MINUTE_MS, "v": value, "status": "final", "contributors": 1}
    if detailed:
        point["stations"] = [{"station_id": WEATHER_STATION, "code": "ok", "temp_f": value}]
    return point


def _statuses(row: Incentive, now_us: int) -> Iterator[str]:
    if now_us < row.start_us:
        yield "upcoming"
    elif now_us < row.end_us:
        yield "active"
    else:
        yield from ("closed", "paid_out")


def _incentive_key(row: Incentive) -> Key:
    return row.start_us, row.incentive_id


# OpenAPI 3.34.0, 2026-10-26.
_PROGRAMS_QUERY = (
    Integer("limit", 1, 10_000),
    CURSOR,
    Text("status", frozenset({"all", "active", "upcoming", "closed", "paid_out"})),
    Text("type", frozenset({"all", "liquidity", "volume", "margin_maker_volume", "margin_taker_volume"})),
    Text("incentive_description"),
)
_WEATHER_QUERY = (Integer("from", 0), Integer("to", 0), Integer("last_sec", 0), Text("detailed"))
_WEATHER = "/live_data/weather/{city}"
_TAGS = "/search/tags_by_categories"
_SPORT = "/search/filters_by_sport"
_PROGRAMS = "/incentive_programs"
_CALIBRATIONS = _WEATHER + "/calibrations"

ROUTES = (
    Route("get_tags_for_series_categories", "GET", _TAGS, get_tags_for_series_categories, public=True),
    Route("get_filters_for_sports", "GET", _SPORT, get_filters_for_sports, public=True),
    Route("get_incentive_programs", "GET", _PROGRAMS, get_incentive_programs, _PROGRAMS_QUERY, public=True),
    Route("get_weather_index", "GET", _WEATHER, get_weather_index, _WEATHER_QUERY, public=True),
    Route(
        "get_weather_index_calibrations",
        "GET",
        _CALIBRATIONS,
        get_weather_index_calibrations,
        public=True,
    ),
)
