"""kalshi-sdk 22.4.0, its asynchronous client."""

from __future__ import annotations

from collections.abc import Mapping

from kalshi import AsyncKalshiClient, KalshiConfig

from tests.clients import calling as c
from tests.clients.reader import Access

FAULTS: Mapping[str, str] = {}


class Caller:
    """Its asynchronous client."""

    async def open(self, access: Access) -> None:
        """Connect to the exchange."""
        self._client = AsyncKalshiClient(
            key_id=access.key_id,
            private_key=access.private_key_pem,
            config=KalshiConfig(base_url=access.rest_url),
        )
        await self._client.__aenter__()

    def calls(self) -> Mapping[str, c.Call]:
        """Return its calls."""
        k, collections = self._client, self._client.multivariate_collections
        days = {"start_ts": c.START_TS, "end_ts": c.END_TS, "period_interval": 1440}
        return {
            "get_markets": lambda: k.markets.list(series_ticker=c.SERIES, status="open"),
            "get_market": lambda: k.markets.get(c.FIRST),
            "get_market_orderbook": lambda: k.markets.orderbook(c.FIRST, depth=5),
            "get_market_orderbooks": lambda: k.markets.bulk_orderbooks(tickers=[*c.MARKETS]),
            "get_trades": lambda: k.markets.list_trades(ticker=c.FIRST),
            "get_market_candlesticks": lambda: k.markets.candlesticks(c.SERIES, c.FIRST, **days),
            "batch_get_market_candlesticks": lambda: k.markets.bulk_candlesticks(
                market_tickers=[*c.MARKETS], include_latest_before_start=True, **days
            ),
            "get_market_candlesticks_by_event": lambda: k.series.event_candlesticks(
                c.SERIES, c.EVENT, **days
            ),
            "get_event_forecast_percentiles_history": lambda: k.series.forecast_percentile_history(
                c.SERIES, c.EVENT, percentiles=[2500, 5000], **days
            ),
            "get_events": lambda: k.events.list(with_nested_markets=True, with_milestones=True),
            "get_event": lambda: k.events.get(c.EVENT, with_nested_markets=True),
            "get_event_metadata": lambda: k.events.metadata(c.EVENT),
            "get_multivariate_events": lambda: k.events.list_multivariate(collection_ticker=c.COLLECTION),
            "get_event_fee_changes": lambda: k.events.fee_changes(),
            "get_series_fee_changes": lambda: k.series.fee_changes(show_historical=True),
            "get_series": lambda: k.series.get(c.SERIES, include_volume=True),
            "get_series_list": lambda: k.series.list(include_volume=True),
            "get_historical_cutoff": lambda: k.historical.cutoff(),
            "get_historical_market": lambda: k.historical.market(c.ARCHIVED),
            "get_historical_markets": lambda: k.historical.markets(limit=1),
            "get_market_candlesticks_historical": lambda: k.historical.candlesticks(c.ARCHIVED, **days),
            "get_trades_historical": lambda: k.historical.trades(ticker=c.ARCHIVED),
            "get_multivariate_event_collection": lambda: collections.get(c.COLLECTION),
            "get_multivariate_event_collections": lambda: collections.list(status="open"),
            "create_market_in_multivariate_event_collection": lambda: collections.create_market(
                c.COLLECTION, selected_markets=c.LEGS, with_market_payload=True
            ),
            "get_milestone": lambda: k.milestones.get(c.MILESTONE),
            "get_milestones": lambda: k.milestones.list(limit=5),
            "get_live_data_by_milestone": lambda: k.live_data.get(c.MILESTONE),
            "get_live_data": lambda: k.live_data.get_typed("last_prices", c.MILESTONE),
            "get_live_datas": lambda: k.live_data.batch(milestone_ids=[c.MILESTONE]),
            "get_game_stats": lambda: k.live_data.game_stats(c.MILESTONE),
            "get_event_live_data": lambda: k.live_data.get_event(c.EVENT),
            "get_weather_index": lambda: k.live_data.weather("miami", last_sec=60, detailed=True),
            "get_weather_index_calibrations": lambda: k.live_data.weather_calibrations("miami"),
            "get_structured_target": lambda: k.structured_targets.get(c.TARGET),
            "get_structured_targets": lambda: k.structured_targets.list(ids=[c.TARGET]),
            "get_tags_for_series_categories": lambda: k.search.tags_by_categories(),
            "get_filters_for_sports": lambda: k.search.filters_by_sport(),
            "get_incentive_programs": lambda: k.incentive_programs.list(status="active"),
            "get_exchange_status": lambda: k.exchange.status(),
            "get_exchange_schedule": lambda: k.exchange.schedule(),
            "get_user_data_timestamp": lambda: k.exchange.user_data_timestamp(),
        }

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.__aexit__(None, None, None)
