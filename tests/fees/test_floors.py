"""With settlement floors, too, every balance is the sum of its entries, to the last digit."""

from __future__ import annotations

import pytest

from kalshi_async.sandbox.accounts import ledger
from kalshi_async.sandbox.engine import executions
from tests.fees.floors import Life, check, differences

LIVES = 12
"""A slice: ``python -m tests.fees`` lives 1,000."""


def test_random_lives_with_floors_add_up() -> None:
    tally = check(LIVES, seed=0)
    assert tally.wrong == []
    happened = ("flip", "round trip", "floor raised", "floor lowered", "canceled by a floor", "left in debt")
    assert [what for what in happened if not tally.happened[what]] == []


def test_a_sale_that_forgets_the_floor_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_floor(position_e2: int, side: str, price_e4: int, count_e2: int, floor_e4: int) -> int:
        return ledger.revenue_of_fill_e6(position_e2, side, price_e4, count_e2, floor_e4 * (side == "bid"))  # type: ignore[arg-type]  # a side

    monkeypatch.setattr(executions, "revenue_of_fill_e6", without_floor)
    life = Life(0)
    with pytest.raises(AssertionError, match="no money appears or vanishes"):
        life.live()
    life.count_fills()
    assert differences(life)
