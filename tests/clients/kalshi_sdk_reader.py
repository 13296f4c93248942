"""kalshi-sdk, whose models require what the vendor's specification requires."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from kalshi import AsyncKalshiClient, KalshiAuth, KalshiConfig
from kalshi.ws.client import KalshiWebSocket

from kalshi_async.contract.frames.channels import CHANNELS
from tests.clients.reader import Access, Facts, params_of


class Reader:
    """Its asynchronous client."""

    async def open(self, access: Access) -> None:
        """Connect to the exchange."""
        self._client = AsyncKalshiClient(
            key_id=access.key_id,
            private_key=access.private_key_pem,
            config=KalshiConfig(base_url=access.rest_url),
        )
        await self._client.__aenter__()

    async def markets(self) -> tuple[Facts, Facts]:
        """Return the highest bid for YES of every market."""
        listed = [row async for row in self._client.markets.list_all(limit=4)]
        single = [await self._client.markets.get(row.ticker) for row in listed]
        return {row.ticker: row.yes_bid for row in listed}, {row.ticker: row.yes_bid for row in single}

    async def events(self) -> tuple[Facts, Facts]:
        """Return the series of every event."""
        listed = [row async for row in self._client.events.list_all(with_nested_markets=True, limit=2)]
        assert all(market.event_ticker == row.event_ticker for row in listed for market in row.markets)
        single = [await self._client.events.get(row.event_ticker) for row in listed]
        return (
            {row.event_ticker: row.series_ticker for row in listed},
            {row.event_ticker: row.series_ticker for row in single},
        )

    async def series(self) -> tuple[Facts, Facts]:
        """Return the title of every series."""
        listed = await self._client.series.list(include_volume=True)
        single = [await self._client.series.get(row.ticker) for row in listed]
        return {row.ticker: row.title for row in listed}, {row.ticker: row.title for row in single}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.__aexit__(None, None, None)


class Stream:
    """Its WebSocket client, which checks numbers and parses every frame."""

    channels = (
        *("ticker", "trade", "fill", "market_positions", "user_orders"),
        *("order_group_updates", "market_lifecycle_v2", "multivariate_market_lifecycle", "communications"),
        *("cfbenchmarks_value", "cfbenchmarks_value_5hz"),
        "orderbook_delta",  # last: it drops what comes while it waits for the answer to the next command
    )
    unknown = frozenset(("event_lifecycle", *CHANNELS["communications"].frames))
    """Types without a model of its own: it expects "communications", which the vendor does not send."""

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()

    async def open(self, access: Access) -> None:
        """Connect, and subscribe to every channel."""
        auth = KalshiAuth.from_pem(access.key_id, access.private_key_pem)
        self._client = KalshiWebSocket(
            auth, KalshiConfig(base_url=access.rest_url, ws_base_url=access.stream_url)
        )
        self._session = self._client.connect()
        await self._session.__aenter__()
        self._reading = [
            asyncio.create_task(self._count(channel, await self._subscribed(channel)))
            for channel in self.channels
        ]

    async def _subscribed(self, channel: str) -> Any:
        return await self._client.subscribe(channel, params=params_of(channel))

    async def _count(self, channel: str, frames: Any) -> None:
        async for _ in frames:
            self.read[channel] += 1

    def excuses(self, line: str) -> bool:
        """It warns of the types that it does not know."""
        return line.startswith("Unknown message type: ") and line.split(": ")[1] in self.unknown

    async def close(self) -> None:
        """End the connection."""
        await self._session.__aexit__(None, None, None)
        await asyncio.gather(*self._reading)
