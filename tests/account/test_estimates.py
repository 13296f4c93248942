"""What the throttle says of the future, and what then happens."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given, settings, strategies as st

from kalshi_async import CreateOrder
from kalshi_async.contract.operation import Priority
from kalshi_async.rate_limits import JITTER_S
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.account.model import Limits
from tests.account.queues import ADDING, BACKGROUND, REDUCING, Queue, now
from tests.account.scenes import bucket_of, limits_of, on_virtual_time
from tests.stages.served import TICKER, session_of

ASKED = st.lists(st.integers(1, 40), min_size=1, max_size=8)
WAITING = st.lists(st.tuples(st.integers(1, 14), st.sampled_from(Priority)), max_size=30)


async def foretold_and_seen(
    limits: Limits, spent: int, waiting: list[tuple[int, Priority]], costs: list[int], priority: Priority
) -> tuple[list[float], list[float]]:
    """Ask when, then ask for the tokens; both in seconds."""
    tokens = bucket_of(limits)
    await tokens.take(spent, REDUCING)
    queue = Queue(tokens)
    for number, (cost, rank) in enumerate(waiting):
        await queue.join(f"waiting {number}", cost, rank)
    await asyncio.sleep(0.0123)
    asked_s, foretold = now(), tokens.schedule_s(costs, priority)
    assert tokens.time_to_admit_s(costs[0], priority) == foretold[0]
    for number, cost in enumerate(costs):
        await queue.join(f"asked {number}", cost, priority)
    await queue.all_done()
    seen = dict(queue.admitted)
    return foretold, [seen[f"asked {number}"] - asked_s for number in range(len(costs))]


@settings(derandomize=True, deadline=None, max_examples=100)
@given(limits_of(), st.integers(1, 30), WAITING, ASKED, st.sampled_from(Priority))
def test_requests_are_admitted_when_it_was_foretold(
    limits: Limits, spent: int, waiting: list[tuple[int, Priority]], costs: list[int], priority: Priority
) -> None:
    if waiting and priority <= REDUCING:
        waiting = [(cost, max(rank, ADDING)) for cost, rank in waiting]
    foretold, seen = on_virtual_time(foretold_and_seen(limits, spent, waiting, costs, priority))
    assert seen == pytest.approx(foretold, abs=2e-6)


async def test_asking_when_changes_nothing_and_counts_only_those_before() -> None:
    tokens = bucket_of(Limits(100, 100, 10))
    await tokens.take(90, ADDING)
    queue = Queue(tokens)
    await queue.join("quote", 20)
    await queue.join("list", 50, BACKGROUND)
    assert tokens.time_to_admit_s(10, REDUCING) == 0
    assert tokens.time_to_admit_s(11, REDUCING) == pytest.approx(0.02 + 0.01)
    assert tokens.time_to_admit_s(10, ADDING) == pytest.approx(0.02 + 0.3)
    assert tokens.time_to_admit_s(10, BACKGROUND) == pytest.approx(0.02 + 0.8)
    # Dearer than what the headroom leaves: sent from a full bucket, for the exchange to decide.
    assert tokens.time_to_admit_s(500, ADDING) == pytest.approx(0.02 + 0.2 + 0.9)
    assert tokens.tokens() == 10
    assert tokens.waiting_by_priority() == {Priority.KILL_SWITCH: 0, REDUCING: 0, ADDING: 1, BACKGROUND: 1}
    await queue.all_done()


async def test_without_refill_what_is_not_there_never_comes() -> None:
    tokens = bucket_of(Limits(100, 0, 10))
    assert tokens.schedule_s([40, 40, 40, 5], ADDING) == [0, 0, math.inf, math.inf]


async def test_a_batch_goes_as_planned(clock: VirtualClock) -> None:
    # Basic: pieces of nine, which leave the headroom alone. The bucket stood full before the first.
    sent_s: list[float] = []
    async with (
        Sandbox(tier="basic", clock=clock, observe=lambda record: sent_s.append(clock.monotonic())) as venue,
        session_of(venue, venue.add_account("alice"), clock) as session,
    ):
        orders = [CreateOrder(TICKER, "bid", 1, "0.10") for _ in range(25)]
        sent_s.clear()
        asked_s, plan = clock.monotonic(), session.orders.plan_batch(orders)
        assert [len(piece.orders) for piece in plan] == [9, 9, 7]
        assert [piece.tokens for piece in plan] == [90, 90, 70]
        assert [order for piece in plan for order in piece.orders] == orders
        assert [piece.wait_s for piece in plan] == pytest.approx([0, JITTER_S + 0.9, JITTER_S + 1.6])
        assert sent_s == [], "planning sends nothing"
        assert len((await session.orders.create_batch(orders)).ok) == 25
    assert [moment_s - asked_s for moment_s in sent_s] == pytest.approx([piece.wait_s for piece in plan])


async def test_a_plan_counts_who_waits_already(clock: VirtualClock) -> None:
    venue = Sandbox(tier="basic", clock=clock)
    session = session_of(venue, venue.add_account("alice"), clock)
    write = session.rate_limits.write
    await write.take(90, ADDING)
    queue = Queue(write)
    await queue.join("quote", 30)
    (piece,) = session.orders.plan_batch([CreateOrder(TICKER, "bid", 1, "0.10")])
    assert piece.wait_s == pytest.approx(JITTER_S + 0.4)
    await queue.all_done()
