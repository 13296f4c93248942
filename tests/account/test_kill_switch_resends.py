"""Resends stop once a trigger, a cancel-all, a deletion or a dead-man of the same scope has begun.

A quote that is sent again behind a kill switch would rest after everything was
canceled. What reduces risk, and what belongs to another scope, goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest

from kalshi_async import (
    ALL,
    CreateOrder,
    KalshiError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RiskGateClosed,
    Session,
)
from tests.stages.scene import RESET, Scene, new_order
from tests.stages.scripted import Line
from tests.stages.served import TICKER

Kill = Callable[[Session, str], Awaitable[object]]


async def trigger(session: Session, group: str) -> None:
    await session.order_groups.trigger(group)


async def delete(session: Session, group: str) -> None:
    await session.order_groups.delete(group)


async def cancel_all(session: Session, group: str) -> None:
    await session.orders.cancel_all(subaccount=0)


async def cancel_everything(session: Session, group: str) -> None:
    await session.orders.cancel_all(subaccount=ALL)


async def dead_man_of_the_group(session: Session, group: str) -> None:
    async with session.dead_man(order_group_id=group):
        pass


async def dead_man_of_the_subaccount(session: Session, group: str) -> None:
    async with session.dead_man(subaccount=0):
        pass


async def dead_man_of_everything(session: Session, group: str) -> None:
    async with session.dead_man(subaccount=ALL):
        pass


def by_path(session: Session) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=session.transport, base_url=session.environment.rest_url)


async def trigger_by_path(session: Session, group: str) -> None:
    await by_path(session).put(f"/portfolio/order_groups/{group}/trigger")


async def delete_by_path(session: Session, group: str) -> None:
    await by_path(session).delete(f"/portfolio/order_groups/{group}")


async def cancel_all_by_path(session: Session, group: str) -> None:
    await by_path(session).delete("/portfolio/events/orders?subaccount=0")


async def cancel_everything_by_path(session: Session, group: str) -> None:
    await by_path(session).delete("/portfolio/events/orders")


KILLS: list[Kill] = [
    trigger,
    delete,
    cancel_all,
    cancel_everything,
    dead_man_of_the_group,
    dead_man_of_the_subaccount,
    dead_man_of_everything,
    trigger_by_path,
    delete_by_path,
    cancel_all_by_path,
    cancel_everything_by_path,
]
every_kill = pytest.mark.parametrize("kill", KILLS, ids=lambda kill: kill.__name__)


async def overtaken(
    scene: Scene, order: CreateOrder, kill: Callable[[], Awaitable[object]], *script: Line
) -> asyncio.Task[object]:
    """Lose an order's first answer and let a kill switch overtake it before it is sent again."""
    scene.play(*script)
    call = asyncio.ensure_future(scene.session.orders.create(order))
    await scene.has_written(len(script))
    await kill()
    await asyncio.wait([call])
    return call


def creates(scene: Scene) -> int:
    return sum(request.method == "POST" for request in scene.network.requests)


@every_kill
async def test_a_lost_order_is_not_sent_again_behind_a_kill_switch(scene: Scene, kill: Kill) -> None:
    group = (await scene.session.order_groups.create(contracts_limit=100)).order_group_id
    order = new_order(order_group_id=group, subaccount=0)
    call = await overtaken(scene, order, lambda: kill(scene.session, group), RESET)
    assert isinstance(call.exception(), OutcomeUnknown)
    assert creates(scene) == 1
    assert not scene.account.resting


@every_kill
async def test_an_order_that_was_refused_with_429_is_not_sent_again_behind_it_either(
    scene: Scene, kill: Kill
) -> None:
    # It waits in the bucket, where the kill switch overtakes it; nothing is in doubt here.
    group = (await scene.session.order_groups.create(contracts_limit=100)).order_group_id
    order = new_order(order_group_id=group, subaccount=0)
    call = await overtaken(scene, order, lambda: kill(scene.session, group), httpx.Response(429))
    assert isinstance(call.exception(), (RateLimited, RiskGateClosed))
    error = call.exception()
    assert isinstance(error, KalshiError)
    assert creates(scene) == 1
    assert not scene.account.orders


@every_kill
async def test_an_order_that_was_sent_by_path_is_not_sent_again_behind_it_either(
    scene: Scene, kill: Kill
) -> None:
    group = (await scene.session.order_groups.create(contracts_limit=100)).order_group_id
    body = msgspec.json.encode(new_order(order_group_id=group, subaccount=0))
    scene.play(RESET)
    call = asyncio.ensure_future(by_path(scene.session).post("/portfolio/events/orders", content=body))
    await scene.has_written()
    await kill(scene.session, group)
    await asyncio.wait([call])
    assert isinstance(call.exception(), OutcomeUnknown)
    assert creates(scene) == 1


async def other_subaccount_by_path(session: Session) -> None:
    await by_path(session).delete("/portfolio/events/orders?subaccount=7")


async def other_subaccount(session: Session) -> None:
    await session.orders.cancel_all(subaccount=7)


