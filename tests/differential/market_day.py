"""Public market data on the trading day: every read of every family, and the combo that a member makes."""

from __future__ import annotations

from kalshi_async.sandbox.edge.identifiers import identifier
from tests.differential.acting import Actor
from tests.differential.venue import COLLECTION, EVENT, MARKETS, SHARD_TWO

FIRST, SECOND, _ = MARKETS
SERIES = EVENT.partition("-")[0]
OTHER_EVENT = SHARD_TWO.rpartition("-")[0]
MILESTONE = identifier("milestone", EVENT)
TARGET = identifier("target", FIRST)
# Days around every run, and few enough of them for several markets.
DAYS = {"start_ts": 1_760_000_000, "end_ts": 1_900_000_000, "period_interval": 1440}
LEGS = [
    {"market_ticker": FIRST, "event_ticker": EVENT, "side": "yes"},
    {"market_ticker": SHARD_TWO, "event_ticker": OTHER_EVENT, "side": "no"},
]


async def live(actor: Actor) -> None:
    """Read every market, event and series, as they are by now, and what stands around them."""
    await actor.act("get_markets", limit=2)
    await actor.act("get_markets", event_ticker=EVENT, status="open", mve_filter="exclude", min_close_ts=1)
    for ticker in (*MARKETS, SHARD_TWO):
        await actor.act("get_market", ticker=ticker)
    await actor.refused(404, "get_market", ticker="NO-SUCH")
    await actor.act("get_market_orderbook", ticker=FIRST, depth=5)
    await actor.act("get_market_orderbooks", tickers=[*MARKETS])
    await actor.act("get_trades", limit=2)
    await actor.act("get_trades", ticker=FIRST, min_ts=1, is_block_trade=False)
    await candlesticks(actor)
    await events(actor)
    await combos(actor)
    await around(actor)


async def candlesticks(actor: Actor) -> None:
    """Read candles of one market, of several, and of an event."""
    await actor.act(
        "get_market_candlesticks",
        **DAYS,
        series_ticker=SERIES,
        ticker=FIRST,
        include_latest_before_start=True,
    )
    await actor.act("batch_get_market_candlesticks", **DAYS, market_tickers=f"{FIRST},{SECOND},NO-SUCH")
    await actor.act("get_market_candlesticks_by_event", **DAYS, series_ticker=SERIES, ticker=EVENT)
    await actor.act(
        "get_event_forecast_percentiles_history",
        **DAYS,
        series_ticker=SERIES,
        ticker=EVENT,
        percentiles=[2500, 5000, 7500],
    )
    await actor.refused(404, "get_market_candlesticks", **DAYS, series_ticker="NO-SUCH", ticker=FIRST)


async def events(actor: Actor) -> None:
    """Read events and series."""
    await actor.act("get_events", limit=1, with_nested_markets=True, with_milestones=True)
    await actor.act("get_event_fee_changes", limit=1)
    await actor.act("get_series_fee_changes", show_historical=True)
    await actor.act("get_series_list", include_volume=True)
    await actor.act("get_series_list", category="Climate and Weather", tags="Daily temperature")
    for event_ticker in (EVENT, OTHER_EVENT):
        for nested in (True, False):
            await actor.act("get_event", event_ticker=event_ticker, with_nested_markets=nested)
        await actor.act("get_event_metadata", event_ticker=event_ticker)
        await actor.act("get_series", series_ticker=event_ticker.partition("-")[0], include_volume=True)


async def combos(actor: Actor) -> None:
    """Read collections, make a combo twice, and find it."""
    await actor.act("get_multivariate_event_collections", status="open", limit=1)
    await actor.act("get_multivariate_event_collection", collection_ticker=COLLECTION)
    for payload in (True, False):
        await actor.act(
            "create_market_in_multivariate_event_collection",
            collection_ticker=COLLECTION,
            selected_markets=LEGS,
            with_market_payload=payload,
        )
    await actor.act("get_multivariate_events", collection_ticker=COLLECTION, with_nested_markets=True)
    await actor.act("get_markets", mve_filter="only")


async def around(actor: Actor) -> None:
    """Read what events are about, and what is paid for quoting them."""
    await actor.act("get_milestones", limit=1)
    await actor.act("get_milestone", milestone_id=MILESTONE)
    await actor.act("get_live_data_by_milestone", milestone_id=MILESTONE)
    await actor.act("get_live_data", type="last_prices", milestone_id=MILESTONE)
    await actor.act("get_live_datas", milestone_ids=[MILESTONE])
    await actor.act("get_game_stats", milestone_id=MILESTONE)
    await actor.act("get_event_live_data", event_ticker=EVENT)
    await actor.act("get_weather_index", city="miami", last_sec=120, detailed=True)
    await actor.act("get_weather_index_calibrations", city="miami")
    await actor.act("get_structured_targets", page_size=2)
    await actor.act("get_structured_targets", ids=[TARGET])
    await actor.act("get_structured_target", structured_target_id=TARGET)
    await actor.act("get_tags_for_series_categories")
    await actor.act("get_filters_for_sports")
    await actor.act("get_incentive_programs", status="active", type="liquidity")


async def archived(actor: Actor) -> None:
    """Read what has left the live tier: trades, and the markets that were settled."""
    await actor.refused(404, "get_market", ticker=SECOND)
    await actor.act("get_historical_market", ticker=SECOND)
    await actor.act("get_historical_markets", limit=1)
    await actor.act("get_historical_markets", event_ticker=EVENT, mve_filter="exclude")
    await actor.act("get_trades_historical", limit=2)
    await actor.act("get_trades_historical", ticker=FIRST, max_ts=2_100_000_000)
    await actor.act("get_market_candlesticks_historical", **DAYS, ticker=SECOND)
