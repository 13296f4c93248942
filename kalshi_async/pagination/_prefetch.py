"""Reading pages before they are asked for. Knows cursors and pages, nothing of the exchange.

``ReadAhead.fetch`` stands where the function that reads one page stood, so that a
``Paginator`` above it works as ever: same order, same guards, same errors at the same
place. Behind it one task follows the cursors. It reads one page at a time, through the
same queue for tokens as everybody, and stops while ``pages`` of them lie unread.
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
    """One walk along the cursors. Its task fills ``ready`` while there is ``room``."""

    cursor: str | None  # of the page that is taken next
    room: asyncio.Semaphore
    ready: asyncio.Queue[Page[Row] | Exception]
    task: asyncio.Task[None]


class ReadAhead(Generic[Row]):
    """Owner of the one task that reads ahead, and of what it has read."""

    def __init__(self, fetch: Callable[[str | None], Awaitable[Page[Row]]], pages: int) -> None:
        self._fetch = fetch
        self._pages = pages
        self._run: _Run[Row] | None = None
        self._is_closed = False

    async def fetch(self, cursor: str | None) -> Page[Row]:
        """Return the page at ``cursor``, or raise what reading it raised; start anew if it is another one."""
        if self._is_closed:
            raise _left()
        run = self._run
        if run is None or run.cursor != cursor:
            await self._stop()
            run = self._run = self._start(cursor)
        page = await run.ready.get()
        run.room.release()
        if isinstance(page, Exception):
            if self._run is run:
                self._run = None
            raise page
        run.cursor = page.cursor
        return page

    async def aclose(self) -> None:
        """Stop reading, and forget what was read."""
        self._is_closed = True
        await self._stop()

    def _start(self, cursor: str | None) -> _Run[Row]:
        room = asyncio.Semaphore(self._pages)
        ready: asyncio.Queue[Page[Row] | Exception] = asyncio.Queue()
        # Not a task group: it would wrap what the caller's own block raises.
        task = asyncio.create_task(self._follow(cursor, room, ready), name="kalshi_async prefetch")
        return _Run(cursor, room, ready, task)

    async def _follow(
        self, cursor: str | None, room: asyncio.Semaphore, ready: asyncio.Queue[Page[Row] | Exception]
    ) -> None:
        while cursor != "":
            await room.acquire()
            try:
                page = await self._fetch(cursor)
            except Exception as error:  # whatever it is, it belongs to whoever takes this page
                ready.put_nowait(error)
                return
            ready.put_nowait(page)
            cursor = page.cursor

    async def _stop(self) -> None:
        """Cancel the task and see it end, even if whoever waits for that is canceled as well."""
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
        run.ready.put_nowait(_left())  # for a loop in another task that still waits for a page
        if canceled is not None:
            raise canceled


def _left() -> InvalidRequest:
    return InvalidRequest("a prefetched list is read inside its block, by one loop at a time")
