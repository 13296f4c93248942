"""pykalshi, whose models take less than the vendor's, and which reads its key from a file."""

from __future__ import annotations

import tempfile
from decimal import Decimal

from pykalshi.aclient import AsyncKalshiClient

from tests.clients.reader import Access, Facts


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
