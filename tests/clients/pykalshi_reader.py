"""pykalshi, whose models take less than the vendor's, and which reads its key from a file."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from decimal import Decimal
from functools import partial

from pydantic import BaseModel
from pykalshi.aclient import AsyncKalshiClient

from tests.clients.reader import Access, Facts, params_of, until


class Reader:
    """Its asynchronous client."""

    async def open(self, access: Access) -> None:
        """Connect to the exchange."""
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(access.private_key_pem)
            file.flush()
            self._client = AsyncKalshiClient(access.key_id, file.name, api_base=access.rest_url)

    async def markets(self) -> tuple[Facts, Facts]:
        """Return the highest bid for YES of every market."""
        listed = await self._client.get_markets(limit=4, fetch_all=True)
        single = [await self._client.get_market(row.ticker) for row in listed]
        return (
            {row.ticker: Decimal(row.yes_bid_dollars) for row in listed},
            {row.ticker: Decimal(row.yes_bid_dollars) for row in single},
        )

    async def events(self) -> tuple[Facts, Facts]:
        """Return the series of every event."""
        listed = await self._client.get_events(limit=2, fetch_all=True)
        single = [await self._client.get_event(row.event_ticker, with_nested_markets=True) for row in listed]
        return (
            {row.event_ticker: row.series_ticker for row in listed},
            {row.event_ticker: row.series_ticker for row in single},
        )

    async def series(self) -> tuple[Facts, Facts]:
        """Return the title of every series."""
        listed = await self._client.get_all_series(fetch_all=True)
        single = [await self._client.get_series(row.ticker, include_volume=True) for row in listed]
        return {row.ticker: row.data.title for row in listed}, {row.ticker: row.data.title for row in single}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


class Stream:
    """Its asynchronous feed, whose address is set here: it knows production and demo only."""

    channels = (
        *("ticker", "trade", "orderbook_delta", "fill", "market_positions", "user_orders"),
        *("market_lifecycle_v2", "order_group_updates"),
    )
    unknown = frozenset(("event_lifecycle", "event_fee_update"))
    """Types that it hands on without a model, under their own names."""

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()

    async def open(self, access: Access) -> None:
        """Connect, and subscribe to every channel."""
        reader = Reader()
        await reader.open(access)
        self._reader = reader
        self._feed = reader._client.feed()
        self._feed._ws_url = access.stream_url
        for channel in self.channels:
            self._feed.on(channel, partial(self._count, channel))
            self._feed.subscribe(channel, **params_of(channel))
        await self._feed.connect()
        self._reading = asyncio.create_task(self._read())
        await until(lambda: len(self._feed._sids) == len(self.channels))

    async def _read(self) -> None:
        async for _ in self._feed:
            pass

    def _count(self, channel: str, frame: object) -> None:
        if isinstance(frame, BaseModel):  # else a dictionary that its model has refused
            self.read[channel] += 1

    def excuses(self, line: str) -> bool:
        """No warning is its own."""
        return False

    async def close(self) -> None:
        """End the connection."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        await self._reader.close()
