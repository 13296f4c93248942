"""One list out of two tiers: the live rows, then the archived ones.

Theory of operation. Rows move from the live tier to the archive and never back, when the
exchange advances its cutoff. Therefore the live tier is read to its end first. A row that
moves before its live page is read is in the archive by the time the archive is read: it is
not lost. A row that moves after its live page was read comes again in the archive, and is
dropped there by its id. The published cutoff is not used, because the vendor does not document
whether the cutoff and the rows move at the same moment; ids work either way.

A cursor names the tier, the walk and the place in the tier: ``live:1:…``. The ids that were
seen on the way to a cursor are kept in memory and not in its text. A walk that goes on from
a cursor of the same list therefore doubles no row. In another process it loses none either,
but rows that changed tiers in between may come again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from kalshi_async.errors import InvalidRequest
from kalshi_async.pagination.page import Page
from kalshi_async.requests.validation import shown

if TYPE_CHECKING:
    from datetime import datetime

    from kalshi_async.calls.context import Context
    from kalshi_async.wire.outgoing import QueryValue

Row = TypeVar("Row")
Fetch: TypeAlias = Callable[[str | None], Awaitable[Page[Row]]]

LIVE = "live"
HISTORICAL = "historical"


def query_of_both(
    context: Context,
    *,
    ticker: str | None,
    min_ts: datetime | int | None,
    max_ts: datetime | int | None,
    limit: int | None,
    subaccount: int | None,
) -> dict[str, QueryValue]:
    """Return the filters that both tiers accept."""
    return {
        "ticker": ticker,
        "min_ts": min_ts,
        "max_ts": max_ts,
        "limit": limit,
        "subaccount": context.scope(subaccount),
    }


@dataclass(frozen=True, slots=True)
class _Seen:
    """Ids of a page of the live tier, and of the pages before it."""

    ids: frozenset[str] = frozenset()
    before: _Seen | None = None

    def all(self) -> frozenset[str]:
        """Return the ids of all pages as one set."""
        pages, seen = [self.ids], self.before
        while seen is not None:
            pages.append(seen.ids)
            seen = seen.before
        return frozenset().union(*pages)


_NOTHING = _Seen()


class Stitched(Generic[Row]):
    """Two lists as one. Owns the ids that were seen in the live list, by cursor."""

    def __init__(self, live: Fetch[Row], historical: Fetch[Row], identity: Callable[[Row], str]) -> None:
        self._live = live
        self._historical = historical
        self._identity = identity
        self._walks = count(1)
        self._seen: dict[str, _Seen] = {}
        self._asked: set[str] = set()

    async def fetch(self, cursor: str | None) -> Page[Row]:
        """Return the page at a cursor of either tier; None begins the live tier."""
        tier, walk, place = (LIVE, "", None) if cursor is None else _read(cursor)
        seen = _NOTHING if cursor is None else self._seen.get(cursor, _NOTHING)
        if cursor is None or cursor in self._asked or cursor not in self._seen:
            walk = str(next(self._walks))  # a second walk must not overwrite the cursors of the first
        self._asked.add(cursor or "")
        if tier == HISTORICAL:
            return await self._archived(walk, place, seen)
        page = await self._live(place)
        seen = _Seen(frozenset(map(self._identity, page.rows)), seen)
        if page.cursor:
            return self._page(page, page.rows, f"{LIVE}:{walk}:{page.cursor}", seen)
        return self._page(page, page.rows, f"{HISTORICAL}:{walk}:", _Seen(seen.all()))

    async def _archived(self, walk: str, place: str | None, seen: _Seen) -> Page[Row]:
        # Reads on until a page has a new row: an empty page would count as an empty page of the
        # exchange, and the paginator follows only a few of those.
        while True:
            page = await self._historical(place)
            ids = [self._identity(row) for row in page.rows]
            fresh = [row for row, row_id in zip(page.rows, ids, strict=True) if row_id not in seen.ids]
            is_worn = not fresh and page.rows and page.cursor and not page.rejected
            if len(fresh) < len(ids):  # a row comes a second time once at most: its id is forgotten
                seen = _Seen(seen.ids.difference(ids))
            if not is_worn:
                cursor = f"{HISTORICAL}:{walk}:{page.cursor}" if page.cursor else ""
                return self._page(page, fresh, cursor, seen)
            place = page.cursor

    def _page(self, page: Page[Row], rows: list[Row], cursor: str, seen: _Seen) -> Page[Row]:
        self._seen[cursor] = seen
        return Page(rows, cursor, page.rejected)


def _read(cursor: str) -> tuple[str, str, str | None]:
    tier, _, rest = cursor.partition(":")
    walk, separator, place = rest.partition(":")
    if tier not in (LIVE, HISTORICAL) or not separator:
        raise InvalidRequest(f"a cursor of a history begins with live: or historical:, was {shown(cursor)}")
    return tier, walk, place or None
