"""pykalshi 2.0.0, its asynchronous client."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping

from pykalshi.aclient import AsyncKalshiClient

from tests.clients import calling as c
from tests.clients.reader import Access

FAULTS: Mapping[str, str] = {
    "get_event_forecast_percentiles_history": "it asks for a path that the exchange does not have",
}


class Caller:
    """Its asynchronous client."""

    async def open(self, access: Access) -> None:
        """Connect to the exchange."""
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(access.private_key_pem)
            file.flush()
            self._client = AsyncKalshiClient(access.key_id, file.name, api_base=access.rest_url)
        self._market = await self._client.get_market(c.FIRST)
        self._event = await self._client.get_event(c.EVENT)
        self._collection = await self._client.get_mve_collection(c.COLLECTION)

    def calls(self) -> Mapping[str, c.Call]:
        """Return its calls."""
        k, history = self._client, self._client.history
        hours = (c.END_TS - 3_600 * 1_000, c.END_TS)
        return {
            "get_markets": lambda: k.get_markets(series_ticker=c.SERIES, mve_filter="exclude"),
            "get_market": lambda: k.get_market(c.FIRST),
            "get_market_orderbook": lambda: self._market.get_orderbook(depth=5),
            "get_trades": lambda: k.get_trades(ticker=c.FIRST),
            "get_market_candlesticks": lambda: self._market.get_candlesticks(*hours),
            "batch_get_market_candlesticks": lambda: k.get_candlesticks_batch([*c.MARKETS], *hours),
            "get_event_forecast_percentiles_history": lambda: self._event.get_forecast_percentile_history(
                [2500]
            ),
            "get_events": lambda: k.get_events(series_ticker=c.SERIES),
            "get_event": lambda: k.get_event(c.EVENT, with_nested_markets=True),
            "get_multivariate_events": lambda: k.get_multivariate_events(collection_ticker=c.COLLECTION),
            "get_series": lambda: k.get_series(c.SERIES, include_volume=True),
            "get_series_list": lambda: k.get_all_series(),
            "get_historical_cutoff": lambda: history.get_cutoff(),
            "get_historical_market": lambda: history.get_market(c.ARCHIVED),
            "get_historical_markets": lambda: history.get_markets(),
            "get_market_candlesticks_historical": lambda: history.get_candlesticks(
                c.ARCHIVED, start_ts=hours[0], end_ts=hours[1]
            ),
            "get_trades_historical": lambda: history.get_trades(ticker=c.ARCHIVED),
            "get_multivariate_event_collection": lambda: k.get_mve_collection(c.COLLECTION),
            "get_multivariate_event_collections": lambda: k.get_mve_collections(status="open"),
            "create_market_in_multivariate_event_collection": lambda: self._collection.create_market(c.LEGS),
            "get_exchange_status": lambda: k.exchange.get_status(),
            "get_exchange_schedule": lambda: k.exchange.get_schedule(),
            "get_user_data_timestamp": lambda: k.exchange.get_user_data_timestamp(),
        }

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()
