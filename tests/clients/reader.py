"""What a client of other authors is asked to read, and what of each row is compared.

A family is one kind of row. To widen the check: a line in ``FAMILIES``, its truth in ``stage.py``, and
a method of each reader. Knows no client.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from kalshi_async.contract.frames.channels import CHANNELS, Filter

Facts = Mapping[str, Decimal | str]
"""One fact of each row, by the name of the row: it shows that more was read than the name."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the exchange is, and an account there."""

    rest_url: str
    key_id: str
    private_key_pem: str
    stream_url: str = ""


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


class StreamReader(Protocol):
    """The stream of one client."""

    channels: tuple[str, ...]
    """Every channel that it knows."""
    unknown: frozenset[str]
    """Types of frames of these channels that it does not know."""
    read: Counter[str]
    """Frames that it has read and understood, by channel."""

    async def open(self, access: Access) -> None:
        """Connect, and subscribe to every channel; return when the exchange has confirmed that."""
        ...

    def excuses(self, line: str) -> bool:
        """Whether a warning that was logged is about the client, and not about a frame."""
        ...

    async def close(self) -> None:
        """End the connection."""
        ...


MARKETS = ("KXHIGHNY-26NOV23-B52.5", "KXHIGHNY-26NOV23-B54.5")
"""The markets of the exchange whose streams are read."""


def params_of(channel: str) -> dict[str, object]:
    """Return the arguments of a subscription that is told everything that happens."""
    match CHANNELS[channel].filter:
        case Filter.MARKETS_REQUIRED:
            return {"market_tickers": list(MARKETS)}
        case Filter.INDICES:
            return {"index_ids": ["BRTI"]}
        case Filter.UNDERLYINGS:
            return {"underlying_tickers": ["Metal.XAU/USD"]}
    return {}


async def until(has_happened: Callable[[], bool]) -> None:
    """Wait until the exchange has confirmed what a client asked for; TimeoutError after ten seconds."""
    for _ in range(1_000):
        if has_happened():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("the exchange has not confirmed every subscription")


FAMILIES = ("markets", "events", "series")
"""The families, by the names of their methods."""
