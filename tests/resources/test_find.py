"""Finding markets and events: the exchange's filters, a predicate, and no page too many."""

from __future__ import annotations

from typing import Any

import pytest

from kalshi_async import InvalidRequest
from kalshi_async.contract.fields import MarketStatus
from kalshi_async.sandbox.engine.combo import Leg
from tests.stages.served import EVENT, TICKER, Stage

SERIES = "KXMANY"


def many(stage: Stage, events: int, markets: int) -> None:
    """List markets: some to each of some events of one series."""
    for event in range(events):
        for number in range(markets):
            stage.sandbox.exchange.markets.add(f"{SERIES}-E{event:03}-M{number:03}")


def pages(stage: Stage, path: str) -> int:
    return len(stage.requests("GET", path))


async def test_the_filters_of_the_list_are_those_of_find(stage: Stage) -> None:
    many(stage, 2, 3)
    stage.sandbox.exchange.market(f"{SERIES}-E001-M002").pause()
    found = await stage.session.markets.find(series_ticker=SERIES, status="paused").collect()
    assert [market.ticker for market in found] == [f"{SERIES}-E001-M002"]


async def test_a_predicate_keeps_what_the_filters_cannot_say(stage: Stage) -> None:
    await stage.trade("0.40", 3)
    found = await stage.session.markets.find(lambda market: market.volume != 0).collect()
    assert [(market.ticker, market.status) for market in found] == [(TICKER, MarketStatus.ACTIVE)]


async def test_finding_a_few_reads_no_further_page(stage: Stage) -> None:
    many(stage, 4, 5)
    find = stage.session.markets.find
    late = find(lambda market: market.ticker >= f"{SERIES}-E001", series_ticker=SERIES, limit=5)
    assert [market.ticker for market in await late.collect(2)] == [
        f"{SERIES}-E001-M000",
        f"{SERIES}-E001-M001",
    ]
    assert pages(stage, "/markets") == 2
    async for market in late:
        assert market.ticker == f"{SERIES}-E001-M000"
        break
    assert pages(stage, "/markets") == 4


async def test_a_whole_catalog_is_one_page_unless_told_otherwise(stage: Stage) -> None:
    many(stage, 20, 10)
    assert len(await stage.session.markets.find(series_ticker=SERIES).collect()) == 200
    assert pages(stage, "/markets") == 1


async def test_combos_are_found_only_where_they_are_asked_for(stage: Stage) -> None:
    many(stage, 2, 1)
    combos = stage.sandbox.exchange.combos
    combos.add("KXMVEMANY-1", [f"{SERIES}-E000", f"{SERIES}-E001"])
    legs = [Leg(f"{SERIES}-{event}-M000", f"{SERIES}-{event}", "yes") for event in ("E000", "E001")]
    combo = combos.create("KXMVEMANY-1", legs).ticker
    find = stage.session.markets.find
    assert combo not in {market.ticker async for market in find()}
    assert [market.ticker async for market in find(mve_filter="only")] == [combo]
    assert combo in {market.ticker async for market in find(mve_filter=None)}


async def test_events_are_found_by_filters_and_predicate(stage: Stage) -> None:
    many(stage, 5, 1)
    find = stage.session.events.find
    found = await find(series_ticker=SERIES, with_nested_markets=True, limit=2).collect(2)
    assert [event.event_ticker for event in found] == [f"{SERIES}-E000", f"{SERIES}-E001"]
    assert all(event.markets for event in found)
    assert pages(stage, "/events") == 1
    event = await find(lambda event: event.event_ticker.endswith("E003"), limit=2).first()
    assert event is not None
    assert event.event_ticker == f"{SERIES}-E003"
    assert pages(stage, "/events") == 4  # three pages of two: it is the fifth of all events
    assert [event.event_ticker async for event in find(tickers=[EVENT])] == [EVENT]


async def test_a_filter_that_does_not_exist_is_a_type_error(stage: Stage) -> None:
    find: Any = stage.session.markets.find
    with pytest.raises(TypeError, match="serie_ticker"):
        find(serie_ticker=SERIES)
    with pytest.raises(InvalidRequest, match="limit must be from 1 to 1000, was 1001"):
        find(limit=1_001)
