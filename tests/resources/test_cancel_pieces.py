"""A bulk cancel is as quick as canceling one by one, and cuts anew whatever changes meanwhile."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
from tenacity import stop_after_attempt

from kalshi_async import (
    CreatedOrder,
    CreateOrder,
    DeadlineExceeded,
    Hooks,
    InvalidRequest,
    RateLimited,
    RetryPolicy,
    Session,
)
from kalshi_async.hooks import WaitEvent
from kalshi_async.resources._pieces import MOST_UNDER_WAY
from kalshi_async.sandbox import Sandbox, SandboxAccount
from kalshi_async.sandbox.access.costs import Price
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.account.queues import ADDING, REDUCING
from tests.conftest import START_MS
from tests.stages.scripted import Scripted, body_of
from tests.stages.served import TICKER, session_of

Canceling = Callable[[Session, list[CreatedOrder]], Awaitable[object]]


async def in_bulk(session: Session, orders: list[CreatedOrder]) -> None:
    (await session.orders.cancel_batch(orders)).raise_for_errors()


async def one_by_one(session: Session, orders: list[CreatedOrder]) -> None:
    await asyncio.gather(*map(session.orders.cancel, orders))


class Way(httpx.AsyncBaseTransport):
    """The way to the exchange, which takes the same time in both directions."""

    def __init__(self, sandbox: Sandbox, seconds: float) -> None:
        self._inner = httpx.ASGITransport(sandbox.app)
        self._seconds = seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._seconds)
        response = await self._inner.handle_async_request(request)
        await asyncio.sleep(self._seconds)
        return response


async def canceled_after_s(tier: str, count: int, canceling: Canceling, way_s: float) -> list[float]:
    """Return when each order was canceled at the exchange, from buckets that are at the headroom."""
    clock = VirtualClock(START_MS)
    sandbox = Sandbox(tier=tier, clock=clock)
    member = sandbox.add_account("alice", cash=Decimal(1_000_000))
    async with session_of(sandbox, member, clock, base_transport=Way(sandbox, way_s)) as session:
        orders = [CreateOrder(TICKER, "bid", 1, "0.10") for _ in range(count)]
        placed = (await session.with_options(deadline_s=600).orders.create_batch(orders)).ok
        assert len(placed) == count
        write = session.rate_limits.write
        await clock.sleep(3)
        await write.take(write.largest(ADDING), ADDING)
        sandbox.budget.charge(member.account, Price(int(write.largest(ADDING)), "write"))
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
    # One request of 50 once left when the tokens of all of them had come: 1.05 s for the first.
    bulk = await canceled_after_s(tier, count, in_bulk, way_s)
    single = await canceled_after_s(tier, count, one_by_one, way_s)
    for name, of in (("first", min), ("median", statistics.median), ("last", max)):
        print(f"{tier}, {count} orders, {way_s} s: {name}, bulk {of(bulk):.3f}, one by one {of(single):.3f}")
        assert of(bulk) <= of(single) + 1e-3


TOO_MANY = httpx.Response(429, json={"error": "too many requests"})
CANCELS = "/portfolio/events/orders/batched"


@dataclass
class Bench:
    """A member at tier basic with resting orders; requests to cancel in bulk meet a script."""

    clock: VirtualClock
    exchange: httpx.AsyncBaseTransport
    network: Scripted
    session: Session
    member: SandboxAccount

    async def resting(self, count: int) -> list[CreatedOrder]:
        orders = [CreateOrder(TICKER, "bid", 1, "0.10") for _ in range(count)]
        placed = await self.session.with_options(deadline_s=60).orders.create_batch(orders)
        await self.clock.sleep(2)
        self.network.requests.clear()
        return placed.ok

    @property
    def sizes(self) -> list[int]:
        """Items of each request that was sent."""
        return [body_of(request).count(b"order_id") for request in self.network.requests]

    @property
    def left(self) -> int:
        return sum(order.remaining_e2 > 0 for order in self.member.account.orders.values())


@pytest.fixture
async def bench(clock: VirtualClock) -> AsyncIterator[Bench]:
    async with bench_of(clock) as bench:
        yield bench


@asynccontextmanager
async def bench_of(clock: VirtualClock, **options: Any) -> AsyncIterator[Bench]:
    sandbox = Sandbox(tier="basic", clock=clock)
    exchange = httpx.ASGITransport(sandbox.app)
    network = Scripted(inner=exchange, path=CANCELS)
    member = sandbox.add_account("alice")
    async with session_of(sandbox, member, clock, base_transport=network, **options) as session:
        yield Bench(clock, exchange, network, session, member)


async def test_a_single_cancel_behind_a_bulk_one_waits_for_one_item_at_most(bench: Bench) -> None:
    orders = await bench.resting(51)
    await bench.session.rate_limits.write.take(90, REDUCING)
    began_s = bench.clock.monotonic()
    bulk = asyncio.create_task(bench.session.orders.cancel_batch(orders[1:]))
    await asyncio.sleep(0.3)
    await bench.session.orders.cancel(orders[0])
    assert bench.clock.monotonic() - began_s <= 0.3 + 2 * 0.02 + 1e-6
    (await bulk).raise_for_errors()
    assert bench.left == 0


async def test_legs_stand_in_the_order_of_the_requests_whichever_piece_ends_first(bench: Bench) -> None:
    async def late(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1)
        return await bench.exchange.handle_async_request(request)

    orders = await bench.resting(20)
    await bench.session.rate_limits.write.take(90, REDUCING)
    bench.network.play(late)
    result = await bench.session.orders.cancel_batch(orders)
    assert [leg.request.order_id for leg in result] == [order.order_id for order in orders]
    result.raise_for_errors()


async def test_a_piece_that_meets_a_429_is_cut_into_smaller_ones(bench: Bench) -> None:
    # Another program has spent what this one believed to have.
    orders = await bench.resting(40)
    bench.network.play(TOO_MANY)
    (await bench.session.orders.cancel_batch(orders)).raise_for_errors()
    first, *later = bench.sizes
    assert (first, sum(later), bench.left) == (40, 40, 0)
    assert max(later) < 10


async def test_429s_by_a_gateway_are_outlasted(bench: Bench) -> None:
    async def gateway(request: httpx.Request) -> httpx.Response:
        if bench.clock.monotonic() < until_s:
            return TOO_MANY
        return await bench.exchange.handle_async_request(request)

    orders = await bench.resting(10)
    until_s = bench.clock.monotonic() + 3
    bench.network.play(*[gateway] * 1_000)
    result = await bench.session.orders.cancel_batch(orders)
    result.raise_for_errors()
    assert len(bench.network.requests) < 200, "the waits between attempts grow"


async def test_items_refused_until_the_deadline_are_certainly_not_executed(bench: Bench) -> None:
    orders = await bench.resting(5)
    bench.network.play(*[TOO_MANY] * 1_000)
    began_s = bench.clock.monotonic()
    result = await bench.session.with_options(deadline_s=0.7).orders.cancel_batch(orders)
    assert bench.clock.monotonic() - began_s == pytest.approx(0.7, abs=0.5)
    for leg in result:
        assert isinstance(leg.error, RateLimited), "it says more than that the time is over"
    assert bench.left == 5


async def test_a_limit_on_attempts_holds_for_the_pieces_as_well(clock: VirtualClock) -> None:
    async with bench_of(clock, retry=RetryPolicy(stop=stop_after_attempt(2))) as bench:
        orders = await bench.resting(3)
        bench.network.play(*[TOO_MANY] * 1_000)
        result = await bench.session.orders.cancel_batch(orders)
    assert [type(leg.error) for leg in result] == [RateLimited] * 3


async def test_without_tokens_each_piece_ends_at_its_deadline(bench: Bench) -> None:
    orders = await bench.resting(60)
    write = bench.session.rate_limits.write
    write.configure(100, 0)
    await write.take(write.tokens(), REDUCING)
    began_s = bench.clock.monotonic()
    result = await bench.session.orders.cancel_batch(orders)
    # As many as a full bucket pays for at a time: 50, then 10, each 5 s.
    assert bench.clock.monotonic() - began_s == pytest.approx(10)
    assert [type(leg.error) for leg in result] == [DeadlineExceeded] * 60
    assert [leg.error.sent for leg in result if leg.error] == [False] * 60
    assert bench.network.requests == []


async def test_a_batch_whose_time_is_over_gives_its_tokens_back(bench: Bench) -> None:
    orders = await bench.resting(5)
    tokens = bench.session.rate_limits.write.tokens()
    with pytest.raises(InvalidRequest):
        await bench.session.with_options(deadline_s=0).orders.cancel_batch(orders)
    assert bench.session.rate_limits.write.tokens() == tokens


async def test_a_batch_that_is_refused_before_its_first_attempt_gives_its_tokens_back(bench: Bench) -> None:
    orders = await bench.resting(5)
    result = await asyncio.to_thread(asyncio.run, bench.session.orders.cancel_batch(orders))
    assert all("opened on another event loop" in str(leg.error) for leg in result)
    assert bench.session.rate_limits.write.tokens() == 100
    assert bench.network.requests == []


async def test_a_piece_whose_limits_shrink_while_it_is_sent_again_is_cut_again(bench: Bench) -> None:
    async def refused(request: httpx.Request) -> httpx.Response:
        bench.session.rate_limits.write.configure(20, 100)
        raise httpx.ConnectError("no route")

    orders = await bench.resting(40)
    bench.network.play(refused)
    (await bench.session.orders.cancel_batch(orders)).raise_for_errors()
    assert bench.left == 0
    assert bench.sizes[0] == 40
    assert max(bench.sizes[1:]) <= 10


async def test_creates_whose_limits_shrink_while_they_wait_are_cut_again(bench: Bench) -> None:
    write = bench.session.rate_limits.write
    await write.take(90, REDUCING)
    orders = [CreateOrder(TICKER, "bid", 1, "0.10") for _ in range(12)]
    batch = asyncio.create_task(bench.session.orders.create_batch(orders))
    await asyncio.sleep(0.3)
    write.configure(40, 100, headroom=4)
    (await batch).raise_for_errors()
    assert [body_of(request).count(b"client_order_id") for request in bench.network.requests[-4:]] == [3] * 4
    assert len(bench.member.account.orders) == 12


async def test_the_hook_hears_of_the_wait_of_each_piece(clock: VirtualClock) -> None:
    waits: list[WaitEvent] = []
    async with bench_of(clock, hooks=Hooks(on_wait=waits.append)) as bench:
        orders = await bench.resting(8)
        waits.clear()
        await bench.session.rate_limits.write.take(94, REDUCING)
        (await bench.session.orders.cancel_batch(orders)).raise_for_errors()
    assert {event.operation for event in waits} == {"batch_cancel_orders"}
    assert len(waits) >= 5


async def test_no_more_than_so_many_requests_of_a_batch_are_under_way(bench: Bench) -> None:
    under_way = most = 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(3)
        under_way -= 1
        return await bench.exchange.handle_async_request(request)

    orders = await bench.resting(120)
    await bench.session.rate_limits.write.take(100, REDUCING)
    bench.network.play(*[slow] * 200)
    (await bench.session.orders.cancel_batch(orders)).raise_for_errors()
    assert most == MOST_UNDER_WAY
