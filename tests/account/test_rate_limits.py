"""One account's budget: over shards, sessions and processes; and what it learns from a 429."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from kalshi_async import CreateOrder, InvalidRequest, RateLimits, Session
from kalshi_async.contract.account import AccountLimits, BucketLimit, EndpointCost, EndpointCosts
from kalshi_async.contract.exchange import GET_EXCHANGE_STATUS
from kalshi_async.contract.operation import Bucket, Priority
from kalshi_async.contract.orders import CREATE_ORDER
from kalshi_async.rate_limits import JITTER_S
from kalshi_async.sandbox import RequestRecord, Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.account.queues import ADDING, REDUCING
from tests.stages.scene import Scene, opened
from tests.stages.scripted import Scripted
from tests.stages.served import BASE_PATH, CREATE_PATH, TICKER, Stage, session_of

SMALLEST = 10 / 28_800
"""The share that an order fits at the largest tier."""

NO_COSTS = EndpointCosts(default_cost=10, endpoint_costs=[])


def limits_of(refill: int, capacity: int) -> AccountLimits:
    limit = BucketLimit(refill_rate=refill, bucket_capacity=capacity)
    return AccountLimits(usage_tier="some", read=limit, write=limit)


def new_order(ticker: str = TICKER) -> CreateOrder:
    return CreateOrder(ticker, "bid", 1, "0.10")


async def create_many(session: Session, count: int) -> None:
    patient = session.with_options(deadline_s=600)
    await asyncio.gather(*(patient.orders.create(new_order()) for _ in range(count)))


@pytest.fixture
async def basic(clock: VirtualClock, wire: list[RequestRecord]) -> Sandbox:
    return Sandbox(tier="basic", clock=clock, observe=wire.append)


def in_process(
    sandbox: Sandbox, member: SandboxAccount, clock: VirtualClock, limits: RateLimits | None
) -> Session:
    transport = httpx.ASGITransport(sandbox.app)
    return session_of(sandbox, member, clock, base_transport=transport, rate_limits=limits)


def statuses(wire: list[RequestRecord]) -> list[int]:
    return [record.status for record in wire if record.path == CREATE_PATH]


async def test_sessions_of_one_account_share_a_budget_in_a_process(
    basic: Sandbox, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    alice = basic.add_account("alice")
    async with (
        in_process(basic, alice, clock, None) as one,
        in_process(basic, alice, clock, one.rate_limits) as two,
    ):
        started_s = clock.monotonic()
        await asyncio.gather(create_many(one, 60), create_many(two, 60))
    assert statuses(wire) == [201] * 120
    # 90 tokens at once, and 1,110 at 100 per second.
    assert clock.monotonic() - started_s == pytest.approx(JITTER_S + 11.1)


async def test_two_processes_split_a_budget_statically(
    basic: Sandbox, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    alice = basic.add_account("alice")
    async with (
        in_process(basic, alice, clock, RateLimits(clock.monotonic, share=0.5)) as one,
        in_process(basic, alice, clock, RateLimits(clock.monotonic, share=0.5)) as two,
    ):
        assert (one.rate_limits.write.capacity, one.rate_limits.write.refill_per_s) == (50, 50)
        await asyncio.gather(create_many(one, 60), create_many(two, 60))
    assert statuses(wire) == [201] * 120


async def test_a_share_of_what_the_account_reports_is_kept(basic: Sandbox, clock: VirtualClock) -> None:
    member = basic.add_account("alice", tier="advanced")
    transport = httpx.ASGITransport(basic.app)
    async with session_of(basic, member, clock, base_transport=transport, share=0.25) as session:
        write = session.rate_limits.write
        assert (write.capacity, write.refill_per_s, write.headroom) == (225, 75, 22.5)


async def test_a_share_of_given_limits_would_be_ignored_and_is_refused(
    basic: Sandbox, clock: VirtualClock
) -> None:
    # The limits that were given would be used in full, by every process.
    member = basic.add_account("alice")
    with pytest.raises(InvalidRequest, match="share"):
        session_of(basic, member, clock, share=0.5, rate_limits=RateLimits(clock.monotonic))


@pytest.mark.parametrize("share", [0, -1, 1.01, float("nan")])
async def test_a_share_is_a_part_of_one(clock: VirtualClock, share: float) -> None:
    with pytest.raises(InvalidRequest, match="share must be above 0"):
        RateLimits(clock.monotonic, share=share)


async def test_a_429_of_one_session_slows_the_others_and_is_asked_about_by_the_keeper(
    basic: Sandbox, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    # The session that owns no limits meets the 429; the one that reads them has to ask.
    alice = basic.add_account("alice")
    async with (
        in_process(basic, alice, clock, None) as one,
        in_process(basic, alice, clock, one.rate_limits) as two,
    ):
        while basic.budget.tokens(alice.account, "write") >= 10:
            async with in_process(basic, alice, clock, RateLimits(clock.monotonic, headroom=0)) as rival:
                await rival.orders.create(new_order())
        wire.clear()
        await two.orders.create(new_order())
        assert statuses(wire) == [429, 201]
        assert one.rate_limits.write.clamps == 1
        await clock.sleep(31)
    asked = [record.path for record in wire[2:]]
    assert asked == [BASE_PATH + "/account/limits", BASE_PATH + "/account/endpoint_costs"]


async def test_single_writes_on_a_shard_have_a_budget_of_their_own(stage: Stage) -> None:
    # As the exchange charges them: its two buckets hold what ours do.
    ticker = stage.market_on_shard(1)
    limits, budget = stage.session.rate_limits, stage.sandbox.budget
    order = await stage.session.orders.create(CreateOrder(ticker, "bid", 1, "0.10", exchange_index=1))
    await stage.session.orders.cancel(order)
    shard = limits.bucket(Bucket.WRITE, 1)
    assert shard is limits.bucket(Bucket.WRITE, 1)
    assert [bucket.name for bucket in limits.buckets()] == ["read", "write", "balance", "write (shard 1)"]
    assert (shard.tokens(), limits.write.tokens()) == (888, 900)
    assert budget.tokens(stage.account, "write", 1) == 888
    assert budget.tokens(stage.account, "write") == 900


@pytest.mark.parametrize(
    ("method", "path", "bucket"),
    [
        ("POST", "/communications/rfqs", "write (shard 1)"),
        ("DELETE", "/communications/rfqs/r-1", "write (shard 1)"),
        ("POST", "/communications/quotes", "write (shard 1)"),
        ("PUT", "/communications/rfqs/r-1/quotes/q-1/accept", "write (shard 1)"),
        ("POST", "/communications/rfq_batches", "write (shard 1)"),
        ("GET", "/communications/rfqs", "read"),
        ("POST", "/communications/block-trade-proposals", "write"),
        ("POST", "/communications/rfqs_of_another_kind", "write"),
    ],
)
async def test_writes_of_rfqs_and_quotes_draw_on_shard_1(
    scene: Scene, method: str, path: str, bucket: str
) -> None:
    scene.play(httpx.Response(200, json={}))
    url = scene.sandbox.rest_url
    async with httpx.AsyncClient(transport=scene.session.transport, base_url=url) as client:
        assert (await client.request(method, path)).status_code == 200
    (attempt,) = scene.attempts
    assert attempt.bucket == bucket


async def test_the_upgrade_costs_thirty_write_tokens(basic_scene: Scene) -> None:
    limits, budget = basic_scene.session.rate_limits, basic_scene.sandbox.budget
    await basic_scene.rest()
    read, write = limits.read.tokens(), budget.tokens(basic_scene.account, "write")
    assert write == 90
    await basic_scene.session.account.upgrade()
    assert (limits.read.tokens(), limits.write.tokens()) == (read, 60)


async def test_a_batch_for_a_shard_draws_on_the_common_budget(stage: Stage) -> None:
    ticker = stage.market_on_shard(1)
    limits = stage.session.rate_limits
    result = await stage.session.orders.create_batch(
        [CreateOrder(ticker, "bid", 1, "0.10", exchange_index=1) for _ in range(3)]
    )
    assert len(result.ok) == 3
    assert limits.write.tokens() == stage.sandbox.budget.tokens(stage.account, "write") == 870
    assert [bucket.name for bucket in limits.buckets()] == ["read", "write", "balance"]


async def test_a_shard_that_is_first_used_later_has_the_limits_of_then(clock: VirtualClock) -> None:
    limits = RateLimits(clock.monotonic, share=0.5)
    early = limits.bucket(Bucket.WRITE, 1)
    limits.adopt(limits_of(300, 600), NO_COSTS)
    late = limits.bucket(Bucket.WRITE, 2)
    assert [bucket.capacity for bucket in (limits.write, early, late)] == [300, 300, 300]
    assert [bucket.tokens() for bucket in (early, late)] == [50, 300], "no burst but for what is new"


async def test_a_read_draws_on_the_reads_wherever_it_goes(clock: VirtualClock) -> None:
    limits = RateLimits(clock.monotonic)
    assert limits.bucket(GET_EXCHANGE_STATUS.bucket, 3) is limits.read
    assert limits.bucket(CREATE_ORDER.bucket, 0) is limits.bucket(CREATE_ORDER.bucket, None) is limits.write


async def test_limits_that_shrink_and_grow_again_grant_no_burst(clock: VirtualClock) -> None:
    limits = RateLimits(clock.monotonic)
    for _ in range(20):
        limits.adopt(limits_of(300, 600), NO_COSTS)
        limits.adopt(limits_of(100, 50), NO_COSTS)
    assert limits.write.tokens() == 50


async def test_limits_of_nothing_cannot_be_meant(clock: VirtualClock) -> None:
    # They would lock out cancels, and a zero for seconds is known from outages.
    limits = RateLimits(clock.monotonic)
    for refill, capacity in ((0, 0), (100, 0), (0, 100), (-1, 100)):
        limits.adopt(limits_of(refill, capacity), NO_COSTS)
    assert (limits.write.capacity, limits.write.refill_per_s) == (100, 100)
    assert limits.write.largest(REDUCING) == 100


async def test_a_headroom_never_makes_a_single_order_impossible(clock: VirtualClock) -> None:
    limits = RateLimits(clock.monotonic, share=0.1, headroom=0.5)
    assert limits.write.capacity == 10
    assert limits.write.largest(ADDING) == 10


async def test_what_the_exchange_does_not_price_costs_the_default(clock: VirtualClock) -> None:
    limits = RateLimits(clock.monotonic)
    dear = EndpointCosts(default_cost=25, endpoint_costs=[EndpointCost(method="GET", path="/x/:y", cost=1)])
    limits.adopt(limits_of(100, 100), dear)
    assert limits.cost(CREATE_ORDER, "/trade-api/v2") == 25
    assert limits.cost(CREATE_ORDER, "/trade-api/v2", 3) == 75
    assert limits.costs.of_path("GET", "/x/1") == 1
    assert limits.costs.of_path("PATCH", "/x/1") == 25


async def test_a_429_is_believed_once_and_only_from_those_it_can_inform(clock: VirtualClock) -> None:
    # In flight together, refused together: the second says nothing new, even much later.
    write = RateLimits(clock.monotonic, headroom=0).write
    first, second = await write.take(30, ADDING), await write.take(30, ADDING)
    assert write.refused(first) is True
    await clock.sleep(JITTER_S + 0.5)
    assert write.refused(second) is False
    assert write.tokens() == pytest.approx(50)
    third = await write.take(10, Priority.BACKGROUND)
    assert write.refused(third) is True
    assert (write.tokens(), write.clamps) == (0, 2)


@pytest.fixture
async def basic_scene(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock, tier="basic") as scene:
        yield scene


async def test_a_tenth_of_a_basic_account_can_still_create(basic_scene: Scene) -> None:
    """Capacity 10 less headroom would never hold the ten tokens of a create."""
    session = await basic_scene.again(share=0.1)
    order = await session.orders.create(new_order())
    assert (await session.orders.cancel(order)).reduced_by == 1


@pytest.mark.parametrize("write", [(100, 0), (0, 100), (-5, 100)], ids=repr)
async def test_reported_limits_that_would_lock_cancels_out_are_not_believed(
    basic_scene: Scene, write: tuple[int, int]
) -> None:
    def limit(refill_rate: int, bucket_capacity: int) -> dict[str, Any]:
        return {"refill_rate": refill_rate, "bucket_capacity": bucket_capacity}

    limits = {"usage_tier": "basic", "read": limit(200, 200), "write": limit(*write)}
    network = Scripted(
        httpx.Response(200, json=limits), inner=basic_scene.inner, path=BASE_PATH + "/account/limits"
    )
    known = RateLimits(basic_scene.clock.monotonic).write
    session = await basic_scene.again(base_transport=network)
    write_bucket = session.rate_limits.write
    assert (write_bucket.refill_per_s, write_bucket.capacity) == (known.refill_per_s, known.capacity)
    order = await session.orders.create(new_order())
    assert (await session.orders.cancel(order)).reduced_by == 1


@pytest.mark.parametrize("share", [0.05, 0.099, 1e-9])
def test_a_share_that_holds_no_order_is_refused(share: float) -> None:
    with pytest.raises(InvalidRequest, match="share must leave 10 tokens, the cost of an order"):
        RateLimits(lambda: 0.0, share=share)


def test_a_share_that_just_holds_an_order_is_taken() -> None:
    assert RateLimits(lambda: 0.0, share=0.1).write.capacity == 10
    assert RateLimits(lambda: 0.0, write=(8_000, 16_000), share=0.001).write.capacity == 16


async def test_a_session_refuses_a_share_that_holds_no_order_at_any_tier(
    basic: Sandbox, clock: VirtualClock
) -> None:
    member = basic.add_account("alice")
    with pytest.raises(InvalidRequest, match="of a write bucket of 28800 tokens leaves"):
        session_of(basic, member, clock, share=SMALLEST * 0.9)
    session_of(basic, member, clock, share=SMALLEST)


async def test_a_session_of_2025_refuses_a_share_of_the_basic_limits(
    clock: VirtualClock,
) -> None:
    # The 2025 API tells no limits.
    old = Sandbox(tier="basic", clock=clock, profile="2025")
    with pytest.raises(InvalidRequest, match="of a write bucket of 100 tokens leaves 5"):
        session_of(old, old.add_account("alice"), clock, share=0.05)


@pytest.mark.parametrize("share", [0.04, 0.005])
async def test_the_opening_questions_pass_in_the_smallest_share(
    basic: Sandbox, clock: VirtualClock, share: float
) -> None:
    # 0.04 of the reads of Basic, which it has to guess, are 8 tokens, and a question costs 10.
    premier = basic.add_account("premier", tier="premier")
    transport = httpx.ASGITransport(basic.app)
    async with session_of(basic, premier, clock, base_transport=transport, share=share) as session:
        assert clock.monotonic() == 0
        assert session.rate_limits.write.capacity == 3_600 * share
        shard = session.rate_limits.bucket(Bucket.WRITE, 1)
        assert shard.capacity == 3_600 * share
        await session.orders.create(new_order())


async def test_a_share_in_which_an_order_does_not_fit_warns_and_still_trades(
    basic: Sandbox, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    # Refusing to open would lock out cancels; an order is sent from a full bucket, and paid back.
    transport = httpx.ASGITransport(basic.app)
    member = basic.add_account("alice")
    async with session_of(basic, member, clock, base_transport=transport, share=0.05) as session:
        assert "share 0.05 of this account's 100 write tokens is less than an order costs" in caplog.text
        order = await session.orders.create(new_order())
        assert session.rate_limits.write.tokens() == -5
        await session.orders.cancel(order)


async def test_the_shards_of_limits_that_are_not_read_have_the_share_too(clock: VirtualClock) -> None:
    limits = RateLimits.unread(clock.monotonic, 0.5)
    assert limits.bucket(Bucket.WRITE, 1).capacity == limits.write.capacity == 50


async def test_a_cost_above_the_capacity_is_sent_and_the_exchange_decides(
    basic: Sandbox, clock: VirtualClock
) -> None:
    transport = httpx.ASGITransport(basic.app)
    member = basic.add_account("alice")
    async with session_of(basic, member, clock, base_transport=transport) as session:
        path = BASE_PATH + "/portfolio/events/orders"
        dear = EndpointCosts(
            default_cost=10, endpoint_costs=[EndpointCost(method="POST", path=path, cost=150)]
        )
        session.rate_limits.adopt(limits_of(100, 100), dear)
        await session.orders.create(new_order())
        assert session.rate_limits.write.tokens() == -50
        again = await session.orders.create_batch([new_order(), new_order()])
        assert len(again.ok) == 2


async def test_limits_shared_by_two_event_loops_are_refused(basic: Sandbox, clock: VirtualClock) -> None:
    limits, member = RateLimits(clock.monotonic), basic.add_account("alice")

    async def opened_elsewhere() -> None:
        async with in_process(basic, member, clock, limits):
            pass

    async with in_process(basic, member, clock, limits):
        with pytest.raises(InvalidRequest, match="in use by a session on another event loop"):
            await asyncio.to_thread(asyncio.run, opened_elsewhere())
        await opened_elsewhere()
    # One after the other is no sharing.
    await asyncio.to_thread(asyncio.run, opened_elsewhere())


async def test_limits_of_a_loop_that_is_gone_are_free(basic: Sandbox, clock: VirtualClock) -> None:
    limits, member = RateLimits(clock.monotonic), basic.add_account("alice")
    await asyncio.to_thread(asyncio.run, in_process(basic, member, clock, limits).__aenter__())
    async with in_process(basic, member, clock, limits) as session:
        await session.orders.create(new_order())
