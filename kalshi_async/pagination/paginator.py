"""Lists of any length: row by row, page by page or as a whole, and resumable by cursor.

A ``Paginator`` reads pages while it is iterated, and holds one page at a time. It ends at the
first empty cursor, raises at a cursor that it has seen before, and follows at most 10 empty
pages in a row. Every error carries the cursor to resume from, and the rows that ``collect``
had read.

    async for fill in session.fills.list(ticker=ticker):    # row by row, newest first
        print(fill.count, fill.yes_price)
    async for page in session.fills.list(limit=1000).pages():
        print(len(page.rows), page.cursor)                  # the cursor of the next page
    newest = await session.orders.list().first()            # or None
    hundred = await session.orders.list(status="resting").collect(100)

No request is sent before the loop asks for the first row. Each page then costs its tokens
(10 of the read bucket for most lists), and is queued for them behind orders and cancels. The
largest ``limit`` costs the fewest tokens. But decoding blocks the event loop: about 2 ms for
a page of 1000 orders, 0.2 ms for 100 (``python benchmarks/path.py``). A thread would not
help, because it would hold the interpreter's lock as long. Use smaller pages if a quote must
not wait 2 ms.

A failure in the middle loses no rows:

    fills = session.fills.list(limit=1000)
    try:
        table = await fills.collect()
    except KalshiError as error:
        table = [*error.collected, *await fills.resume(error.cursor).collect()]

A row that does not decode does not lose the others: the good rows of the page come first,
then ``RejectedRows`` is raised with the raw bytes. With ``on_rejected`` that function gets
the raw bytes, and the loop goes on:

    unread: list[bytes] = []
    orders = await session.orders.list(on_rejected=unread.append).collect()
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar

from kalshi_async.errors import KalshiError, PaginationError
from kalshi_async.pagination._prefetch import ReadAhead
from kalshi_async.pagination.page import Page
from kalshi_async.requests.validation import checked_whole

Row = TypeVar("Row")
EMPTY_PAGES = 10  # ours: this many pages without a row are followed, one after another


class Paginator(Generic[Row]):
    """An async iterable over the rows of a list; each iteration reads the list anew."""

    def __init__(
        self,
        fetch: Callable[[str | None], Awaitable[Page[Row]]],
        *,
        cursor: str | None = None,
        on_rejected: Callable[[bytes], None] | None = None,
        where: Callable[[Row], bool] | None = None,
    ) -> None:
        """Prepare to read; no request is sent yet.

        * ``fetch``: reads the page at a cursor
        * ``cursor``: the page to begin at; None is the first
        * ``on_rejected``: gets the raw bytes of every row that does not decode; None raises
        * ``where``: tells whether a row is kept; None keeps all. A page of which no row is kept is not empty
        """
        self._fetch = fetch
        self._cursor = cursor
        self._on_rejected = on_rejected
        self._where = where

    def __aiter__(self) -> AsyncIterator[Row]:
        return self._items()

    if not TYPE_CHECKING:  # a type checker refuses these by itself, as long as it does not see them

        def __iter__(self) -> NoReturn:
            raise TypeError("a list of the exchange is read while it is iterated: write 'async for'")

        def __len__(self) -> NoReturn:
            raise TypeError(
                "a list that was not read yet has no length: write 'len(await listing.collect())', "
                "or 'await listing.first()' to see whether it is empty"
            )

        def __getitem__(self, _: object) -> NoReturn:
            raise TypeError(
                "a list that was not read yet has no index: write 'await listing.first()' for the first row, "
                "or '(await listing.collect(10))[9]'"
            )

        def __await__(self) -> NoReturn:
            raise TypeError("a list is not awaited itself: write 'await listing.collect()', or 'async for'")

    async def pages(self) -> AsyncIterator[Page[Row]]:
        """Iterate over pages. ``page.cursor`` is the cursor of the next page.

        Rows that do not decode go, as raw bytes, to ``on_rejected``; without it the
        page with its good rows is yielded, and RejectedRows is raised after it.
        """
        cursor = self._cursor
        seen = {cursor} if cursor else set()
        empty_pages = 0
        while cursor != "":
            page = await self._read(cursor)
            empty_pages = 0 if page.rows or page.rejected else empty_pages + 1
            yield self._kept(page)
            self._report(page)
            cursor = page.cursor
            if cursor in seen:
                raise _error_at(cursor, f"the cursor {cursor!r} was repeated: the list would never end")
            if cursor and empty_pages > EMPTY_PAGES:
                raise _error_at(
                    cursor, f"{empty_pages} pages in a row were empty, each with a cursor to the next"
                )
            seen.add(cursor)

    async def first(self) -> Row | None:
        """Return the first row, or None if the list is empty."""
        rows = await self.collect(1)
        return rows[0] if rows else None

    async def collect(self, max_items: int | None = None) -> list[Row]:
        """Return all rows as a list, or the first ``max_items`` of them.

        Rows that do not decode are treated as by ``pages``. An error in the middle loses no
        rows: its ``collected`` holds the rows of all pages before its ``cursor``, and
        ``resume(error.cursor)`` reads the rest.
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
            raise error.replace(collected=tuple(rows)) from error.__cause__
        return rows

    def where(self, keep: Callable[[Row], bool]) -> Paginator[Row]:
        """Return the same list with the rows of which ``keep`` is true; all its pages are asked for.

        cheap = session.markets.list(status="open").where(lambda market: market.volume == 0)
        first = await cheap.first()                         # reads no page after that of this row
        """
        known = self._where
        both = keep if known is None else lambda row: known(row) and keep(row)
        return Paginator(self._fetch, cursor=self._cursor, on_rejected=self._on_rejected, where=both)

    def resume(self, cursor: str | None) -> Paginator[Row]:
        """Return the same list, with the same filters, from ``cursor`` (of a page or an error) on."""
        return Paginator(self._fetch, cursor=cursor, on_rejected=self._on_rejected, where=self._where)

    @asynccontextmanager
    async def prefetch(self, pages: int) -> AsyncIterator[Paginator[Row]]:
        """Read up to ``pages`` pages ahead of the loop, for as long as the block runs.

            async with session.fills.list(limit=1000).prefetch(2) as fills:
                async for fill in fills: ...

        Yields the same list, with the same order, errors and cursors, for one loop at a
        time. Pages are read one after the other and each is queued for its tokens, so
        another read of the program waits for one page at most. At most ``pages`` pages are
        in memory besides the one in use. When the block ends, or an exception leaves it, the
        read that is under way is canceled and awaited. Costs the same read tokens, plus
        those of the pages, up to ``pages``, that were read and not used.
        """
        ahead = ReadAhead(self._fetch, checked_whole("pages", pages, least=1))
        try:
            yield Paginator(
                ahead.fetch, cursor=self._cursor, on_rejected=self._on_rejected, where=self._where
            )
        finally:
            await ahead.aclose()

    async def _items(self) -> AsyncIterator[Row]:
        async for page in self.pages():
            for row in page.rows:
                yield row

    def _kept(self, page: Page[Row]) -> Page[Row]:
        if self._where is None:
            return page
        return replace(page, rows=[row for row in page.rows if self._where(row)])

    async def _read(self, cursor: str | None) -> Page[Row]:
        try:
            return await self._fetch(cursor)
        except KalshiError as error:
            raise error.replace(cursor=cursor) from error.__cause__

    def _report(self, page: Page[Row]) -> None:
        if page.rejected is None:
            return
        if self._on_rejected is None:
            raise page.rejected.replace(cursor=page.cursor) from page.rejected.__cause__
        for raw in page.rejected.rows:
            self._on_rejected(raw)


def _error_at(cursor: str, message: str) -> PaginationError:
    return PaginationError(message, sent=True).replace(cursor=cursor)
