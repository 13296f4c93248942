"""Frames of public market data: books, tickers, trades, and the life of markets and events."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import (
    BookSide,
    Factor,
    FeeType,
    FixedPoint,
    JsonValue,
    OpenEnum,
    OutcomeSide,
    ReplyStruct,
    StrikeType,
    Time,
)
from kalshi_async.contract.markets import PriceRange


class MarketChange(OpenEnum):
    """What happened to a market. Opening and closing at their times send nothing."""

    CREATED = "created"
    ACTIVATED = "activated"
    DEACTIVATED = "deactivated"
    CLOSE_DATE_UPDATED = "close_date_updated"
    DETERMINED = "determined"
    SETTLED = "settled"
    PRICE_LEVEL_STRUCTURE_UPDATED = "price_level_structure_updated"
    METADATA_UPDATED = "metadata_updated"


class BookSnapshotEvent(ReplyStruct, frozen=True, kw_only=True):
    """The whole book of a market. Channel ``orderbook_delta``.

    A level is a pair of price and contracts. A side without orders is left out by the exchange,
    and empty here.
    """

    market_ticker: str
    """Ticker of the market."""
    yes: tuple[tuple[FixedPoint, FixedPoint], ...] = field(name="yes_dollars_fp", default=())
    """Bids for YES: price in dollars and contracts."""
    no: tuple[tuple[FixedPoint, FixedPoint], ...] = field(name="no_dollars_fp", default=())
    """Bids for NO: on the YES scale if the subscription asked for it (``use_yes_price``)."""
    clock: int | None = None
    """The exchange's clock of the market: all changes up to it are in the book, and none above."""
    market_id: str | None = None
    """Id of the market."""


class BookDeltaEvent(ReplyStruct, frozen=True, kw_only=True):
    """A change of one level of a book. Channel ``orderbook_delta``."""

    market_ticker: str
    """Ticker of the market."""
    side: OutcomeSide
    """The side of the book: bids for YES, or bids for NO."""
    price: FixedPoint = field(name="price_dollars")
    """Price of the level, in dollars; see ``BookSnapshotEvent.no``."""
    delta: FixedPoint = field(name="delta_fp")
    """Contracts added, or taken away if negative."""
    clock: int | None = None
    """The exchange's clock of the market after the change; several changes may share one."""
    ts_ms: int | None = None
    """When the change happened, in Unix milliseconds."""
    client_order_id: str | None = None
    """The caller's id of the order, if an order of the account made the change."""
    subaccount: int | None = None
    """Subaccount of that order."""
    market_id: str | None = None
    """Id of the market."""


class TickerEvent(ReplyStruct, frozen=True, kw_only=True):
    """Best prices and volume of a market. Channel ``ticker``, without sequence numbers."""

    market_ticker: str
    """Ticker of the market."""
    price: FixedPoint = field(name="price_dollars")
    """Price of the last trade on the YES leg, in dollars."""
    yes_bid: FixedPoint = field(name="yes_bid_dollars")
    """Highest bid for YES, in dollars; 0 without one."""
    yes_ask: FixedPoint = field(name="yes_ask_dollars")
    """Lowest ask for YES, in dollars; 1 without one."""
    volume: FixedPoint = field(name="volume_fp")
    """Contracts traded since the market opened."""
    open_interest: FixedPoint = field(name="open_interest_fp")
    """Contracts that are held."""
    ts_ms: int | None = None
    """When the values changed, in Unix milliseconds."""
    yes_bid_size: FixedPoint | None = field(name="yes_bid_size_fp", default=None)
    """Contracts at the highest bid."""
    yes_ask_size: FixedPoint | None = field(name="yes_ask_size_fp", default=None)
    """Contracts at the lowest ask."""
    last_trade_size: FixedPoint | None = field(name="last_trade_size_fp", default=None)
    """Contracts of the last trade."""
    dollar_volume: int | None = None
    """Dollars traded; the exchange's type is signed."""
    dollar_open_interest: int | None = None
    """Dollars of the contracts that are held; the exchange's type is signed."""
    market_id: str | None = None
    """Id of the market."""
    ts: int | None = None
    """When the values changed, in Unix seconds."""
    time: Time | None = None
    """When the values changed, in UTC."""


