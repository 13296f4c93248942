"""Multivariate event collections and incentive programs as JSON objects (OpenAPI 3.34.0, 2026-10-26)."""

from __future__ import annotations

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.edge.identifiers import identifier
from kalshi_async.sandbox.edge.market_views import price_ranges
from kalshi_async.sandbox.markets.catalog import Incentive
from kalshi_async.sandbox.markets.combos import Collection
from kalshi_async.sandbox.markets.grid import STRUCTURES

Json = dict[str, object]

# Combos are listed with the grid of every other market.
_STRUCTURE = "linear_cent"


def collection(record: Collection) -> Json:
    """Render a collection (``settings.CHOICES``: ``combo_quoters``)."""
    events = [
        {"ticker": ticker, "is_yes_only": record.is_all_yes, "active_quoters": []}
        for ticker in record.event_tickers
    ]
    return {
        "collection_ticker": record.ticker,
        "series_ticker": record.series_ticker,
        "exchange_index": record.exchange_index,
        "title": f"Collection {record.ticker}",
        "description": "",
        "open_date": fixed_point.timestamp(record.open_us),
        "close_date": fixed_point.timestamp(record.close_us),
        "associated_events": events,
        "associated_event_tickers": list(record.event_tickers),
        "is_ordered": False,
        "is_single_market_per_event": record.is_single_market_per_event,
        "is_all_yes": record.is_all_yes,
        "size_min": record.size_min,
        "size_max": record.size_max,
        "functional_description": "the product of the legs",
        "price_level_structure": _STRUCTURE,
        "price_ranges": price_ranges(STRUCTURES[_STRUCTURE]),
    }


def incentive_program(record: Incentive, *, is_over: bool) -> Json:
    """Render an incentive program; ``period_reward`` is in hundredths of a cent."""
    return {
        "id": record.incentive_id,
        "market_id": identifier("market", record.market_ticker),
        "market_ticker": record.market_ticker,
        "incentive_type": record.kind,
        "incentive_description": record.description,
        "start_date": fixed_point.timestamp(record.start_us),
        "end_date": fixed_point.timestamp(record.end_us),
        "period_reward": record.reward_e4,
        "paid_out": is_over,
        "target_size_fp": fixed_point.count(record.target_size_e2),
    }
