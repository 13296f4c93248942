"""Candles as JSON objects, of both tiers: their names differ, and what stands for no trade."""

from __future__ import annotations

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.engine.candles import Candle, Span

Json = dict[str, object]


def candlestick(candle: Candle) -> Json:
    """Render a candle of the live tier (MarketCandlestick, OpenAPI 3.34.0)."""
    return {
        "end_period_ts": candle.end_s,
        "yes_bid": _dollars(candle.bid),
        "yes_ask": _dollars(candle.ask),
        "price": {f"{name}_dollars": text for name, text in _price(candle).items()},
        "volume_fp": fixed_point.count(candle.volume_e2),
        "open_interest_fp": fixed_point.count(candle.open_interest_e2),
    }


def historical_candlestick(candle: Candle) -> Json:
    """Render a candle of the archive (MarketCandlestickHistorical, OpenAPI 3.34.0)."""
    return {
        "end_period_ts": candle.end_s,
        "yes_bid": _prices(candle.bid),
        "yes_ask": _prices(candle.ask),
        "price": _price(candle),
        "volume": fixed_point.count(candle.volume_e2),
        "open_interest": fixed_point.count(candle.open_interest_e2),
    }


def _price(candle: Candle) -> dict[str, str | None]:
    none = dict.fromkeys(("open", "low", "high", "close", "mean"))
    prices: dict[str, str | None] = {**none} if candle.price is None else {**_prices(candle.price)}
    if candle.price is not None:
        prices["mean"] = fixed_point.average(candle.amount_e6, candle.volume_e2)
    previous_e4 = candle.previous_e4
    return prices | {"previous": None if previous_e4 is None else fixed_point.price(previous_e4)}


def _dollars(span: Span) -> Json:
    return {f"{name}_dollars": text for name, text in _prices(span).items()}


def _prices(span: Span) -> dict[str, str]:
    return {
        "open": fixed_point.price(span.open_e4),
        "low": fixed_point.price(span.low_e4),
        "high": fixed_point.price(span.high_e4),
        "close": fixed_point.price(span.close_e4),
    }
