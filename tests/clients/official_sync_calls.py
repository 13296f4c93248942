"""The vendor's synchronous SDK: kalshi-python-sync 3.34.0, called in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from kalshi_python_sync import Configuration, KalshiClient

from tests.clients import calling as c
from tests.clients.reader import Access

FAULTS: Mapping[str, str] = {}


class Caller:
    """Its convenience client."""

    async def open(self, access: Access) -> None:
        """Connect to the exchange."""
        configuration = Configuration(host=access.rest_url)
        configuration.api_key_id = access.key_id
        configuration.private_key_pem = access.private_key_pem
        self._client = KalshiClient(configuration)

    def calls(self) -> Mapping[str, c.Call]:
        """Return its calls."""
        days = {"start_ts": c.START_TS, "end_ts": c.END_TS, "period_interval": 1440}
        ask = self._in_a_thread
        return {
            "get_markets": ask("get_markets", series_ticker=c.SERIES, mve_filter="exclude"),
            "get_market": ask("get_market", ticker=c.FIRST),
            "get_market_orderbook": ask("get_market_orderbook", ticker=c.FIRST, depth=5),
            "get_market_orderbooks": ask("get_market_orderbooks", tickers=[*c.MARKETS]),
            "get_trades": ask("get_trades", ticker=c.FIRST),
            "get_market_candlesticks": ask(
                "get_market_candlesticks", series_ticker=c.SERIES, ticker=c.FIRST, **days
            ),
            "batch_get_market_candlesticks": ask(
                "batch_get_market_candlesticks", market_tickers=",".join(c.MARKETS), **days
            ),
            "get_market_candlesticks_by_event": ask(
                "get_market_candlesticks_by_event", series_ticker=c.SERIES, ticker=c.EVENT, **days
            ),
            "get_event_forecast_percentiles_history": ask(
                "get_event_forecast_percentiles_history",
                series_ticker=c.SERIES,
                ticker=c.EVENT,
                percentiles=[2500, 5000],
                **days,
            ),
            "get_events": ask("get_events", with_nested_markets=True, with_milestones=True),
            "get_event": ask("get_event", event_ticker=c.EVENT),
            "get_event_metadata": ask("get_event_metadata", event_ticker=c.EVENT),
            "get_multivariate_events": ask("get_multivariate_events", collection_ticker=c.COLLECTION),
            "get_event_fee_changes": ask("get_event_fee_changes"),
            "get_series_fee_changes": ask("get_series_fee_changes", show_historical=True),
            "get_series": ask("get_series", series_ticker=c.SERIES),
            "get_series_list": ask("get_series_list", include_volume=True),
            "get_historical_cutoff": ask("get_historical_cutoff"),
            "get_historical_market": ask("get_historical_market", ticker=c.ARCHIVED),
            "get_historical_markets": ask("get_historical_markets", limit=1),
            "get_market_candlesticks_historical": ask(
                "get_market_candlesticks_historical", ticker=c.ARCHIVED, **days
            ),
            "get_trades_historical": ask("get_trades_historical", ticker=c.ARCHIVED),
            "get_multivariate_event_collection": ask(
                "get_multivariate_event_collection", collection_ticker=c.COLLECTION
            ),
            "get_multivariate_event_collections": ask("get_multivariate_event_collections", status="open"),
            "create_market_in_multivariate_event_collection": ask(
                "create_market_in_multivariate_event_collection",
                collection_ticker=c.COLLECTION,
                selected_markets=c.LEGS,
                with_market_payload=True,
            ),
            "get_milestone": ask("get_milestone", milestone_id=c.MILESTONE),
            "get_milestones": ask("get_milestones", limit=5),
            "get_live_data_by_milestone": ask("get_live_data_by_milestone", milestone_id=c.MILESTONE),
            "get_live_data": ask("get_live_data", type="last_prices", milestone_id=c.MILESTONE),
            "get_live_datas": ask("get_live_datas", milestone_ids=[c.MILESTONE]),
            "get_game_stats": ask("get_game_stats", milestone_id=c.MILESTONE),
            "get_event_live_data": ask("get_event_live_data", event_ticker=c.EVENT),
            "get_weather_index": ask("get_weather_index", city="miami", last_sec=60, detailed=True),
            "get_weather_index_calibrations": ask("get_weather_index_calibrations", city="miami"),
            "get_structured_target": ask("get_structured_target", structured_target_id=c.TARGET),
            "get_structured_targets": ask("get_structured_targets", ids=[c.TARGET]),
            "get_tags_for_series_categories": ask("get_tags_for_series_categories"),
            "get_filters_for_sports": ask("get_filters_for_sports"),
            "get_incentive_programs": ask("get_incentive_programs", status="active"),
            "get_exchange_status": ask("get_exchange_status"),
            "get_exchange_schedule": ask("get_exchange_schedule"),
            "get_user_data_timestamp": ask("get_user_data_timestamp"),
        }

    def _in_a_thread(self, method: str, **arguments: object) -> c.Call:
        return lambda: asyncio.to_thread(partial(getattr(self._client, method), **arguments))

    async def close(self) -> None:
        """Nothing: it keeps no connection of its own."""
