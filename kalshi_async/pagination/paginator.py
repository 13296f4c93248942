"""Lists of any length: items, pages, or everything, and a cursor to go on from.

A ``Paginator`` reads as it is iterated and holds one page at a time. It stops at the
first empty cursor, refuses one that it has seen, and follows an empty page with a
fresh cursor a bounded number of times. Every error carries the cursor to resume from,
and the rows that ``collect`` had gathered.

    async for fill in session.fills.list(ticker=ticker):    # row by row, newest first
        print(fill.count, fill.yes_price)
    async for page in session.fills.list(limit=1000).pages():
        print(len(page.rows), page.cursor)                  # where the next one begins
    newest = await session.orders.list().first()            # or None
    hundred = await session.orders.list(status="resting").collect(100)

Nothing is asked before the first row is wanted; each page costs its tokens then (10 of
the read bucket for most lists) and waits for them behind whatever trades. The largest
``limit`` is the fewest tokens. A page of 1000 orders holds the event loop up for about
2 ms while it is decoded, one of 100 for 0.2 ms (``python benchmarks/path.py``): a thread
would hold the interpreter's lock just as long, so whoever quotes meanwhile and minds
takes smaller pages.

What fails in the middle loses nothing:

    fills = session.fills.list(limit=1000)
    try:
        table = await fills.collect()
    except KalshiError as error:
        table = [*error.collected, *await fills.resume(error.cursor).collect()]

A row that does not decode is no reason to lose the others: the good ones come first,
then ``RejectedRows`` with the raw bytes; or give ``on_rejected``, and go on.

    unread: list[bytes] = []
    orders = await session.orders.list(on_rejected=unread.append).collect()
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from kalshi_async.errors import KalshiError, PaginationError
from kalshi_async.pagination._prefetch import ReadAhead
from kalshi_async.pagination.page import Page
from kalshi_async.requests.validation import checked_whole

Row = TypeVar("Row")
EMPTY_PAGES = 10  # ours: how many pages without a row are followed in a row


class Paginator(Generic[Row]):
    """An async iterable over the rows of a list, which can be iterated more than once."""

    def __init__(
        self,
        fetch: Callable[[str | None], Awaitable[Page[Row]]],
        *,
        cursor: str | None = None,
        on_rejected: Callable[[bytes], None] | None = None,
    ) -> None:
        """Take the function that reads one page, and the cursor to begin at (None: the start)."""
        self._fetch = fetch
        self._cursor = cursor
        self._on_rejected = on_rejected

    def __aiter__(self) -> AsyncIterator[Row]:
        return self._items()

    async def pages(self) -> AsyncIterator[Page[Row]]:
        """Iterate over pages. ``page.cursor`` is where the next one begins.

        Rows that do not decode go, as raw bytes, to ``on_rejected``; without it the
        page's good rows are yielded and RejectedRows is raised after them.
        """
        cursor = self._cursor
        seen = {cursor} if cursor else set()
        barren = 0
        while cursor != "":
            page = await self._read(cursor)
            barren = 0 if page.rows or page.rejected else barren + 1
            yield page
            self._report(page)
            cursor = page.cursor
            if cursor in seen:
                raise _at(cursor, f"the cursor {cursor!r} was repeated: the list would never end")
            if cursor and barren > EMPTY_PAGES:
                raise _at(cursor, f"{barren} pages in a row held no row but named a next one")
            seen.add(cursor)

    async def first(self) -> Row | None:
        """Return the first row, or None when there is none."""
        rows = await self.collect(1)
        return rows[0] if rows else None

    async def collect(self, max_items: int | None = None) -> list[Row]:
        """Return all rows as a list, or the first ``max_items`` of them.

        A row that does not decode on a page that was read is reported as ``pages`` says.
        An error in the middle loses nothing: its ``collected`` holds the rows of all pages
        before its ``cursor``, and ``resume(error.cursor)`` is the rest.
        """
        rows: list[Row] = []
        if max_items is not None and max_items <= 0:
            return rows
        try:
            async for page in self.pages():
                rows.extend(page.rows)
                if max_items is not None and len(rows) >= max_items:
                    self._report(page)
                    return rows[:max_items]
        except KalshiError as error:
            error.collected = tuple(rows)
            raise
        return rows

    def resume(self, cursor: str | None) -> Paginator[Row]:
        """Return the same list, filters included, from a page's or an error's cursor on."""
        return Paginator(self._fetch, cursor=cursor, on_rejected=self._on_rejected)

    @asynccontextmanager
    async def prefetch(self, pages: int) -> AsyncIterator[Paginator[Row]]:
        """Read up to ``pages`` pages ahead of the loop, for as long as the block runs.

            async with session.fills.list(limit=1000).prefetch(2) as fills:
                async for fill in fills: ...

        What it gives is the same list, in the same order and with the same errors and
        cursors, but for one loop at a time. Pages are read one after the other, each
        waiting its turn for tokens, so that another read of the program waits for one
        page at most. At most ``pages`` of them lie in memory besides the one in use.
        Leaving the block, in whatever way, cancels the read that is under way and waits
        for its end. The same read tokens, but for up to ``pages`` pages nobody asked for.
        """
        ahead = ReadAhead(self._fetch, checked_whole("pages", pages, least=1))
        try:
            yield Paginator(ahead.fetch, cursor=self._cursor, on_rejected=self._on_rejected)
        finally:
            await ahead.aclose()

    async def _items(self) -> AsyncIterator[Row]:
        async for page in self.pages():
            for row in page.rows:
                yield row

    async def _read(self, cursor: str | None) -> Page[Row]:
        try:
            return await self._fetch(cursor)
        except KalshiError as error:
            error.cursor = cursor
            raise

    def _report(self, page: Page[Row]) -> None:
        if page.rejected is None:
            return
        if self._on_rejected is None:
            page.rejected.cursor = page.cursor
            raise page.rejected
        for raw in page.rejected.rows:
            self._on_rejected(raw)


def _at(cursor: str, message: str) -> PaginationError:
    error = PaginationError(message, sent=True)
    error.cursor = cursor
    return error
