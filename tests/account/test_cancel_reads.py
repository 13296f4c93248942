"""The reads that a cancel needs are sent before all other reads that wait for tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from kalshi_async import (
    CreateOrder,
)
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.scene import RESET, Scene, new_order, opened, refusal

FAR_TICKER = "KXSHARD1-26NOV23-T100"


@pytest.fixture
async def basic(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock, tier="basic") as scene:
        yield scene


async def backfill(scene: Scene) -> asyncio.Task[object]:
    """Five hundred lists that wait for read tokens, for minutes."""
    patient = scene.session.with_options(deadline_s=600)
    lists = asyncio.gather(*(patient.fills.list().collect() for _ in range(500)))
    await scene.clock.sleep(0.1)
    assert scene.session.rate_limits.read.waiting > 400
    return asyncio.ensure_future(lists)


async def stop(task: asyncio.Task[object]) -> None:
    assert not task.done(), "nothing was overtaken"
    task.cancel()
    await asyncio.wait([task])


async def test_a_cancel_by_bare_id_is_looked_up_ahead_of_a_backfill(basic: Scene) -> None:
    exchange = basic.sandbox.exchange
    exchange.markets.add(FAR_TICKER, exchange_index=1)
    exchange.accounts.deposit(basic.account, new_order().count * 1_000, exchange_index=1)
    order = await basic.session.orders.create(CreateOrder(FAR_TICKER, "bid", 10, "0.10"))
    await basic.clock.sleep(3)
    waiting = await backfill(basic)
    reply = await basic.session.orders.cancel(order.order_id)
    assert reply.reduced_by == 10
    await stop(waiting)


async def test_a_cancel_in_doubt_is_settled_ahead_of_a_backfill(basic: Scene) -> None:
    order = await basic.session.orders.create(new_order(10))
    await basic.clock.sleep(3)
    waiting = await backfill(basic)

    async def lost(request: httpx.Request) -> httpx.Response:
        if request.method != "DELETE":
            return await basic.inner.handle_async_request(request)
        deletes.append(request)
        if len(deletes) == 1:
            await (await basic.inner.handle_async_request(request)).aread()
            raise RESET
        return refusal(404, "not_found")

    deletes: list[httpx.Request] = []
    basic.network.play(*[lost] * 1_000)
    reply = await basic.session.orders.cancel(order)
    assert reply.order_id == order.order_id
    assert len(deletes) == 2
    await stop(waiting)
