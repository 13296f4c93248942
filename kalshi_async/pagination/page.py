"""One page of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from kalshi_async.errors import RejectedRows

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of ``rows``; an empty ``cursor`` means that it is the last.

    ``rejected`` holds the rows that did not decode, or None.
    """

    rows: list[Row]
    cursor: str = ""
    rejected: RejectedRows | None = None
