"""What a worker needs of a library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

DELTAS, TICKERS = "orderbook_delta", "ticker"


class Adapter(Protocol):
    """One library. ``events`` is its own iterator, subscribed; the others read one of its objects."""

    async def open(self, url: str, key_id: str, pem: str) -> None: ...
    def events(
        self, channel: str, markets: list[str], most: int
    ) -> AbstractAsyncContextManager[AsyncIterator[object]]: ...
    def stamp(self, event: object) -> str | None: ...
    def market(self, event: object) -> str | None: ...
    async def close(self) -> None: ...
