"""The state of the exchange: status, schedule, and the time up to which reads are valid."""

from __future__ import annotations

from kalshi_async.contract.fields import ReplyStruct, Time
from kalshi_async.contract.operation import Priority, read


class ShardStatus(ReplyStruct, frozen=True, kw_only=True):
    """State of one shard."""

    exchange_index: int
    """Number of the shard, from 0."""
    description: str
    """Name of the shard for people."""
    exchange_active: bool
    """False during an exchange pause: orders can neither be placed nor canceled."""
    trading_active: bool
    """False during a trading pause: orders can be canceled, not placed or amended."""
    intra_exchange_transfers_active: bool | None = None
    """Whether cash can be moved to and from the shard."""


class ExchangeStatus(ReplyStruct, frozen=True, kw_only=True):
    """State of the exchange; the flags at the top describe shard 0.

    During a trading pause cancels still work; during an exchange pause they are refused too.
    """

    exchange_active: bool
    """False during an exchange pause of shard 0."""
    trading_active: bool
    """False during a trading pause of shard 0."""
    intra_exchange_transfers_active: bool | None = None
    """Whether cash can be moved to and from shard 0."""
    exchange_estimated_resume_time: Time | None = None
    """When the pause is expected to end, in UTC; known in some pauses."""
    exchange_index_statuses: list[ShardStatus] | None = None
    """One row per shard."""


class TradingHours(ReplyStruct, frozen=True, kw_only=True):
    """One span of trading within a day, US Eastern."""

    open_time: str
    """When trading opens, ``HH:MM``."""
    close_time: str
    """When trading closes, ``HH:MM``."""


class WeeklySchedule(ReplyStruct, frozen=True, kw_only=True):
    """Trading hours of every weekday; a day may have several spans."""

    start_time: Time
    """From when on the schedule holds, in UTC."""
    end_time: Time
    """Until when the schedule holds, in UTC."""
    monday: list[TradingHours]
    """Spans of trading on Mondays."""
    tuesday: list[TradingHours]
    """Spans of trading on Tuesdays."""
    wednesday: list[TradingHours]
    """Spans of trading on Wednesdays."""
    thursday: list[TradingHours]
    """Spans of trading on Thursdays."""
    friday: list[TradingHours]
    """Spans of trading on Fridays."""
    saturday: list[TradingHours]
    """Spans of trading on Saturdays."""
    sunday: list[TradingHours]
    """Spans of trading on Sundays."""


class MaintenanceWindow(ReplyStruct, frozen=True, kw_only=True):
    """A planned interruption."""

    start_datetime: Time
    """When the interruption begins, in UTC."""
    end_datetime: Time
    """When the interruption ends, in UTC."""


class Schedule(ReplyStruct, frozen=True, kw_only=True):
    """Trading hours and planned maintenance."""

    standard_hours: list[WeeklySchedule]
    """Trading hours of the week, one row per period."""
    maintenance_windows: list[MaintenanceWindow]
    """Interruptions that are planned."""


class ScheduleReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of the schedule."""

    schedule: Schedule
    """Trading hours and planned maintenance."""


class UserDataTimestamp(ReplyStruct, frozen=True, kw_only=True):
    """How far the read side has caught up with the matching engine."""

    as_of_time: Time
    """Time up to which reads of balance, orders, fills and positions are valid, in UTC."""


# The same body is documented for 500, 503 and 504 (OpenAPI 3.34.0).
GET_EXCHANGE_STATUS = read(
    "get_exchange_status",
    "/exchange/status",
    ExchangeStatus,
    signed=False,
    reply_statuses=(500, 503, 504),
)
GET_EXCHANGE_SCHEDULE = read("get_exchange_schedule", "/exchange/schedule", ScheduleReply, signed=False)
GET_USER_DATA_TIMESTAMP = read(
    "get_user_data_timestamp",
    "/exchange/user_data_timestamp",
    UserDataTimestamp,
    signed=False,
    priority=Priority.RISK_REDUCING,
)
