"""What to quote and what to do about it: pure decisions."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from kalshi_async import OrderBookLevels
from kalshi_async.demo.pricing import (
    Depth,
    Level,
    Plan,
    Step,
    Target,
    depth_of,
    fair_price,
    next_step,
    targets,
)

CENT = Decimal("0.01")
PLAN = Plan(
    size=Decimal(20), half_spread=Decimal("0.015"), skew=Decimal("0.0005"), inventory_limit=Decimal(50)
)

cents = st.integers(1, 99).map(lambda number: Decimal(number) / 100)
counts = st.integers(1, 100).map(Decimal)
levels = st.lists(st.tuples(cents, counts), max_size=3)


def level(price: str, count: int) -> Level:
    return Decimal(price), Decimal(count)


def depth(bid: str, ask: str) -> Depth:
    return Depth([level(bid, 10)], [level(ask, 10)])


def test_a_book_is_read_on_the_yes_leg_with_the_best_first() -> None:
    book = OrderBookLevels(yes=[level("0.40", 5), level("0.41", 6)], no=[level("0.55", 7), level("0.57", 8)])
    assert depth_of(book) == Depth([level("0.41", 6), level("0.40", 5)], [level("0.43", 8), level("0.45", 7)])


def test_own_contracts_do_not_count_as_the_market() -> None:
    """Or the market maker would follow its own quotes."""
    book = OrderBookLevels(yes=[level("0.40", 5), level("0.42", 20)], no=[level("0.55", 27)])
    seen = depth_of(book, own_bids=[level("0.42", 20)], own_asks=[level("0.45", 20)])
    assert seen == Depth([level("0.40", 5)], [level("0.45", 7)])


def test_an_empty_book_has_no_side() -> None:
    assert depth_of(OrderBookLevels()) == Depth([], [])


def test_the_first_fair_price_is_the_middle_and_the_next_remembers_it() -> None:
    first = fair_price(depth("0.40", "0.44"), None)
    assert first == Decimal("0.42")
    assert fair_price(depth("0.44", "0.48"), first) == Decimal("0.44")


@pytest.mark.parametrize("start", ["0.01", "0.99"])
def test_the_fair_price_arrives_where_the_market_stays(start: str) -> None:
    """A remembered half that never ends would keep a quote one tick off."""
    fair: Decimal | None = Decimal(start)
    for _ in range(20):
        fair = fair_price(depth("0.40", "0.45"), fair)
    assert fair == Decimal("0.425")


def test_a_book_with_one_side_says_nothing_new() -> None:
    one_sided = Depth([level("0.40", 10)], [])
    assert fair_price(one_sided, None) is None
    assert fair_price(one_sided, Decimal("0.5")) == Decimal("0.5")


def test_flat_quotes_stand_on_both_sides_of_the_fair_price_rounded_outwards() -> None:
    wanted = targets(Decimal("0.5"), Decimal(0), depth("0.40", "0.60"), CENT, PLAN)
    assert wanted.bid == Target(Decimal("0.48"), Decimal(20))
    assert wanted.ask == Target(Decimal("0.52"), Decimal(20))


@pytest.mark.parametrize(("inventory", "bid", "ask"), [(40, "0.46", "0.50"), (-40, "0.50", "0.54")])
def test_inventory_moves_both_quotes_against_itself(inventory: int, bid: str, ask: str) -> None:
    wanted = targets(Decimal("0.5"), Decimal(inventory), depth("0.30", "0.70"), CENT, PLAN)
    assert wanted.bid is not None
    assert wanted.ask is not None
    assert (wanted.bid.price, wanted.ask.price) == (Decimal(bid), Decimal(ask))


def test_a_full_inventory_is_only_quoted_down() -> None:
    wanted = targets(Decimal("0.5"), Decimal(50), depth("0.30", "0.70"), CENT, PLAN)
    assert wanted.bid is None
    assert wanted.ask is not None
    assert wanted.ask.count == 20


def test_a_price_at_the_end_of_the_scale_is_no_quote() -> None:
    wanted = targets(Decimal("0.01"), Decimal(0), Depth(), CENT, PLAN)
    assert wanted.bid is None
    assert wanted.ask is not None


@given(fair=cents, inventory=st.integers(-60, 60).map(Decimal), bids=levels, asks=levels)
def test_quotes_never_cross_the_market_nor_break_the_limit(
    fair: Decimal, inventory: Decimal, bids: list[Level], asks: list[Level]
) -> None:
    """Whatever the book looks like: both are post-only, and the limit is a promise."""
    shown = Depth(sorted(bids, reverse=True), sorted(asks))
    wanted = targets(fair, inventory, shown, CENT, PLAN)
    for target in filter(None, (wanted.bid, wanted.ask)):
        assert 0 < target.price < 1
        assert target.price % CENT == 0
        assert 0 < target.count <= PLAN.size
    if wanted.bid:
        assert inventory + wanted.bid.count <= PLAN.inventory_limit
        assert not asks or wanted.bid.price < shown.asks[0][0]
    if wanted.ask:
        assert inventory - wanted.ask.count >= -PLAN.inventory_limit
        assert not bids or wanted.ask.price > shown.bids[0][0]


WANTED = Target(Decimal("0.48"), Decimal(20))


@pytest.mark.parametrize(
    ("resting", "target", "step"),
    [
        (None, None, Step.NOTHING),
        (None, WANTED, Step.PLACE),
        (level("0.48", 20), None, Step.CANCEL),
        (level("0.47", 20), WANTED, Step.AMEND),
        (level("0.48", 20), WANTED, Step.NOTHING),
        (level("0.48", 10), WANTED, Step.NOTHING),  # the place in the queue is worth more
        (level("0.48", 9), WANTED, Step.AMEND),
        (level("0.48", 21), WANTED, Step.AMEND),  # never more than the limit allows
    ],
)
def test_the_next_step_of_a_quote(resting: Level | None, target: Target | None, step: Step) -> None:
    assert next_step(resting, target) is step
