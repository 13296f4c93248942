"""Measure admission by the throttle, in ratios that are comparable between machines.

    python benchmarks/throttle.py [--quick]

Prints one Markdown table and exits 1 if a target is missed. The clock is moved by hand, so no case
waits and only the throttle's own work is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from time import perf_counter

from rounds import Case, Rounds, Row, machine, table

from kalshi_async.account.throttle import TokenBucket
from kalshi_async.clock import SystemClock
from kalshi_async.contract.operation import Priority

BATCH = 2_000
ADMISSIONS = 100
FEW_WAITING, MANY_WAITING = 100, 10_000
COST = 10
# Targets of the plan "A throttle that a market maker trusts".
MOST_NO_OPS = 6
MOST_GROWTH = 2


class ManualTime:
    """A clock that is moved by setting ``seconds``."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def nothing() -> None:
    """Do nothing: the unit in which the throttle is measured."""


async def no_op() -> float:
    """Await a function that does nothing."""
    started = perf_counter()
    for _ in range(BATCH):
        await nothing()
    return (perf_counter() - started) / BATCH


async def uncontended() -> float:
    """Take tokens from a full bucket, on the clock of a session."""
    tokens = TokenBucket(COST * BATCH * 2, 100, now=SystemClock().monotonic, headroom=COST, jitter_s=0.02)
    started = perf_counter()
    for _ in range(BATCH):
        await tokens.take(COST, Priority.RISK_ADDING)
    return (perf_counter() - started) / BATCH


class WaitingTasks:
    """A queue of constant length: a task that gets its tokens asks again."""

    def __init__(self, loop: asyncio.AbstractEventLoop, length: int) -> None:
        self._loop = loop
        self._time = ManualTime()
        self._tokens = TokenBucket(1_000, 1_000, now=self._time)
        self._tasks = [loop.create_task(self._ask(Priority(number % 3))) for number in range(length)]
        loop.run_until_complete(self.admit())

    async def _ask(self, priority: Priority) -> None:
        while True:
            await self._tokens.take(COST, priority)

    async def admit(self) -> float:
        """Add the tokens of one request at a time, and let its task take them."""
        await asyncio.sleep(0)
        started = perf_counter()
        for _ in range(ADMISSIONS):
            self._time.seconds += COST / self._tokens.refill_per_s
            self._tokens._admit_waiting()  # called by the timer, which would have to be waited for
            await asyncio.sleep(0)
        return (perf_counter() - started) / ADMISSIONS

    async def leave(self) -> None:
        """Cancel all tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)


async def arrivals(length: int) -> float:
    """Join a queue of ``length`` and leave it again, as the order of a stale quote does."""
    tokens = TokenBucket(1, 0, now=ManualTime())
    loop = asyncio.get_running_loop()
    waiting = [loop.create_task(tokens.take(1, Priority.RISK_ADDING)) for _ in range(length + 1)]
    await asyncio.sleep(0)
    started = perf_counter()
    for _ in range(ADMISSIONS):
        late = loop.create_task(tokens.take(1, Priority.RISK_ADDING))
        await asyncio.sleep(0)
        late.cancel()
        await asyncio.sleep(0)
    took_s = (perf_counter() - started) / ADMISSIONS
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    return took_s


def rows(loop: asyncio.AbstractEventLoop, rounds: int) -> list[Row]:
    """Measure all cases, interleaved."""

    def case(coroutine: Coroutine[object, object, float]) -> float:
        return loop.run_until_complete(coroutine)

    few, many = WaitingTasks(loop, FEW_WAITING), WaitingTasks(loop, MANY_WAITING)
    cases: dict[str, Case] = {
        "no-op": lambda: case(no_op()),
        "uncontended": lambda: case(uncontended()),
        "few": lambda: case(few.admit()),
        "many": lambda: case(many.admit()),
        "leave few": lambda: case(arrivals(FEW_WAITING)),
        "leave many": lambda: case(arrivals(MANY_WAITING)),
    }
    costs = Rounds(cases, count=rounds)
    for tasks in (few, many):
        loop.run_until_complete(tasks.leave())

    def took(name: str) -> str:
        return f"{costs.microseconds(name):.2f} µs"

    grown = f"from {FEW_WAITING:,} to {MANY_WAITING:,} waiters"
    return [
        Row(
            "admission, tokens available, empty queue",
            costs.ratio("uncontended", "no-op"),
            "awaited no-ops",
            MOST_NO_OPS,
            f"{took('uncontended')}; a no-op is {costs.microseconds('no-op') * 1_000:.0f} ns",
        ),
        Row(
            "growth of an admission",
            costs.ratio("many", "few"),
            "times",
            MOST_GROWTH,
            f"{grown}; {took('few')}",
        ),
        Row(
            "growth of joining and leaving",
            costs.ratio("leave many", "leave few"),
            "times",
            MOST_GROWTH,
            f"{grown}; {took('leave few')}",
        ),
    ]


def main() -> int:
    """Run everything and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure the throttle.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 15 if parser.parse_args().quick else 60
    with asyncio.Runner() as runner:
        report = rows(runner.get_loop(), rounds)
    print(f"## The throttle\n\n{machine()}\n")
    print(table(report))
    return 0 if all(row.is_met for row in report) else 1


if __name__ == "__main__":
    sys.exit(main())
