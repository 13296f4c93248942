"""What happens on the exchange, told to observers while it happens.

The parts tell an event right after they have changed their state; an observer renders it at once,
because the records in it go on changing. Observers must not raise, and must not call the exchange.
Nothing is made of an event while nobody observes. This module knows no stream and no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kalshi_async.contract.frames.market_data import MarketChange
from kalshi_async.contract.frames.private import GroupChange
from kalshi_async.sandbox.engine.state import Fill, Group, Market, Order, Position


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order was placed, changed or ended, other than by a match; its ``last_update_reason`` says why."""

    order: Order


@dataclass(frozen=True, slots=True)
class Matched:
    """Two orders have met: both are filled, and both positions have moved."""

    market: Market
    taker: Order
    maker: Order
    taker_fill: Fill
    maker_fill: Fill
    taker_position: Position
    maker_position: Position


@dataclass(frozen=True, slots=True)
class LevelChanged:
    """Contracts of an order joined a price of the book, or left it (``by_e2`` below 0), unmatched."""

    order: Order
    price_e4: int
    by_e2: int


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """An order group was created, changed or deleted; of its orders nothing has changed yet."""

    group: Group
    change: GroupChange


@dataclass(frozen=True, slots=True)
class PositionSettled:
    """A position was paid out."""

    user_id: str
    position: Position


@dataclass(frozen=True, slots=True)
class MarketChanged:
    """A market was listed, paused, resumed, determined or settled, or closes at another time."""

    market: Market
    change: MarketChange


Event: TypeAlias = OrderChanged | Matched | LevelChanged | GroupChanged | PositionSettled | MarketChanged
Observer: TypeAlias = Callable[[Event], None]


class Events:
    """Hands every event to every observer, in the order of ``observe``."""

    def __init__(self) -> None:
        self._observers: tuple[Observer, ...] = ()

    def observe(self, observer: Observer) -> None:
        """Call ``observer`` with every event from now on."""
        self._observers = (*self._observers, observer)

    def order(self, order: Order) -> None:
        """Tell ``OrderChanged``."""
        if self._observers:
            self._tell(OrderChanged(order))

    def level(self, order: Order, price_e4: int, by_e2: int) -> None:
        """Tell ``LevelChanged``, unless no contracts have moved."""
        if by_e2 and self._observers:
            self._tell(LevelChanged(order, price_e4, by_e2))

    def matched(
        self, market: Market, taker: tuple[Order, Fill, Position], maker: tuple[Order, Fill, Position]
    ) -> None:
        """Tell ``Matched``."""
        if self._observers:
            self._tell(Matched(market, taker[0], maker[0], taker[1], maker[1], taker[2], maker[2]))

    def group(self, group: Group, change: GroupChange) -> None:
        """Tell ``GroupChanged``."""
        if self._observers:
            self._tell(GroupChanged(group, change))

    def settled(self, user_id: str, position: Position) -> None:
        """Tell ``PositionSettled``."""
        if self._observers:
            self._tell(PositionSettled(user_id, position))

    def market(self, market: Market, change: MarketChange) -> None:
        """Tell ``MarketChanged``."""
        if self._observers:
            self._tell(MarketChanged(market, change))

    def _tell(self, event: Event) -> None:
        for observer in self._observers:
            observer(event)
