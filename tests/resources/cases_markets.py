"""One scene per operation of public market data, as ``cases_trading``: against what the exchange holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from kalshi_async import NotFound
from kalshi_async.contract import (
    Operation,
    candlesticks,
    events,
    incentive_programs,
    live_data,
    markets,
    milestones,
    multivariate,
    search,
    series,
    structured_targets,
    trades,
)
from kalshi_async.contract.fields import BookSide, MarketStatus
from kalshi_async.requests import ComboLeg
from kalshi_async.sandbox.edge.identifiers import identifier
from tests.resources.cases_trading import Case
from tests.stages.served import EVENT, OTHER_TICKER, TICKER, D, Stage

NOON_S = 1_795_348_800
HOUR_S = 3_600
END_S = NOON_S + 2 * HOUR_S
SERIES = "KXHIGHNY"
COLLECTION = "KXMVEWEATHER-26"
BITCOIN = "KXBTC-26NOV23-T100000"
LEGS = [ComboLeg(TICKER, EVENT, "yes"), ComboLeg(BITCOIN, "KXBTC-26NOV23", "no")]
MILESTONE = identifier("milestone", EVENT)


async def traded(stage: Stage) -> None:
    """Three trades: two in the first minute, one an hour later."""
    await stage.clock.sleep(10)
    await stage.trade("0.40", 3)
    await stage.trade("0.44", 1)
    await stage.clock.sleep(HOUR_S)
    await stage.trade("0.42", 2)


def settled(stage: Stage, result: str = "yes") -> None:
    """Settle the market, and let it leave the live tier."""
    stage.sandbox.exchange.market(TICKER).settle(result)
    stage.archive()


async def get_market_orderbooks(stage: Stage) -> None:
    await stage.rest("0.40", 10)
    books = await stage.session.markets.orderbooks([OTHER_TICKER, TICKER, "KXNOBODY-1"])
    assert list(books) == [OTHER_TICKER, TICKER]
    assert (books[TICKER].best_bid, books[OTHER_TICKER].best_bid) == (D("0.40"), None)


async def get_trades(stage: Stage) -> None:
    await traded(stage)
    rows = await stage.session.markets.trades(ticker=TICKER, limit=2).collect()
    assert [(row.yes_price, row.count) for row in rows] == [
        (D("0.42"), D(2)),
        (D("0.44"), D(1)),
        (D("0.40"), D(3)),
    ]
    assert {row.taker_book_side for row in rows} == {BookSide.ASK}
    fills = await stage.session.fills.list().collect()
    assert [row.trade_id for row in rows] == [fill.fill_id for fill in fills]
    (newest,) = await stage.session.markets.trades(min_ts=NOON_S + HOUR_S).collect()
    assert newest == rows[0]
    assert await stage.session.markets.trades(is_block_trade=True).collect() == []
    assert await stage.session.markets.trades(ticker="KXNOBODY-1").collect() == []


async def get_trades_historical(stage: Stage) -> None:
    await traded(stage)
    live = await stage.session.markets.trades().collect()
    stage.archive()
    assert await stage.session.markets.trades().collect() == []
    assert await stage.session.historical.trades(ticker=TICKER, limit=1).collect() == live


async def get_market_candlesticks(stage: Stage) -> None:
    await traded(stage)
    hours = await stage.session.markets.candlesticks(
        TICKER, start_ts=NOON_S, end_ts=END_S, period_interval=60
    )
    first, second = hours
    assert (first.end_period_ts, second.end_period_ts) == (NOON_S + HOUR_S, END_S)
    price = first.price
    assert (price.open, price.low, price.high, price.close) == (D("0.4"), D("0.4"), D("0.44"), D("0.44"))
    assert (price.mean, price.previous, second.price.previous) == (D("0.41"), None, D("0.44"))
    assert (first.volume, first.open_interest, second.open_interest) == (D(4), D(4), D(6))
    assert (first.yes_bid.open, first.yes_bid.high, first.yes_bid.close) == (D(0), D("0.44"), D(0))
    # The hour in between had no trade: only where something moved there is a candle.
    assert len(await _minutes(stage)) == 2
    (before,) = await stage.session.markets.candlesticks(
        TICKER,
        start_ts=datetime.fromtimestamp(NOON_S + 5 * HOUR_S, UTC),
        end_ts=NOON_S + 5 * HOUR_S,
        period_interval=60,
        include_latest_before_start=True,
    )
    assert (before.price.close, before.price.previous, before.volume) == (None, D("0.42"), D(0))
    with pytest.raises(NotFound):
        await stage.session.markets.candlesticks(
            TICKER, start_ts=1, end_ts=2, period_interval=1, series_ticker="KXOTHER"
        )


async def _minutes(stage: Stage) -> Sequence[candlesticks.Candlestick]:
    return await stage.session.markets.candlesticks(TICKER, start_ts=NOON_S, end_ts=END_S, period_interval=1)


async def batch_get_market_candlesticks(stage: Stage) -> None:
    await traded(stage)
    asked = [TICKER, OTHER_TICKER, "KXNOBODY-1"]
    found = await stage.session.markets.candlesticks_of(
        asked, start_ts=NOON_S, end_ts=END_S, period_interval=60
    )
    assert {ticker: len(rows) for ticker, rows in found.items()} == {TICKER: 2, OTHER_TICKER: 0}


async def get_market_candlesticks_by_event(stage: Stage) -> None:
    await traded(stage)
    found = await stage.session.events.candlesticks(
        EVENT, start_ts=NOON_S, end_ts=NOON_S + 12 * HOUR_S, period_interval=1440, series_ticker=SERIES
    )
    no_candles: list[candlesticks.Candlestick] = []
    (day,) = found.by_market[TICKER]
    assert (day.volume, day.price.close, found.by_market[OTHER_TICKER]) == (D(6), D("0.42"), no_candles)


async def get_market_candlesticks_historical(stage: Stage) -> None:
    await traded(stage)
    live = await stage.session.markets.candlesticks(TICKER, start_ts=NOON_S, end_ts=END_S, period_interval=60)
    settled(stage)
    archived = await stage.session.historical.candlesticks(
        TICKER, start_ts=NOON_S, end_ts=END_S, period_interval=60
    )
    assert [row.price.close for row in archived] == [row.price.close for row in live]
    with pytest.raises(NotFound):
        await stage.session.markets.candlesticks(TICKER, start_ts=NOON_S, end_ts=END_S, period_interval=60)


async def get_historical_market(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await stage.session.historical.market(TICKER)
    settled(stage)
    assert (await stage.session.historical.market(TICKER)).status is MarketStatus.FINALIZED
    with pytest.raises(NotFound):
        await stage.session.markets.get(TICKER)


async def get_historical_markets(stage: Stage) -> None:
    settled(stage)
    archived = await stage.session.historical.markets(series_ticker=SERIES, without_combos=True).collect()
    live = await stage.session.markets.list(series_ticker=SERIES).collect()
    assert [row.ticker for row in archived] == [TICKER]
    assert TICKER not in {row.ticker for row in live}


async def get_events(stage: Stage) -> None:
    stage.sandbox.exchange.markets.add(BITCOIN)
    rows = await stage.session.events.list(limit=1).collect()
    assert [row.event_ticker for row in rows] == ["KXBTC-26NOV23", EVENT]
    (nested,) = await stage.session.events.list(series_ticker=SERIES, with_nested_markets=True).collect()
    assert [row.ticker for row in nested.markets or ()] == [
        ticker for ticker in stage.sandbox.exchange.markets if ticker.startswith(SERIES)
    ]


async def get_multivariate_events(stage: Stage) -> None:
    combo = await _combo(stage)
    (row,) = await stage.session.events.multivariate(collection_ticker=COLLECTION).collect()
    assert row.event_ticker == combo.event_ticker
    assert combo.event_ticker not in {row.event_ticker async for row in stage.session.events.list()}


async def get_event_metadata(stage: Stage) -> None:
    looks = await stage.session.events.metadata(EVENT)
    assert [row.market_ticker for row in looks.market_details] == list(stage.sandbox.exchange.markets)


async def get_event_forecast_percentiles_history(stage: Stage) -> None:
    await traded(stage)
    stage.sandbox.market(OTHER_TICKER).quote("ask", "0.21", 1)
    stage.sandbox.market(OTHER_TICKER).trade("bid", "0.21", 1)
    first, last = await stage.session.events.forecast_percentile_history(
        EVENT,
        percentiles=[5000, 9000],
        start_ts=NOON_S,
        end_ts=END_S,
        period_interval=60,
    )
    assert [point.numerical_forecast for point in first.percentile_points or ()] == [D("52.5"), D("52.5")]
    assert [point.numerical_forecast for point in last.percentile_points or ()] == [D("52.5"), D("54.5")]


async def get_series_list(stage: Stage) -> None:
    stage.sandbox.exchange.markets.add(BITCOIN)
    stage.sandbox.exchange.catalog.describe_series(SERIES, "Climate and Weather", ["Daily temperature"])
    rows = await stage.session.series.list(include_volume=True)
    assert [row.ticker for row in rows] == ["KXBTC", SERIES]
    (row,) = await stage.session.series.list(category="Climate and Weather", tags=["Daily temperature"])
    assert (row.ticker, row.categories) == (SERIES, ["Climate and Weather"])
    assert await stage.session.series.list(tags=["Football"]) == []


async def get_tags_for_series_categories(stage: Stage) -> None:
    stage.sandbox.exchange.catalog.describe_series(SERIES, "Climate and Weather", ["Daily temperature"])
    assert await stage.session.search.tags_by_categories() == {"Climate and Weather": ["Daily temperature"]}


async def get_filters_for_sports(stage: Stage) -> None:
    stage.sandbox.exchange.catalog.describe_series(SERIES, "Sports", ["Tennis", "Football"])
    assert (await stage.session.search.filters_by_sport()).sport_ordering == ["Football", "Tennis"]


async def get_milestone(stage: Stage) -> None:
    row = await stage.session.milestones.get(MILESTONE)
    assert row.related_event_tickers == [EVENT]
    with pytest.raises(NotFound):
        await stage.session.milestones.get("nobody")


async def get_milestones(stage: Stage) -> None:
    stage.sandbox.exchange.markets.add(BITCOIN, close_in_s=60)
    rows = await stage.session.milestones.list(limit=1).collect()
    assert [row.primary_event_tickers for row in rows] == [["KXBTC-26NOV23"], [EVENT]]
    later = datetime.fromtimestamp(NOON_S + HOUR_S, UTC)
    (row,) = await stage.session.milestones.list(minimum_start_date=later).collect()
    assert row == await stage.session.milestones.get(MILESTONE)
    assert await stage.session.milestones.list(category="Sports").collect() == []


async def get_live_data_by_milestone(stage: Stage) -> None:
    await stage.trade("0.40", 3)
    row = await stage.session.live_data.get(MILESTONE)
    assert row.details == {
        "markets": {
            ticker: {"last_price_dollars": "0.4000" if ticker == TICKER else "0.0000", "result": ""}
            for ticker in stage.sandbox.exchange.markets
        }
    }


async def get_live_data(stage: Stage) -> None:
    row = await stage.session.live_data.get_of_type("last_prices", MILESTONE)
    assert row == await stage.session.live_data.get(MILESTONE)
    with pytest.raises(NotFound):
        await stage.session.live_data.get_of_type("football_game", MILESTONE)


async def get_live_datas(stage: Stage) -> None:
    (row,) = await stage.session.live_data.get_many(["nobody", MILESTONE])
    assert row.milestone_id == MILESTONE


async def get_game_stats(stage: Stage) -> None:
    assert await stage.session.live_data.game_stats(MILESTONE) is None


async def get_event_live_data(stage: Stage) -> None:
    assert (await stage.session.live_data.of_event(EVENT)).is_historical is False
    for ticker in stage.sandbox.exchange.markets:
        stage.sandbox.market(ticker).settle("no")
    assert (await stage.session.live_data.of_event(EVENT)).is_historical is True


async def get_weather_index(stage: Stage) -> None:
    whole = await stage.session.live_data.weather_index("miami")
    assert len(whole.timeseries) == 1_441
    assert [point.v for point in whole.timeseries[-2:]] == [D("84.97"), D(85)]
    hour = await stage.session.live_data.weather_index(
        "miami", from_ms=(NOON_S - HOUR_S) * 1_000, to_ms=datetime.fromtimestamp(NOON_S, UTC), detailed=True
    )
    assert [point.t for point in hour.timeseries] == [point.t for point in whole.timeseries[-61:]]
    assert hour.timeseries[-1].stations
    assert len((await stage.session.live_data.weather_index("miami", last_sec=60)).timeseries) == 2
    with pytest.raises(NotFound):
        await stage.session.live_data.weather_index("nowhere")


async def get_weather_index_calibrations(stage: Stage) -> None:
    (row,) = (await stage.session.live_data.weather_calibrations("miami")).calibrations
    assert [(station.station_id, station.weight) for station in row.stations] == [("KMIA", D(1))]


async def get_structured_target(stage: Stage) -> None:
    row = await stage.session.structured_targets.get(identifier("target", TICKER))
    assert row is not None
    assert row.details == {"event_ticker": EVENT, "market_ticker": TICKER}
    with pytest.raises(NotFound):
        await stage.session.structured_targets.get("nobody")


async def get_structured_targets(stage: Stage) -> None:
    rows = await stage.session.structured_targets.list(page_size=2).collect()
    assert len(rows) == len(stage.sandbox.exchange.markets)
    wanted = [identifier("target", TICKER), identifier("target", OTHER_TICKER)]
    found = await stage.session.structured_targets.list(ids=wanted, type="outcome").collect()
    assert {row.id for row in found} == set(wanted)
    assert await stage.session.structured_targets.list(competition="World Cup").collect() == []


async def get_multivariate_event_collection(stage: Stage) -> None:
    _collection(stage)
    row = await stage.session.multivariate.get(COLLECTION)
    assert [event.ticker for event in row.associated_events] == [EVENT, "KXBTC-26NOV23"]
    with pytest.raises(NotFound):
        await stage.session.multivariate.get("KXMVE-NOBODY")


async def get_multivariate_event_collections(stage: Stage) -> None:
    _collection(stage)
    (row,) = await stage.session.multivariate.list(status="open", associated_event_ticker=EVENT).collect()
    assert (row.collection_ticker, row.exchange_index) == (COLLECTION, 1)
    assert await stage.session.multivariate.list(status="closed").collect() == []
    assert await stage.session.multivariate.list(associated_event_ticker="KXOTHER-1").collect() == []


async def create_market_in_multivariate_event_collection(stage: Stage) -> None:
    combo = await _combo(stage)
    again = await stage.session.multivariate.create_market(COLLECTION, LEGS[::-1], with_market_payload=True)
    assert again.market_ticker == combo.market_ticker
    assert again.market is not None
    assert [leg.market_ticker for leg in again.market.mve_selected_legs or ()] == [BITCOIN, TICKER]
    (listed,) = await stage.session.markets.list(mve_filter="only").collect()
    assert listed == again.market


async def get_incentive_programs(stage: Stage) -> None:
    catalog = stage.sandbox.exchange.catalog
    catalog.add_incentive(TICKER, "liquidity", 25, for_s=60, target_size=100)
    catalog.add_incentive(TICKER, "volume", 10, for_s=60, in_s=HOUR_S)
    rows = await stage.session.incentive_programs.list(limit=1).collect()
    assert [row.period_reward_centicents for row in rows] == [250_000, 100_000]
    assert await stage.session.incentive_programs.list(status="active").collect() == rows[:1]
    assert await stage.session.incentive_programs.list(status="upcoming").collect() == rows[1:]
    await stage.clock.sleep(60)
    (paid,) = await stage.session.incentive_programs.list(status="paid_out", type="liquidity").collect()
    assert (paid.id, paid.paid_out) == (rows[0].id, True)


def _collection(stage: Stage) -> None:
    stage.sandbox.exchange.markets.add(BITCOIN)
    stage.sandbox.exchange.combos.add(COLLECTION, [EVENT, "KXBTC-26NOV23"])


async def _combo(stage: Stage) -> multivariate.CreatedMarket:
    _collection(stage)
    return await stage.session.multivariate.create_market(COLLECTION, LEGS)


CASES: Mapping[Operation[object], Case] = {
    markets.GET_MARKET_ORDERBOOKS: get_market_orderbooks,
    markets.GET_HISTORICAL_MARKET: get_historical_market,
    markets.GET_HISTORICAL_MARKETS: get_historical_markets,
    trades.GET_TRADES: get_trades,
    trades.GET_TRADES_HISTORICAL: get_trades_historical,
    candlesticks.GET_MARKET_CANDLESTICKS: get_market_candlesticks,
    candlesticks.BATCH_GET_MARKET_CANDLESTICKS: batch_get_market_candlesticks,
    candlesticks.GET_MARKET_CANDLESTICKS_BY_EVENT: get_market_candlesticks_by_event,
    candlesticks.GET_MARKET_CANDLESTICKS_HISTORICAL: get_market_candlesticks_historical,
    events.GET_EVENTS: get_events,
    events.GET_MULTIVARIATE_EVENTS: get_multivariate_events,
    events.GET_EVENT_METADATA: get_event_metadata,
    events.GET_EVENT_FORECAST_PERCENTILES_HISTORY: get_event_forecast_percentiles_history,
    series.GET_SERIES_LIST: get_series_list,
    search.GET_TAGS_FOR_SERIES_CATEGORIES: get_tags_for_series_categories,
    search.GET_FILTERS_FOR_SPORTS: get_filters_for_sports,
    milestones.GET_MILESTONE: get_milestone,
    milestones.GET_MILESTONES: get_milestones,
    live_data.GET_LIVE_DATA_BY_MILESTONE: get_live_data_by_milestone,
    live_data.GET_LIVE_DATA: get_live_data,
    live_data.GET_LIVE_DATAS: get_live_datas,
    live_data.GET_GAME_STATS: get_game_stats,
    live_data.GET_EVENT_LIVE_DATA: get_event_live_data,
    live_data.GET_WEATHER_INDEX: get_weather_index,
    live_data.GET_WEATHER_INDEX_CALIBRATIONS: get_weather_index_calibrations,
    structured_targets.GET_STRUCTURED_TARGET: get_structured_target,
    structured_targets.GET_STRUCTURED_TARGETS: get_structured_targets,
    multivariate.GET_MULTIVARIATE_EVENT_COLLECTION: get_multivariate_event_collection,
    multivariate.GET_MULTIVARIATE_EVENT_COLLECTIONS: get_multivariate_event_collections,
    multivariate.CREATE_MARKET_IN_MULTIVARIATE_EVENT_COLLECTION: (
        create_market_in_multivariate_event_collection
    ),
    incentive_programs.GET_INCENTIVE_PROGRAMS: get_incentive_programs,
}
