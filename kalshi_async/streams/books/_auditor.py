"""Compares live books with those that REST answers. Pure: the reading is done by ``Books``.

A mismatch alone says little: the read side lags, and books move while a read is under way. So a book
is compared only if nothing has changed it from ``LAG_MS`` before the read to the answer, and it is
wrong only if two such comparisons in a row differ.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kalshi_async.contract.fields import BookSide
from kalshi_async.contract.markets import OrderBookLevels
from kalshi_async.streams.books.book import Book

LAG_MS = 5_000
"""How old a change must be to be in a read (ours; the read side of the exchange lags about 400 ms)."""

AUDITED_TOGETHER = 100
"""Markets in one read. GET /markets/orderbooks, OpenAPI of 2026-10-26."""


class Auditor:
    """Owner of what differed in the last comparison of each book."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[int | None, int | None]] = {}
        self._differed: set[str] = set()

    def asks(self, books: Collection[Book], now_ms: int) -> list[str]:
        """Return the markets to read now: those whose books have rested long enough."""
        rested = [book for book in books if book.is_current and (book.received_ms or 0) <= now_ms - LAG_MS]
        self._asked = {book.ticker: _mark(book) for book in rested}
        return list(self._asked)

    def found(self, read: Mapping[str, OrderBookLevels], books: Mapping[str, Book]) -> list[str]:
        """Return the markets whose books are wrong."""
        wrong = []
        for ticker, levels in read.items():
            book = books.get(ticker)
            has_rested = book is not None and book.is_current and self._asked.get(ticker) == _mark(book)
            if book is None or not has_rested or _is_same(book.levels(), levels):
                self._differed.discard(ticker)
            elif ticker in self._differed:
                self._differed.discard(ticker)
                wrong.append(ticker)
            else:
                self._differed.add(ticker)
        return wrong


def _mark(book: Book) -> tuple[int | None, int | None]:
    return book.clock, book.received_ms


def _is_same(one: OrderBookLevels, other: OrderBookLevels) -> bool:
    return all(one.depth(side) == other.depth(side) for side in BookSide)
