"""Pages of a list: rows in ascending order of their keys, resumed by an opaque cursor.

A row's key is a pair of a number and a text; newest-first lists use the negated time and an
id. The cursor holds the key of the last row that was sent, and not an offset: rows that
arrive between two pages cause neither repeated nor skipped rows. A cursor that does not
decode, or that belongs to another list, gives page one (demo recording of 2026-06).
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
    """One page of rows."""

    rows: list[Row]
    cursor: str
    """The cursor of the next page; empty on the last one."""


def paginate(
    rows: Iterable[Row], key: Callable[[Row], Key], *, name: str, limit: int, cursor: str | None
) -> Page[Row]:
    """Return at most ``limit`` rows after ``cursor``, from ``rows`` in any order.

    ``name`` is the name of the list. It is written into the cursors, so that another list's
    cursor is recognised.

    A full page always has a cursor, even if no row follows; then an empty page ends the list.
    The exchange's own example of get_orders shows this.
    """
    return _page(heapq.nsmallest(limit, _after(rows, key, name, cursor), key=key), key, name, limit)


def paginate_sorted(
    rows: Iterable[Row], key: Callable[[Row], Key], *, name: str, limit: int, cursor: str | None
) -> Page[Row]:
    """Return the same page from ``rows`` in ascending order of their keys, reading no further."""
    return _page(list(islice(_after(rows, key, name, cursor), limit)), key, name, limit)


def newest_first(rows: Reversible[Row], key: Callable[[Row], Key]) -> Iterator[Row]:
    """Yield rows in ascending order of their keys, newest first, from ``rows`` kept oldest first.

    ``key`` starts with the negated time; rows of the same time are sorted by the rest of it.
    """
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
