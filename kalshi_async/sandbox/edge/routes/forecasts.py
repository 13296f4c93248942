"""Forecasts: what the last prices of an event on a number say of that number. Signed.

``settings.CHOICES``: ``forecast``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kalshi_async.sandbox.edge.queries import Integer, Several
from kalshi_async.sandbox.edge.routes.events import markets_of_event
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Market, Rejected

Json = dict[str, object]

_NUMBER = re.compile(r"[A-Z]*(\d+(?:\.\d+)?)", re.ASCII)
# OpenAPI 3.34.0: percentiles are hundredths of a percent.
_WHOLE = 10_000


def get_event_forecast_percentiles_history(call: Call) -> Reply:
    """Show the percentiles at the end of every period in which a market of the event moved."""
    query, interval = call.query, call.query.integer("period_interval") or 0
    markets = markets_of_event(call, call.path["ticker"])
    if markets[0].series_ticker != call.path["series_ticker"]:
        raise Rejected("not_found")
    start_s, end_s = query.integer("start_ts") or 0, query.integer("end_ts") or 0
    history = [
        {
            "event_ticker": markets[0].event_ticker,
            "end_period_ts": period_s,
            "period_interval": interval,
            "percentile_points": [_point(weights, one) for one in query.integers("percentiles")],
        }
        for period_s, weights in _weights_by_period(markets, max(1, interval)).items()
        if start_s <= period_s <= end_s and weights
    ]
    return ok({"forecast_history": history})


def _weights_by_period(markets: Sequence[Market], interval: int) -> dict[int, dict[str, int]]:
    # The last price of each number, by the end of the periods in which one of them moved.
    changes: list[tuple[int, str, int | None]] = []
    for market in markets:
        match = _NUMBER.fullmatch(market.ticker.rpartition("-")[2])
        if match is not None:
            for candle in market.candles.of(interval):
                last_e4 = candle.previous_e4 if candle.price is None else candle.price.close_e4
                changes.append((candle.end_s, match[1], last_e4))
    found: dict[int, dict[str, int]] = {}
    weights: dict[str, int] = {}
    for end_s, number, last_e4 in sorted(changes, key=lambda change: change[:2]):
        if last_e4 is not None:
            weights = {**weights, number: last_e4}
        found[end_s] = weights
    return found


def _point(weights: Mapping[str, int], percentile: int) -> Json:
    numbers = sorted(weights, key=float)
    total, below, number = sum(weights.values()), 0, numbers[-1]
    for candidate in numbers:
        below += weights[candidate]
        if below * _WHOLE >= percentile * total:
            number = candidate
            break
    return {
        "percentile": percentile,
        "raw_numerical_forecast": float(number),
        "numerical_forecast": float(number),
        "formatted_forecast": number,
    }


_HISTORY = "/series/{series_ticker}/events/{ticker}/forecast_percentile_history"
# OpenAPI 3.34.0, 2026-10-26.
_QUERY = (
    Several(Integer("percentiles", 0, _WHOLE - 1), 10, is_required=True),
    Integer("start_ts", is_required=True),
    Integer("end_ts", is_required=True),
    Integer("period_interval", choices=frozenset({0, 1, 60, 1440}), is_required=True),
)

ROUTES = (
    Route(
        "get_event_forecast_percentiles_history",
        "GET",
        _HISTORY,
        get_event_forecast_percentiles_history,
        _QUERY,
    ),
)
