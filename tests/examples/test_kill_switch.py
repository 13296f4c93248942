"""The kill switch: it stops everything it can, and says flat only when that is known."""

from __future__ import annotations

import asyncio

import pytest

from examples import kill_switch
from examples.kill_switch import count_resting, kill, quote_everywhere
from kalshi_async import ALL, CreateOrder, Session
from kalshi_async.sandbox.faults import ServerFailure
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.examples.stage import TICKER, account, trading


async def quote_once(session: Session, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.01"))


async def test_everything_is_stopped_and_the_positions_are_named(
    clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    async with trading(clock) as (session, exchange):
        exchange.market(TICKER).quote("ask", "0.50", 1)
        await quote_everywhere(session)
        await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.01"))
        assert len(account(exchange).resting) == 7
        assert await kill(session, clock) == 0
        assert not account(exchange).resting
        assert all(group.is_triggered for group in account(exchange).groups.values())
    printed = capsys.readouterr().out
    assert f"subaccount 0 holds 1.00 of {TICKER}" in printed
    assert printed.endswith("0 orders rest: nothing rests, positions are open\n")
    assert "flat" not in printed


async def test_an_account_without_positions_is_called_flat(
    clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    async with trading(clock) as (session, _):
        await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.01"))
        assert await kill(session, clock) == 0
    assert capsys.readouterr().out.endswith("0 orders rest: flat\n")


async def test_groups_of_subaccounts_are_triggered_too(clock: VirtualClock) -> None:
    # A group that is addressed in another scope is not found.
    async with trading(clock) as (session, exchange):
        number = exchange.exchange.accounts.create_subaccount(account(exchange))
        await session.order_groups.create(contracts_limit=10, subaccount=number)
        assert await kill(session, clock) == 0
        assert [group.is_triggered for group in account(exchange).groups.values()] == [True]


async def test_groups_on_other_shards_are_triggered_too(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        await session.order_groups.create(contracts_limit=10, exchange_index=2)
        assert await kill(session, clock) == 0
        assert [group.is_triggered for group in account(exchange).groups.values()] == [True]


async def test_what_rests_after_all_is_not_called_flat(
    clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    async with trading(clock) as (session, exchange):
        await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.01"))
        exchange.faults.every("cancel_all_orders", ServerFailure(503))
        assert await kill(session, clock) == 1
        assert len(account(exchange).resting) == 1
    assert "1 orders rest: NOT FLAT" in capsys.readouterr().out


async def test_what_comes_within_the_next_minute_is_waited_for(clock: VirtualClock) -> None:
    # Canceling all reaches it, in the exchange's own time.
    async with trading(clock) as (session, exchange):
        latecomer = asyncio.create_task(quote_once(session, after_s=10))
        await clock.sleep(9.9)
        await session.orders.cancel_all(subaccount=ALL)
        await latecomer
        assert len(account(exchange).resting) == 1
        assert await count_resting(session, clock) == 0


async def test_a_program_that_goes_on_quoting_is_not_called_flat(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every step of the shutdown has worked, and still it is not over.
    monkeypatch.setattr(kill_switch, "PATIENCE_S", 3)
    async with trading(clock) as (session, exchange):

        async def quote_on() -> None:
            while True:
                await quote_once(session, after_s=0.04)

        other_program = asyncio.create_task(quote_on())
        assert await kill(session, clock) == 1
        assert account(exchange).resting
        other_program.cancel()


@pytest.mark.parametrize("step", ["trigger_order_group", "get_order_groups", "get_subaccount_balances"])
async def test_a_failing_step_holds_nothing_up_and_is_told(clock: VirtualClock, step: str) -> None:
    # A group that was not triggered may quote again: that nothing rests now is not enough.
    async with trading(clock) as (session, exchange):
        await quote_everywhere(session)
        exchange.faults.every(step, ServerFailure(503))
        assert await kill(session, clock) == 1
        assert not account(exchange).resting


@pytest.mark.parametrize(
    ("step", "failed"),
    [
        ("get_user_data_timestamp", "count resting orders"),
        ("get_orders", "count resting orders"),
        ("get_positions", "list positions"),
    ],
)
async def test_what_cannot_be_seen_is_not_called_flat(
    clock: VirtualClock, capsys: pytest.CaptureFixture[str], step: str, failed: str
) -> None:
    # And what has failed before is told all the same.
    async with trading(clock) as (session, exchange):
        await quote_everywhere(session)
        exchange.faults.every(step, ServerFailure(503))
        exchange.faults.every("trigger_order_group", ServerFailure(503))
        assert await kill(session, clock) == 1
    printed = capsys.readouterr().out
    assert f"FAILED to {failed}" in printed
    assert printed.count("FAILED to trigger group") == 3
    assert printed.endswith("orders rest: NOT FLAT\n")


async def test_reads_that_lag_for_half_a_minute_are_waited_for(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        await quote_everywhere(session)
        exchange.faults.lag_reads(30_000)
        assert await kill(session, clock) == 0


async def test_one_group_that_fails_does_not_spare_the_others(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        await quote_everywhere(session)
        for call in range(1, 25):  # every attempt at the first group
            exchange.faults.on("trigger_order_group", ServerFailure(503), call=call)
        assert await kill(session, clock) == 1
        assert sum(group.is_triggered for group in account(exchange).groups.values()) == 2


async def test_an_order_that_reads_do_not_show_yet_is_not_overlooked(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        exchange.faults.lag_reads(3_000)
        await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.01"))
        assert await session.orders.list(status="resting").collect() == []
        assert await count_resting(session, clock) == 1
