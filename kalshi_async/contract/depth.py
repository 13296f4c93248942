"""Reading an order book: its levels from the best one on, what taking contracts costs, and own orders.

Shared by the book that REST answers (``OrderBookLevels``) and by the live one (``streams.books.Book``).
Prices are dollars on the YES leg. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeAlias

from kalshi_async.contract.fields import EXACT, PLAIN_DECIMAL, BookSide
from kalshi_async.contract.root_error import InvalidRequest
from kalshi_async.contract.subject import shown

Side: TypeAlias = BookSide | str
"""``bid`` or ``ask``."""


class Level(NamedTuple):
    """A level of a book."""

    price: Decimal
    """Price in dollars on the YES leg."""
    contracts: Decimal
    """Contracts that rest there, to a hundredth."""


class RestingOrder(Protocol):
    """An order as a read or a stream shows it."""

    @property
    def ticker(self) -> str:
        """Ticker of the market."""
        ...

    @property
    def book_side(self) -> BookSide:
        """Direction on the YES book."""
        ...

    @property
    def yes_price(self) -> Decimal:
        """Limit price on the YES leg, in dollars."""
        ...

    @property
    def remaining_count(self) -> Decimal:
        """Contracts that rest; 0 once it has ended."""
        ...


@dataclass(frozen=True, slots=True)
class BookCost:
    """What an order that takes contracts from a book would pay or receive, without fees."""

    count: Decimal
    """Contracts that the book holds for it: what was asked for, or less."""
    dollars: Decimal
    """Sum of YES price times contracts: paid by a bid, received by an ask."""
    worst_price: Decimal | None
    """Price of the last level that it reaches, in dollars; None for an empty side."""

    @property
    def average_price(self) -> Decimal | None:
        """Dollars per contract, to at most 28 digits; None for an empty side."""
        return self.dollars / self.count if self.count else None


def checked_side(side: Side) -> BookSide:
    """Return a side of the book; refuse any other word."""
    if side not in ("bid", "ask"):
        raise InvalidRequest(f"side must be 'bid' or 'ask', was {shown(side)}")
    return BookSide(side)


def opposite(side: Side) -> BookSide:
    """Return the side from which an order takes."""
    return BookSide.ASK if checked_side(side) is BookSide.BID else BookSide.BID


def checked_levels(n: int | None) -> int | None:
    """Return a number of levels; None for all."""
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        raise InvalidRequest(f"n must be a whole number of levels, 1 or more, was {shown(n)}")
    return n


def cost_of(levels: Iterable[Level], count: Decimal | int | str) -> BookCost:
    """Add up the levels, best first, that an order of ``count`` contracts would take."""
    wanted = missing = _contracts(count)
    dollars, worst = Decimal(0), None
    for price, there in levels:
        taken = min(there, missing)
        dollars = EXACT.add(dollars, EXACT.multiply(price, taken))
        missing, worst = EXACT.subtract(missing, taken), price
        if not missing:
            break
    return BookCost(EXACT.subtract(wanted, missing), dollars, worst)


def less_orders(levels: Iterable[Level], side: Side, orders: Iterable[RestingOrder]) -> list[Level]:
    """Take orders out of the levels of a side; a level that holds less than they say is gone."""
    own: dict[Decimal, Decimal] = {}
    for order in orders:
        if order.book_side == side:
            own[order.yes_price] = EXACT.add(own.get(order.yes_price, Decimal(0)), order.remaining_count)
    rest = (Level(price, EXACT.subtract(count, own.get(price, Decimal(0)))) for price, count in levels)
    return [level for level in rest if level.contracts > 0]


def _contracts(count: Decimal | int | str) -> Decimal:
    if isinstance(count, bool) or not isinstance(count, (Decimal, int, str)):
        raise InvalidRequest(f"count must be a Decimal, an int or a str, was {shown(count)}")
    if isinstance(count, str) and not PLAIN_DECIMAL.fullmatch(count):
        raise InvalidRequest(f"count must be a plain decimal number, was {shown(count)}")
    amount = Decimal(count)
    if not (amount.is_finite() and amount > 0):
        raise InvalidRequest(f"count must be above 0, was {shown(count)}")
    return amount
