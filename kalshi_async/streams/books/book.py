"""A live book as a program reads it: current, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from kalshi_async.contract.depth import (
    BookCost,
    Level,
    RestingOrder,
    Side,
    checked_levels,
    checked_side,
    cost_of,
    less_orders,
    opposite,
)
from kalshi_async.contract.fields import BookSide
from kalshi_async.contract.markets import OrderBookLevels, levels_of
from kalshi_async.errors import BookNotCurrent
from kalshi_async.streams.books.keeper import Kept
from kalshi_async.streams.books.ladder import DOLLAR_E4, Ladder, contracts, dollars
from kalshi_async.streams.events import Gap


class Book:
    """The book of one market on the YES leg, as the exchange has it at ``clock``.

    Prices are dollars, counts contracts. Whatever reads them raises BookNotCurrent while the book
    may differ from the exchange's; ``last_known`` does not. With two connections the book is that of
    the connection that is further, among those that have no gap.
    """

    __slots__ = ("_close_ms", "_is_paused", "_kept", "_now_ms", "_shown_as", "is_waiting", "ticker")

    def __init__(self, ticker: str, kept: Sequence[Kept], now_ms: Callable[[], int]) -> None:
        self.ticker = ticker
        """Ticker of the market."""
        self.is_waiting = False
        """Whether it has changed since it was last iterated over."""
        self._shown_as: tuple[bool, int | None] = (False, None)
        self._kept = tuple(kept)
        self._now_ms = now_ms
        self._is_paused = False
        self._close_ms: int | None = None

    def __repr__(self) -> str:
        known = "current" if self.is_current else f"not current: {self.gap.reason if self.gap else ''}"
        return f"<Book {self.ticker} {known}, clock {self.clock}>"

    # Whether it is true.

    @property
    def is_current(self) -> bool:
        """Whether the book is the exchange's: its connection is live, and nothing is missing."""
        return self._best() is not None

    @property
    def gap(self) -> Gap | None:
        """Why the book is not current, with the frame that was wrong if it was one; None: it is."""
        return None if self.is_current else self._last().gap

    @property
    def since_ms(self) -> int:
        """Since when the book is current, or is not, in Unix milliseconds of the exchange's clock."""
        return self._shown().since_ms

    @property
    def tradable(self) -> bool:
        """Whether orders may meet: current, and not paused, closed or determined.

        By what the lifecycle channel has told since the book was added, or since a break of that
        channel: a market of which nothing was heard since then counts as open.
        """
        is_closed = self._close_ms is not None and self._now_ms() >= self._close_ms
        return self.is_current and not self._is_paused and not is_closed

    @property
    def clock(self) -> int | None:
        """The exchange's clock of the market at this book; None where frames have none."""
        return self._shown().ladder.clock

    @property
    def as_of_ms(self) -> int | None:
        """When the newest change happened, or the snapshot was sent, in Unix milliseconds by the exchange."""
        return self._shown().ladder.as_of_ms

    @property
    def received_ms(self) -> int | None:
        """When the newest frame was handled here, in Unix milliseconds of the exchange's clock."""
        return self._shown().ladder.received_ms

    # What it holds.

    @property
    def best_bid(self) -> Decimal | None:
        """Highest bid, in dollars; None without one."""
        price = self._current().best_bid
        return dollars(price) if price else None

    @property
    def best_ask(self) -> Decimal | None:
        """Lowest ask, in dollars; None without one."""
        price = self._current().best_ask
        return dollars(price) if price < DOLLAR_E4 else None

    def depth(self, side: Side, n: int | None = None) -> list[Level]:
        """Return the levels of a side, best first: ``n`` of them, or all."""
        return _side(self._current(), checked_side(side))[: checked_levels(n)]

    def cost(self, side: Side, count: Decimal | int | str) -> BookCost:
        """Return what an order would pay or receive that takes ``count`` contracts at once.

        ``side`` is the order's: a bid takes from the asks. Without fees.
        """
        return cost_of(_side(self._current(), opposite(side)), count)

    def without(self, orders: Iterable[RestingOrder]) -> OrderBookLevels:
        """Return the book without these orders: rows of ``orders.list``, or the stream's order events.

        Orders of other markets are passed over. Orders and book come by different ways: for an instant
        the book may have what the order does not say yet, or the other way round.
        """
        ladder, own = self._current(), [order for order in orders if order.ticker == self.ticker]
        return levels_of(*(less_orders(_side(ladder, side), side, own) for side in BookSide))

    def levels(self) -> OrderBookLevels:
        """Return the whole book, in the shape of ``markets.orderbook``."""
        return _levels(self._current())

    def last_known(self) -> OrderBookLevels:
        """Return the book as it was last known, also if it is not current; empty before the first time."""
        return _levels(self._shown().ladder)

    # For ``Books``.

    def pause(self, is_paused: bool) -> None:
        """Take what the lifecycle tells."""
        self._is_paused = is_paused

    def close_at(self, close_ms: int | None) -> None:
        """Take the time at which trading ends."""
        self._close_ms = close_ms

    def has_moved(self) -> bool:
        """Whether the book is another one than at the last call; for books of several connections."""
        before, self._shown_as = self._shown_as, (self.is_current, self.clock)
        return before != self._shown_as or self.clock is None

    def _current(self) -> Ladder:
        best = self._best()
        if best is None:
            last = self._last()
            reason = "" if last.gap is None else last.gap.reason.value
            message = f"the book of {self.ticker} is not current: {reason}"
            raise BookNotCurrent(message, gap_reason=reason, since_ms=last.since_ms)
        return best.ladder

    def _best(self) -> Kept | None:
        first = self._kept[0]
        if len(self._kept) == 1 or (first.gap is None and first.ladder.clock is None):
            return first if first.gap is None else None
        # A book without clock cannot be compared: it is that of the first connection, or is not current.
        known = [kept for kept in self._kept if kept.gap is None and kept.ladder.clock is not None]
        return max(known, key=lambda kept: kept.ladder.clock or 0, default=None)

    def _last(self) -> Kept:
        """Return the newest of the books that are not current."""
        return max(self._kept, key=lambda kept: (kept.since_ms, kept.ladder.received_ms or 0))

    def _shown(self) -> Kept:
        return self._best() or self._last()


def _side(ladder: Ladder, side: BookSide) -> list[Level]:
    if side is BookSide.BID:
        return [Level(dollars(price), contracts(count)) for price, count in sorted(ladder.bids.items())[::-1]]
    return [Level(dollars(price), contracts(count)) for price, count in sorted(ladder.asks.items())]


def _levels(ladder: Ladder) -> OrderBookLevels:
    return levels_of(_side(ladder, BookSide.BID), _side(ladder, BookSide.ASK))
