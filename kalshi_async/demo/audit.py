"""Compare the market maker's books with the exchange's ledger, to the last decimal.

The books are computed from fills that were read through the API; the ledger is read from the
exchange itself, without the API. No amount is rounded, and no difference is tolerated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kalshi_async.demo.books import Books


@dataclass(frozen=True, slots=True)
class Ledger:
    """The exchange's record of one account in one market, in dollars and contracts."""

    cash: Decimal
    position: Decimal
    """Contracts held: above 0 of YES, below 0 of NO."""
    cost: Decimal
    """The price paid for the open position."""
    realized: Decimal
    """The profit of closed positions, before fees."""
    fees: Decimal
    fills: int
    """The number of fills."""
    resting: int
    """The number of resting orders."""
    mark: Decimal
    """The last YES price, at which the open position is valued."""

    @property
    def value(self) -> Decimal:
        """The value of the open position at ``mark``."""
        leg = self.mark if self.position >= 0 else 1 - self.mark
        return abs(self.position) * leg


@dataclass(frozen=True, slots=True)
class Row:
    """One amount from both sides."""

    name: str
    ours: Decimal
    """The amount in the market maker's books."""
    theirs: Decimal
    """The amount that the exchange has."""
    decimals: int = 6
    """The fewest decimals to print."""

    @property
    def agrees(self) -> bool:
        """Whether both amounts are equal."""
        return self.ours == self.theirs

    def shown(self, amount: Decimal) -> str:
        """Return an amount as text with all its decimals, and at least ``decimals``."""
        exponent = amount.normalize().as_tuple().exponent
        return f"{amount:,.{max(self.decimals, -exponent if isinstance(exponent, int) else 0)}f}"


def ledger_of(snapshot: Mapping[str, object], account: str, ticker: str) -> Ledger:
    """Read one account and one market from ``Exchange.snapshot``."""
    member = _table(_table(snapshot, "accounts"), account)
    orders = _table(member, "orders")
    position = _table(member, "positions").get(f"0/{ticker}")
    held = position if isinstance(position, Mapping) else {}
    mark = _table(_table(snapshot, "markets"), ticker)["last_price"]
    return Ledger(
        cash=Decimal(str(_table(member, "cash")["0/0"])),
        position=Decimal(str(held.get("position", 0))),
        cost=Decimal(str(held.get("cost", 0))),
        realized=Decimal(str(held.get("realized", 0))),
        fees=Decimal(str(held.get("fees", 0))),
        fills=int(str(member["fills"])),
        resting=sum(_table(orders, order_id)["status"] == "resting" for order_id in orders),
        mark=Decimal(0 if mark is None else str(mark)),
    )


def compare(books: Books, ledger: Ledger, balance: Decimal, mark: Decimal) -> list[Row]:
    """Return every amount from the books beside the exchange's.

    ``balance`` and ``mark`` are the cash and the last YES price as read through the API.

    The P&L of the books is summed over fills, that of the ledger follows from its cash: two
    computations of the same number.
    """
    profit = ledger.cash + ledger.value - books.starting_cash
    return [
        Row("cash", books.cash, ledger.cash),
        Row("portfolio.balance()", books.cash, balance),
        Row("position", books.position, ledger.position, decimals=2),
        Row("its cost", books.cost, ledger.cost),
        Row("realized P&L", books.realized, ledger.realized),
        Row("fees", books.fees, ledger.fees),
        Row("P&L", books.realized - books.fees + books.value(mark) - books.cost, profit),
        Row("fills", Decimal(len(books.fills)), Decimal(ledger.fills), decimals=0),
        Row("resting orders", Decimal(0), Decimal(ledger.resting), decimals=0),
    ]


def audit(books: Books, ledger: Ledger, balance: Decimal, mark: Decimal) -> list[Row]:
    """Return the rows of ``compare`` whose amounts differ."""
    return [row for row in compare(books, ledger, balance, mark) if not row.agrees]


def statement(rows: Sequence[Row]) -> list[str]:
    """Return a comparison as lines of text, with all decimals."""
    lines = [f"{'':<22}{'own books':>18}{'exchange':>18}"]
    for row in rows:
        verdict = "" if row.agrees else "   DIFFERS"
        lines.append(f"{row.name:<22}{row.shown(row.ours):>18}{row.shown(row.theirs):>18}{verdict}")
    return lines


def _table(parent: Mapping[str, object], key: str) -> Mapping[str, object]:
    table = parent[key]
    assert isinstance(table, Mapping), f"{key} of the snapshot is a table"
    return table
