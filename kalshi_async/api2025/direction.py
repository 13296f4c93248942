"""Read the direction of orders and fills, of the 2025 API and of the current one.

A fill of 2025 is read differently from an order: its ``side`` is the outcome that was
acquired, and its ``action`` does not change the direction.
"""

from __future__ import annotations

from dataclasses import dataclass

from kalshi_async.contract.api2025 import replies as legacy
from kalshi_async.contract.fields import Action, BookSide, OutcomeSide
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.orders import Order
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.direction import ON_THE_YES_BOOK

_OUTCOMES = {BookSide.BID: OutcomeSide.YES, BookSide.ASK: OutcomeSide.NO}
_SIDES = {outcome: side for side, outcome in _OUTCOMES.items()}
_OTHER = {OutcomeSide.YES: OutcomeSide.NO, OutcomeSide.NO: OutcomeSide.YES}


@dataclass(frozen=True, slots=True)
class Direction:
    """The direction of an order or a fill.

    The 2025 API has two names for each direction, and the exchange does not distinguish
    them: ``opening`` buys an outcome, ``closing`` sells the other one. Both change cash and
    exposure equally, because YES and NO of one market are worth a dollar together.
    """

    book_side: BookSide
    """The side on the YES book, which is the whole of the direction."""

    @property
    def exposure(self) -> OutcomeSide:
        """The outcome whose position grows (or the position of the other one shrinks)."""
        return _OUTCOMES[self.book_side]

    @property
    def opening(self) -> tuple[Action, OutcomeSide]:
        """Action and outcome of 2025 for an account that holds nothing of the other outcome."""
        return Action.BUY, self.exposure

    @property
    def closing(self) -> tuple[Action, OutcomeSide]:
        """Action and outcome of 2025 for an account that sells from its position."""
        return Action.SELL, _OTHER[self.exposure]


def of_order(order: Order | legacy.Order) -> Direction:
    """Return the direction of an order: from its book side, or from ``action`` and ``side`` of 2025.

    Raises InvalidRequest for an order that has neither.
    """
    if isinstance(order, Order):
        return _known(order.book_side, order)
    row = ON_THE_YES_BOOK.get((order.action or "", order.side or "", "yes"))
    if row is None:
        words = f"action {order.action!r}, side {order.side!r}"
        raise InvalidRequest(f"no direction: {words} of order {order.order_id}")
    return Direction(row[0])


def of_fill(fill: Fill | legacy.Fill) -> Direction:
    """Return the direction of a fill: from its book side, or from ``side`` of 2025 alone.

    With the rule for orders, every sell would be inverted. Raises InvalidRequest for a fill
    that has neither.
    """
    if isinstance(fill, Fill):
        return _known(fill.book_side, fill)
    side = _SIDES.get(fill.side) if fill.side else None
    if side is None:
        raise InvalidRequest(f"no direction: side {fill.side!r} of fill {fill.fill_id}")
    return Direction(side)


def _known(side: BookSide, record: Order | Fill) -> Direction:
    if side not in _OUTCOMES:  # an enum of a reply may hold a word that is not known here
        raise InvalidRequest(f"no direction: book side {side!r} of {record.order_id}")
    return Direction(side)
