"""Market data as JSON objects: markets, books, events and series.

Every field that the schemas Market, EventData and Series require is there (OpenAPI 3.34.0 of
2026-10-26; ``tests/contract/fields.json`` has them). The engine has one book per market, priced on
the YES leg. A NO price is one dollar minus the YES price. What an exchange without an underlying
can say of them: ``settings.CHOICES``: ``no_underlying``, ``series_texts``, ``expiration``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Fill, Market
from kalshi_async.sandbox.markets.catalog import Description
from kalshi_async.sandbox.markets.fee_terms import EventChange, Override, SeriesChange
from kalshi_async.sandbox.settings import CAN_CLOSE_EARLY, LIQUIDITY_E4, PREVIOUS_PRICE_E4

Json = dict[str, object]
Levels = list[tuple[int, int]]


def market(record: Market, bids: Levels, asks: Levels, now_us: int) -> Json:
    """Render a market with the top of its book; both lists start with the best level."""
    return (
        _terms(record)
        | _combo(record)
        | _state(record)
        | _top(bids, asks, record.is_quoted)
        | {
            "last_price_dollars": fixed_point.price(record.last_price_e4 or 0),
            "previous_yes_bid_dollars": fixed_point.price(PREVIOUS_PRICE_E4),
            "previous_yes_ask_dollars": fixed_point.price(PREVIOUS_PRICE_E4),
            "previous_price_dollars": fixed_point.price(PREVIOUS_PRICE_E4),
            "volume_fp": fixed_point.count(record.turnover.total_e2),
            "volume_24h_fp": fixed_point.count(record.turnover.last_day_e2(now_us)),
            "open_interest_fp": fixed_point.count(record.open_interest_e2),
            # No longer in the schema; kalshi-sdk 22.4.0 refuses a market without it (one peer).
            "liquidity_dollars": fixed_point.price(LIQUIDITY_E4),
        }
    )


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


def trade(record: Fill) -> Json:
    """Render a match as everybody sees it, by the fill of its taker."""
    outcome = "yes" if record.side == "bid" else "no"
    return {
        "trade_id": record.fill_id,
        "ticker": record.ticker,
        "count_fp": fixed_point.count(record.count_e2),
        "yes_price_dollars": fixed_point.price(record.price_e4),
        "no_price_dollars": fixed_point.price(ONE_DOLLAR_E4 - record.price_e4),
        "taker_side": outcome,
        "taker_outcome_side": outcome,
        "taker_book_side": record.side,
        "created_time": fixed_point.timestamp(record.created_us),
        "is_block_trade": False,
    }


def price_ranges(ranges_e4: Iterable[tuple[int, int, int]]) -> list[Json]:
    """Render the ranges of a price grid."""
    return [_range(*edges_e4) for edges_e4 in ranges_e4]


def event(records: Sequence[Market], override: Override) -> Json:
    """Render the event of these markets, which are all of it."""
    first = records[0]
    return {
        "event_ticker": first.event_ticker,
        "series_ticker": first.series_ticker,
        "title": f"Event {first.event_ticker}",
        "sub_title": first.event_ticker.removeprefix(first.series_ticker).lstrip("-"),
        "collateral_return_type": "",
        "mutually_exclusive": False,
        "settlement_sources": [],
        "last_updated_ts": fixed_point.timestamp(max(record.updated_us for record in records)),
        "exchange_index": first.exchange_index,
    } | _overrides(override)


def series(
    records: Sequence[Market], terms: tuple[str, int], described: Description, *, with_volume: bool
) -> Json:
    """Render the series of these markets, which are all of it; ``terms`` are fee type and multiplier."""
    first = records[0]
    view: Json = {
        "ticker": first.series_ticker,
        "frequency": "custom",
        "title": f"Series {first.series_ticker}",
        "category": described.category,
        "categories": [described.category] if described.category else [],
        "tags": list(described.tags),
        "settlement_sources": [],
        "contract_url": "",
        "contract_terms_url": "",
        "additional_prohibitions": [],
        "fee_type": terms[0],
        "fee_multiplier": terms[1] / 10_000,
        "last_updated_ts": fixed_point.timestamp(max(record.updated_us for record in records)),
        "exchange_index": first.exchange_index,
    }
    if with_volume:
        view["volume_fp"] = fixed_point.count(sum(record.turnover.total_e2 for record in records))
    return view


def series_fee_change(record: SeriesChange) -> Json:
    """Render a change of the fees of a series."""
    return {
        "id": record.change_id,
        "series_ticker": record.series_ticker,
        "fee_type": record.fee_type,
        "fee_multiplier": record.multiplier_e4 / 10_000,
        "scheduled_ts": fixed_point.timestamp(record.scheduled_us),
    }


def event_fee_change(record: EventChange) -> Json:
    """Render a change of the fees that an event has in place of its series'; null takes them away."""
    return {
        "id": record.change_id,
        "event_ticker": record.event_ticker,
        "series_ticker": record.series_ticker,
        "scheduled_ts": fixed_point.timestamp(record.scheduled_us),
    } | _overrides(record.override)


