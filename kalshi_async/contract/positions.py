"""Positions: one signed number per market, and their sums per event."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, ReplyStruct, Time
from kalshi_async.contract.operation import read


class MarketPosition(ReplyStruct, frozen=True, kw_only=True):
    """A position in one market.

    What the market has brought needs no adding up. While it trades, that is ``realized_pnl`` less
    ``fees_paid``, for what is closed. Once it has settled, it is ``profit_and_loss`` of its row in
    ``session.portfolio.settlements``. ``EventPosition`` has the sums of an event.

    The exchange has been seen to send null numbers on flat rows: they stay None here,
    because a number would be a guess.
    """

    ticker: str
    """Ticker of the market."""
    position: FixedPoint | None = field(name="position_fp")
    """Contracts held: above 0 is YES, below 0 is NO."""
    market_exposure: FixedPoint | None = field(name="market_exposure_dollars")
    """Dollars that the open position cost, without fees."""
    total_traded: FixedPoint | None = field(name="total_traded_dollars")
    """Dollars that were spent in the market."""
    realized_pnl: FixedPoint | None = field(name="realized_pnl_dollars")
    """Dollars that closed positions have made, before fees."""
    fees_paid: FixedPoint | None = field(name="fees_paid_dollars")
    """Dollars of fees."""
    resting_orders_count: int | None = None
    """Orders that rest in the market. Recorded rows have it, the schema has not (update 2026-11-28 §3.5)."""
    last_updated_ts: Time | None = None
    """When the position last changed, in UTC: a time despite its name."""
    exchange_index: int | None = None
    """Shard on which the market trades, from 0."""


class EventPosition(ReplyStruct, frozen=True, kw_only=True):
    """Positions summed over the markets of one event."""

    event_ticker: str
    """Ticker of the event."""
    total_cost: FixedPoint | None = field(name="total_cost_dollars")
    """Dollars that were spent on contracts of either leg."""
    total_cost_shares: FixedPoint | None = field(name="total_cost_shares_fp")
    """Contracts, of either leg, that were bought for ``total_cost``."""
    event_exposure: FixedPoint | None = field(name="event_exposure_dollars")
    """Dollars that the open positions cost."""
    realized_pnl: FixedPoint | None = field(name="realized_pnl_dollars")
    """Dollars that closed positions have made, before fees."""
    fees_paid: FixedPoint | None = field(name="fees_paid_dollars")
    """Dollars of fees."""


class PositionsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of market positions with the events that they belong to."""

    rows: list[MarketPosition] = field(name="market_positions")
    """One row per market."""
    event_positions: list[EventPosition]
    """One row per event of those markets."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


class EventPositionsPage(ReplyStruct, frozen=True, kw_only=True):
    """The same page, read for its events."""

    rows: list[EventPosition] = field(name="event_positions")
    """One row per event."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


GET_POSITIONS = read(
    "get_positions", "/portfolio/positions", PositionsPage, rows=("market_positions", "event_positions")
)
