"""Events, and the fees that stand above those of their series."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import Factor, FeeType, ReplyStruct, Time


class Event(ReplyStruct, frozen=True, kw_only=True):
    """An event: the markets on one question."""

    event_ticker: str
    """Ticker of the event."""
    series_ticker: str
    """Ticker of the series to which the event belongs."""
    fee_type_override: FeeType | None = None
    """Formula of the fees in place of the series'; None leaves that of the series."""
    fee_multiplier_override: Factor | None = None
    """Factor of the formula in place of the series'; None leaves that of the series."""


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
