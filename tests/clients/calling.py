"""What of public market data a client of other authors can call, and what of it works.

Each client has a module ``NAME_calls`` with a ``Caller``. A call works if the client takes the answer, and
the exchange has answered the operation of that name with a 2xx. What does not work stands in ``FAULTS`` of
that module, with the reason why it is no fault of the exchange. Knows no client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from kalshi_async.sandbox import RequestRecord
from kalshi_async.sandbox.edge.identifiers import identifier
from kalshi_async.sandbox.edge.operations import operation_of
from tests.clients import stage
from tests.clients.reader import Access

Call = Callable[[], Awaitable[object]]

EVENT, MARKETS, ARCHIVED = stage.EVENT, stage.MARKETS, stage.OLD
SERIES = EVENT.partition("-")[0]
COLLECTION = "KXMVEMIX-26"
FIRST = MARKETS[0]
MILESTONE = identifier("milestone", EVENT)
TARGET = identifier("target", FIRST)
LEGS = [
    {"market_ticker": FIRST, "event_ticker": EVENT, "side": "yes"},
    {"market_ticker": stage.GOLD, "event_ticker": stage.GOLD.rpartition("-")[0], "side": "no"},
]
# Days around every run, and few enough of them for several markets.
START_TS, END_TS = 1_760_000_000, 1_900_000_000


class Caller(Protocol):
    """One client."""

    async def open(self, access: Access) -> None:
        """Connect to the exchange."""
        ...

    def calls(self) -> Mapping[str, Call]:
        """Return a call of every operation that the client has, by the operation's name."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


async def outcome(name: str, call: Call, heard: list[RequestRecord]) -> str:
    """Make a call; return what went wrong, or nothing."""
    heard.clear()
    try:
        await call()
    except Exception as error:  # whatever a client raises is its way to say that it cannot
        return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
    answered = {operation_of(record.method, record.path) for record in heard if record.status < 300}
    return "" if name in answered else f"it asked for {', '.join(sorted(answered)) or 'nothing'}"


def verdict(found: Mapping[str, str], faults: Mapping[str, str]) -> list[str]:
    """Say which failures no reason excuses, and which reasons excuse nothing."""
    unexplained = [f"{name}: {words}" for name, words in found.items() if words and name not in faults]
    return unexplained + [f"{name} works" for name in faults if not found.get(name, "")]
