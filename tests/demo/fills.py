"""Fills to feed the demo's books with."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Literal

from kalshi_async import BookSide, Fill, OutcomeSide

_numbers = count(1)


def fill(
    side: Literal["bid", "ask"], contracts: str, price: str, fee: str = "0", order_id: str = "o"
) -> Fill:
    yes_price = Decimal(price)
    return Fill(
        fill_id=f"fill {next(_numbers)}",
        order_id=order_id,
        ticker="KX-A",
        book_side=BookSide(side),
        outcome_side=OutcomeSide.YES if side == "bid" else OutcomeSide.NO,
        count=Decimal(contracts),
        yes_price=yes_price,
        no_price=1 - yes_price,
        is_taker=False,
        fee_cost=Decimal(fee),
        created_time=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    )
