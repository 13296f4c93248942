"""The vendor's own SDK: kalshi_python_async."""

from __future__ import annotations

from decimal import Decimal

from kalshi_python_async import Configuration, KalshiClient

from tests.clients.reader import Access, Facts


class Reader:
    """Its convenience client."""

    async def open(self, access: Access) -> None:
        """Connect to the exchange."""
        configuration = Configuration(host=access.rest_url)
        configuration.api_key_id = access.key_id
        configuration.private_key_pem = access.private_key_pem
        self._client = KalshiClient(configuration)

    async def markets(self) -> tuple[Facts, Facts]:
        """Return the highest bid for YES of every market."""
        listed = (await self._client.get_markets(limit=1_000)).markets
        single = [(await self._client.get_market(row.ticker)).market for row in listed]
        return (
            {row.ticker: Decimal(row.yes_bid_dollars) for row in listed},
            {row.ticker: Decimal(row.yes_bid_dollars) for row in single},
        )

    async def events(self) -> tuple[Facts, Facts]:
        """Return the series of every event."""
        listed = (await self._client.get_events(with_nested_markets=True)).events
        assert all(market.event_ticker == row.event_ticker for row in listed for market in row.markets)
        single = [(await self._client.get_event(row.event_ticker)).event for row in listed]
        return (
            {row.event_ticker: row.series_ticker for row in listed},
            {row.event_ticker: row.series_ticker for row in single},
        )

    async def series(self) -> tuple[Facts, Facts]:
        """Return the title of every series."""
        listed = (await self._client.get_series_list(include_volume=True)).series
        single = [(await self._client.get_series(row.ticker)).series for row in listed]
        return (
            {row.ticker: row.title for row in listed},
            {row.ticker: row.title for row in single},
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()
