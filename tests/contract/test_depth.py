"""Reading an order book: levels, costs, and the book without own orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from kalshi_async import InvalidRequest, OrderBookLevels
from kalshi_async.contract.depth import BookCost, Level
from kalshi_async.contract.fields import BookSide

D = Decimal
BOOK = OrderBookLevels(
    yes=[(D("0.30"), D(5)), (D("0.40"), D("2.50"))], no=[(D("0.40"), D(7)), (D("0.45"), D(3))]
)


class Own(msgspec.Struct):
    book_side: BookSide
    yes_price: Decimal
    remaining_count: Decimal
    ticker: str = "A"


def test_levels_are_told_best_first_on_the_yes_leg() -> None:
    assert BOOK.depth("bid") == [(D("0.40"), D("2.50")), (D("0.30"), D(5))]
    assert BOOK.depth(BookSide.ASK) == [Level(D("0.55"), D(3)), Level(D("0.60"), D(7))]
    assert BOOK.depth("ask", 1) == [Level(D("0.55"), D(3))]
    assert OrderBookLevels().depth("bid") == OrderBookLevels().depth("ask") == []


@pytest.mark.parametrize(
    ("side", "count", "cost"),
    [
        ("bid", 2, BookCost(D(2), D("1.10"), D("0.55"))),
        ("bid", "3.5", BookCost(D("3.5"), D("1.95"), D("0.60"))),
        ("bid", 100, BookCost(D(10), D("5.85"), D("0.60"))),
        ("ask", D(3), BookCost(D(3), D("1.15"), D("0.30"))),
    ],
)
def test_a_cost_is_that_of_the_levels_that_would_be_taken(side: str, count: Any, cost: BookCost) -> None:
    assert BOOK.cost(side, count) == cost
    assert cost.average_price == cost.dollars / cost.count


def test_an_empty_side_costs_nothing_and_has_no_price() -> None:
    cost = OrderBookLevels().cost("bid", 1)
    assert (cost, cost.average_price) == (BookCost(D(0), D(0), None), None)


def test_orders_are_taken_out_at_their_prices() -> None:
    orders = [
        Own(BookSide.BID, D("0.40"), D("2.5")),
        Own(BookSide.BID, D("0.3000"), D(1)),
        Own(BookSide.BID, D("0.30"), D(1)),
        Own(BookSide.ASK, D("0.55"), D(9)),  # more than there is: the book is older or newer
        Own(BookSide.ASK, D("0.90"), D(1)),
    ]
    assert BOOK.without(orders) == OrderBookLevels(yes=[(D("0.30"), D(3))], no=[(D("0.40"), D(7))])
    assert BOOK.without([]) == BOOK


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        (lambda: BOOK.depth("yes"), "side must be 'bid' or 'ask', was 'yes'"),
        (lambda: BOOK.depth("bid", 0), "n must be a whole number of levels, 1 or more, was 0"),
        (lambda: BOOK.depth("bid", True), "n must be a whole number"),
        (lambda: BOOK.depth("bid", 1.5), "n must be a whole number"),  # type: ignore[arg-type]  # on purpose
        (lambda: BOOK.cost("bid", 0), "count must be above 0, was 0"),
        (lambda: BOOK.cost("bid", D("NaN")), "count must be above 0"),
        (lambda: BOOK.cost("bid", "1e3"), "count must be a plain decimal number, was '1e3'"),
        (lambda: BOOK.cost("bid", True), "count must be a Decimal, an int or a str"),
        (lambda: BOOK.cost("bid", 1.0), "count must be a Decimal, an int or a str"),  # type: ignore[arg-type]  # on purpose
    ],
)
def test_what_cannot_be_meant_is_refused(call: Any, rule: str) -> None:
    with pytest.raises(InvalidRequest, match=rule):
        call()
