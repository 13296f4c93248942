"""Market data as JSON objects: markets, books, events and series.

The engine has one book per market, priced on the YES leg. A NO price is one dollar minus the
YES price. Only the fields that a portfolio client needs are rendered (OpenAPI 3.34.0).
"""

from __future__ import annotations

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Market

Json = dict[str, object]
Levels = list[tuple[int, int]]


def market(record: Market, bids: Levels, asks: Levels) -> Json:
    """Render a market with the top of its book; both lists start with the best level."""
    view: Json = {
        "ticker": record.ticker,
        "event_ticker": record.event_ticker,
        "market_type": record.market_type,
        "status": record.state.value,
        "open_time": fixed_point.timestamp(record.open_us),
        "close_time": fixed_point.timestamp(record.close_us),
        "settlement_timer_seconds": record.settlement_timer_s,
        "can_close_early": True,
        "last_price_dollars": fixed_point.price(record.last_price_e4 or 0),
        "result": record.result,
        "notional_value_dollars": fixed_point.price(ONE_DOLLAR_E4),
        "price_level_structure": record.price_level_structure,
        "price_ranges": [
            {
                "start": fixed_point.price(start_e4),
                "end": fixed_point.price(end_e4),
                "step": fixed_point.price(step_e4),
            }
            for start_e4, end_e4, step_e4 in record.price_ranges
        ],
        "exchange_index": record.exchange_index,
    } | _top(bids, asks)
    if record.settlement_value_cents is not None:
        view["settlement_value_dollars"] = fixed_point.price(record.settlement_value_cents * 100)
    if record.settled_us is not None:
        view["settlement_ts"] = fixed_point.timestamp(record.settled_us)
    view["settlement_bounds_type"] = record.settlement_bounds
    if record.settlement_bounds == "floor":
        view["settlement_floor_dollars"] = fixed_point.price(record.floor_e4)
    return view


def orderbook(bids: Levels, asks: Levels, depth: int | None) -> Json:
    """Render the book as bids of both legs, in ascending prices: the best level comes last.

    An ask at a YES price is shown as a bid at the NO price. ``depth`` limits the levels.
    """
    no_bids = [(ONE_DOLLAR_E4 - price_e4, count_e2) for price_e4, count_e2 in asks]
    return {
        "orderbook_fp": {
            "yes_dollars": _ascending(bids[:depth]),
            "no_dollars": _ascending(no_bids[:depth]),
        }
    }


def event(event_ticker: str, series_ticker: str) -> Json:
    """Render an event."""
    return {
        "event_ticker": event_ticker,
        "series_ticker": series_ticker,
        "title": event_ticker,
        "mutually_exclusive": False,
    }


def series(record: Market) -> Json:
    """Render the series of a market, with its fees."""
    return {
        "ticker": record.series_ticker,
        "title": record.series_ticker,
        "fee_type": record.fee_type,
        "fee_multiplier": record.fee_multiplier_e4 / 10_000,
    }


def _top(bids: Levels, asks: Levels) -> Json:
    # SIM: no recording shows an empty side. Here its bid is 0, its ask 1, its sizes 0.
    bid_e4, bid_e2 = bids[0] if bids else (0, 0)
    ask_e4, ask_e2 = asks[0] if asks else (ONE_DOLLAR_E4, 0)
    return {
        "yes_bid_dollars": fixed_point.price(bid_e4),
        "yes_bid_size_fp": fixed_point.count(bid_e2),
        "yes_ask_dollars": fixed_point.price(ask_e4),
        "yes_ask_size_fp": fixed_point.count(ask_e2),
        "no_bid_dollars": fixed_point.price(ONE_DOLLAR_E4 - ask_e4),
        "no_ask_dollars": fixed_point.price(ONE_DOLLAR_E4 - bid_e4),
    }


def _ascending(levels: Levels) -> list[list[str]]:
    return [
        [fixed_point.price(price_e4), fixed_point.count(count_e2)] for price_e4, count_e2 in reversed(levels)
    ]