async def other_group(session: Session) -> None:
    group = await session.order_groups.create(contracts_limit=1)
    await session.order_groups.trigger(group.order_group_id)
    await session.order_groups.delete(group.order_group_id)


async def dead_man_of_another_group(session: Session) -> None:
    group = await session.order_groups.create(contracts_limit=1)
    async with session.dead_man(order_group_id=group.order_group_id):
        pass


@pytest.mark.parametrize(
    "elsewhere", [other_subaccount, other_subaccount_by_path, other_group, dead_man_of_another_group]
)
async def test_a_kill_switch_of_another_scope_stops_nothing(
    scene: Scene, elsewhere: Callable[[Session], Awaitable[None]]
) -> None:
    group = (await scene.session.order_groups.create(contracts_limit=100)).order_group_id
    order = new_order(subaccount=0, order_group_id=group)
    call = await overtaken(scene, order, lambda: elsewhere(scene.session), RESET)
    assert call.exception() is None
    assert len(scene.account.resting) == 1


async def test_an_order_that_names_no_subaccount_is_in_the_primary(scene: Scene) -> None:
    call = await overtaken(scene, new_order(), lambda: scene.session.orders.cancel_all(subaccount=7), RESET)
    assert call.exception() is None
    call = await overtaken(scene, new_order(), lambda: scene.session.orders.cancel_all(subaccount=0), RESET)
    assert isinstance(call.exception(), OutcomeUnknown)


@pytest.mark.parametrize("named", [True, False], ids=["in the body", "in no place"])
async def test_an_order_by_path_is_in_the_subaccount_that_it_names(scene: Scene, named: bool) -> None:
    body = msgspec.json.encode(new_order(subaccount=7) if named else new_order())
    scene.play(RESET)
    call = asyncio.ensure_future(by_path(scene.session).post("/portfolio/events/orders", content=body))
    await scene.has_written()
    await scene.session.orders.cancel_all(subaccount=7)
    await asyncio.wait([call])
    assert isinstance(call.exception(), OutcomeUnknown) is named


async def test_a_batch_of_which_one_leg_is_recalled_is_not_sent_again(scene: Scene) -> None:
    group = (await scene.session.order_groups.create(contracts_limit=100)).order_group_id
    orders = [new_order(order_group_id=group), new_order()]
    scene.play(RESET)
    call = asyncio.ensure_future(scene.session.orders.create_batch(orders))
    await scene.has_written()
    await scene.session.order_groups.trigger(group)
    result = await call
    assert len(result.unknown) == 2
    assert creates(scene) == 1


async def test_an_amend_is_not_sent_again_behind_a_kill_switch(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(subaccount=0))
    scene.play(RESET)
    call = asyncio.ensure_future(scene.session.orders.amend(order, price="0.39"))
    await scene.has_written()
    await scene.session.orders.cancel_all(subaccount=0)
    with pytest.raises(NotFound, match=r"the order reads canceled at 0\.1000") as caught:
        await call  # at its old price: certainly not amended
    assert isinstance(caught.value.__cause__, RiskGateClosed)
    assert caught.value.sent is not False, "the first attempt did leave"
    assert creates(scene) == 1


async def test_a_cancel_is_sent_again_whatever_else_is_canceled(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(subaccount=0))
    scene.play(RESET)
    call = asyncio.ensure_future(scene.session.orders.cancel(order))
    await scene.has_written()
    group = (await scene.session.order_groups.create(contracts_limit=1)).order_group_id
    await scene.session.order_groups.trigger(group)
    assert (await call).order_id == order.order_id


async def test_an_order_sent_after_the_kill_switch_is_repeated_as_ever(scene: Scene) -> None:
    # A recall looks back: who quotes again afterwards means it.
    await scene.session.orders.cancel_all(subaccount=0)
    await scene.clock.sleep(120)
    scene.play(RESET)
    placed = await scene.session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10", subaccount=0))
    scene.assert_resent(2)
    assert set(scene.account.resting) == {placed.order_id}


async def test_a_recall_in_the_queue_gives_the_tokens_back(scene: Scene) -> None:
    tokens = scene.session.rate_limits.write.capacity
    call = await overtaken(
        scene, new_order(subaccount=0), lambda: scene.session.orders.cancel_all(subaccount=0), RESET
    )
    assert isinstance(call.exception(), OutcomeUnknown)
    await scene.clock.sleep(10)
    assert scene.session.rate_limits.write.tokens() == pytest.approx(tokens)
    assert scene.session.rate_limits.write.waiting == 0


async def test_after_a_recall_nothing_is_sent_and_the_order_is_looked_for(scene: Scene) -> None:
    async def recall(request: httpx.Request) -> httpx.Response:
        await scene.session.orders.cancel_all(subaccount=0)
        raise RESET

    scene.play(recall)
    with pytest.raises(OutcomeUnknown):
        await scene.session.orders.create(new_order(subaccount=0))
    assert creates(scene) == 1
    assert scene.clock.monotonic() == 5, "reads cannot prove that it is absent any sooner"
