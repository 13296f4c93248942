"""Public market reads: the market, its price grid, and its order book."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import field

from kalshi_async.contract.fields import EXACT, FixedPoint, MarketResult, MarketStatus, ReplyStruct
from kalshi_async.contract.operation import read


class PriceRange(ReplyStruct, frozen=True, kw_only=True):
    """Prices from ``start`` to ``end`` in steps of ``step``, in dollars."""

    start: FixedPoint
    end: FixedPoint
    step: FixedPoint


class Market(ReplyStruct, frozen=True, kw_only=True):
    """A market: state, best prices in dollars, sizes in contracts, and its price grid.

    Trust ``price_ranges`` over ``price_level_structure``: the label is only a name.
    ``yes_bid``, ``yes_ask``, ``no_bid`` and ``no_ask`` are the best prices, each of its own
    leg, with ``yes_bid_size`` and ``yes_ask_size``; ``last_price`` is of the YES leg.
    Between ``open_time`` and ``close_time`` it trades, unless ``can_close_early``. Once
    there is a ``result``, ``settlement_timer_seconds`` pass until ``settlement_ts``, when a
    YES contract pays ``settlement_value`` of its ``notional_value``. ``market_type`` is
    "binary" or "scalar". No fee until ``fee_waiver_expiration_time``.
    Source: get_market, OpenAPI 3.34.0; only the fields that a portfolio needs.
    """

    ticker: str
    event_ticker: str
    status: MarketStatus
    market_type: str | None = None
    open_time: datetime | None = None
    close_time: datetime | None = None
    settlement_timer_seconds: int | None = None
    can_close_early: bool | None = None
    yes_bid: FixedPoint | None = field(name="yes_bid_dollars", default=None)
    yes_bid_size: FixedPoint | None = field(name="yes_bid_size_fp", default=None)
    yes_ask: FixedPoint | None = field(name="yes_ask_dollars", default=None)
    yes_ask_size: FixedPoint | None = field(name="yes_ask_size_fp", default=None)
    no_bid: FixedPoint | None = field(name="no_bid_dollars", default=None)
    no_ask: FixedPoint | None = field(name="no_ask_dollars", default=None)
    last_price: FixedPoint | None = field(name="last_price_dollars", default=None)
    result: MarketResult | None = None
    settlement_value: FixedPoint | None = field(name="settlement_value_dollars", default=None)
    settlement_ts: datetime | None = None
    notional_value: FixedPoint | None = field(name="notional_value_dollars", default=None)
    price_level_structure: str | None = None
    price_ranges: list[PriceRange] | None = None
    fee_waiver_expiration_time: datetime | None = None
    exchange_index: int | None = None


class MarketReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one market."""

    market: Market


class MarketsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of markets."""

    rows: list[Market] = field(name="markets")
    cursor: str | None = None


class OrderBookLevels(ReplyStruct, frozen=True, kw_only=True):
    """Bids only: each leg in its own price, ascending, so that the best is last.

    A level of ``yes`` or ``no`` is (price in dollars, contracts). A NO bid at p is a YES ask
    at 1 - p.
    """

    yes: list[tuple[FixedPoint, FixedPoint]] | None = field(name="yes_dollars", default=None)
    no: list[tuple[FixedPoint, FixedPoint]] | None = field(name="no_dollars", default=None)

    @property
    def best_bid(self) -> Decimal | None:
        """Highest price at which somebody buys YES, or None."""
        return self.yes[-1][0] if self.yes else None

    @property
    def best_ask(self) -> Decimal | None:
        """Lowest price at which somebody sells YES, or None."""
        return EXACT.subtract(Decimal(1), self.no[-1][0]) if self.no else None


class OrderBookReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of an order book."""

    orderbook: OrderBookLevels = field(name="orderbook_fp")


GET_MARKET = read("get_market", "/markets/{ticker}", MarketReply, signed=False)
GET_MARKETS = read("get_markets", "/markets", MarketsPage, rows=("markets",), signed=False)
GET_MARKET_ORDERBOOK = read(
    "get_market_orderbook", "/markets/{ticker}/orderbook", OrderBookReply, signed=False
)
