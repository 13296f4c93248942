"""The state of the exchange: status, schedule, and how fresh the read side is."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.contract.fields import ReplyStruct
from kalshi_async.contract.operation import Priority, read


class ShardStatus(ReplyStruct, frozen=True, kw_only=True):
    """Whether one shard trades; ``description`` is its name for people."""

    exchange_index: int
    description: str
    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: bool | None = None


class ExchangeStatus(ReplyStruct, frozen=True, kw_only=True):
    """Whether the exchange trades; the top-level flags describe shard 0.

    During a trading pause cancels still work; during an exchange pause nothing does.
    ``exchange_estimated_resume_time`` is known in some pauses; ``exchange_index_statuses`` has
    one row per shard.
    """

    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: bool | None = None
    exchange_estimated_resume_time: datetime | None = None
    exchange_index_statuses: list[ShardStatus] | None = None


class TradingHours(ReplyStruct, frozen=True, kw_only=True):
    """``open_time`` and ``close_time`` of day, ``HH:MM``, US Eastern."""

    open_time: str
    close_time: str


class WeeklySchedule(ReplyStruct, frozen=True, kw_only=True):
    """Trading hours of every weekday from ``start_time`` to ``end_time``.

    A day may have several spans: ``monday``, ``tuesday``, ``wednesday``, ``thursday``,
    ``friday``, ``saturday``, ``sunday``.
    """

    start_time: datetime
    end_time: datetime
    monday: list[TradingHours]
    tuesday: list[TradingHours]
    wednesday: list[TradingHours]
    thursday: list[TradingHours]
    friday: list[TradingHours]
    saturday: list[TradingHours]
    sunday: list[TradingHours]


class MaintenanceWindow(ReplyStruct, frozen=True, kw_only=True):
    """A planned interruption, from ``start_datetime`` to ``end_datetime``."""

    start_datetime: datetime
    end_datetime: datetime


class Schedule(ReplyStruct, frozen=True, kw_only=True):
    """``standard_hours`` of every week, and ``maintenance_windows`` that are planned."""

    standard_hours: list[WeeklySchedule]
    maintenance_windows: list[MaintenanceWindow]


class ScheduleReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of the schedule."""

    schedule: Schedule


class UserDataTimestamp(ReplyStruct, frozen=True, kw_only=True):
    """Reads of balance, orders, fills and positions are valid up to ``as_of_time``."""

    as_of_time: datetime


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
