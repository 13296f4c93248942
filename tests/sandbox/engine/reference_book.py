"""Matching written the slow and obvious way, to check the fast one against.

One list of resting orders; an incoming order looks for the best of them, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

Match = tuple[str, int, int]


@dataclass
class Resting:
    name: str
    user: str
    side: str
    price: int
    count: int


class ReferenceBook:
    """Price-time priority and self-trade prevention over a plain list."""

    def __init__(self) -> None:
        self.resting: list[Resting] = []

    def arrive(self, incoming: Resting, *, may_rest: bool, cancels_maker: bool) -> list[Match]:
        """Return (maker, price, count) of every match; what is left rests if it may."""
        matches: list[Match] = []
        while incoming.count and (maker := self._best_against(incoming)) is not None:
            if maker.user == incoming.user:
                if not cancels_maker:
                    return matches
                self.resting.remove(maker)
                continue
            count = min(maker.count, incoming.count)
            matches.append((maker.name, maker.price, count))
            maker.count -= count
            incoming.count -= count
            if not maker.count:
                self.resting.remove(maker)
        if incoming.count and may_rest:
            self.resting.append(incoming)
        return matches

    def find(self, name: str) -> Resting:
        return next(order for order in self.resting if order.name == name)

    def _best_against(self, incoming: Resting) -> Resting | None:
        sign = 1 if incoming.side == "bid" else -1
        crossing = [
            order
            for order in self.resting
            if order.side != incoming.side and sign * order.price <= sign * incoming.price
        ]
        # min() returns the first of equals, and the list is in order of arrival.
        return min(crossing, key=lambda order: sign * order.price, default=None)
