"""How the examples of public market data come about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kalshi_async.sandbox.edge.identifiers import identifier
from kalshi_async.sandbox.engine.combo import Leg
from tests.conformance.scenes import Scene
from tests.conformance.stage import OLD_TICKER, TICKER, Stage

EVENT = "KXHIGHNY-26NOV23"
OTHER_MARKET = "KXBTC-26NOV23-T100000"
COLLECTION = "KXMVEWEATHER-26"

# Identifiers of the examples.
MILESTONE = "9b8a7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d"
TARGET = "0f1e2d3c-4b5a-4968-8776-5a4b3c2d1e0f"


async def a_market(stage: Stage) -> None:
    """A market with a bid and an ask, of which three contracts were bought."""
    await stage.open()
    await stage.clock.sleep(30)
    stage.quote("bid", "0.48", 10)
    stage.quote("ask", "0.52", 10)
    stage.trade("bid", "0.52", 3)
    assert stage.known.learn(MILESTONE, identifier("milestone", EVENT))
    assert stage.known.learn(TARGET, identifier("target", TICKER))


async def an_old_market(stage: Stage) -> None:
    """A market that was traded and settled, and has left the live tier."""
    await stage.open()
    await stage.clock.sleep(30)
    await stage.old_fill()
    stage.sandbox.exchange.market(OLD_TICKER).settle("yes")
    await stage.archive()


async def a_described_series(stage: Stage) -> None:
    await stage.open()
    catalog = stage.sandbox.exchange.catalog
    catalog.describe_series("KXHIGHNY", "Climate and Weather", ["Daily temperature"])


async def a_sport(stage: Stage) -> None:
    await stage.open()
    stage.sandbox.exchange.catalog.describe_series("KXHIGHNY", "Sports", ["Football"])


async def a_collection(stage: Stage) -> None:
    await stage.open()
    stage.sandbox.exchange.markets.add(OTHER_MARKET)
    stage.sandbox.exchange.combos.add(COLLECTION, [EVENT, "KXBTC-26NOV23"])


async def a_combo(stage: Stage) -> None:
    await a_collection(stage)
    legs = [Leg(TICKER, EVENT, "yes"), Leg(OTHER_MARKET, "KXBTC-26NOV23", "no")]
    stage.sandbox.exchange.combos.create(COLLECTION, legs)


async def a_program(stage: Stage) -> None:
    await stage.open()
    catalog = stage.sandbox.exchange.catalog
    catalog.add_incentive(TICKER, "liquidity", Decimal(25), for_s=3_600, target_size=100)


MARKET_SCENES: Mapping[str, Scene] = {
    **dict.fromkeys(
        (
            *("get_market", "get_markets", "get_market_orderbook", "get_market_orderbooks", "get_trades"),
            *("get_market_candlesticks", "batch_get_market_candlesticks", "get_market_candlesticks_by_event"),
            *("get_event_forecast_percentiles_history", "get_milestone", "get_milestones"),
            *("get_live_data_by_milestone", "get_live_data", "get_live_datas", "get_game_stats"),
            *("get_event_live_data", "get_structured_target", "get_structured_targets"),
        ),
        a_market,
    ),
    "get_historical_market": an_old_market,
    "get_historical_markets": an_old_market,
    "get_trades_historical": an_old_market,
    "get_market_candlesticks_historical": an_old_market,
    "get_series": a_described_series,
    "get_series_list": a_described_series,
    "get_tags_for_series_categories": a_described_series,
    "get_filters_for_sports": a_sport,
    "get_multivariate_events": a_combo,
    "get_multivariate_event_collection": a_collection,
    "get_multivariate_event_collections": a_collection,
    "create_market_in_multivariate_event_collection": a_collection,
    "get_incentive_programs": a_program,
}
"""Title of the example -> its scene."""
