"""Series, and the fees of their markets: as they are, and as they will be."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import Factor, FeeType, ReplyStruct, Time


class Series(ReplyStruct, frozen=True, kw_only=True):
    """A series: a template of events, which names the fees of all their markets."""

    ticker: str
    """Ticker of the series."""
    fee_type: FeeType
    """Formula of the fees; an event may override it."""
    fee_multiplier: Factor
    """Factor of that formula: 1 is the published schedule, 0 is no fee."""


class SeriesReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one series."""

    series: Series
    """The series."""


class SeriesFeeChange(ReplyStruct, frozen=True, kw_only=True):
    """A change of the fees of a series."""

    id: str
    """Id of the change."""
    series_ticker: str
    """Ticker of the series."""
    fee_type: FeeType
    """Formula of the fees from then on."""
    fee_multiplier: Factor
    """Factor of that formula from then on."""
    scheduled_ts: Time
    """When the change takes effect, in UTC: a time despite its name."""


class SeriesFeeChangesReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of the fee changes; the list has no pages."""

    rows: list[SeriesFeeChange] = field(name="series_fee_change_arr")
    """The changes that are to come, or all of them where the past was asked for."""
