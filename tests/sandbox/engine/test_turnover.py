"""What a market counts: contracts traded, of a day and of all, and contracts held."""

from __future__ import annotations

from hypothesis import given, strategies as st

from kalshi_async.sandbox.engine.turnover import Turnover
from kalshi_async.sandbox.settings import VOLUME_STEP_S
from tests.sandbox.venue_kit import TICKER, Desk

DAY_US = 86_400_000_000
STEP_US = VOLUME_STEP_S * 1_000_000


@given(trades=st.lists(st.tuples(st.integers(0, 3 * 3_600), st.integers(1, 500)), max_size=60))
def test_the_volume_of_a_day_is_that_of_its_trades_but_for_one_step(trades: list[tuple[int, int]]) -> None:
    turnover, now_us = Turnover(), 1_795_348_800_000_000
    done: list[tuple[int, int]] = []
    for wait_s, count_e2 in trades:
        now_us += wait_s * 1_000_000
        turnover.add(now_us, count_e2)
        done.append((now_us, count_e2))
    least = sum(count for at_us, count in done if at_us > now_us - DAY_US + STEP_US)
    most = sum(count for at_us, count in done if at_us > now_us - DAY_US)
    assert least <= turnover.last_day_e2(now_us) <= most
    assert turnover.total_e2 == sum(count for _, count in done)


def test_a_market_counts_a_trade_once_and_the_contracts_that_are_held(desk: Desk) -> None:
    market = desk.exchange.markets[TICKER]
    desk.place(desk.bob, "ask", "0.50", 10)
    desk.take(desk.alice, "bid", "0.50", 10)
    assert (market.turnover.total_e2, market.open_interest_e2) == (1_000, 1_000)
    desk.place(desk.bob, "bid", "0.50", 4)
    desk.take(desk.alice, "ask", "0.50", 4)
    assert (market.turnover.total_e2, market.open_interest_e2) == (1_400, 600)
    desk.exchange.markets.settle(TICKER, "yes")
    assert market.open_interest_e2 == 600
