"""What a switch verifies at its entry, and that a scope it cannot reach is an error there."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from kalshi_async import (
    CreateOrder,
    DeadlineExceeded,
    Forbidden,
    InvalidRequest,
    OrderGroup,
    RiskGateClosed,
    SessionView,
    TransportError,
)
from kalshi_async.sandbox.faults import ServerFailure
from tests.stages.scene import RESET, Scene, new_order
from tests.stages.scripted import silence
from tests.stages.served import TICKER, Stage, session_of


async def entered(session: SessionView, group: str) -> bool:
    async with session.dead_man(order_group_id=group):
        return True


@pytest.mark.parametrize("lag", [0, 2_000])
async def test_a_group_of_another_shard_is_an_error_at_entry(scene: Scene, lag: int) -> None:
    scene.sandbox.faults.lag_reads(lag)
    group = await scene.session.order_groups.create(contracts_limit=5, exchange_index=2)
    with pytest.raises(InvalidRequest, match="is on shard 2") as caught:
        await entered(scene.session, group.order_group_id)
    assert "verified its scope" in caught.value.__notes__[0]
    assert await entered(scene.session.with_options(exchange_index=2), group.order_group_id)


@pytest.mark.parametrize("lag", [0, 2_000])
async def test_a_group_of_another_subaccount_is_an_error_at_entry(stage: Stage, lag: int) -> None:
    stage.subaccounts(1)
    stage.sandbox.faults.lag_reads(lag)
    group = await stage.session.order_groups.create(contracts_limit=5, subaccount=1)
    with pytest.raises(InvalidRequest, match="in subaccount 0"):
        await entered(stage.session, group.order_group_id)
    assert await entered(stage.session.with_options(subaccount=1), group.order_group_id)


async def test_a_group_that_does_not_exist_is_an_error_at_entry(scene: Scene) -> None:
    with pytest.raises(InvalidRequest, match="no order group no-such-group"):
        await entered(scene.session, "no-such-group")
    assert scene.session.rate_limits.gate.closed == {}


NO_SUBACCOUNTS: list[object] = ["0", "ALL", "", 0.0, True, False, [], [0], {}, (0,), -1, 64, b"0"]
NO_GROUPS: list[object] = [
    '"g"',
    "'g'",
    '"g',
    "g`",
    "order_group_id=g",
    "g ",
    "",
    ".",
    0,
    False,
    5,
    [],
    ["g"],
]
SCOPES: list[dict[str, object]] = [
    *[{"subaccount": value} for value in NO_SUBACCOUNTS],
    *[{"order_group_id": value} for value in [*NO_GROUPS, ["g"], {"order_group_id": "g"}, b"g"]],
    {},
    {"subaccount": 0, "order_group_id": "g"},
]


@pytest.mark.parametrize("given", SCOPES, ids=str)
async def test_a_scope_that_cannot_work_is_refused_when_the_switch_is_made(scene: Scene, given: Any) -> None:
    # Otherwise the program quotes under a switch that will not find its orders.
    with pytest.raises(InvalidRequest, match=r"subaccount|order_group_id|an order group or its id"):
        scene.session.dead_man(**given)


@pytest.mark.parametrize("name", ["subaccount", "order_group_id"])
async def test_a_scope_whose_await_was_forgotten_is_refused(scene: Scene, name: Any) -> None:
    unsent = scene.session.order_groups.create(contracts_limit=5)
    with pytest.raises(InvalidRequest, match="was not awaited: write 'await' before it"):
        scene.session.dead_man(**{name: unsent})  # type: ignore[call-overload]  # that is the point
    unsent.close()


async def test_a_subaccount_that_does_not_exist_is_an_error_at_entry(stage: Stage) -> None:
    stage.subaccounts(2)
    async with stage.session.dead_man(subaccount=2):
        pass
    with pytest.raises(InvalidRequest, match="no subaccount 3"):
        async with stage.session.dead_man(subaccount=3):
            pass


@pytest.mark.parametrize("lag", [0, 2_000])
async def test_the_created_group_knows_where_it_is(stage: Stage, lag: int) -> None:
    stage.sandbox.faults.lag_reads(lag)
    stage.subaccounts(1)
    stage.sandbox.exchange.transfers.between_subaccounts(stage.account, "more", 0, 1, 100)
    group = await stage.session.order_groups.create(contracts_limit=5, subaccount=1)
    reads = len(stage.requests("GET"))
    order = CreateOrder(TICKER, "bid", 1, "0.10", order_group_id=group.order_group_id, subaccount=1)
    async with stage.session.dead_man(order_group_id=group) as switch:
        await stage.session.orders.create(order)
    assert not stage.account.resting
    assert len(stage.requests("GET")) == reads, "there was nothing to verify"
    assert switch.report is not None
    assert switch.report.reads_lag_until_ms is not None
    await stage.session.settled(after_ms=switch.report.reads_lag_until_ms)
    assert await stage.session.orders.list(status="resting").collect() == []


async def test_a_row_of_the_list_knows_its_shard(scene: Scene) -> None:
    await scene.session.order_groups.create(contracts_limit=5, exchange_index=2)
    (row,) = await scene.session.order_groups.list()
    async with scene.session.dead_man(order_group_id=row):
        pass
    (group,) = scene.account.groups.values()
    assert group.is_triggered


async def test_group_methods_take_the_group_itself(stage: Stage) -> None:
    stage.subaccounts(1)
    groups = stage.session.order_groups
    group = await groups.create(contracts_limit=5, subaccount=1, exchange_index=2)
    assert (await groups.get(group)).exchange_index == 2
    await groups.update_limit(group, contracts_limit=7)
    await groups.trigger(group)
    await groups.reset(group)
    await groups.delete(group)
    assert not stage.account.groups
    with pytest.raises(InvalidRequest, match="an order group or its id"):
        await groups.trigger(7)  # type: ignore[arg-type]  # what mypy refuses as well


async def test_a_created_group_keeps_the_shard_that_the_reply_does_not_name(scene: Scene) -> None:
    scene.play(httpx.Response(201, json={"order_group_id": "g-1", "subaccount": 0}))
    group = await scene.session.order_groups.create(contracts_limit=5, exchange_index=2)
    assert group.exchange_index == 2


async def test_a_row_whose_shard_is_not_known_has_that_of_the_view(scene: Scene) -> None:
    group = await scene.quote()
    row = OrderGroup(order_group_id=group, is_auto_cancel_enabled=True)
    async with scene.session.dead_man(order_group_id=row):
        pass
    assert not scene.account.resting


@pytest.mark.parametrize(
    "fault", [httpx.ConnectError("refused"), httpx.ReadError("reset")], ids=["refused", "reset"]
)
async def test_a_switch_that_cannot_ask_about_its_scope_is_not_entered(
    scene: Scene, fault: Exception
) -> None:
    group = await scene.session.order_groups.create(contracts_limit=5)
    scene.play(ever=lambda: fault)
    began_s = scene.clock.monotonic()
    with pytest.raises(TransportError):
        async with scene.session.dead_man(order_group_id=group.order_group_id):
            raise AssertionError("entered")
    assert 9 <= scene.clock.monotonic() - began_s <= 10


@pytest.mark.parametrize("outage_s", [1, 3, 8])
async def test_a_switch_that_is_entered_in_an_outage_waits_for_its_end(scene: Scene, outage_s: int) -> None:
    group = await scene.quote()

    async def recover() -> None:
        await asyncio.sleep(outage_s)
        scene.network.play()

    scene.play(*[RESET] * 1_000)
    recovery = asyncio.create_task(recover())
    assert await entered(scene.session, group)
    await recovery
    assert not scene.account.resting


async def test_a_switch_that_cannot_be_verified_in_time_is_not_entered(scene: Scene) -> None:
    group = await scene.quote()
    scene.play(*[silence] * 1_000)
    with pytest.raises(DeadlineExceeded) as caught:
        await entered(scene.session, group)
    assert "verified its scope" in caught.value.__notes__[0]


async def test_a_switch_is_entered_once(scene: Scene) -> None:
    group = await scene.quote()
    switch = scene.session.dead_man(order_group_id=group)

    async def enter_again() -> None:
        await switch.__aenter__()

    async with switch:
        with pytest.raises(InvalidRequest, match="entered once"):
            await enter_again()
        assert len(scene.account.resting) == 1
    assert len(scene.account.resting) == 0
    with pytest.raises(InvalidRequest, match="entered once"):
        await enter_again()


@pytest.mark.parametrize("lag", [0, 2_000])
async def test_a_group_that_was_deleted_inside_is_confirmed_at_once(scene: Scene, lag: int) -> None:
    scene.sandbox.faults.lag_reads(lag)
    group = await scene.session.order_groups.create(contracts_limit=5)
    async with scene.session.dead_man(order_group_id=group) as switch:
        await scene.session.orders.create(new_order(order_group_id=group.order_group_id))
        await scene.session.order_groups.delete(group)
        began_s = scene.clock.monotonic()
    assert scene.clock.monotonic() - began_s < 0.1
    assert switch.report is not None
    assert switch.report.confirmed


async def test_a_restricted_key_reaches_its_own_groups_and_no_other_subaccount(stage: Stage) -> None:
    stage.subaccounts(2)
    keys = stage.sandbox.add_key(stage.alice, subaccount=1)
    session = await stage.exits.enter_async_context(session_of(stage.sandbox, keys, stage.clock))
    group = await session.order_groups.create(contracts_limit=5)
    gate = session.rate_limits.gate
    knew = gate.has_restricted_key
    assert await entered(session, group.order_group_id)
    assert (knew, gate.has_restricted_key) == (False, True)
    for other in (0, 2):
        with pytest.raises(Forbidden):
            async with session.dead_man(subaccount=other):
                pass
    with pytest.raises(Forbidden):
        await entered(session.with_options(subaccount=2), group.order_group_id)


async def test_with_a_restricted_key_an_order_that_names_no_subaccount_is_held_back(stage: Stage) -> None:
    stage.subaccounts(1)
    keys = stage.sandbox.add_key(stage.alice, subaccount=1)
    session = await stage.exits.enter_async_context(session_of(stage.sandbox, keys, stage.clock))
    refused: list[bool] = []

    async def late() -> None:
        with pytest.raises(RiskGateClosed):
            await session.orders.create(new_order())
        refused.append(True)

    async with session.dead_man(subaccount=1):
        stage.sandbox.faults.on("cancel_all_orders", ServerFailure(503), call=1)
        asyncio.get_running_loop().call_later(0.02, asyncio.ensure_future, late())
    await asyncio.sleep(1)
    assert refused
