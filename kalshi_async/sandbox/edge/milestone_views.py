"""What is read off the markets of an event: its milestone, its live data, and what its markets are about."""

from __future__ import annotations

from collections.abc import Sequence

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.edge.identifiers import identifier
from kalshi_async.sandbox.engine.state import Market, MarketState

Json = dict[str, object]

MILESTONE_TYPE = "event"
LIVE_DATA_TYPE = "last_prices"
TARGET_TYPE = "outcome"


def milestone_id(event_ticker: str) -> str:
    """Return the id of the milestone of an event."""
    return identifier("milestone", event_ticker)


def milestone(records: Sequence[Market]) -> Json:
    """Render the milestone of the event of these markets (``settings.CHOICES``: ``milestones``)."""
    ticker = records[0].event_ticker
    return {
        "id": milestone_id(ticker),
        "category": "",
        "type": MILESTONE_TYPE,
        "start_date": fixed_point.timestamp(start_us(records)),
        "end_date": None,
        "related_event_tickers": [ticker],
        "primary_event_tickers": [ticker],
        "title": f"Milestone of {ticker}",
        "notification_message": "",
        "source_id": None,
        "source_ids": {},
        "details": {},
        "last_updated_ts": fixed_point.timestamp(updated_us(records)),
    }


def start_us(records: Sequence[Market]) -> int:
    """Return when the milestone of an event begins: at its first close."""
    return min(record.close_us for record in records)


def updated_us(records: Sequence[Market]) -> int:
    """Return when the milestone of an event last changed."""
    return max(record.updated_us for record in records)


def live_data(records: Sequence[Market]) -> Json:
    """Render the live data of the milestone of an event."""
    event_ticker = records[0].event_ticker
    return {
        "type": LIVE_DATA_TYPE,
        "milestone_id": milestone_id(event_ticker),
        "details": _details(records),
    }


def event_live_data(records: Sequence[Market]) -> Json:
    """Render the live data of an event."""
    return {
        "type": LIVE_DATA_TYPE,
        "details": _details(records),
        "is_historical": all(record.state is MarketState.FINALIZED for record in records),
        "range_options": [],
    }


def structured_target(record: Market) -> Json:
    """Render what a market is about (``settings.CHOICES``: ``targets``)."""
    return {
        "id": identifier("target", record.ticker),
        "name": record.ticker.removeprefix(record.event_ticker).lstrip("-") or record.ticker,
        "type": TARGET_TYPE,
        "details": {"event_ticker": record.event_ticker, "market_ticker": record.ticker},
        "source_ids": {},
        "last_updated_ts": fixed_point.timestamp(record.listed_us),
    }


def _details(records: Sequence[Market]) -> Json:
    # ``settings.CHOICES``: ``live_data``.
    return {
        "markets": {
            record.ticker: {
                "last_price_dollars": fixed_point.price(record.last_price_e4 or 0),
                "result": record.result,
            }
            for record in records
        }
    }
