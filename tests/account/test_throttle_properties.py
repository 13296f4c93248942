"""For any traffic: never over the budget, never idle while there is some."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings, strategies as st

from kalshi_async.account.throttle import TokenBucket
from kalshi_async.contract.operation import Priority
from kalshi_async.errors import ThrottleTimeout
from kalshi_async.sandbox.virtual_time import VirtualTimeLoop

SLACK = 1e-6
SETTINGS = settings(derandomize=True, deadline=None, max_examples=150)

Admissions = list[tuple[float, int]]

CAPACITY = st.integers(30, 600)
REFILL = st.sampled_from([1, 7, 100, 300, 8_000])
COST = st.integers(1, 30)
PAUSE_MS = st.sampled_from([0, 0, 0, 1, 13, 250, 5_000])


async def admitted_in_turn(capacity: int, refill: int, traffic: list[tuple[int, int]]) -> Admissions:
    """Let requests arrive after their pauses, all of one priority, and log their admissions."""
    loop = asyncio.get_running_loop()
    tokens = TokenBucket(capacity, refill, now=loop.time)
    admissions: Admissions = []

    async def request(cost: int) -> None:
        await tokens.take(cost, Priority.RISK_ADDING)
        admissions.append((loop.time(), cost))

    async with asyncio.TaskGroup() as group:
        for pause_ms, cost in traffic:
            if pause_ms:
                await asyncio.sleep(pause_ms / 1000)
            group.create_task(request(cost))
            await asyncio.sleep(0)
    return admissions


async def admitted_in_turmoil(
    capacity: int, refill: int, traffic: list[tuple[int, int, Priority, int | None, str]]
) -> Admissions:
    """The same with priorities, impatience, cancellation, unsent requests and refusals."""
    loop = asyncio.get_running_loop()
    tokens = TokenBucket(capacity, refill, now=loop.time)
    admissions: Admissions = []

    async def request(cost: int, priority: Priority, patience_ms: int | None, fate: str) -> None:
        limit_s = None if patience_ms is None else patience_ms / 1000
        try:
            grant = await tokens.take(cost, priority, limit_s)
        except ThrottleTimeout:
            return
        if fate == "unsent":
            tokens.give_back(grant)
            return
        admissions.append((loop.time(), cost))
        if fate == "refused":
            await asyncio.sleep(0.05)
            tokens.refused(grant)

    tasks: list[asyncio.Task[None]] = []
    for pause_ms, cost, priority, patience_ms, fate in traffic:
        if pause_ms:
            await asyncio.sleep(pause_ms / 1000)
        tasks.append(asyncio.create_task(request(cost, priority, patience_ms, fate)))
        if fate == "canceled":
            loop.call_later((patience_ms or 0) / 1000, tasks[-1].cancel)
        await asyncio.sleep(0)
    await asyncio.wait(tasks)
    assert tokens.waiting == 0
    assert tokens.tokens() <= capacity
    return admissions


def legal(admissions: Admissions, capacity: int, refill: int) -> bool:
    """Whether no window, however it is cut, holds more than capacity + refill x length."""
    # Least allowance left at the end of any window that ends here, from one admission to the next.
    allowance = float(capacity)
    for (before_s, cost), (at_s, _) in pairwise([*admissions, (admissions[-1][0] if admissions else 0.0, 0)]):
        allowance -= cost
        if allowance < -SLACK:
            return False
        allowance = min(capacity, allowance + (at_s - before_s) * refill)
    return True


def ideal(capacity: int, refill: int, traffic: list[tuple[int, int]]) -> list[Fraction]:
    """Earliest legal moments of admission in order of arrival, in exact fractions."""
    moments: list[Fraction] = []
    arrival, at, tokens = Fraction(0), Fraction(0), Fraction(capacity)
    for pause_ms, cost in traffic:
        arrival += Fraction(pause_ms, 1000)
        begin = max(arrival, at)
        tokens = min(Fraction(capacity), tokens + (begin - at) * refill)
        wait = max(Fraction(0), (cost - tokens) / refill)
        at, tokens = begin + wait, tokens + wait * refill - cost
        moments.append(at)
    return moments


def run(program: object) -> Admissions:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(program)  # type: ignore[arg-type]  # a coroutine of the two above


@SETTINGS
@given(CAPACITY, REFILL, st.lists(st.tuples(PAUSE_MS, COST), max_size=40))
def test_every_request_leaves_at_the_first_moment_that_is_legal(
    capacity: int, refill: int, traffic: list[tuple[int, int]]
) -> None:
    admissions = run(admitted_in_turn(capacity, refill, traffic))
    assert [cost for _, cost in admissions] == [cost for _, cost in traffic]
    for (at_s, _), moment in zip(admissions, ideal(capacity, refill, traffic), strict=True):
        assert abs(at_s - float(moment)) < 1e-5
    assert legal(admissions, capacity, refill)


FATE = st.sampled_from(["sent", "sent", "sent", "unsent", "refused", "canceled"])
PATIENCE_MS = st.sampled_from([None, None, 0, 10, 700])


@SETTINGS
@given(
    CAPACITY,
    REFILL,
    st.lists(
        st.tuples(PAUSE_MS, COST, st.sampled_from(Priority), PATIENCE_MS, FATE), min_size=1, max_size=40
    ),
)
def test_no_window_holds_more_than_the_budget_whatever_happens(
    capacity: int, refill: int, traffic: list[tuple[int, int, Priority, int | None, str]]
) -> None:
    assert legal(run(admitted_in_turmoil(capacity, refill, traffic)), capacity, refill)


def test_the_measure_of_windows_sees_one_token_too_many() -> None:
    # Guards the guard, by windows that begin anywhere.
    assert legal([(0.0, 100), (1.0, 50), (2.0, 50)], 100, 50)
    assert not legal([(0.0, 100), (1.0, 51)], 100, 50)
    assert not legal([(0.0, 10), (9.0, 100), (9.5, 26)], 100, 50)
    assert legal([], 100, 50)
