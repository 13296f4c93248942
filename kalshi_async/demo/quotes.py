"""The market maker's quotes, at most one per side. Pure state: no I/O, no clock.

A quote is kept from its create until its fills add up to its total. If it is found canceled, it
is marked as gone and kept until the reads have passed that moment: some of its fills may not
have been read yet, and a new quote on top of them could exceed the inventory limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kalshi_async import BookSide, CreatedOrder, Fill
from kalshi_async.demo.pricing import Level


@dataclass(slots=True)
class Quote:
    """One order."""

    order: CreatedOrder
    price: Decimal
    total: Decimal
    """Contracts filled and resting."""
    filled: Decimal = Decimal(0)
    """Contracts in the fills that have been read."""
    ahead: Decimal | None = None
    """Contracts ahead of it in the queue; None until they have been read."""
    gone_ms: int | None = None
    """When it was found not to rest any more; None while it rests."""

    @property
    def remaining(self) -> Decimal:
        """Contracts that rest, or fewer if some fills have not been read yet."""
        return self.total - self.filled


class Quotes:
    """The quotes of both sides."""

    def __init__(self) -> None:
        self._by_side: dict[BookSide, Quote] = {}

    def add(self, side: BookSide, quote: Quote) -> None:
        """Add a new quote. Its side must be free."""
        self._by_side[side] = quote

    def standing(self, side: BookSide) -> Quote | None:
        """Return the quote of one side, unless it is gone."""
        quote = self._by_side.get(side)
        return None if quote is None or quote.gone_ms is not None else quote

    def levels(self, side: BookSide) -> list[Level]:
        """Return the quote of one side as levels of a book."""
        quote = self.standing(side)
        return [] if quote is None else [(quote.price, quote.remaining)]

    def is_free(self, side: BookSide) -> bool:
        """Return whether a new quote may be placed on a side."""
        return side not in self._by_side

    @property
    def is_any_gone(self) -> bool:
        """Whether a quote is marked as gone."""
        return any(quote.gone_ms is not None for quote in self._by_side.values())

    def enter(self, fill: Fill) -> None:
        """Add a fill to its quote. A quote that has filled in full is removed."""
        quote = self._by_side.get(fill.book_side)
        if quote is None or quote.order.order_id != fill.order_id:
            return
        quote.filled += fill.count
        if quote.remaining <= 0:
            del self._by_side[fill.book_side]

    def place_in_queues(self, ahead: Mapping[str, Decimal]) -> None:
        """Set the queue positions, given by order id."""
        for quote in self._by_side.values():
            quote.ahead = ahead.get(quote.order.order_id)

    def mark_all_gone(self, now_ms: int) -> None:
        """Mark every quote as gone since ``now_ms``."""
        for quote in self._by_side.values():
            quote.gone_ms = now_ms if quote.gone_ms is None else quote.gone_ms

    def forget_gone(self, as_of_ms: int) -> None:
        """Remove quotes that were gone before ``as_of_ms``, the time up to which fills are read."""
        for side, quote in list(self._by_side.items()):
            if quote.gone_ms is not None and quote.gone_ms < as_of_ms:
                del self._by_side[side]
