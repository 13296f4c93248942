"""Combos: which legs a collection takes, and how the legs decide."""

from __future__ import annotations

from typing import Literal

import pytest

from kalshi_async.sandbox.engine.combo import Leg, combo_cents
from kalshi_async.sandbox.engine.state import Market, MarketState, Rejected
from tests.sandbox.venue_kit import TICKER, Desk

BITCOIN = "KXBTC-26NOV23-T100000"
GOLD = "KXGOLD-26NOV23-T4000"
COLLECTION = "KXMVEMIX-26"


def leg(ticker: str, side: Literal["yes", "no"] = "yes") -> Leg:
    return Leg(ticker, ticker.rpartition("-")[0], side)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    for ticker in (BITCOIN, GOLD):
        desk.exchange.markets.add(ticker)
    events = [ticker.rpartition("-")[0] for ticker in (TICKER, BITCOIN)]
    desk.exchange.combos.add(COLLECTION, events)
    return desk


def combo(desk: Desk) -> Market:
    return desk.exchange.combos.create(COLLECTION, [leg(TICKER), leg(BITCOIN, "no")])


def test_a_combo_is_a_market_on_the_shard_of_combos(desk: Desk) -> None:
    market = combo(desk)
    assert (market.exchange_index, market.collection_ticker) == (1, COLLECTION)
    assert (market.series_ticker, market.event_ticker) == ("KXMVEMIX", "KXMVEMIX-S1")
    assert desk.exchange.markets[market.ticker] is market


def test_the_same_legs_are_the_same_market_in_any_order(desk: Desk) -> None:
    market = combo(desk)
    assert desk.exchange.combos.create(COLLECTION, [leg(BITCOIN, "no"), leg(TICKER)]) is market
    assert desk.exchange.combos.create(COLLECTION, [leg(BITCOIN), leg(TICKER)]) is not market


def test_a_combo_pays_when_all_of_its_legs_have_won(desk: Desk) -> None:
    market = combo(desk)
    desk.exchange.market(TICKER).settle("yes")
    assert market.state is MarketState.ACTIVE
    desk.exchange.market(BITCOIN).settle("no")
    assert (market.state, market.result) == (MarketState.DETERMINED, "yes")


def test_a_combo_is_decided_by_the_first_leg_that_lost(desk: Desk) -> None:
    market = combo(desk)
    desk.exchange.market(BITCOIN).settle("yes")
    assert (market.state, market.result) == (MarketState.DETERMINED, "no")
    desk.exchange.market(TICKER).settle("yes")  # decides nothing any more


@pytest.mark.parametrize(
    ("paid", "cents"),
    [([100, 100], 100), ([100, None], None), ([None, 0], 0), ([50, 50], 25), ([33, 100, 10], 3)],
)
def test_a_combo_pays_the_product_of_its_legs(paid: list[int | None], cents: int | None) -> None:
    assert combo_cents(paid) == cents


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ([leg(TICKER)], "invalid_parameters"),
        ([leg(TICKER), leg(GOLD)], "invalid_parameters"),
        ([leg(TICKER), leg("KXNOBODY-26-A")], "market_not_found"),
        ([leg(TICKER), Leg(BITCOIN, "KXHIGHNY-26NOV23", "yes")], "market_not_found"),
        ([leg(TICKER), leg(TICKER, "no")], "invalid_parameters"),
    ],
)
def test_legs_that_the_collection_does_not_take_are_refused(desk: Desk, legs: list[Leg], code: str) -> None:
    with pytest.raises(Rejected, match=code):
        desk.exchange.combos.create(COLLECTION, legs)


def test_a_collection_may_take_yes_legs_and_several_of_an_event(desk: Desk) -> None:
    other = TICKER.replace("52", "54")
    desk.exchange.markets.add(other)
    events = [ticker.rpartition("-")[0] for ticker in (TICKER, BITCOIN)]
    desk.exchange.combos.add(
        "KXMVEYES-26", events, is_all_yes=True, is_single_market_per_event=False, size_max=3
    )
    create = desk.exchange.combos.create
    assert len(create("KXMVEYES-26", [leg(TICKER), leg(other), leg(BITCOIN)]).legs) == 3
    with pytest.raises(Rejected, match="YES legs alone"):
        create("KXMVEYES-26", [leg(TICKER), leg(BITCOIN, "no")])
    with pytest.raises(Rejected, match="one leg of an event at most"):
        create(COLLECTION, [leg(TICKER), leg(other)])


def test_a_closed_collection_and_a_halted_leg_make_no_combo(desk: Desk) -> None:
    desk.exchange.market(BITCOIN).pause()
    with pytest.raises(Rejected, match="is inactive"):
        combo(desk)
    desk.exchange.market(BITCOIN).resume()
    desk.clock.pass_s(86_400 * 31)
    with pytest.raises(Rejected, match="is not open"):
        combo(desk)
    with pytest.raises(Rejected, match="not_found"):
        desk.exchange.combos.create("KXMVE-NOBODY", [leg(TICKER), leg(BITCOIN)])


def test_the_operator_is_told_what_is_no_collection(desk: Desk) -> None:
    add = desk.exchange.combos.add
    for ticker, events, words in (
        ("KXHIGHNY-26", ["KXHIGHNY-26NOV23"], "begins with KXMVE"),
        (COLLECTION, ["KXHIGHNY-26NOV23"], "exists"),
        ("KXMVEMIX-27", ["KXNOBODY-1"], "unknown"),
        ("KXMVEMIX-27", [], "no event"),
    ):
        with pytest.raises(ValueError, match=words):
            add(ticker, events)


def test_a_description_needs_a_series(desk: Desk) -> None:
    with pytest.raises(ValueError, match="series 'KXNOBODY' has no market"):
        desk.exchange.catalog.describe_series("KXNOBODY", "Sports")
    with pytest.raises(KeyError):
        desk.exchange.catalog.add_incentive("KXNOBODY-1", "volume", 1, for_s=60)
