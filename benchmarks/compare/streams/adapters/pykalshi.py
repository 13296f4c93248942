"""pykalshi with its defaults. It derives the address of streams from its own two hosts: it is set here."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pykalshi.aclient import AsyncKalshiClient


class Client:
    async def open(self, url: str, key_id: str, pem: str) -> None:
        self._url = url
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(pem)
            file.flush()
            rest = url.replace("ws://", "http://").replace("/ws/v2", "/v2")
            self._client = AsyncKalshiClient(key_id, file.name, api_base=rest)

    @asynccontextmanager
    async def events(self, channel: str, markets: list[str], most: int) -> AsyncIterator[object]:
        feed = self._client.feed()
        feed._ws_url = self._url
        feed.subscribe(channel, market_tickers=markets)
        async with feed:
            yield feed

    def stamp(self, event: object) -> str | None:
        return getattr(event, "market_id", None)

    def market(self, event: object) -> str | None:
        return getattr(event, "market_ticker", None)

    async def close(self) -> None:
        await self._client.aclose()


adapter = Client()
