"""The order book of one market: price-time priority on the YES leg.

Each side is a set of price levels; a level keeps its orders in arrival order. The cost of
adding, removing and finding the best does not grow with the number of orders: a level is an
``OrderedDict`` (a plain dict would walk over the gaps that executed orders leave in front),
and the prices of a side are one short sorted list with the best at its end.

The book holds orders; it knows no accounts, cash or fees.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from itertools import takewhile
from types import MappingProxyType

from kalshi_async.sandbox.engine.state import Order, Side

OPPOSITE: Mapping[Side, Side] = MappingProxyType({"bid": "ask", "ask": "bid"})


class SortedPrices:
    """Distinct prices of one side, best last: the highest bid, the lowest ask."""

    __slots__ = ("_keys", "_sign")

    def __init__(self, side: Side) -> None:
        self._sign = 1 if side == "bid" else -1
        self._keys: list[int] = []

    def add(self, price_e4: int) -> None:
        """Insert a price that is not there yet."""
        insort(self._keys, price_e4 * self._sign)

    def remove(self, price_e4: int) -> None:
        """Remove a price that is there."""
        del self._keys[bisect_left(self._keys, price_e4 * self._sign)]

    def best(self) -> int | None:
        """Return the price that trades first, or None."""
        return self._keys[-1] * self._sign if self._keys else None

    def best_first(self) -> Iterator[int]:
        """Yield the prices in the order in which they trade."""
        for key in reversed(self._keys):
            yield key * self._sign


class Level:
    """The orders at one price, oldest first, and ``count_e2``, the contracts of them all."""

    __slots__ = ("count_e2", "orders")

    def __init__(self) -> None:
        self.orders: OrderedDict[str, Order] = OrderedDict()
        self.count_e2 = 0


class BookSide:
    """All bids, or all asks, of one market."""

    __slots__ = ("levels", "prices")

    def __init__(self, side: Side) -> None:
        self.levels: dict[int, Level] = {}
        self.prices = SortedPrices(side)

    def add(self, order: Order) -> None:
        """Put an order at the back of its price."""
        level = self.levels.get(order.price_e4)
        if level is None:
            level = self.levels[order.price_e4] = Level()
            self.prices.add(order.price_e4)
        level.orders[order.order_id] = order
        level.count_e2 += order.remaining_e2

    def remove(self, order: Order) -> None:
        """Remove an order; its ``remaining_e2`` must still be the resting count."""
        level = self.levels[order.price_e4]
        del level.orders[order.order_id]
        level.count_e2 -= order.remaining_e2
        if not level.orders:
            del self.levels[order.price_e4]
            self.prices.remove(order.price_e4)

    def shrink(self, order: Order, by_e2: int) -> None:
        """Lower the resting count of an order that keeps its place; not to zero."""
        order.remaining_e2 -= by_e2
        self.levels[order.price_e4].count_e2 -= by_e2

    def first(self) -> Order | None:
        """Return the order that trades next, or None."""
        price_e4 = self.prices.best()
        if price_e4 is None:
            return None
        return next(iter(self.levels[price_e4].orders.values()))

    def in_priority(self) -> Iterator[Order]:
        """Yield the orders in the order in which they trade; the side must not change meanwhile."""
        for price_e4 in self.prices.best_first():
            yield from self.levels[price_e4].orders.values()

    def depth(self) -> list[tuple[int, int]]:
        """Return (price_e4, count_e2) of every level, best first."""
        return [(price_e4, self.levels[price_e4].count_e2) for price_e4 in self.prices.best_first()]


class Book:
    """Both sides of one market."""

    __slots__ = ("sides",)

    def __init__(self) -> None:
        self.sides: dict[Side, BookSide] = {"bid": BookSide("bid"), "ask": BookSide("ask")}

    def crosses(self, side: Side, price_e4: int) -> bool:
        """Tell whether an order on ``side`` at this limit would trade now."""
        if side == "bid":
            best_e4 = self.sides["ask"].prices.best()
            return best_e4 is not None and best_e4 <= price_e4
        best_e4 = self.sides["bid"].prices.best()
        return best_e4 is not None and best_e4 >= price_e4

    def ahead_e2(self, order: Order, *, counts_better: bool) -> int:
        """Return the contracts that rest before an order at its own price, and at better ones if counted."""
        total_e2 = 0
        if counts_better:
            levels = takewhile(lambda level: level[0] != order.price_e4, self.sides[order.side].depth())
            total_e2 = sum(count_e2 for _, count_e2 in levels)
        for order_id, other in self.sides[order.side].levels[order.price_e4].orders.items():
            if order_id == order.order_id:
                break
            total_e2 += other.remaining_e2
        return total_e2

    def resting(self) -> list[Order]:
        """Return every resting order, bids first, each side in priority."""
        return [order for side in self.sides.values() for order in side.in_priority()]
