"""Read the direction of orders and fills, in the words of 2025 and of today.

Fills follow a rule of their own: on a fill ``side`` is the outcome that was acquired,
and ``action`` has no sign.
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
