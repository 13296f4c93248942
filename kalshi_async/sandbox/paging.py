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
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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
    after = _read_cursor(cursor, name)
    candidates = rows if after is None else (row for row in rows if key(row) > after)
    chosen = heapq.nsmallest(limit, candidates, key=key)
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
