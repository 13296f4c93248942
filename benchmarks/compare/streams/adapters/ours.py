"""kalshi_async with its defaults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kalshi_async import Credentials, Environment, RateLimits, Session

from ..adapter import DELTAS


class Client:
    async def open(self, url: str, key_id: str, pem: str) -> None:
        rest = url.replace("ws://", "http://").replace("/ws/v2", "/v2")
        self._session = Session(
            Environment("benchmark", rest, url), Credentials(key_id, pem), rate_limits=RateLimits()
        )
        await self._session.__aenter__()

    @asynccontextmanager
    async def events(self, channel: str, markets: list[str], most: int) -> AsyncIterator[object]:
        async with self._session.stream() as stream:
            reader = stream.book_updates(markets) if channel == DELTAS else stream.tickers(markets)
            async with reader as events:
                yield events

    def stamp(self, event: object) -> str | None:
        return getattr(event, "market_id", None)

    def market(self, event: object) -> str | None:
        return getattr(event, "market_ticker", None)

    async def close(self) -> None:
        await self._session.aclose()


adapter = Client()
