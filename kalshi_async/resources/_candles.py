"""The queries of candles and trades, which both tiers take alike."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args

from kalshi_async.requests.filters import checked_number_filter

if TYPE_CHECKING:
    from kalshi_async.wire.outgoing import QueryValue

PeriodInterval = Literal[1, 60, 1440]
"""Minutes of a candle."""


def candle_query(
    start_ts: datetime | int, end_ts: datetime | int, period_interval: PeriodInterval
) -> dict[str, QueryValue]:
    """Return the query of the candles that end from ``start_ts`` to ``end_ts``."""
    checked_number_filter("period_interval", period_interval, get_args(PeriodInterval))
    return {"start_ts": start_ts, "end_ts": end_ts, "period_interval": period_interval}


def trade_query(
    ticker: str | None,
    min_ts: datetime | int | None,
    max_ts: datetime | int | None,
    is_block_trade: bool | None,
    limit: int | None,
) -> dict[str, QueryValue]:
    """Return the query of the trades within some bounds."""
    return {
        "ticker": ticker,
        "min_ts": min_ts,
        "max_ts": max_ts,
        "is_block_trade": is_block_trade,
        "limit": limit,
    }


def series_of(ticker: str) -> str:
    """Return the series of a ticker, as tickers are made: its part before the first "-"."""
    return ticker.partition("-")[0]
