"""kalshi-sdk with its defaults, and queues that hold a whole case: by default they hold 1,000 events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kalshi import AsyncKalshiClient, KalshiConfig

from ..adapter import DELTAS


class Client:
    async def open(self, url: str, key_id: str, pem: str) -> None:
        rest = url.replace("ws://", "http://").replace("/ws/v2", "/v2")
        config = KalshiConfig(base_url=rest, ws_base_url=url)
        self._client = AsyncKalshiClient(key_id=key_id, private_key=pem, config=config)
        await self._client.__aenter__()

    @asynccontextmanager
    async def events(self, channel: str, markets: list[str], most: int) -> AsyncIterator[object]:
        async with self._client.ws.connect() as stream:
            subscribe = stream.subscribe_orderbook_delta if channel == DELTAS else stream.subscribe_ticker
            yield await subscribe(tickers=markets, maxsize=most)

    def stamp(self, event: Any) -> str | None:
        stamp: str | None = getattr(event.msg, "market_id", None)
        return stamp

    def market(self, event: Any) -> str | None:
        ticker: str | None = event.msg.market_ticker
        return ticker

    async def close(self) -> None:
        await self._client.__aexit__(None, None, None)


adapter = Client()
