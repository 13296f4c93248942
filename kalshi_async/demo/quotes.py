"""The own quotes as far as is known, at most one per side. Pure state: no I/O, no clock.

A quote lives from its create until its fills add up to its total, or until it is found
gone and the reads have passed that moment. In between it is *gone*: nothing rests, but
fills of it may still be unread, so nothing may take its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kalshi_async import BookSide, CreatedOrder, Fill
from kalshi_async.demo.pricing import Level


@dataclass(slots=True)
class Quote:
    """One order. ``filled`` lags, like everything that is read; ``ahead`` is its queue."""

    order: CreatedOrder
    price: Decimal
    total: Decimal
    filled: Decimal = Decimal(0)
    ahead: Decimal | None = None
    gone_ms: int | None = None

    @property
    def remaining(self) -> Decimal:
        """Contracts that rest, unless fills are under way."""
        return self.total - self.filled


class Quotes:
    """Owner of the quotes."""

    def __init__(self) -> None:
        self._by_side: dict[BookSide, Quote] = {}

    def add(self, side: BookSide, quote: Quote) -> None:
        """Keep a new quote; the side must be free."""
        self._by_side[side] = quote

    def standing(self, side: BookSide) -> Quote | None:
        """Return the quote of one side, unless it is gone."""
        quote = self._by_side.get(side)
        return None if quote is None or quote.gone_ms is not None else quote

    def levels(self, side: BookSide) -> list[Level]:
        """Return what stands on one side, as levels of a book."""
        quote = self.standing(side)
        return [] if quote is None else [(quote.price, quote.remaining)]

    def is_free(self, side: BookSide) -> bool:
        """Return whether a new quote may be placed."""
        return side not in self._by_side

    @property
    def is_any_gone(self) -> bool:
        """Whether a quote waits to be forgotten."""
        return any(quote.gone_ms is not None for quote in self._by_side.values())

    def enter(self, fill: Fill) -> None:
        """Count a fill towards its quote; a quote that is filled up ends here."""
        quote = self._by_side.get(fill.book_side)
        if quote is None or quote.order.order_id != fill.order_id:
            return
        quote.filled += fill.count
        if quote.remaining <= 0:
            del self._by_side[fill.book_side]

    def place_in_queues(self, ahead: Mapping[str, Decimal]) -> None:
        """Take over the queue positions, by order id."""
        for quote in self._by_side.values():
            quote.ahead = ahead.get(quote.order.order_id)

    def lose_all(self, now_ms: int) -> None:
        """Mark every quote as gone."""
        for quote in self._by_side.values():
            quote.gone_ms = now_ms if quote.gone_ms is None else quote.gone_ms

    def forget_gone(self, as_of_ms: int) -> None:
        """Forget quotes that were gone before ``as_of_ms``, up to which all fills are in."""
        for side, quote in list(self._by_side.items()):
            if quote.gone_ms is not None and quote.gone_ms < as_of_ms:
                del self._by_side[side]
