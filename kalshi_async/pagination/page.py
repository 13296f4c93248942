"""One page of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from kalshi_async.errors import RejectedRows

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list."""

    rows: list[Row]
    """The rows that decoded, in the exchange's order."""
    cursor: str = ""
    """The cursor of the next page; empty on the last page."""
    rejected: RejectedRows | None = None
    """The error that holds the rows which did not decode, or None."""
