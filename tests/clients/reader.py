"""What a client of other authors is asked to read, and what of each row is compared.

A family is one kind of row. To widen the check: a line in ``FAMILIES``, its truth in ``stage.py``, and
a method of each reader. Knows no client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

Facts = Mapping[str, Decimal | str]
"""One fact of each row, by the name of the row: it shows that more was read than the name."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the exchange is, and an account there."""

    rest_url: str
    key_id: str
    private_key_pem: str


class Reader(Protocol):
    """One client. Each method returns every row of a family, as a list shows it and one by one."""

    async def open(self, access: Access) -> None:
        """Connect to the exchange."""
        ...

    async def markets(self) -> tuple[Facts, Facts]:
        """Return the highest bid for YES of every market, from the list and one by one."""
        ...

    async def events(self) -> tuple[Facts, Facts]:
        """Return the series of every event, from the list with nested markets and one by one."""
        ...

    async def series(self) -> tuple[Facts, Facts]:
        """Return the title of every series, from the list and one by one."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


FAMILIES = ("markets", "events", "series")
"""The families, by the names of their methods."""
