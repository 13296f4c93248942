"""Frames of index feeds: values of CF Benchmarks and Pyth, and the lists of what they offer."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, ReplyStruct


class AveragedValue(ReplyStruct, frozen=True, kw_only=True):
    """An index over a window of time."""

    value: FixedPoint
    """The average, in dollars."""
    window_size: int
    """Values in the window."""
    window_start_ts_ms: int
    """Where the window begins, in Unix milliseconds."""
    window_end_ts_exclusive: int
    """Where the window ends, in Unix milliseconds; not part of it."""


class CfBenchmarksEvent(ReplyStruct, frozen=True, kw_only=True):
    """A value of an index of CF Benchmarks, once a second. Channel ``cfbenchmarks_value``."""

    index_id: str
    """Id of the index, such as "BRTI"."""
    received_at: int
    """When the exchange received it, in Unix milliseconds."""
    data: str
    """The message of the source: JSON in a text."""
    avg_60s: AveragedValue | None = field(name="avg_60s_data", default=None)
    """Average over the last 60 s."""
    last_60s_windowed_average_15min: AveragedValue | None = None
    """Average over the last 60 s of a quarter of an hour."""


class CfBenchmarks5HzEvent(ReplyStruct, frozen=True, kw_only=True):
    """A value of an index of CF Benchmarks, five a second. Channel ``cfbenchmarks_value_5hz``."""

    index_id: str
    """Id of the index, such as "BRTI"."""
    value_usd: FixedPoint
    """The value, in dollars."""
    source_ts_ms: int
    """When the source made it, in Unix milliseconds."""
    received_at: int
    """When the exchange received it, in Unix milliseconds."""
    data: str | None = None
    """The message of the source: JSON in a text."""


class PythEvent(ReplyStruct, frozen=True, kw_only=True):
    """A value of a price feed of Pyth. Channel ``pyth_value``."""

    underlying_ticker: str
    """Name of the feed, such as "Metal.XAU/USD"."""
    value_usd: FixedPoint
    """The value, in dollars, or in percent for a yield."""
    source_ts_ms: int
    """When the source made it, in Unix milliseconds."""
    received_at: int
    """When the exchange received it, in Unix milliseconds."""


class IndexList(ReplyStruct, frozen=True, kw_only=True):
    """The indices that a channel of CF Benchmarks offers."""

    index_ids: list[str]
    """Ids of the indices."""


class UnderlyingList(ReplyStruct, frozen=True, kw_only=True):
    """The feeds that the channel of Pyth offers."""

    underlying_tickers: list[str]
    """Names of the feeds."""
