"""Pages of a list: keys in ascending order, and an opaque cursor that resumes after one.

A row's key is a pair (number, text); newest-first lists use the negated time and an
id. Because a cursor is a key and not an offset, rows that arrive meanwhile neither
repeat nor hide others. A cursor that does not decode, or that belongs to another
list, is page one (demo recording of 2026-06).
"""

from __future__ import annotations

import base64
import binascii
import heapq
from collections.abc import Callable, Iterable, Iterator, Reversible
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Generic, TypeVar

import msgspec

Row = TypeVar("Row")
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, and the cursor of the next page: empty on the last one."""

    rows: list[Row]
    cursor: str


def paginate(
    rows: Iterable[Row], key: Callable[[Row], Key], *, name: str, limit: int, cursor: str | None
) -> Page[Row]:
    """Return at most ``limit`` rows after ``cursor``; ``name`` marks this list's cursors.

    A full page always has a cursor, even if nothing follows: so the venue's example
    of get_orders shows it (an empty page ends the list).
    """
    return _page(heapq.nsmallest(limit, _after(rows, key, name, cursor), key=key), key, name, limit)


def paginate_sorted(
    rows: Iterable[Row], key: Callable[[Row], Key], *, name: str, limit: int, cursor: str | None
) -> Page[Row]:
    """Do as ``paginate`` with rows in the order of their keys; stop reading after the page."""
    return _page(list(islice(_after(rows, key, name, cursor), limit)), key, name, limit)


def newest_first(rows: Reversible[Row], key: Callable[[Row], Key]) -> Iterator[Row]:
    """Yield rows that are kept in the order of their times by their keys, the newest first."""
    for _, together in groupby(reversed(rows), key=lambda row: key(row)[0]):
        yield from sorted(together, key=key)


def _after(rows: Iterable[Row], key: Callable[[Row], Key], name: str, cursor: str | None) -> Iterable[Row]:
    after = _read_cursor(cursor, name)
    return rows if after is None else (row for row in rows if key(row) > after)


def _page(chosen: list[Row], key: Callable[[Row], Key], name: str, limit: int) -> Page[Row]:
    full = len(chosen) == limit
    return Page(chosen, _write_cursor(name, key(chosen[-1])) if full else "")


def _write_cursor(name: str, key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((name, *key))).decode().rstrip("=")


def _read_cursor(cursor: str | None, name: str) -> Key | None:
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        document = base64.urlsafe_b64decode(padded)
        owner, number, text = msgspec.json.decode(document, type=tuple[str, int, str])
    except (binascii.Error, ValueError):  # msgspec's errors are ValueErrors
        return None
    return (number, text) if owner == name else None
