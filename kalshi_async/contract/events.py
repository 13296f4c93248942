"""Events, and the fees that stand above those of their series."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import Factor, FeeType, JsonValue, ReplyStruct, Time
from kalshi_async.contract.markets import Market
from kalshi_async.contract.milestones import Milestone
from kalshi_async.contract.operation import read
from kalshi_async.contract.series import SettlementSource


class Event(ReplyStruct, frozen=True, kw_only=True):
    """An event: the markets on one question.

    Every field of the schema is here (EventData, OpenAPI 3.34.0 of 2026-10-26).
    """

    event_ticker: str
    """Ticker of the event."""
    series_ticker: str
    """Ticker of the series to which the event belongs."""
    fee_type_override: FeeType | None = None
    """Formula of the fees in place of the series'; None leaves that of the series."""
    fee_multiplier_override: Factor | None = None
    """Factor of the formula in place of the series'; None leaves that of the series."""
    title: str | None = None
    """The question, in words."""
    sub_title: str | None = None
    """What tells it from the other events of its series, in words."""
    category: str | None = None
    """Deprecated by the exchange: the category of its series."""
    mutually_exclusive: bool | None = None
    """Whether one of its markets at most can end as YES."""
    collateral_return_type: str | None = None
    """How collateral is returned that several of its markets tie up: "MECNET", "DIRECNET" or empty."""
    strike_date: Time | None = None
    """The day that it is about, in UTC; None if it is about ``strike_period``."""
    strike_period: str | None = None
    """The period that it is about, in words."""
    settlement_sources: list[SettlementSource] | None = None
    """Publications by which its markets are decided."""
    product_metadata: dict[str, JsonValue] | None = None
    """Further facts of the event, by name."""
    markets: list[Market] | None = None
    """Its markets; None unless they were asked for."""
    last_updated_ts: Time | None = None
    """When its facts last changed, in UTC: a time despite its name."""
    exchange_index: int | None = None
    """Shard on which its markets trade, from 0."""


class EventReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one event."""

    event: Event
    """The event."""
    markets: list[Market] | None = None
    """Its markets, unless they are in ``event``."""


class EventsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of events."""

    rows: list[Event] = field(name="events")
    """Events."""
    milestones: list[Milestone] | None = None
    """Milestones of these events; None unless they were asked for."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


class MarketMetadata(ReplyStruct, frozen=True, kw_only=True):
    """How a market of an event is shown."""

    market_ticker: str
    """Ticker of the market."""
    image_url: str
    """Where its picture is."""
    color_code: str
    """Its color, as "#" and six hexadecimal digits."""


class EventMetadata(ReplyStruct, frozen=True, kw_only=True):
    """How an event is shown."""

    image_url: str
    """Where its picture is."""
    market_details: list[MarketMetadata]
    """How its markets are shown."""
    settlement_sources: list[SettlementSource]
    """Publications by which its markets are decided."""
    featured_image_url: str | None = None
    """Where its large picture is."""
    competition: str | None = None
    """Competition to which it belongs; None outside sports."""
    competition_scope: str | None = None
    """Kind of its markets within the competition."""


class PercentilePoint(ReplyStruct, frozen=True, kw_only=True):
    """A number that the outcome stays below with some probability."""

    percentile: int
    """The probability, in hundredths of a percent: 5000 is the median."""
    raw_numerical_forecast: Factor
    """The number, as it was computed."""
    numerical_forecast: Factor
    """The number, rounded for show."""
    formatted_forecast: str
    """The number with its unit, in words."""


class ForecastPercentiles(ReplyStruct, frozen=True, kw_only=True):
    """What the prices of an event forecast at the end of one period."""

    event_ticker: str
    """Ticker of the event."""
    end_period_ts: int
    """End of the period, in Unix seconds."""
    period_interval: int
    """Minutes of the period; 0 is five seconds (docs, 2026-10)."""
    percentile_points: list[PercentilePoint] | None = None
    """A point per percentile that was asked for; None or empty without a forecast."""


class ForecastHistoryReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of the forecasts of an event."""

    forecast_history: list[ForecastPercentiles]
    """The forecasts, oldest first."""


class EventFeeChange(ReplyStruct, frozen=True, kw_only=True):
    """A change of the fees that one event has in place of its series'.

    Both overrides None: the event has the fees of its series from then on
    (docs get-event-fee-changes, 2026-10).
    """

    id: str
    """Id of the change."""
    event_ticker: str
    """Ticker of the event."""
    series_ticker: str
    """Ticker of its series."""
    fee_type_override: FeeType | None = None
    """Formula of the fees from then on; None is that of the series."""
    fee_multiplier_override: Factor | None = None
    """Factor of the formula from then on; None is that of the series."""
    scheduled_ts: Time
    """When the change takes effect, in UTC: a time despite its name."""


class EventFeeChangesPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of the fee changes of events."""

    rows: list[EventFeeChange] = field(name="event_fee_changes")
    """The changes."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


# OpenAPI 3.34.0, 2026-10-26.
GET_EVENT = read("get_event", "/events/{event_ticker}", EventReply, signed=False)
GET_EVENTS = read("get_events", "/events", EventsPage, rows=("events",), signed=False, several=("tickers",))
GET_MULTIVARIATE_EVENTS = read(
    "get_multivariate_events",
    "/events/multivariate",
    EventsPage,
    rows=("events",),
    signed=False,
    several=("tickers",),
)
GET_EVENT_METADATA = read(
    "get_event_metadata", "/events/{event_ticker}/metadata", EventMetadata, signed=False
)
GET_EVENT_FORECAST_PERCENTILES_HISTORY = read(
    "get_event_forecast_percentiles_history",
    "/series/{series_ticker}/events/{ticker}/forecast_percentile_history",
    ForecastHistoryReply,
    repeated=("percentiles",),
)
GET_EVENT_FEE_CHANGES = read(
    "get_event_fee_changes",
    "/events/fee_changes",
    EventFeeChangesPage,
    rows=("event_fee_changes",),
    signed=False,
)
