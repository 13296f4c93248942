"""The market maker's own books, and what the audit makes of a lie."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from kalshi_async import Fill
from kalshi_async.demo.audit import Ledger, audit, compare, ledger_of, statement
from kalshi_async.demo.books import Books
from kalshi_async.demo.runner import Report
from tests.demo.fills import fill

CASH = Decimal(100)
MARK = Decimal("0.60")


def books_of(*fills: Fill) -> Books:
    books = Books(CASH)
    for each in fills:
        books.add(each)
    return books


def honest_ledger(books: Books) -> Ledger:
    return Ledger(
        cash=books.cash,
        position=books.position,
        cost=books.cost,
        realized=books.realized,
        fees=books.fees,
        fills=len(books.fills),
        resting=0,
        mark=MARK,
    )


def test_buying_and_selling_yes_earns_the_difference_less_fees() -> None:
    books = books_of(fill("bid", "10", "0.40", "0.0100"), fill("ask", "10", "0.50", "0.0100"))
    assert books.position == books.cost == 0
    assert books.realized == Decimal("1.00")
    assert books.cash == CASH + Decimal("0.98")


def test_selling_first_is_buying_no() -> None:
    """A short position ties up a dollar less the price, as NO that was bought."""
    books = books_of(fill("ask", "10", "0.70"))
    assert books.position == -10
    assert books.cost == Decimal("3.00")
    assert books.cash == CASH - 3
    assert books.value(Decimal("0.60")) == Decimal("4.00")
    assert books.profit(Decimal("0.60")) == Decimal("1.00")


def test_one_fill_may_close_a_position_and_open_the_opposite() -> None:
    books = books_of(fill("bid", "10", "0.40"), fill("ask", "15", "0.50"))
    assert books.position == -5
    assert books.realized == Decimal("1.00")
    assert books.cost == Decimal("2.50")


def test_a_partial_close_releases_the_average_cost_in_whole_millionths() -> None:
    books = books_of(fill("bid", "1", "0.41"), fill("bid", "2", "0.40"), fill("ask", "1", "0.50"))
    assert books.cost == Decimal("1.21") - Decimal("0.403333")
    assert books.realized == Decimal("0.096667")


def test_the_same_fill_twice_counts_once() -> None:
    """Every poll reads some fills again."""
    once = fill("bid", "10", "0.40")
    books = Books(CASH)
    assert books.add(once)
    assert not books.add(once)
    assert books.position == books.bought == 10


@given(
    st.lists(
        st.builds(
            fill,
            st.sampled_from(["bid", "ask"]),
            st.integers(1, 5_000).map(lambda number: str(Decimal(number) / 100)),
            st.integers(1, 9_999).map(lambda number: str(Decimal(number) / 10_000)),
            st.integers(0, 900).map(lambda number: str(Decimal(number) / 10_000)),
        ),
        max_size=30,
    )
)
def test_profit_from_cash_is_profit_from_cost(fills: list[Fill]) -> None:
    """Two ways to one number, exact whatever the rounding of the average cost."""
    books = books_of(*fills)
    unrealized = books.value(MARK) - books.cost
    assert books.profit(MARK) == books.realized + unrealized - books.fees
    assert books.position == books.bought - books.sold


def test_honest_books_agree() -> None:
    books = books_of(fill("bid", "10", "0.40", "0.0421"))
    assert audit(books, honest_ledger(books), books.cash, MARK) == []


@pytest.mark.parametrize(
    ("field", "lie", "found"),
    [
        ("cash", Decimal("0.0001"), {"cash", "P&L"}),
        ("position", Decimal("-0.01"), {"position", "P&L"}),
        ("cost", Decimal("0.000001"), {"its cost"}),
        ("realized", Decimal("0.000001"), {"realized P&L"}),
        ("fees", Decimal("-0.0001"), {"fees"}),
        ("fills", 1, {"fills"}),
        ("resting", 1, {"resting orders"}),
    ],
)
def test_the_smallest_lie_is_found_and_costs_the_exit_code(
    field: str, lie: Decimal | int, found: set[str]
) -> None:
    books = books_of(fill("bid", "10", "0.40", "0.0421"))
    honest = honest_ledger(books)
    ledger = replace(honest, **{field: getattr(honest, field) + lie})
    assert {row.name for row in audit(books, ledger, books.cash, MARK)} == found
    report = Report(compare(books, ledger, books.cash, MARK), ["summary"])
    assert report.exit_code == 1
    assert "DOES NOT AGREE" in report.lines()[-1]


def test_a_balance_that_is_off_by_the_last_decimal_is_found() -> None:
    books = books_of(fill("bid", "10", "0.40"))
    rows = audit(books, honest_ledger(books), books.cash + Decimal("0.0001"), MARK)
    assert [row.name for row in rows] == ["portfolio.balance()"]


def test_the_ledger_of_an_account_that_never_traded_is_empty() -> None:
    snapshot = {
        "accounts": {"me": {"cash": {"0/0": "5.000000"}, "positions": {}, "orders": {}, "fills": 0}},
        "markets": {"KX-A": {"last_price": None}},
    }
    ledger = ledger_of(snapshot, "me", "KX-A")
    assert ledger == Ledger(Decimal(5), Decimal(0), Decimal(0), Decimal(0), Decimal(0), 0, 0, Decimal(0))


def test_the_statement_hides_no_decimal() -> None:
    """Two amounts that differ must not look the same."""
    books = books_of(fill("bid", "10", "0.40"))
    ledger = replace(honest_ledger(books), cash=books.cash + Decimal("0.0000001"))
    lines = statement(compare(books, ledger, books.cash, MARK))
    cash = next(line for line in lines if line.startswith("cash"))
    assert cash.split() == ["cash", "96.000000", "96.0000001", "DIFFERS"]