class TradeEvent(ReplyStruct, frozen=True, kw_only=True):
    """A public trade. Channel ``trade``."""

    trade_id: str
    """Id of the trade; a fill of the account in it has the same."""
    market_ticker: str
    """Ticker of the market."""
    yes_price: FixedPoint = field(name="yes_price_dollars")
    """Price on the YES leg, in dollars."""
    no_price: FixedPoint = field(name="no_price_dollars")
    """Price on the NO leg, in dollars."""
    count: FixedPoint = field(name="count_fp")
    """Contracts, to a hundredth."""
    taker_outcome_side: OutcomeSide | None = None
    """Outcome that the taker gained."""
    taker_book_side: BookSide | None = None
    """Direction of the taker on the YES book."""
    is_block_trade: bool = False
    """Whether the trade was agreed away from the book."""
    ts_ms: int | None = None
    """When the trade happened, in Unix milliseconds."""
    taker_side: OutcomeSide | None = None
    """Deprecated: use ``taker_outcome_side``."""
    ts: int | None = None
    """When the trade happened, in Unix seconds."""


class MarketMetadata(ReplyStruct, frozen=True, kw_only=True):
    """Titles, rules and strikes of a market that was created."""

    name: str | None = None
    """Name of the market."""
    title: str | None = None
    """Title of the market."""
    yes_sub_title: str | None = None
    """What YES stands for."""
    no_sub_title: str | None = None
    """What NO stands for."""
    rules_primary: str | None = None
    """The rule by which the market is decided."""
    rules_secondary: str | None = None
    """Further rules."""
    can_close_early: bool | None = None
    """Whether trading may end before the closing time."""
    event_ticker: str | None = None
    """Ticker of the event to which the market belongs."""
    expected_expiration_ts: int | None = None
    """When the result is expected, in Unix seconds."""
    strike_type: StrikeType | None = None
    """How the strikes are read, such as "between"."""
    floor_strike: Factor | None = None
    """Lower strike, as the exchange wrote it."""
    cap_strike: Factor | None = None
    """Upper strike, as the exchange wrote it."""
    custom_strike: JsonValue = None
    """A strike of any other form."""


class MarketEvent(ReplyStruct, frozen=True, kw_only=True):
    """A change in the life of a market. Channel ``market_lifecycle_v2``.

    Combos have ``multivariate_market_lifecycle``. ``event_type`` says which of the other fields
    are there. ``activated`` after a pause means that all resting orders of the market were canceled.
    """

    event_type: MarketChange
    """What happened."""
    market_ticker: str
    """Ticker of the market."""
    exchange_index: int | None = None
    """Shard of the market, after ``created`` only."""
    open_ts: int | None = None
    """When trading begins, in Unix seconds."""
    close_ts: int | None = None
    """When trading ends, in Unix seconds."""
    determination_ts: int | None = None
    """When the result was determined, in Unix seconds."""
    settled_ts: int | None = None
    """When the market settled, in Unix seconds."""
    result: str | None = None
    """How the market was decided."""
    settlement_value: FixedPoint | None = None
    """Dollars that a YES contract pays; comes with ``determined``."""
    is_deactivated: bool | None = None
    """Whether trading is paused."""
    additional_metadata: MarketMetadata | None = None
    """Titles, rules and strikes, after ``created``."""
    price_level_structure: str | None = None
    """Label of the price grid."""
    price_ranges: list[PriceRange] | None = None
    """Prices that orders may have."""
    strike_type: StrikeType | None = None
    """How the strikes are read, after ``metadata_updated``."""
    floor_strike: Factor | None = None
    """Lower strike, after ``metadata_updated``."""
    cap_strike: Factor | None = None
    """Upper strike, after ``metadata_updated``."""
    custom_strike: JsonValue = None
    """A strike of any other form, after ``metadata_updated``."""
    yes_sub_title: str | None = None
    """What YES stands for, after ``metadata_updated``."""


class EventCreatedEvent(ReplyStruct, frozen=True, kw_only=True):
    """An event was created. Channel ``market_lifecycle_v2``, type ``event_lifecycle``."""

    event_ticker: str
    """Ticker of the event."""
    title: str | None = None
    """Title of the event."""
    subtitle: str | None = None
    """Second title."""
    collateral_return_type: str | None = None
    """How collateral is netted: "MECNET", "DIRECNET" or empty."""
    series_ticker: str | None = None
    """Ticker of the series to which the event belongs."""
    exchange_index: int | None = None
    """Shard of the event, from 0."""
    strike_date: int | None = None
    """The date that the event is about, in Unix seconds."""
    strike_period: str | None = None
    """The period that the event is about."""


class EventFeeEvent(ReplyStruct, frozen=True, kw_only=True):
    """The fees of an event were overridden, or the override ended (both None)."""

    event_ticker: str
    """Ticker of the event."""
    fee_type_override: FeeType | None = None
    """Kind of fee, such as "quadratic"; None: that of the series."""
    fee_multiplier_override: Factor | None = None
    """Multiplier of the fee; None: that of the series."""
