"""Public trades: one row per match, of all members."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import BookSide, FixedPoint, OutcomeSide, ReplyStruct, Time
from kalshi_async.contract.operation import read


class Trade(ReplyStruct, frozen=True, kw_only=True):
    """A match of two orders, as everybody sees it."""

    trade_id: str
    """Id of the match: both fills of it have this id too."""
    ticker: str
    """Ticker of the market."""
    count: FixedPoint = field(name="count_fp")
    """Contracts that changed hands, to a hundredth."""
    yes_price: FixedPoint = field(name="yes_price_dollars")
    """Price on the YES leg, in dollars."""
    no_price: FixedPoint = field(name="no_price_dollars")
    """Price on the NO leg, in dollars: 1 - ``yes_price``."""
    taker_book_side: BookSide
    """Side of the order that took: a bid bought YES, an ask sold it."""
    taker_outcome_side: OutcomeSide
    """Outcome that the taker gained: ``yes`` for a bid, ``no`` for an ask."""
    created_time: Time
    """When the match happened, in UTC."""
    is_block_trade: bool | None = None
    """Whether it was agreed outside the book; None if the exchange did not say."""
    taker_side: OutcomeSide | None = None
    """Deprecated by the exchange: the same as ``taker_outcome_side``."""


class TradesPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of trades, newest first."""

    rows: list[Trade] = field(name="trades")
    """Trades, newest first."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


# OpenAPI 3.34.0, 2026-10-26.
GET_TRADES = read("get_trades", "/markets/trades", TradesPage, rows=("trades",), signed=False)
GET_TRADES_HISTORICAL = read(
    "get_trades_historical", "/historical/trades", TradesPage, rows=("trades",), signed=False
)
