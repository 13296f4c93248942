"""Series, and the fees of their markets: as they are, and as they will be."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import Factor, FeeType, FixedPoint, JsonValue, ReplyStruct, Time
from kalshi_async.contract.operation import read


class SettlementSource(ReplyStruct, frozen=True, kw_only=True):
    """A publication by which markets are decided."""

    name: str | None = None
    """Its name."""
    url: str | None = None
    """Where it is published."""


class Series(ReplyStruct, frozen=True, kw_only=True):
    """A series: a template of events, which names the fees of all their markets.

    Every field of the schema is here (Series, OpenAPI 3.34.0 of 2026-10-26).
    """

    ticker: str
    """Ticker of the series."""
    fee_type: FeeType
    """Formula of the fees; an event may override it."""
    fee_multiplier: Factor
    """Factor of that formula: 1 is the published schedule, 0 is no fee."""
    title: str | None = None
    """Name of the series, in words."""
    frequency: str | None = None
    """How often it has an event: "daily", "weekly", "custom" and the like."""
    category: str | None = None
    """Category of its events."""
    categories: list[str] | None = None
    """All categories of its events."""
    tags: list[str] | None = None
    """Tags, finer than categories."""
    settlement_sources: list[SettlementSource] | None = None
    """Publications by which its markets are decided."""
    contract_url: str | None = None
    """Where the terms of the contract are, as filed with the regulator."""
    contract_terms_url: str | None = None
    """Where the terms of the contract are, for traders."""
    additional_prohibitions: list[str] | None = None
    """Who may not trade it, beyond the rules for all series."""
    product_metadata: dict[str, JsonValue] | None = None
    """Further facts of the series, by name."""
    volume: FixedPoint | None = field(name="volume_fp", default=None)
    """Contracts traded in all of its markets; None unless it was asked for."""
    last_updated_ts: Time | None = None
    """When its facts last changed, in UTC: a time despite its name."""
    exchange_index: int | None = None
    """Shard on which its markets trade, from 0."""


class SeriesReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one series."""

    series: Series
    """The series."""


class SeriesListReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of the series; the list has no pages."""

    rows: list[Series] = field(name="series")
    """All series that were asked for."""


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

    rows: list[SeriesFeeChange] | None = field(name="series_fee_change_arr", default=None)
    """The changes that are to come, or all of them where the past was asked for; None without any."""


# OpenAPI 3.34.0, 2026-10-26.
GET_SERIES = read("get_series", "/series/{series_ticker}", SeriesReply, signed=False)
GET_SERIES_LIST = read("get_series_list", "/series", SeriesListReply, signed=False)
GET_SERIES_FEE_CHANGES = read(
    "get_series_fee_changes", "/series/fee_changes", SeriesFeeChangesReply, signed=False
)
