"""Settlements and open positions add up to the cash, to the last digit."""

from __future__ import annotations

from decimal import Decimal

from kalshi_async.contract.portfolio import Settlement
from tests.fees.lives import Life, check, differences

LIVES = 12
"""A slice: ``python -m tests.fees`` lives 1,000."""


def test_random_lives_add_up() -> None:
    tally = check(LIVES, seed=0)
    assert tally.wrong == []
    assert tally.settlements > LIVES
    assert all(tally.happened[what] > LIVES for what in ("flip", "round trip"))


def test_a_rule_that_forgets_closed_pairs_would_be_found() -> None:
    # The form that many programs use: it is off by a dollar for each pair that was closed by trading.
    def from_the_revenue(row: Settlement) -> Decimal:
        spent = row.yes_total_cost + row.no_total_cost + row.fee_cost
        return Decimal(row.revenue_cents) / 100 - spent

    life = Life(0)
    life.live()
    assert differences(life) == []
    assert len(differences(life, from_the_revenue)) == 3
