"""Public market reads: the market, its price grid, and its order book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import field

from kalshi_async.contract.depth import (
    BookCost,
    Level,
    RestingOrder,
    Side,
    checked_levels,
    checked_side,
    cost_of,
    less_orders,
    opposite,
)
from kalshi_async.contract.fields import (
    EXACT,
    BookSide,
    Factor,
    FixedPoint,
    JsonValue,
    MarketResult,
    MarketStatus,
    MarketType,
    ReplyStruct,
    SettlementBoundsType,
    StrikeType,
    Time,
)
from kalshi_async.contract.grid import PriceGrid, PriceRange as PriceRange
from kalshi_async.contract.operation import read


class SelectedLeg(ReplyStruct, frozen=True, kw_only=True):
    """One leg of a combo: a side of another market."""

    event_ticker: str | None = None
    """Event of the leg."""
    market_ticker: str | None = None
    """Market of the leg."""
    side: str | None = None
    """Outcome on which the leg wins: "yes" or "no"."""
    yes_settlement_value: FixedPoint | None = field(name="yes_settlement_value_dollars", default=None)
    """Dollars that a YES contract of the leg paid; None until the leg is settled."""


class Market(ReplyStruct, frozen=True, kw_only=True):
    """A market: its terms, its state, its best prices and its price grid.

    Every field of the schema is here. Only three are required, so that a list stays readable where the
    exchange leaves one out. Source: schema Market, OpenAPI 3.34.0 of 2026-10-26.
    """

    ticker: str
    """Ticker of the market."""
    event_ticker: str
    """Ticker of the event to which the market belongs."""
    status: MarketStatus
    """Where the market stands in its life."""
    market_type: MarketType | None = None
    """Kind of the market: ``binary`` or ``scalar``."""
    title: str | None = None
    """Deprecated by the exchange: the title of the event, with the market's part of it."""
    subtitle: str | None = None
    """Deprecated by the exchange: use ``yes_sub_title``."""
    yes_sub_title: str | None = None
    """What YES stands for, in words."""
    no_sub_title: str | None = None
    """What NO stands for, in words."""
    created_time: Time | None = None
    """When the market was listed, in UTC."""
    updated_time: Time | None = None
    """When its terms or its state last changed, in UTC; trades do not count."""
    open_time: Time | None = None
    """When trading begins, in UTC."""
    close_time: Time | None = None
    """When trading ends, in UTC; earlier where ``can_close_early``."""
    expected_expiration_time: Time | None = None
    """When the result is expected, in UTC."""
    expiration_time: Time | None = None
    """Deprecated by the exchange: use ``latest_expiration_time``."""
    latest_expiration_time: Time | None = None
    """When the result is known at the latest, in UTC."""
    occurrence_datetime: Time | None = None
    """When the event takes place, in UTC."""
    settlement_timer_seconds: int | None = None
    """Seconds from the determination of ``result`` to the settlement."""
    can_close_early: bool | None = None
    """Whether trading may end before ``close_time``."""
    early_close_condition: str | None = None
    """When trading ends early, in words."""
    yes_bid: FixedPoint | None = field(name="yes_bid_dollars", default=None)
    """Highest bid for YES, in dollars. 0 without one, as far as is recorded."""
    yes_bid_size: FixedPoint | None = field(name="yes_bid_size_fp", default=None)
    """Contracts at ``yes_bid``."""
    yes_ask: FixedPoint | None = field(name="yes_ask_dollars", default=None)
    """Lowest ask for YES, in dollars. 0 or 1 without one: a market that nobody has quoted shows 0."""
    yes_ask_size: FixedPoint | None = field(name="yes_ask_size_fp", default=None)
    """Contracts at ``yes_ask``."""
    no_bid: FixedPoint | None = field(name="no_bid_dollars", default=None)
    """Highest bid for NO, in dollars of the NO leg: 1 - ``yes_ask``."""
    no_ask: FixedPoint | None = field(name="no_ask_dollars", default=None)
    """Lowest ask for NO, in dollars of the NO leg: 1 - ``yes_bid``."""
    last_price: FixedPoint | None = field(name="last_price_dollars", default=None)
    """Price of the last trade on the YES leg, in dollars."""
    previous_yes_bid: FixedPoint | None = field(name="previous_yes_bid_dollars", default=None)
    """``yes_bid`` a day ago, in dollars."""
    previous_yes_ask: FixedPoint | None = field(name="previous_yes_ask_dollars", default=None)
    """``yes_ask`` a day ago, in dollars."""
    previous_price: FixedPoint | None = field(name="previous_price_dollars", default=None)
    """``last_price`` a day ago, in dollars."""
    volume: FixedPoint | None = field(name="volume_fp", default=None)
    """Contracts traded since the market was listed."""
    volume_24h: FixedPoint | None = field(name="volume_24h_fp", default=None)
    """Contracts traded in the last 24 hours."""
    open_interest: FixedPoint | None = field(name="open_interest_fp", default=None)
    """Contracts that are held."""
    result: MarketResult | None = None
    """How the market was decided; empty until it is."""
    expiration_value: str | None = None
    """Value of the underlying by which the market was decided, as text; empty until it is."""
    settlement_value: FixedPoint | None = field(name="settlement_value_dollars", default=None)
    """Dollars that a YES contract pays at the settlement."""
    settlement_ts: Time | None = None
    """When the market settled, in UTC: a time despite its name."""
    settlement_bounds_type: SettlementBoundsType | None = None
    """Whether the market can have a settlement floor. Not live yet (2026-10-01)."""
    settlement_floor: FixedPoint | None = field(name="settlement_floor_dollars", default=None)
    """Dollars that a YES contract pays at least; None without bounds. Not live yet (2026-10-01).

    YES prices of orders must exceed it. A YES holder has been paid it already: buying YES costs
    price - floor, and the settlement pays value - floor.
    """
    notional_value: FixedPoint | None = field(name="notional_value_dollars", default=None)
    """Dollars that a contract pays at most."""
    strike_type: StrikeType | None = None
    """How the underlying is compared with the strikes."""
    floor_strike: Factor | None = None
    """Lower strike, in the unit of the underlying."""
    cap_strike: Factor | None = None
    """Upper strike, in the unit of the underlying."""
    functional_strike: str | None = None
    """Strike of a ``functional`` market, as a formula."""
    custom_strike: dict[str, JsonValue] | None = None
    """Strike of a ``custom`` or ``structured`` market, by name."""
    rules_primary: str | None = None
    """When YES wins, in words."""
    rules_secondary: str | None = None
    """Exceptions to ``rules_primary``, in words."""
    mve_collection_ticker: str | None = None
    """Collection to which a combo belongs; None for other markets."""
    mve_selected_legs: list[SelectedLeg] | None = None
    """Legs of a combo; None for other markets."""
    primary_participant_key: str | None = None
    """Key of the team or person that the market is about."""
    price_level_structure: str | None = None
    """Label of the price grid: only a name, the grid is ``price_ranges``."""
    price_ranges: list[PriceRange] | None = None
    """Prices that orders may have."""
    fee_waiver_expiration_time: Time | None = None
    """Until when no fees are charged, in UTC."""
    is_provisional: bool | None = None
    """Whether the market may be removed if nobody has traded in it."""
    exchange_index: int | None = None
    """Shard on which the market trades, from 0."""

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

    A NO bid at p is a YES ask at 1 - p. The methods are those of a live book (``streams.books.Book``).
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

    def depth(self, side: Side, n: int | None = None) -> list[Level]:
        """Return the levels of a side at their YES prices, best first: ``n`` of them, or all."""
        if checked_side(side) is BookSide.BID:
            levels = [Level(price, count) for price, count in reversed(self.yes or ())]
        else:
            levels = [
                Level(EXACT.subtract(Decimal(1), price), count) for price, count in reversed(self.no or ())
            ]
        return levels[: checked_levels(n)]

    def cost(self, side: Side, count: Decimal | int | str) -> BookCost:
        """Return what an order would pay or receive that takes ``count`` contracts at once.

        ``side`` is the order's: a bid takes from the asks. Without fees.
        """
        return cost_of(self.depth(opposite(side)), count)

    def without(self, orders: Iterable[RestingOrder]) -> OrderBookLevels:
        """Return the book without these orders of its market, such as one's own."""
        own = list(orders)
        return levels_of(*(less_orders(self.depth(side), side, own) for side in BookSide))


