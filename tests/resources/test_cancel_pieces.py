"""A bulk cancel is as quick as canceling one by one, and cuts anew whatever changes meanwhile."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Awaitable, Callable
from decimal import Decimal

import httpx
import pytest

from kalshi_async import (
    CreatedOrder,
    CreateOrder,
    DeadlineExceeded,
    Hooks,
    KalshiError,
    NotFound,
    RateLimited,
    RetryPolicy,
    Session,
)
from kalshi_async.hooks import WaitEvent
from kalshi_async.resources._pieces import MOST_UNDER_WAY
from kalshi_async.sandbox import Sandbox, SandboxAccount
from kalshi_async.sandbox.access.budget import TIERS
from kalshi_async.sandbox.virtual_time import VirtualClock
from tenacity import stop_after_attempt
from tests.account.load import Distant
from tests.account.queues import ADDING, REDUCING
from tests.conftest import START_MS
from tests.stages.scripted import Line, Scripted
from tests.stages.served import TICKER, session_of

Canceling = Callable[[Session, list[CreatedOrder]], Awaitable[object]]


async def in_bulk(session: Session, orders: list[CreatedOrder]) -> None:
    (await session.orders.cancel_batch(orders)).raise_for_errors()


async def one_by_one(session: Session, orders: list[CreatedOrder]) -> None:
    await asyncio.gather(*map(session.orders.cancel, orders))


async def canceled_after_s(tier: str, count: int, canceling: Canceling, way_s: float) -> list[float]:
    """Return when each order was canceled at the exchange, from a bucket that is at its headroom."""
    clock = VirtualClock(START_MS)
    sandbox = Sandbox(tier=tier, clock=clock)
    member = sandbox.add_account("alice", cash=Decimal(1_000_000))
    dice = random.Random(7)
    way = Distant(sandbox, dice) if way_s else httpx.ASGITransport(sandbox.app)
    async with session_of(sandbox, member, clock, base_transport=way) as session:
        orders = [CreateOrder(TICKER, "bid", 1, "0.10") for _ in range(count)]
        placed = (await session.with_options(deadline_s=600).orders.create_batch(orders)).ok
        assert len(placed) == count
        write = session.rate_limits.write
        await clock.sleep(3)
        await write.take(write.largest(ADDING), ADDING)
        charged = sandbox.budget.charge
        assert charged is not None
        sandbox.budget._buckets(member.account).write.take(int(write.capacity - write.headroom))
        started_us = clock.now_ms() * 1_000
        await canceling(session, placed)
        rows = [member.account.orders[order.order_id] for order in placed]
    assert {row.remaining_e2 for row in rows} == {0}
    return sorted((row.updated_us - started_us) / 1e6 for row in rows)


@pytest.mark.parametrize("way_s", [0, 0.04])
@pytest.mark.parametrize(("tier", "count"), [("basic", 50), ("advanced", 200), ("premier", 400)])
async def test_from_the_headroom_bulk_is_not_later_than_one_by_one(
    tier: str, count: int, way_s: float
) -> None:
    bulk = await canceled_after_s(tier, count, in_bulk, way_s)
    single = await canceled_after_s(tier, count, one_by_one, way_s)
    for name, of in (("first", min), ("median", statistics.median), ("last", max)):
        print(
            f"{tier}, {count} orders, {way_s} s away, {name}: bulk {of(bulk):.3f} s, single {of(single):.3f} s"
        )
        # The way there is drawn by chance; without a way both are exact.
        assert of(bulk) <= of(single) + way_s
