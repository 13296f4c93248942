"""The balance has a bucket of its own: its calls wait for each other, and its 429s concern nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from kalshi_async import RateLimited, RateLimits, Session
from kalshi_async.contract.account import AccountLimits, BucketLimit, EndpointCost, EndpointCosts
from kalshi_async.contract.operation import Bucket
from kalshi_async.contract.portfolio import GET_BALANCE
from kalshi_async.rate_limits import BASIC_BALANCE, JITTER_S
from kalshi_async.sandbox.faults import Delay, ServerFailure, TooManyRequests
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.account.queues import BACKGROUND
from tests.stages.scene import Scene, opened
from tests.stages.served import BASE_PATH

PATH = "/portfolio/balance"
LISTS = 60
"""Lists of orders at once: three times what the read bucket of Basic holds."""


@pytest.fixture
async def basic(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock, tier="basic") as scene:
        yield scene


async def ask(session: Session, times: int = 4) -> None:
    """Ask for the balance from so many tasks at once."""
    view = session.with_options(deadline_s=60)
    balances = await asyncio.gather(*(view.portfolio.balance() for _ in range(times)))
    assert {balance.balance_cents for balance in balances} == {1_000_000}


def statuses(scene: Scene, operation: str = "get_balance") -> list[int | None]:
    return [reply.status for reply in scene.replies if reply.operation == operation]


async def test_four_at_once_answer_within_four_seconds_without_a_429(basic: Scene) -> None:
    began_s = basic.clock.monotonic()
    await ask(basic.session)
    assert basic.clock.monotonic() - began_s == pytest.approx(3 * (1 + JITTER_S))
    assert statuses(basic) == [200] * 4


async def test_a_call_that_travels_faster_than_the_one_before_is_not_refused(basic: Scene) -> None:
    # The exchange's bucket holds one call: what it gains while it is full is lost.
    for call in (1, 3, 5):
        basic.sandbox.faults.on("get_balance", Delay(JITTER_S - 0.01), call=call)
    await ask(basic.session, 6)
    assert statuses(basic) == [200] * 6


async def alone(basic: Scene) -> None:
    """Ask for no balance at all."""


async def beside_four_balances(basic: Scene) -> None:
    await ask(basic.session)
    assert statuses(basic) == [200] * 4


async def beside_another_program(basic: Scene) -> None:
    """Another program of the same key, with limits of its own, asks for the balance too."""
    rival = await basic.again(rate_limits=RateLimits(basic.clock.monotonic))
    await asyncio.gather(ask(rival), ask(basic.session))
    assert 429 in statuses(basic), "the two meet"
    assert basic.session.rate_limits.balance.clamps > 0


async def beside_an_outage_of_the_balance(basic: Scene) -> None:
    for call in range(1, 4):
        basic.sandbox.faults.on("get_balance", ServerFailure(503), call=call)
    await ask(basic.session, 2)
    assert statuses(basic) == [503, 503, 503, 200, 200]


async def beside_refusals_without_end(basic: Scene) -> None:
    basic.sandbox.faults.every("get_balance", TooManyRequests())
    with pytest.raises(RateLimited):
        await basic.session.portfolio.balance()


@pytest.mark.parametrize(
    "beside",
    [
        alone,
        beside_four_balances,
        beside_another_program,
        beside_an_outage_of_the_balance,
        beside_refusals_without_end,
    ],
    ids=lambda beside: beside.__name__,
)
async def test_lists_of_orders_wait_no_longer_than_without(
    basic: Scene, beside: Callable[[Scene], Awaitable[None]]
) -> None:
    limits, began_s = basic.session.rate_limits, basic.clock.monotonic()
    ends_s: list[float] = []

    async def list_orders() -> None:
        assert await basic.session.orders.list().collect() == []
        ends_s.append(basic.clock.monotonic())

    await asyncio.gather(beside(basic), *(list_orders() for _ in range(LISTS)))
    # The opening of the session has spent 20 tokens, and 200 come each second.
    waited_s = (10 * LISTS - (limits.read.capacity - 20)) / limits.read.refill_per_s
    assert max(ends_s) - began_s == pytest.approx(waited_s, abs=JITTER_S + 0.01)
    assert statuses(basic, "get_orders") == [200] * LISTS
    assert (limits.read.clamps, limits.write.clamps) == (0, 0)


@pytest.mark.parametrize("fault", [httpx.ConnectError("refused"), httpx.ConnectTimeout("silence")], ids=repr)
async def test_an_outage_of_everything_spends_no_call(basic: Scene, fault: Exception) -> None:
    ends_s = basic.clock.monotonic() + 3
    basic.play(ever=lambda: fault if basic.clock.monotonic() < ends_s else None)
    await ask(basic.session, 1)
    assert len(basic.network.requests) > 5, "what was not sent gave its token back"
    assert basic.clock.monotonic() < ends_s + 1


async def test_reads_in_plenty_do_not_hold_the_balance_up(basic: Scene) -> None:
    read = basic.session.rate_limits.read
    read.charge(read.tokens() + 1_000)
    await ask(basic.session, 1)
    assert basic.clock.monotonic() == 0


async def test_a_balance_draws_on_no_other_bucket_of_client_or_exchange(basic: Scene) -> None:
    limits, budget = basic.session.rate_limits, basic.sandbox.budget
    before = limits.read.tokens(), limits.write.tokens()
    read, write = (budget.tokens(basic.account, name) for name in ("read", "write"))
    await ask(basic.session, 1)
    assert (limits.read.tokens(), limits.write.tokens(), limits.balance.tokens()) == (*before, 0)
    assert [budget.tokens(basic.account, name) for name in ("read", "write", "balance")] == [read, write, 0]


async def test_through_session_transport_it_has_the_same_bucket(basic: Scene) -> None:
    url = basic.sandbox.rest_url
    async with httpx.AsyncClient(transport=basic.session.transport, base_url=url, timeout=60) as client:
        replies = await asyncio.gather(*(client.get(PATH, params={"subaccount": 0}) for _ in range(3)))
    assert [reply.status_code for reply in replies] == [200] * 3
    assert statuses(basic) == [200] * 3
    assert basic.clock.monotonic() == pytest.approx(2 * (1 + JITTER_S))


async def test_hooks_name_the_bucket_that_pays(basic: Scene) -> None:
    await asyncio.gather(ask(basic.session, 2), basic.session.orders.list().collect())
    paid = {(event.operation, event.bucket) for event in basic.attempts}
    assert paid == {("get_balance", "balance"), ("get_orders", "read")}
    (wait,) = basic.waits
    assert (wait.operation, wait.bucket, wait.tokens_left) == ("get_balance", "balance", 0)


@pytest.mark.parametrize(
    ("tier", "calls"), [("basic", 1), ("advanced", 1), ("expert", 5), ("premier", 5), ("prestige", 5)]
)
async def test_calls_a_second_are_one_or_five_by_tier(clock: VirtualClock, tier: str, calls: int) -> None:
    async with opened(clock, tier=tier) as scene:
        balance = scene.session.rate_limits.balance
        assert (balance.name, balance.refill_per_s, balance.capacity) == ("balance", calls, calls)
        await ask(scene.session, 2 * calls)
        assert statuses(scene) == [200] * (2 * calls)
        assert clock.monotonic() == pytest.approx(1 + JITTER_S)


async def test_a_share_of_the_account_has_its_share_of_the_calls(basic: Scene) -> None:
    half = await basic.again(share=0.5)
    assert (half.rate_limits.balance.capacity, half.rate_limits.balance.refill_per_s) == (0.5, 0.5)
    await ask(half, 2)
    assert basic.clock.monotonic() == pytest.approx(2 + JITTER_S)


def limits_of(tier: str, refill: int) -> AccountLimits:
    limit = BucketLimit(refill_rate=refill, bucket_capacity=refill)
    return AccountLimits(usage_tier=tier, read=limit, write=limit)


@pytest.mark.parametrize(("refill", "calls"), [(200, 1), (300, 1), (301, 5), (12_000, 5)])
async def test_a_tier_without_a_known_name_is_judged_by_its_reads(
    clock: VirtualClock, refill: int, calls: int
) -> None:
    limits = RateLimits(clock.monotonic)
    limits.adopt(limits_of("brand new", refill), EndpointCosts(default_cost=10, endpoint_costs=[]))
    assert (limits.balance.refill_per_s, limits.balance.capacity) == (calls, calls)


async def test_a_cost_that_the_exchange_tells_is_not_one_of_calls(clock: VirtualClock) -> None:
    limits = RateLimits(clock.monotonic)
    row = EndpointCost(method="GET", path=BASE_PATH + PATH, cost=10)
    limits.adopt(limits_of("basic", 200), EndpointCosts(default_cost=25, endpoint_costs=[row]))
    assert limits.cost(GET_BALANCE, BASE_PATH) == 1
    assert limits.bucket(GET_BALANCE.bucket) is limits.bucket(Bucket.BALANCE) is limits.balance


async def test_the_wait_is_foretold_with_its_gaps(basic: Scene) -> None:
    balance = basic.session.rate_limits.balance
    assert balance.schedule_s([1] * 4, BACKGROUND) == pytest.approx(
        [number * (1 + JITTER_S) for number in range(4)]
    )


@pytest.mark.parametrize(("tier", "is_asked"), [("basic", False), ("premier", True)])
async def test_a_429_has_the_limits_read_again_only_if_there_is_a_lower_one(
    clock: VirtualClock, tier: str, is_asked: bool
) -> None:
    async with opened(clock, tier=tier) as scene:
        scene.sandbox.faults.on("get_balance", TooManyRequests())
        await ask(scene.session, 1)
        await clock.sleep(60)
        assert statuses(scene, "get_account_limits") == [200] * is_asked


def test_limits_that_are_given_begin_with_the_lowest_of_the_balance() -> None:
    limits = RateLimits(lambda: 0.0)
    assert [limits.balance.refill_per_s, limits.balance.capacity] == list(BASIC_BALANCE)
    assert RateLimits(lambda: 0.0, balance=(50, 9)).balance.capacity == 9
    assert [bucket.name for bucket in limits.buckets()] == ["read", "write", "balance"]
