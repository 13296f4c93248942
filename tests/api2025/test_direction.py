"""Direction: eight rows, there and back, for every price on every grid."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given, strategies as st

from kalshi_async import BookSide, CreateOrder, InvalidRequest, OutcomeSide
from kalshi_async.api2025 import direction, requests as legacy
from kalshi_async.contract.fields import Action
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.orders import Order
from kalshi_async.requests.direction import ON_THE_YES_BOOK, to_yes_book
from kalshi_async.sandbox.api2025.bodies import BOOK_SIDES
from kalshi_async.sandbox.markets.grid import STRUCTURES, is_tradable

Word = Literal["buy", "sell"]
Leg = Literal["yes", "no"]

# Contract §4.1, row by row: action, outcome, leg of the price, cents -> side, YES price, gains.
EIGHT_ROWS = [
    ("buy", "yes", "yes", 44, "bid", "0.44", "yes"),
    ("buy", "yes", "no", 56, "bid", "0.44", "yes"),
    ("sell", "no", "no", 56, "bid", "0.44", "yes"),
    ("sell", "no", "yes", 44, "bid", "0.44", "yes"),
    ("buy", "no", "no", 56, "ask", "0.44", "no"),
    ("buy", "no", "yes", 44, "ask", "0.44", "no"),
    ("sell", "yes", "yes", 44, "ask", "0.44", "no"),
    ("sell", "yes", "no", 56, "ask", "0.44", "no"),
]

GRID_PRICES = sorted(
    {
        price_e4
        for ranges in STRUCTURES.values()
        for price_e4 in range(1, 10_000)
        if is_tradable(ranges, price_e4)
    }
)
prices = st.sampled_from(GRID_PRICES).map(lambda price_e4: Decimal(price_e4) / 10_000)
actions = st.sampled_from(["buy", "sell"])
legs = st.sampled_from(["yes", "no"])


@pytest.mark.parametrize(("action", "outcome", "leg", "cents", "side", "price", "gains"), EIGHT_ROWS)
def test_the_eight_rows(
    action: Word, outcome: Leg, leg: Leg, cents: int, side: str, price: str, gains: str
) -> None:
    made = CreateOrder.from_direction(action, outcome, "T", 1, **{f"{leg}_price": Decimal(cents) / 100})
    assert (made.side, made.price) == (side, Decimal(price))
    old = legacy.Order(order_id="o", action=Action(action), side=OutcomeSide(outcome))
    assert direction.of_order(old).book_side == side
    assert direction.of_order(old).exposure == gains


def test_the_table_has_these_rows_and_no_others() -> None:
    assert len(ON_THE_YES_BOOK) == len(EIGHT_ROWS)
    assert {row[:3] for row in EIGHT_ROWS} == set(ON_THE_YES_BOOK)


def test_the_exchange_wrote_the_same_table_apart() -> None:
    for (action, outcome, _), (side, _) in ON_THE_YES_BOOK.items():
        assert BOOK_SIDES[action, outcome] == side


def normalized(action: str, outcome: str, leg_price: Decimal) -> tuple[Decimal, Decimal]:
    """Cash and YES exposure of one contract, with NO written as a dollar minus YES."""
    sign = 1 if action == "buy" else -1
    if outcome == "yes":
        return -sign * leg_price, Decimal(sign)
    # +1 NO is worth $1 - YES: a dollar of cash and one YES less.
    return sign * (1 - leg_price), Decimal(-sign)


def on_the_book(side: BookSide, price: Decimal) -> tuple[Decimal, Decimal]:
    """The same of one contract traded on the YES book."""
    return (-price, Decimal(1)) if side is BookSide.BID else (price, Decimal(-1))


@given(action=actions, outcome=legs, leg=legs, price=prices)
def test_a_translation_keeps_cash_and_exposure(action: Word, outcome: Leg, leg: Leg, price: Decimal) -> None:
    side, yes_price = to_yes_book(action, outcome, **{f"{leg}_price": price})
    of_the_outcome = price if leg == outcome else 1 - price
    assert on_the_book(side, yes_price) == normalized(action, outcome, of_the_outcome)


@given(side=st.sampled_from(list(BookSide)))
def test_an_order_of_today_reads_by_its_book_side_whatever_the_old_pair_says(side: BookSide) -> None:
    for old_side in OutcomeSide:
        for action in Action:
            read = direction.of_order(order(side, old_side, action))
            assert read == direction.Direction(side)
            assert read.opening == ("buy", "yes" if side is BookSide.BID else "no")


def test_a_fill_is_read_by_its_side_alone() -> None:
    # A fill "sell yes" is long YES: read as an order is read, every sell would be inverted.
    for action in Action:
        for side, wanted in ((OutcomeSide.YES, "bid"), (OutcomeSide.NO, "ask")):
            assert direction.of_fill(legacy.Fill(side=side, action=action)).book_side == wanted
            assert direction.of_fill(fill(BookSide(wanted), side, action)).book_side == wanted


@pytest.mark.parametrize(
    "record",
    [
        legacy.Order(order_id="o", side=OutcomeSide.YES),
        legacy.Order(order_id="o", action=Action("hold"), side=OutcomeSide.YES),
        legacy.Fill(fill_id="f", action=Action.BUY),
        legacy.Fill(fill_id="f", side=OutcomeSide("maybe")),
    ],
)
def test_no_direction_is_guessed(record: legacy.Order | legacy.Fill) -> None:
    read = direction.of_order if isinstance(record, legacy.Order) else direction.of_fill
    with pytest.raises(InvalidRequest, match="no direction"):
        read(record)  # type: ignore[arg-type]  # the union follows the function


def test_a_book_side_that_nobody_knows_is_no_direction() -> None:
    with pytest.raises(InvalidRequest, match=r"no direction: book side .*middle"):
        direction.of_order(order(BookSide("middle"), OutcomeSide.YES, Action.BUY))


def order(side: BookSide, old_side: OutcomeSide, action: Action) -> Order:
    zero = Decimal(0)
    return Order(
        order_id="o",
        ticker="T",
        book_side=side,
        outcome_side=OutcomeSide.YES,
        status="resting",  # type: ignore[arg-type]  # any word
        yes_price=zero,
        no_price=zero,
        initial_count=zero,
        fill_count=zero,
        remaining_count=zero,
        taker_fill_cost=zero,
        maker_fill_cost=zero,
        taker_fees=zero,
        maker_fees=zero,
        side=old_side,
        action=action,
    )


def fill(side: BookSide, old_side: OutcomeSide, action: Action) -> Fill:
    return Fill(
        fill_id="f",
        order_id="o",
        ticker="T",
        book_side=side,
        outcome_side=old_side,
        count=Decimal(1),
        yes_price=Decimal("0.44"),
        no_price=Decimal("0.56"),
        is_taker=True,
        fee_cost=Decimal(0),
        side=old_side,
        action=action,
    )
