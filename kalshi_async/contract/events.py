"""Events, and the fees that stand above those of their series."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import Factor, FeeType, JsonValue, ReplyStruct, Time
from kalshi_async.contract.markets import Market
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
GET_EVENT_FEE_CHANGES = read(
    "get_event_fee_changes",
    "/events/fee_changes",
    EventFeeChangesPage,
    rows=("event_fee_changes",),
    signed=False,
)