def levels_of(bids: Sequence[Level], asks: Sequence[Level]) -> OrderBookLevels:
    """Return levels on the YES leg, best first, as an order book."""
    no = [(EXACT.subtract(Decimal(1), price), count) for price, count in reversed(asks)]
    return OrderBookLevels(yes=[(price, count) for price, count in reversed(bids)], no=no)


class MarketOrderBook(ReplyStruct, frozen=True, kw_only=True):
    """The order book of one market among several."""

    ticker: str
    """Ticker of the market."""
    orderbook: OrderBookLevels = field(name="orderbook_fp")
    """The bids of both legs."""


class OrderBooksReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of several order books."""

    orderbooks: list[MarketOrderBook]
    """The books, in the order in which they were asked for."""


class OrderBookReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of an order book."""

    orderbook: OrderBookLevels = field(name="orderbook_fp")
    """The bids of both legs."""


GET_MARKET = read("get_market", "/markets/{ticker}", MarketReply, signed=False)
GET_MARKETS = read(
    "get_markets", "/markets", MarketsPage, rows=("markets",), signed=False, several=("tickers",)
)
GET_HISTORICAL_MARKET = read(
    "get_historical_market", "/historical/markets/{ticker}", MarketReply, signed=False
)
GET_HISTORICAL_MARKETS = read(
    "get_historical_markets",
    "/historical/markets",
    MarketsPage,
    rows=("markets",),
    signed=False,
    several=("tickers",),
)
GET_MARKET_ORDERBOOKS = read(
    "get_market_orderbooks", "/markets/orderbooks", OrderBooksReply, signed=False, repeated=("tickers",)
)
GET_MARKET_ORDERBOOK = read(
    "get_market_orderbook", "/markets/{ticker}/orderbook", OrderBookReply, signed=False
)
