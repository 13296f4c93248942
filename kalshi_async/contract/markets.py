"""Public market reads: the market, its price grid, and its order book."""

from __future__ import annotations

from decimal import Decimal

from msgspec import field

from kalshi_async.contract.fields import (
    EXACT,
    FixedPoint,
    MarketResult,
    MarketStatus,
    ReplyStruct,
    SettlementBoundsType,
    Time,
)
from kalshi_async.contract.grid import PriceGrid, PriceRange as PriceRange
from kalshi_async.contract.operation import read


class Market(ReplyStruct, frozen=True, kw_only=True):
    """A market: its state, its best prices and its price grid.

    Source: get_market, OpenAPI 3.34.0; only the fields that a portfolio needs.
    """

    ticker: str
    """Ticker of the market."""
    event_ticker: str
    """Ticker of the event to which the market belongs."""
    status: MarketStatus
    """Where the market stands in its life."""
    market_type: str | None = None
    """Kind of the market: "binary" or "scalar"."""
    open_time: Time | None = None
    """When trading begins, in UTC."""
    close_time: Time | None = None
    """When trading ends, in UTC; earlier where ``can_close_early``."""
    settlement_timer_seconds: int | None = None
    """Seconds from the determination of ``result`` to the settlement."""
    can_close_early: bool | None = None
    """Whether trading may end before ``close_time``."""
    yes_bid: FixedPoint | None = field(name="yes_bid_dollars", default=None)
    """Highest bid for YES, in dollars."""
    yes_bid_size: FixedPoint | None = field(name="yes_bid_size_fp", default=None)
    """Contracts at ``yes_bid``."""
    yes_ask: FixedPoint | None = field(name="yes_ask_dollars", default=None)
    """Lowest ask for YES, in dollars."""
    yes_ask_size: FixedPoint | None = field(name="yes_ask_size_fp", default=None)
    """Contracts at ``yes_ask``."""
    no_bid: FixedPoint | None = field(name="no_bid_dollars", default=None)
    """Highest bid for NO, in dollars of the NO leg."""
    no_ask: FixedPoint | None = field(name="no_ask_dollars", default=None)
    """Lowest ask for NO, in dollars of the NO leg."""
    last_price: FixedPoint | None = field(name="last_price_dollars", default=None)
    """Price of the last trade on the YES leg, in dollars."""
    result: MarketResult | None = None
    """How the market was decided; empty until it is."""
    settlement_value: FixedPoint | None = field(name="settlement_value_dollars", default=None)
    """Dollars that a YES contract pays at the settlement."""
    settlement_ts: Time | None = None
    """When the market settled, in UTC: a time despite its name."""
    notional_value: FixedPoint | None = field(name="notional_value_dollars", default=None)
    """Dollars that a contract pays at most."""
    price_level_structure: str | None = None
    """Label of the price grid: only a name, the grid is ``price_ranges``."""
    price_ranges: list[PriceRange] | None = None
    """Prices that orders may have."""
    fee_waiver_expiration_time: Time | None = None
    """Until when no fees are charged, in UTC."""
    exchange_index: int | None = None
    """Shard on which the market trades, from 0."""
    settlement_bounds_type: SettlementBoundsType | None = None
    """Whether the market can have a settlement floor. Not live yet (2026-10-01)."""
    settlement_floor: FixedPoint | None = field(name="settlement_floor_dollars", default=None)
    """Dollars that a YES contract pays at least; None without bounds. Not live yet (2026-10-01).

    YES prices of orders must exceed it. A YES holder has been paid it already: buying YES costs
    price - floor, and the settlement pays value - floor.
    """

    @property
    def grid(self) -> PriceGrid:
        """Prices that orders may have: of ``price_ranges``, above the settlement floor."""
        return PriceGrid(tuple(self.price_ranges or ()), self.settlement_floor or Decimal(0))


class MarketReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one market."""

    market: Market
    """The market."""


class MarketsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of markets."""

    rows: list[Market] = field(name="markets")
    """Markets."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


class OrderBookLevels(ReplyStruct, frozen=True, kw_only=True):
    """An order book: the bids of both legs, in ascending order of price.

    A NO bid at p is a YES ask at 1 - p.
    """

    yes: list[tuple[FixedPoint, FixedPoint]] | None = field(name="yes_dollars", default=None)
    """YES bids as (dollars, contracts); the last one is the best. None without bids."""
    no: list[tuple[FixedPoint, FixedPoint]] | None = field(name="no_dollars", default=None)
    """NO bids as (dollars of the NO leg, contracts); the last one is the best. None without bids."""

    @property
    def best_bid(self) -> Decimal | None:
        """Highest bid for YES, in dollars; None without one."""
        return self.yes[-1][0] if self.yes else None

    @property
    def best_ask(self) -> Decimal | None:
        """Lowest ask for YES, in dollars; None without one."""
        return EXACT.subtract(Decimal(1), self.no[-1][0]) if self.no else None


class OrderBookReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of an order book."""

    orderbook: OrderBookLevels = field(name="orderbook_fp")
    """The bids of both legs."""


GET_MARKET = read("get_market", "/markets/{ticker}", MarketReply, signed=False)
GET_MARKETS = read(
    "get_markets", "/markets", MarketsPage, rows=("markets",), signed=False, several=("tickers",)
)
GET_MARKET_ORDERBOOK = read(
    "get_market_orderbook", "/markets/{ticker}/orderbook", OrderBookReply, signed=False
)
