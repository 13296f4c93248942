"""The filters that ``find`` hands on to ``list``: the words of the exchange, and their types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypedDict

from kalshi_async.calls.context import OnRejected

MarketFilter = Literal["unopened", "open", "paused", "closed", "settled"]
EventFilter = Literal["unopened", "open", "closed", "settled"]


class MarketFilters(TypedDict, total=False):
    """The arguments of ``Markets.list`` that ``find`` takes too."""

    tickers: Sequence[str] | None
    event_ticker: str | None
    series_ticker: str | None
    status: MarketFilter | Sequence[MarketFilter] | None
    min_created_ts: datetime | int | None
    max_created_ts: datetime | int | None
    min_updated_ts: datetime | int | None
    max_updated_ts: datetime | int | None
    min_close_ts: datetime | int | None
    max_close_ts: datetime | int | None
    min_settled_ts: datetime | int | None
    max_settled_ts: datetime | int | None
    on_rejected: OnRejected


class EventFilters(TypedDict, total=False):
    """The arguments of ``Events.list`` that ``find`` takes too."""

    tickers: Sequence[str] | None
    series_ticker: str | None
    status: EventFilter | None
    min_close_ts: datetime | int | None
    min_updated_ts: datetime | int | None
    with_nested_markets: bool | None
    on_rejected: OnRejected
