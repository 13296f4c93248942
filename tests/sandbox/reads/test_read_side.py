"""Reads that lag behind, and say honestly how far."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.traders.random_walk import SimulatedTraders
from tests.sandbox.venue_kit import OTHER, START_MS, TICKER, Desk


@pytest.fixture
def lagging() -> Desk:
    desk = Desk(read_lag_ms=500)
    desk.clock.pass_s(1)
    return desk


def seen(desk: Desk, account: Account) -> Account:
    return desk.exchange.reads.account(account)


def test_without_a_lag_reads_are_live(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.40", 5).order
    assert seen(desk, desk.alice).orders[mine.order_id] is mine
    assert desk.exchange.reads.as_of_us() == START_MS * 1_000


def test_a_cancel_is_seen_half_a_second_later(lagging: Desk) -> None:
    mine = lagging.place(lagging.alice, "bid", "0.40", 5).order
    assert mine.order_id not in seen(lagging, lagging.alice).orders
    lagging.clock.pass_s(0.5)
    lagging.cancel(lagging.alice, mine)
    assert seen(lagging, lagging.alice).orders[mine.order_id].status == "resting"
    lagging.clock.pass_s(0.499)
    assert seen(lagging, lagging.alice).resting
    lagging.clock.pass_s(0.001)
    assert seen(lagging, lagging.alice).orders[mine.order_id].status == "canceled"
    assert not seen(lagging, lagging.alice).resting


def test_as_of_never_promises_more_than_is_shown(lagging: Desk) -> None:
    mutation_ms = lagging.place(lagging.alice, "bid", "0.40", 5).ts_ms
    while lagging.exchange.reads.as_of_us() < mutation_ms * 1_000:
        assert not seen(lagging, lagging.alice).orders
        lagging.clock.pass_s(0.1)
    assert seen(lagging, lagging.alice).orders


def test_what_happens_late_is_not_shown_later_than_promised(lagging: Desk) -> None:
    # An expiry is carried out by the first call after it; its date is the expiry itself.
    lagging.place(lagging.alice, "bid", "0.40", 5, expiration_s=START_MS // 1_000 + 10)
    lagging.clock.pass_s(60)
    assert not seen(lagging, lagging.alice).resting


def test_everything_about_an_account_arrives(lagging: Desk) -> None:
    exchange = lagging.exchange
    group = exchange.groups.create(lagging.alice, 100_000)
    gone = exchange.groups.create(lagging.alice, 100_000)
    number = exchange.accounts.create_subaccount(lagging.alice)
    exchange.transfers.between_subaccounts(lagging.alice, "t", 0, number, 1_000)
    exchange.accounts.set_netting(lagging.alice, number, False)
    exchange.allocations.set(lagging.alice, [(0, 100)], "max")
    exchange.transfers.between_shards(
        lagging.alice,
        client_transfer_id=None,
        source="event_contract",
        destination="event_contract",
        amount_e6=1_000_000,
        source_shard=0,
        destination_shard=1,
        source_subaccount=0,
        destination_subaccount=0,
    )
    exchange.accounts.withdraw(lagging.alice, Decimal(5))
    lagging.place(lagging.alice, "bid", "0.40", 5, order_group_id=group.order_group_id, client_order_id="a")
    lagging.place(lagging.bob, "ask", "0.40", 2)
    exchange.markets.add(OTHER)
    lagging.place(lagging.alice, "bid", "0.40", 5, ticker=OTHER)
    lagging.place(lagging.bob, "ask", "0.40", 2, ticker=OTHER)
    exchange.market(OTHER).settle("yes")
    exchange.groups.delete(lagging.alice, gone.order_group_id)
    lagging.clock.pass_s(0.5)
    copied, live = seen(lagging, lagging.alice), lagging.alice
    assert copied is not live
    # Ids of transfers and windows of groups belong to the engine alone.
    windowless = {
        key: replace(value, fills=type(value.fills)(), window_e2=0) for key, value in live.groups.items()
    }
    assert copied == replace(live, transfer_ids=set(), groups=windowless)
    assert exchange.reads.resting_commitment_e6(copied, None, 0) == exchange.reads.resting_commitment_e6(
        live, None, 0
    )


def test_a_copy_does_not_follow_the_live_records(lagging: Desk) -> None:
    mine = lagging.place(lagging.alice, "bid", "0.40", 5).order
    lagging.clock.pass_s(0.5)
    copied = seen(lagging, lagging.alice)
    lagging.take(lagging.bob, "ask", "0.40", 2)
    assert (mine.filled_e2, copied.orders[mine.order_id].filled_e2) == (200, 0)
    assert not copied.fills
    assert not copied.positions


def test_mutations_accept_the_lagging_copy_of_an_account(lagging: Desk) -> None:
    lagging.place(seen(lagging, lagging.alice), "bid", "0.40", 5)
    assert len(lagging.alice.resting) == 1


def test_the_historical_cutoff_lies_three_months_back_and_can_be_moved(desk: Desk) -> None:
    assert desk.exchange.historical_cutoff_us == START_MS * 1_000 - 90 * 86_400_000_000
    desk.exchange.historical_cutoff_us = START_MS * 1_000


def lively(seed: int) -> Desk:
    desk = Desk(seed=seed)
    traders = SimulatedTraders(desk.exchange, [TICKER], count=4, seed=seed)
    for _ in range(60):
        traders.step()
        desk.clock.pass_s(0.5)
    return desk


def test_equal_seeds_make_equal_exchanges_to_the_last_id() -> None:
    assert lively(3).exchange.reads.snapshot() == lively(3).exchange.reads.snapshot()
    assert lively(3).exchange.reads.snapshot() != lively(4).exchange.reads.snapshot()


def test_traders_quote_trade_and_move_the_price() -> None:
    desk = Desk()
    traders = SimulatedTraders(desk.exchange, [TICKER], count=4)
    prices = set()
    for _ in range(100):
        traders.step()
        desk.clock.pass_s(0.5)
        prices.add(desk.exchange.markets[TICKER].last_price_e4)
    bids, asks = desk.depth()
    assert bids
    assert asks
    assert len(prices) > 5
    assert all(maker.fills for maker in traders.makers)


def test_traders_leave_a_closed_market_alone(desk: Desk) -> None:
    traders = SimulatedTraders(desk.exchange, [TICKER])
    desk.exchange.market(TICKER).close()
    traders.step()
    assert desk.depth() == ([], [])


def test_traders_meet_the_orders_of_a_strategy() -> None:
    desk = Desk()
    traders = SimulatedTraders(desk.exchange, [TICKER], count=3)
    desk.place(desk.alice, "bid", "0.97", 30)
    for _ in range(50):
        traders.step()
        desk.clock.pass_s(0.5)
    assert desk.alice.fills
