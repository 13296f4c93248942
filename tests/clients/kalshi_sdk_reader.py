"""kalshi-sdk, whose models require what the vendor's specification requires."""

from __future__ import annotations

from kalshi import AsyncKalshiClient, KalshiConfig

from tests.clients.reader import Access, Facts


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
