"""Candles: what prices and volume of a market did in a minute, an hour or a day.

Only periods in which something moved have a candle, and most of them have no trade.
"""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, ReplyStruct
from kalshi_async.contract.operation import read


class BidAskDistribution(ReplyStruct, frozen=True, kw_only=True):
    """The best bid, or the best ask, over a period; None in a candle that was prepended."""

    open: FixedPoint | None = field(name="open_dollars", default=None)
    """At the beginning of the period, in dollars."""
    low: FixedPoint | None = field(name="low_dollars", default=None)
    """Lowest of the period, in dollars."""
    high: FixedPoint | None = field(name="high_dollars", default=None)
    """Highest of the period, in dollars."""
    close: FixedPoint | None = field(name="close_dollars", default=None)
    """At the end of the period, in dollars."""


class PriceDistribution(ReplyStruct, frozen=True, kw_only=True):
    """The prices of the trades of a period, on the YES leg; None without a trade in it."""

    open: FixedPoint | None = field(name="open_dollars", default=None)
    """Price of the first trade, in dollars."""
    low: FixedPoint | None = field(name="low_dollars", default=None)
    """Lowest price, in dollars."""
    high: FixedPoint | None = field(name="high_dollars", default=None)
    """Highest price, in dollars."""
    close: FixedPoint | None = field(name="close_dollars", default=None)
    """Price of the last trade, in dollars."""
    mean: FixedPoint | None = field(name="mean_dollars", default=None)
    """Mean price of a contract, in dollars."""
    previous: FixedPoint | None = field(name="previous_dollars", default=None)
    """Price of the last trade before the period, in dollars; None without one."""
    min: FixedPoint | None = field(name="min_dollars", default=None)
    """Lowest close of any market in the period, in dollars."""
    max: FixedPoint | None = field(name="max_dollars", default=None)
    """Highest close of any market in the period, in dollars."""


class Candlestick(ReplyStruct, frozen=True, kw_only=True):
    """One period of a market."""

    end_period_ts: int
    """End of the period in Unix seconds, which belongs to it: a multiple of the interval."""
    yes_bid: BidAskDistribution
    """Highest bid for YES."""
    yes_ask: BidAskDistribution
    """Lowest ask for YES."""
    price: PriceDistribution
    """Prices of the trades."""
    volume: FixedPoint = field(name="volume_fp")
    """Contracts traded in the period."""
    open_interest: FixedPoint = field(name="open_interest_fp")
    """Contracts that are held at the end of the period."""


class CandlesticksReply(ReplyStruct, frozen=True, kw_only=True):
    """The candles of one market."""

    ticker: str
    """Ticker of the market."""
    candlesticks: list[Candlestick]
    """The candles, oldest first."""


class MarketCandlesticks(ReplyStruct, frozen=True, kw_only=True):
    """The candles of one market among several."""

    market_ticker: str
    """Ticker of the market."""
    candlesticks: list[Candlestick]
    """The candles, oldest first; none where nothing moved."""


class MarketsCandlesticksReply(ReplyStruct, frozen=True, kw_only=True):
    """The candles of several markets."""

    markets: list[MarketCandlesticks]
    """A row per market that exists; an unknown ticker has none."""


class EventCandlesticks(ReplyStruct, frozen=True, kw_only=True):
    """The candles of every market of an event, as two lists of one order."""

    market_tickers: list[str]
    """Tickers of the markets."""
    market_candlesticks: list[list[Candlestick]]
    """The candles of each of these markets, oldest first."""
    adjusted_end_ts: int
    """Until when the candles go, in Unix seconds: earlier than asked for if they were too many."""

    @property
    def by_market(self) -> dict[str, list[Candlestick]]:
        """The candles by the ticker of their market."""
        return dict(zip(self.market_tickers, self.market_candlesticks, strict=True))


class HistoricalBidAsk(ReplyStruct, frozen=True, kw_only=True):
    """The best bid, or the best ask, over a period of the archive."""

    open: FixedPoint
    """At the beginning of the period, in dollars."""
    low: FixedPoint
    """Lowest of the period, in dollars."""
    high: FixedPoint
    """Highest of the period, in dollars."""
    close: FixedPoint
    """At the end of the period, in dollars."""


class HistoricalPrice(ReplyStruct, frozen=True, kw_only=True):
    """The prices of the trades of a period of the archive, on the YES leg; None without a trade in it."""

    open: FixedPoint | None = None
    """Price of the first trade, in dollars."""
    low: FixedPoint | None = None
    """Lowest price, in dollars."""
    high: FixedPoint | None = None
    """Highest price, in dollars."""
    close: FixedPoint | None = None
    """Price of the last trade, in dollars."""
    mean: FixedPoint | None = None
    """Mean price of a contract, in dollars."""
    previous: FixedPoint | None = None
    """Price of the last trade before the period, in dollars; None without one."""


class HistoricalCandlestick(ReplyStruct, frozen=True, kw_only=True):
    """One period of a market of the archive: a ``Candlestick`` under other names of the wire."""

    end_period_ts: int
    """End of the period in Unix seconds, which belongs to it."""
    yes_bid: HistoricalBidAsk
    """Highest bid for YES."""
    yes_ask: HistoricalBidAsk
    """Lowest ask for YES."""
    price: HistoricalPrice
    """Prices of the trades."""
    volume: FixedPoint
    """Contracts traded in the period."""
    open_interest: FixedPoint
    """Contracts that are held at the end of the period."""


class HistoricalCandlesticksReply(ReplyStruct, frozen=True, kw_only=True):
    """The candles of one market of the archive."""

    ticker: str
    """Ticker of the market."""
    candlesticks: list[HistoricalCandlestick]
    """The candles, oldest first."""


# OpenAPI 3.34.0, 2026-10-26. The limits of a request: docs batch-get-market-candlesticks, and refusals
# that one peer recorded in 2026-08.
GET_MARKET_CANDLESTICKS = read(
    "get_market_candlesticks",
    "/series/{series_ticker}/markets/{ticker}/candlesticks",
    CandlesticksReply,
    signed=False,
)
BATCH_GET_MARKET_CANDLESTICKS = read(
    "batch_get_market_candlesticks",
    "/markets/candlesticks",
    MarketsCandlesticksReply,
    signed=False,
    several=("market_tickers",),
)
GET_MARKET_CANDLESTICKS_BY_EVENT = read(
    "get_market_candlesticks_by_event",
    "/series/{series_ticker}/events/{ticker}/candlesticks",
    EventCandlesticks,
    signed=False,
)
GET_MARKET_CANDLESTICKS_HISTORICAL = read(
    "get_market_candlesticks_historical",
    "/historical/markets/{ticker}/candlesticks",
    HistoricalCandlesticksReply,
    signed=False,
)
