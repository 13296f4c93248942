"""Fills: one row per match of one of the caller's orders."""

from __future__ import annotations

from datetime import datetime

from msgspec import field

from kalshi_async.contract.fields import Action, BookSide, FixedPoint, OutcomeSide, ReplyStruct
from kalshi_async.contract.operation import read


class Fill(ReplyStruct, frozen=True, kw_only=True):
    """One execution. Prices in dollars, ``count`` in contracts, ``fee_cost`` for the whole fill.

    Direction is ``book_side``. The deprecated ``side`` of a fill is the outcome
    acquired and its ``action`` has no sign: never read it as one reads an order's.
    Deduplicate on ``fill_id`` (``trade_id`` is the same value). REST fills carry no
    client_order_id since 2026-03-30.
    """

    fill_id: str
    order_id: str
    ticker: str
    book_side: BookSide
    outcome_side: OutcomeSide
    count: FixedPoint = field(name="count_fp")
    yes_price: FixedPoint = field(name="yes_price_dollars")
    no_price: FixedPoint = field(name="no_price_dollars")
    is_taker: bool
    fee_cost: FixedPoint
    exchange_index: int | None = None
    trade_id: str | None = None
    market_ticker: str | None = None
    side: OutcomeSide | None = None
    action: Action | None = None
    created_time: datetime | None = None
    subaccount: int | None = field(name="subaccount_number", default=None)
    ts: int | None = None


class FillsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of fills, newest first."""

    rows: list[Fill] = field(name="fills")
    cursor: str | None = None


GET_FILLS = read("get_fills", "/portfolio/fills", FillsPage, rows=("fills",))
