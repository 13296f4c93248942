"""Read pages ahead of the loop that uses them. Knows cursors and pages, nothing of the exchange.

``ReadAhead.fetch`` replaces the function that reads one page, so a ``Paginator`` needs no
change: it has the same order, the same checks, and the same errors at the same place. Inside,
one task follows the cursors. It reads one page at a time, is queued for tokens like any
other request, and pauses while ``pages`` pages are unread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from kalshi_async.errors import InvalidRequest

if TYPE_CHECKING:
    from kalshi_async.pagination.page import Page

Row = TypeVar("Row")


@dataclass(slots=True)
class _Run(Generic[Row]):
    """One series of pages from some cursor on."""

    cursor: str | None  # of the page that ``fetch`` returns next
    room: asyncio.Semaphore  # one permit for each further page that may be read
    ready: asyncio.Queue[Page[Row] | Exception]
    task: asyncio.Task[None]  # reads the pages


class ReadAhead(Generic[Row]):
    """Owner of the one task that reads ahead, and of the pages that it has read."""

    def __init__(self, fetch: Callable[[str | None], Awaitable[Page[Row]]], pages: int) -> None:
        self._fetch = fetch
        self._pages = pages
        self._run: _Run[Row] | None = None
        self._is_closed = False

    async def fetch(self, cursor: str | None) -> Page[Row]:
        """Return the page at ``cursor``, or raise the error of reading it."""
        if self._is_closed:
            raise _misuse()
        run = self._run
        # Another cursor than the next one: a second loop from the start, or ``resume``.
        if run is None or run.cursor != cursor:
            await self._stop()
            run = self._run = self._start(cursor)
        page = await run.ready.get()
        run.room.release()
        if isinstance(page, Exception):
            if self._run is run:  # its task has ended with the error: a retry starts a new one
                self._run = None
            raise page
        run.cursor = page.cursor
        return page

    async def aclose(self) -> None:
        """Stop reading, and drop the pages that were not used."""
        self._is_closed = True
        await self._stop()

    def _start(self, cursor: str | None) -> _Run[Row]:
        room = asyncio.Semaphore(self._pages)
        ready: asyncio.Queue[Page[Row] | Exception] = asyncio.Queue()
        # Not a task group: it would wrap the exceptions of the caller's block in an ExceptionGroup.
        task = asyncio.create_task(self._follow(cursor, room, ready), name="kalshi_async prefetch")
        return _Run(cursor, room, ready, task)

    async def _follow(
        self, cursor: str | None, room: asyncio.Semaphore, ready: asyncio.Queue[Page[Row] | Exception]
    ) -> None:
        while cursor != "":
            await room.acquire()
            try:
                page = await self._fetch(cursor)
            except Exception as error:  # ``fetch`` raises it in the loop that asks for this page
                ready.put_nowait(error)
                return
            ready.put_nowait(page)
            cursor = page.cursor

    async def _stop(self) -> None:
        """Cancel the task and wait for its end, also if the waiting task is canceled meanwhile."""
        run, self._run = self._run, None
        if run is None:
            return
        canceled: asyncio.CancelledError | None = None
        run.task.cancel()
        while not run.task.done():
            try:
                await asyncio.wait([run.task])
            except asyncio.CancelledError as error:
                canceled = error
        run.ready.put_nowait(_misuse())  # for a loop in another task that still waits for a page
        if canceled is not None:
            raise canceled


def _misuse() -> InvalidRequest:
    return InvalidRequest("a prefetched list is read inside its block, by one loop at a time")
