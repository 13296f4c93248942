"""Positions: one signed number per market, and their sums per event."""

from __future__ import annotations

from datetime import datetime

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, ReplyStruct
from kalshi_async.contract.operation import read


class MarketPosition(ReplyStruct, frozen=True, kw_only=True):
    """A position in one market: ``position`` > 0 is YES, < 0 is NO, in contracts.

    ``market_exposure`` is the cost of what is open, ``total_traded`` of all that was
    bought, ``realized_pnl`` is gross of ``fees_paid``; all in dollars. ``last_updated_ts``
    is a time despite its name. The exchange has been seen to send null numbers on flat
    rows: they stay ``None`` here, because a number would be a guess.
    """

    ticker: str
    position: FixedPoint | None = field(name="position_fp")
    market_exposure: FixedPoint | None = field(name="market_exposure_dollars")
    total_traded: FixedPoint | None = field(name="total_traded_dollars")
    realized_pnl: FixedPoint | None = field(name="realized_pnl_dollars")
    fees_paid: FixedPoint | None = field(name="fees_paid_dollars")
    last_updated_ts: datetime | None = None
    exchange_index: int | None = None


class EventPosition(ReplyStruct, frozen=True, kw_only=True):
    """Positions summed over the markets of one event, in dollars and contracts.

    ``total_cost`` dollars were spent on ``total_cost_shares`` contracts of either leg;
    ``event_exposure`` is the cost of what is open.
    """

    event_ticker: str
    total_cost: FixedPoint | None = field(name="total_cost_dollars")
    total_cost_shares: FixedPoint | None = field(name="total_cost_shares_fp")
    event_exposure: FixedPoint | None = field(name="event_exposure_dollars")
    realized_pnl: FixedPoint | None = field(name="realized_pnl_dollars")
    fees_paid: FixedPoint | None = field(name="fees_paid_dollars")


class PositionsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of market positions with the events that they belong to."""

    rows: list[MarketPosition] = field(name="market_positions")
    event_positions: list[EventPosition]
    cursor: str | None = None


class EventPositionsPage(ReplyStruct, frozen=True, kw_only=True):
    """The same page, read for its events."""

    rows: list[EventPosition] = field(name="event_positions")
    cursor: str | None = None


GET_POSITIONS = read(
    "get_positions", "/portfolio/positions", PositionsPage, rows=("market_positions", "event_positions")
)