def _overrides(override: Override) -> Json:
    multiplier_e4 = override.multiplier_e4
    return {
        "fee_type_override": override.fee_type,
        "fee_multiplier_override": None if multiplier_e4 is None else multiplier_e4 / 10_000,
    }


def _terms(record: Market) -> Json:
    name = record.ticker.removeprefix(record.event_ticker).lstrip("-") or record.ticker
    close_time = fixed_point.timestamp(record.close_us)
    return {
        "ticker": record.ticker,
        "event_ticker": record.event_ticker,
        "market_type": record.market_type,
        "title": f"Market {record.ticker}",
        "subtitle": name,
        "yes_sub_title": name,
        "no_sub_title": name,
        "created_time": fixed_point.timestamp(record.listed_us),
        "open_time": fixed_point.timestamp(record.open_us),
        "close_time": close_time,
        "expected_expiration_time": close_time,
        "expiration_time": close_time,
        "latest_expiration_time": close_time,
        "settlement_timer_seconds": record.settlement_timer_s,
        "can_close_early": CAN_CLOSE_EARLY,
        "notional_value_dollars": fixed_point.price(ONE_DOLLAR_E4),
        "settlement_bounds_type": record.settlement_bounds,
        "rules_primary": f"YES of {record.ticker} pays what the operator of this exchange decides.",
        "rules_secondary": "",
        "price_level_structure": record.price_level_structure,
        "price_ranges": price_ranges(record.price_ranges),
        "exchange_index": record.exchange_index,
    }


def _combo(record: Market) -> Json:
    if not record.legs:
        return {}
    return {
        "mve_collection_ticker": record.collection_ticker,
        "mve_selected_legs": [
            {"event_ticker": leg.event_ticker, "market_ticker": leg.market_ticker, "side": leg.side}
            for leg in record.legs
        ],
    }


def _range(start_e4: int, end_e4: int, step_e4: int) -> Json:
    return {
        "start": fixed_point.price(start_e4),
        "end": fixed_point.price(end_e4),
        "step": fixed_point.price(step_e4),
    }


def _state(record: Market) -> Json:
    view: Json = {
        "status": record.state.value,
        "updated_time": fixed_point.timestamp(record.updated_us),
        "result": record.result,
        "expiration_value": "",
    }
    if record.settlement_value_cents is not None:
        view["settlement_value_dollars"] = fixed_point.price(record.settlement_value_cents * 100)
    if record.settled_us is not None:
        view["settlement_ts"] = fixed_point.timestamp(record.settled_us)
    if record.settlement_bounds == "floor":
        view["settlement_floor_dollars"] = fixed_point.price(record.floor_e4)
    return view


def _top(bids: Levels, asks: Levels, is_quoted: bool) -> Json:
    # An empty side shows 0 as its bid and 1 as its ask; in a market that was never quoted, the ask
    # is 0 as well (184 of 253 recorded rows, update 2026-11-28 §3.4).
    bid_e4, bid_e2 = bids[0] if bids else (0, 0)
    ask_e4, ask_e2 = asks[0] if asks else (ONE_DOLLAR_E4 if is_quoted else 0, 0)
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
