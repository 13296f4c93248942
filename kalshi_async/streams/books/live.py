"""The books of many markets, kept by the stream: entered, read and iterated by the program."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from random import Random
from typing import Self, TypeAlias

from kalshi_async.contract.frames.market_data import MarketChange, MarketEvent
from kalshi_async.contract.markets import OrderBookLevels
from kalshi_async.errors import BookNotCurrent, InvalidRequest, KalshiError
from kalshi_async.requests.validation import checked_seconds, checked_ticker
from kalshi_async.streams.book_feed import BookFeed, Leg
from kalshi_async.streams.books._auditor import AUDITED_TOGETHER, Auditor
from kalshi_async.streams.books.book import Book
from kalshi_async.streams.books.keeper import Kept
from kalshi_async.streams.events import GapReason
from kalshi_async.streams.lifecycle import Lifecycle

_log = logging.getLogger("kalshi_async.streams")

Audit: TypeAlias = Callable[[Sequence[str]], Awaitable[Mapping[str, OrderBookLevels]]]
"""Reads the books of up to 100 markets by REST, and returns them by ticker."""

ENTER_S = 5.0
"""Seconds to wait for the snapshots when books are entered (ours)."""

_PAUSES = {MarketChange.ACTIVATED: False, MarketChange.DEACTIVATED: True}
_ENDS = (MarketChange.DETERMINED, MarketChange.SETTLED)


class Books:
    """Live books by ticker; use ``async with``, see ``Stream.books``.

        async with session.stream() as stream, stream.books([ticker]) as books:
            book = books[ticker]
            print(book.best_bid, book.best_ask, book.cost("bid", 100))
            async for book in books:       # whichever has changed; the newest state of each
                print(book.ticker, book.depth("bid", 5) if book.is_current else book.gap)

    Entering waits up to 5 s for the snapshots, and goes on without those that have not come: their
    books are not current. The iteration yields a book also when it ceases to be current, and never
    ends by itself; it is for one task. Books may be read by any task, also inside others. Raises
    SubscriptionRefused if the exchange refuses every market, and what ended the stream.
    """

    def __init__(
        self,
        legs: Sequence[Leg],
        lifecycle: Lifecycle,
        tickers: Collection[str],
        now_ms: Callable[[], int],
        random: Random,
        *,
        audit: Audit | None = None,
        audit_every_s: float = 60.0,
    ) -> None:
        self.enter_s = ENTER_S
        """Seconds that entering waits for the snapshots."""
        self._now_ms = now_ms
        self._feeds = tuple(
            BookFeed(leg, now_ms, random, changed=self._on_changed, ended=self.end) for leg in legs
        )
        self._lifecycle = lifecycle
        self._audit, self._audit_every_s = audit, checked_seconds("audit_every_s", audit_every_s)
        self._auditing: asyncio.Task[None] | None = None
        self._books: dict[str, Book] = {}
        self._changed: deque[Book] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._snapshot_came = asyncio.Event()
        self._ending: BaseException | None = None
        self._has_entered = self._has_left = False
        self._add(tickers)

    async def __aenter__(self) -> Self:
        if self._has_entered:
            raise InvalidRequest("these books were entered before: ask the stream for others")
        self._has_entered = True
        try:
            self._lifecycle.start(self._on_market, self._on_missed)
            for feed in self._feeds:
                feed.start()
            await self.current(self.enter_s)
        except BookNotCurrent:
            pass  # the books say so themselves
        except BaseException:  # __aexit__ is not called if __aenter__ fails or is canceled
            self._leave()
            raise
        if self._audit is not None:
            self._auditing = asyncio.create_task(self._audited(self._audit), name="kalshi_async audit")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    # Markets.

    def __getitem__(self, ticker: str) -> Book:
        book = self._books.get(ticker)
        if book is None:
            raise InvalidRequest(f"no book of {ticker!r} is kept: books.add({ticker!r}) first")
        return book

    def __contains__(self, ticker: object) -> bool:
        return ticker in self._books

    def __len__(self) -> int:
        return len(self._books)

    def tickers(self) -> Iterator[str]:
        """Return the tickers of the books."""
        return iter(tuple(self._books))

    def add(self, tickers: Collection[str] | str) -> None:
        """Keep more books; they are current when their snapshots have come, see ``current``."""
        self._check_open()
        self._add([checked_ticker(ticker) for ticker in _named(tickers)])

    def remove(self, tickers: Collection[str] | str) -> None:
        """Keep some books no longer; whoever holds one sees that it is not current."""
        self._check_open()
        gone = [ticker for ticker in _named(tickers) if self._books.pop(ticker, None) is not None]
        for feed in self._feeds:
            feed.remove(gone)

    async def current(self, within_s: float = 5.0) -> None:
        """Wait until every book is current.

        Raises BookNotCurrent for the first that is not within ``within_s`` seconds, at once if the
        exchange has refused it, and what ended the stream.
        """
        try:
            async with asyncio.timeout(checked_seconds("within_s", within_s, zero=True)):
                while (stale := self._first_stale()) is not None:
                    if self._ending is not None:
                        raise self._ending
                    if stale.gap is not None and stale.gap.reason is GapReason.REFUSED:
                        break
                    await self._snapshot_came.wait()
        except TimeoutError:
            stale = self._first_stale()
        if stale is not None:
            stale.levels()

    # Changes.

    def __aiter__(self) -> AsyncIterator[Book]:
        self._check_open()
        return self

    async def __anext__(self) -> Book:
        """Return a book that has changed since it was returned last; wait for one."""
        while not self._changed:
            if self._ending is not None:
                raise self._ending
            self._check_open()
            await self._wait()
        book = self._changed.popleft()
        book.is_waiting = False
        return book

    @property
    def is_awaited(self) -> bool:
        """Whether a task waits for a book that changes."""
        return self._waiter is not None

    async def _wait(self) -> None:
        if self._waiter is not None:
            raise InvalidRequest("two tasks iterate over the same books: let one hand them on")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _on_changed(self, kept: Kept) -> None:
        book = self._books.get(kept.ticker)
        if book is None:
            return
        if kept.ladder.is_fresh or kept.gap is not None:
            self._snapshot_came.set()
            self._snapshot_came = asyncio.Event()
            if len(self._feeds) > 1:
                self._compare(kept)
        if len(self._feeds) == 1 or book.has_moved():
            self._show(book)

    def _show(self, book: Book) -> None:
        if not book.is_waiting:
            book.is_waiting = True
            self._changed.append(book)
        self._wake()

    def _compare(self, kept: Kept) -> None:
        """Ask anew for the books of other connections that seem to be ahead of a snapshot.

        The exchange may count anew: the greater clock would be of the past for ever.
        """
        clock = kept.ladder.clock
        if kept.gap is not None or kept.was_checked or clock is None:
            return
        for feed in self._feeds:
            other = feed.keeper.books.get(kept.ticker)
            if other is not None and other.gap is None and (other.ladder.clock or 0) > clock:
                feed.check(kept.ticker)

    def end(self, error: BaseException) -> None:
        """End the iteration with an error; what the books are stays as it is."""
        self._ending = self._ending or error
        self._snapshot_came.set()
        self._wake()

    def _on_market(self, event: MarketEvent) -> None:
        book = self._books.get(event.market_ticker)
        if book is None:
            return
        if event.event_type in _PAUSES:
            book.pause(_PAUSES[event.event_type])
        elif event.event_type in _ENDS:
            book.close_at(0)
        elif event.close_ts is not None:
            book.close_at(event.close_ts * 1000)
        self._show(book)

    def _on_missed(self) -> None:
        # The end of a pause may have been missed. A market that counts as open refuses orders at worst.
        for book in self._books.values():
            book.pause(False)

    # The rest.

    def _add(self, tickers: Collection[str] | str) -> None:
        added = [ticker for ticker in dict.fromkeys(_named(tickers)) if ticker not in self._books]
        for feed in self._feeds:
            feed.add(added)
        for ticker in added:
            kept = [feed.keeper.books[ticker] for feed in self._feeds]
            self._books[ticker] = Book(ticker, kept, self._now_ms)
        self._lifecycle.cover(added)

    def _first_stale(self) -> Book | None:
        return next((book for book in self._books.values() if not book.is_current), None)

    def _check_open(self) -> None:
        if not self._has_entered or self._has_left:
            raise InvalidRequest("enter the books first: async with stream.books([…]) as books")

    def _leave(self) -> None:
        self._has_left = True
        if self._auditing is not None:
            self._auditing.cancel()
        self._lifecycle.stop()
        for feed in self._feeds:
            feed.stop()
        self._wake()

    async def _audited(self, audit: Audit) -> None:
        auditor = Auditor()
        while True:
            await asyncio.sleep(self._audit_every_s)
            asked = auditor.asks(self._books.values(), self._now_ms())
            for start in range(0, len(asked), AUDITED_TOGETHER):
                part = asked[start : start + AUDITED_TOGETHER]
                try:
                    read = await audit(part)
                except KalshiError as error:
                    _log.warning("an audit of books failed: %s", error)
                    continue
                except Exception as error:  # the program's own function: its books end with it
                    self.end(error)
                    return
                for ticker in auditor.found(read, self._books):
                    _log.error("the book of %s differs from the one read by REST", ticker)
                    for feed in self._feeds:
                        feed.doubt(ticker, GapReason.AUDIT)


def _named(tickers: Collection[str] | str) -> Collection[str]:
    return (tickers,) if isinstance(tickers, str) else tickers
