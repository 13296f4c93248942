"""Direction, once and for all: buying and selling yes and no, on the one YES book.

The exchange keeps one book per market, quoted on the YES leg. The eight rows of
``ON_THE_YES_BOOK`` say what each way of asking for a trade in 2025 is there; requests
are translated by them, and orders are read back by them. Fills follow a rule of their
own: on a fill ``side`` is the outcome that was acquired, and ``action`` has no sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from kalshi_async.contract import legacy
from kalshi_async.contract.fields import Action, BookSide, OutcomeSide
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.orders import Order
from kalshi_async.errors import InvalidRequest
from kalshi_async.rules import Number, checked_price, complement

# (action, outcome, leg of the price given) -> (book side, leg that becomes the price).
# "no" means that 1 - price is the YES price. Source: docs order_direction, read 2026-11-22.
ON_THE_YES_BOOK: Mapping[tuple[str, str, str], tuple[BookSide, str]] = MappingProxyType(
    {
        ("buy", "yes", "yes"): (BookSide.BID, "yes"),
        ("buy", "yes", "no"): (BookSide.BID, "no"),
        ("sell", "no", "no"): (BookSide.BID, "no"),
        ("sell", "no", "yes"): (BookSide.BID, "yes"),
        ("buy", "no", "no"): (BookSide.ASK, "no"),
        ("buy", "no", "yes"): (BookSide.ASK, "yes"),
        ("sell", "yes", "yes"): (BookSide.ASK, "yes"),
        ("sell", "yes", "no"): (BookSide.ASK, "no"),
    }
)

_OUTCOMES = {BookSide.BID: OutcomeSide.YES, BookSide.ASK: OutcomeSide.NO}
_SIDES = {outcome: side for side, outcome in _OUTCOMES.items()}
_OTHER = {OutcomeSide.YES: OutcomeSide.NO, OutcomeSide.NO: OutcomeSide.YES}


@dataclass(frozen=True, slots=True)
class Direction:
    """Which way an order or a fill goes. ``book_side`` is all there is to know.

    In the words of 2025 it has two names, and the exchange cannot tell which was meant:
    ``opening`` buys an outcome, ``closing`` sells the other one. Both move cash and
    exposure alike, because YES and NO of one market are worth a dollar together.
    """

    book_side: BookSide

    @property
    def exposure(self) -> OutcomeSide:
        """The outcome of which one holds more afterwards (or less of the other)."""
        return _OUTCOMES[self.book_side]

    @property
    def opening(self) -> tuple[Action, OutcomeSide]:
        """Action and outcome of 2025 when nothing is held of the other outcome."""
        return Action.BUY, self.exposure

    @property
    def closing(self) -> tuple[Action, OutcomeSide]:
        """Action and outcome of 2025 when it sells what is held."""
        return Action.SELL, _OTHER[self.exposure]


def to_yes_book(
    action: str, outcome: str, *, yes_price: Number | None = None, no_price: Number | None = None
) -> tuple[BookSide, Decimal]:
    """Return side and YES price, in dollars, of a trade in the words of 2025.

    Give the price of either leg, in dollars. Raises InvalidRequest.
    """
    leg = "no" if yes_price is None else "yes"
    row = ON_THE_YES_BOOK.get((action, outcome, leg))
    if row is None:
        raise InvalidRequest(f"direction must be buy or sell, yes or no, was {action!r} {outcome!r}")
    if (yes_price is None) == (no_price is None):
        raise InvalidRequest("give exactly one of yes_price and no_price")
    side, price_leg = row
    if price_leg == "yes":
        return side, checked_price(yes_price, "yes_price")
    return side, complement(checked_price(no_price, "no_price"))


def from_yes_book(book_side: BookSide, outcome: OutcomeSide, price: Decimal) -> tuple[Action, Decimal]:
    """Return the action of 2025 on ``outcome``, and the price of that leg, of a YES-book order."""
    action = Action.BUY if outcome is _OUTCOMES[book_side] else Action.SELL
    return action, price if outcome is OutcomeSide.YES else complement(price)


def of_order(order: Order | legacy.Order) -> Direction:
    """Read the direction of an order: its book side, or the legacy pair combined.

    Raises InvalidRequest for an order that carries neither.
    """
    if isinstance(order, Order):
        return _known(order.book_side, order)
    row = ON_THE_YES_BOOK.get((order.action or "", order.side or "", "yes"))
    if row is None:
        words = f"action {order.action!r}, side {order.side!r}"
        raise InvalidRequest(f"no direction: {words} of order {order.order_id}")
    return Direction(row[0])


def of_fill(fill: Fill | legacy.Fill) -> Direction:
    """Read the direction of a fill: its book side, or the legacy ``side`` alone.

    Reading a fill as one reads an order inverts every sell. Raises InvalidRequest for a
    fill that carries neither.
    """
    if isinstance(fill, Fill):
        return _known(fill.book_side, fill)
    side = _SIDES.get(fill.side) if fill.side else None
    if side is None:
        raise InvalidRequest(f"no direction: side {fill.side!r} of fill {fill.fill_id}")
    return Direction(side)


def _known(side: BookSide, record: Order | Fill) -> Direction:
    if side not in _OUTCOMES:  # the wire's enums are open
        raise InvalidRequest(f"no direction: book side {side!r} of {record.order_id}")
    return Direction(side)
