"""pykalshi-client 1.3.0, whose package is called pykalshi too."""

from __future__ import annotations

from collections.abc import Mapping

from pykalshi.auth import KalshiCredentials
from pykalshi.config import ClientConfig
from pykalshi.http_client import KalshiHttpClient

from tests.clients import calling as c
from tests.clients.reader import Access

_MARKET = "it requires fractional_trading_enabled, which the schema of 2026-10-26 does not have"
_EVENT = "it requires available_on_brokers and fractional_trading_enabled, which the schema does not have"
FAULTS: Mapping[str, str] = {
    **dict.fromkeys(
        ("get_markets", "get_market", "get_historical_market", "get_historical_markets"), _MARKET
    ),
    **dict.fromkeys(("get_events", "get_event"), _EVENT),
}


class Caller:
    """Its HTTP client."""

    async def open(self, access: Access) -> None:
        """Connect to the exchange."""
        origin = access.rest_url.partition("/trade-api")[0]
        self._client = KalshiHttpClient(
            KalshiCredentials.from_pem_string(access.key_id, access.private_key_pem),
            ClientConfig(http_base_url=origin, auto_configure_rates=False, read_rate=1_000),
        )

    def calls(self) -> Mapping[str, c.Call]:
        """Return its calls."""
        k = self._client
        days = {"start_ts": c.START_TS, "end_ts": c.END_TS, "period_interval": 1440}
        return {
            "get_markets": lambda: k.get_markets(series_ticker=c.SERIES),
            "get_market": lambda: k.get_market(c.FIRST),
            "get_market_orderbook": lambda: k.get_market_orderbook(c.FIRST, depth=5),
            "get_market_orderbooks": lambda: k.get_market_orderbooks([*c.MARKETS]),
            "get_trades": lambda: k.get_trades(ticker=c.FIRST),
            "get_market_candlesticks": lambda: k.get_market_candlesticks(c.SERIES, c.FIRST, **days),
            "batch_get_market_candlesticks": lambda: k.get_batch_market_candlesticks([*c.MARKETS], **days),
            "get_market_candlesticks_by_event": lambda: k.get_event_candlesticks(c.SERIES, c.EVENT, **days),
            "get_event_forecast_percentiles_history": lambda: k.get_forecast_percentile_history(
                c.SERIES, c.EVENT, percentiles=[2500, 5000], **days
            ),
            "get_events": lambda: k.get_events(with_nested_markets=True),
            "get_event": lambda: k.get_event(c.EVENT),
            "get_event_metadata": lambda: k.get_event_metadata(c.EVENT),
            "get_multivariate_events": lambda: k.get_multivariate_events(collection_ticker=c.COLLECTION),
            "get_event_fee_changes": lambda: k.get_event_fee_changes(),
            "get_series_fee_changes": lambda: k.get_fee_changes(show_historical=True),
            "get_series": lambda: k.get_series(c.SERIES),
            "get_series_list": lambda: k.get_series_list(),
            "get_historical_cutoff": lambda: k.get_historical_cutoff(),
            "get_historical_market": lambda: k.get_historical_market(c.ARCHIVED),
            "get_historical_markets": lambda: k.get_historical_markets(limit=1),
            "get_market_candlesticks_historical": lambda: k.get_historical_market_candlesticks(
                c.ARCHIVED, **days
            ),
            "get_trades_historical": lambda: k.get_historical_trades(ticker=c.ARCHIVED),
            "get_multivariate_event_collections": lambda: k.get_multivariate_event_collections(status="open"),
            "get_milestone": lambda: k.get_milestone(c.MILESTONE),
            "get_milestones": lambda: k.get_milestones(limit=5),
            "get_live_data_by_milestone": lambda: k.get_live_data(c.MILESTONE),
            "get_live_data": lambda: k.get_live_data_legacy("last_prices", c.MILESTONE),
            "get_live_datas": lambda: k.get_live_data_batch([c.MILESTONE]),
            "get_game_stats": lambda: k.get_game_stats(c.MILESTONE),
            "get_structured_target": lambda: k.get_structured_target(c.TARGET),
            "get_structured_targets": lambda: k.get_structured_targets(ids=[c.TARGET]),
            "get_tags_for_series_categories": lambda: k.get_tags_by_categories(),
            "get_filters_for_sports": lambda: k.get_filters_by_sport(),
            "get_incentive_programs": lambda: k.get_incentive_programs(status="active"),
            "get_exchange_status": lambda: k.get_exchange_status(),
            "get_exchange_schedule": lambda: k.get_exchange_schedule(),
            "get_user_data_timestamp": lambda: k.get_user_data_timestamp(),
        }

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()
