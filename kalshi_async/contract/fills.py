"""Fills: one row per match of one of the caller's orders."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import Action, BookSide, FixedPoint, OutcomeSide, ReplyStruct, Time
from kalshi_async.contract.operation import read


class Fill(ReplyStruct, frozen=True, kw_only=True):
    """One execution: a match of one of the account's orders.

    REST fills carry no client_order_id since 2026-03-30.
    """

    fill_id: str
    """Id of the fill: deduplicate by it."""
    order_id: str
    """The exchange's id of the account's own order."""
    ticker: str
    """Ticker of the market."""
    book_side: BookSide
    """Direction of the fill on the YES book: a bid bought YES, an ask sold it."""
    outcome_side: OutcomeSide
    """Outcome that was gained: ``yes`` for a bid, ``no`` for an ask."""
    count: FixedPoint = field(name="count_fp")
    """Contracts of the fill, to a hundredth."""
    yes_price: FixedPoint = field(name="yes_price_dollars")
    """Price of the fill on the YES leg, in dollars."""
    no_price: FixedPoint = field(name="no_price_dollars")
    """Price of the fill on the NO leg, in dollars: 1 - ``yes_price``."""
    is_taker: bool
    """Whether the account's order took an order that rested."""
    fee_cost: FixedPoint
    """Fee of the whole fill, in dollars."""
    exchange_index: int | None = None
    """Shard on which the fill happened, from 0."""
    trade_id: str | None = None
    """The same value as ``fill_id``."""
    market_ticker: str | None = None
    """The same value as ``ticker``."""
    side: OutcomeSide | None = None
    """Deprecated: the outcome that was gained. It is not the ``side`` of an order; use ``book_side``."""
    action: Action | None = None
    """Deprecated: says nothing about the direction of a fill; use ``book_side``."""
    created_time: Time | None = None
    """When the fill happened, in UTC."""
    subaccount: int | None = field(name="subaccount_number", default=None)
    """Subaccount of the fill: 0 or None for the primary, 1 to 63 for the others."""
    ts: int | None = None
    """When the fill happened, in Unix seconds."""


class FillsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of fills, newest first."""

    rows: list[Fill] = field(name="fills")
    """Fills, newest first."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


GET_FILLS = read("get_fills", "/portfolio/fills", FillsPage, rows=("fills",), several=("ticker",))
