"""Fees of series and events: the operator's commands, and what the engine then charges."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from kalshi_async.sandbox import Rules, Sandbox
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.venue_kit import OTHER, TICKER, Desk
from tests.stages.members import BASE

SERIES, EVENT = "KXHIGHNY", "KXHIGHNY-26NOV23"
D = Decimal


def terms(exchange: Exchange, ticker: str = TICKER) -> tuple[str, int]:
    market = exchange.markets[ticker]
    return market.fee_type, market.fee_multiplier_e4


def test_a_market_has_the_fees_of_its_series(desk: Desk) -> None:
    desk.exchange.fees.change_series(SERIES, "quadratic_with_maker_fees", D("0.5"))
    desk.exchange.markets.add(OTHER)
    assert terms(desk.exchange) == terms(desk.exchange, OTHER) == ("quadratic_with_maker_fees", 5_000)


def test_a_market_may_bring_fees_to_its_event(desk: Desk) -> None:
    other_event = "KXHIGHNY-26NOV24-B52.5"
    desk.exchange.markets.add(other_event, fee_multiplier=D(2))
    assert terms(desk.exchange) == ("quadratic", 10_000)
    assert terms(desk.exchange, other_event) == ("quadratic", 20_000)
    assert desk.exchange.fees.override_of("KXHIGHNY-26NOV24").multiplier_e4 == 20_000


def test_markets_of_one_event_have_the_same_fees(desk: Desk) -> None:
    desk.exchange.markets.add("KXHIGHNY-26NOV24-B52.5")
    desk.exchange.markets.add(OTHER, fee_type="quadratic_with_maker_fees")
    assert terms(desk.exchange) == terms(desk.exchange, OTHER) == ("quadratic_with_maker_fees", 10_000)
    assert terms(desk.exchange, "KXHIGHNY-26NOV24-B52.5") == ("quadratic", 10_000)


def test_a_change_holds_from_its_time_on(desk: Desk) -> None:
    desk.exchange.fees.change_series(SERIES, "quadratic", D(2), in_s=60)
    desk.exchange.fees.override_event(EVENT, multiplier=D(3), in_s=120)
    desk.exchange.fees.override_event(EVENT, in_s=180)
    seen = []
    for _ in range(4):
        desk.place(desk.alice, "ask", "0.50", 1)
        desk.take(desk.bob, "bid", "0.50", 1)
        seen.append(desk.bob.fills[-1].fee_e6)
        desk.clock.pass_s(60)
    assert seen == [17_500, 35_000, 52_500, 35_000]


def test_an_override_outlives_a_change_of_the_series(desk: Desk) -> None:
    desk.exchange.fees.override_event(EVENT, "quadratic_with_maker_fees")
    desk.exchange.fees.change_series(SERIES, "flat", D(2))
    assert terms(desk.exchange) == ("quadratic_with_maker_fees", 20_000)


@pytest.mark.parametrize(
    ("ticker", "fee_type", "multiplier", "rule"),
    [
        ("KXNONE", "quadratic", D(1), "has no market"),
        (SERIES, "round", D(1), "fee_type must be one of"),
        (SERIES, "quadratic", D(11), "fee_multiplier must be 0 to 10, was 11"),
    ],
)
def test_nonsense_is_refused(desk: Desk, ticker: str, fee_type: str, multiplier: Decimal, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        desk.exchange.fees.change_series(ticker, fee_type, multiplier)
    with pytest.raises(ValueError, match=rule):
        desk.exchange.fees.override_event(f"{ticker}-26NOV23", fee_type, multiplier)


async def rows(sandbox: Sandbox, path: str, name: str) -> list[object]:
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as http:
        reply = await http.get(BASE + path)
    assert reply.status_code == 200, reply.text
    found: list[object] = reply.json()[name]
    return found


async def test_past_changes_of_series_are_shown_if_asked_for(sandbox: Sandbox, clock: VirtualClock) -> None:
    sandbox.exchange.fees.change_series(SERIES, "quadratic", D(2), in_s=60)
    for seconds, shown in ((0, 1), (60, 0)):
        await clock.sleep(seconds)
        assert len(await rows(sandbox, "/series/fee_changes", "series_fee_change_arr")) == shown
    past = await rows(sandbox, "/series/fee_changes?show_historical=true", "series_fee_change_arr")
    assert len(past) == 1


@pytest.mark.parametrize("shown", [True, False])
async def test_past_changes_of_events_are_listed_or_not(clock: VirtualClock, shown: bool) -> None:
    sandbox = Sandbox(clock=clock, rules=Rules(lists_past_event_fees=shown))
    sandbox.exchange.fees.override_event(EVENT, "flat")
    assert len(await rows(sandbox, "/events/fee_changes", "event_fee_changes")) == shown
