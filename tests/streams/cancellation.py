"""Streams canceled at every await of a program.

    python -m tests.streams.cancellation [--times N] [--seed N]

A program opens streams, enters and leaves readers, waits and iterates. It is canceled while it waits
for the n-th time, for every n: at once or somewhat later, once or again while it cleans up. The exchange
is well, or does not answer, or answers late. Afterwards no task, no socket, no stream and no subscription
may be left. Prints how the programs ended, and exits 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import time
import types
from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from kalshi_async.errors import KalshiError
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import HANDSHAKE, DelayFrame, GoDeaf, GoSilent, RefuseHandshake, StreamFault
from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from tests.stages.served import session_of
from tests.streams.programs import PROGRAMS, Program, World

START_MS = 1_795_348_800_000
PATIENCE_S = 60.0
BREATHE_S = 2.0
"""Seconds in which what was canceled is gone: a close frame waits 1 s for its answer."""
IN_PROCESS = 5
"""One in so many is played in one process, without sockets, besides."""
SHOWN = 20


@dataclass
class Outcome:
    """How the programs ended, and what was wrong."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    points: dict[str, int] = field(default_factory=dict)
    """How often each program waits, if nothing goes wrong."""


CONDITIONS: tuple[tuple[str, str, StreamFault] | None, ...] = (
    None,
    None,
    ("answers late", "subscribed", DelayFrame(0.02)),
    ("no answer to a handshake", HANDSHAKE, GoSilent()),
    ("a handshake refused", HANDSHAKE, RefuseHandshake(502)),
    ("no answer to a command", "subscribe", GoDeaf()),
)


async def canceled_at(
    program: Coroutine[Any, Any, None], points: Sequence[int], later_s: float, seen: list[int]
) -> None:
    """Run a program, and cancel it while it waits for the n-th time; ``seen`` counts how often it waits."""
    await _stepped(program, points, later_s, seen)


@types.coroutine
def _stepped(
    program: Coroutine[Any, Any, None], points: Sequence[int], later_s: float, seen: list[int]
) -> Generator[Any, Any, None]:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    resume: Callable[[Any], Any] = program.send
    value: Any = None
    while True:
        try:
            waited_for = resume(value)
        except StopIteration:
            return
        seen.append(1)
        if len(seen) in points:
            loop.call_later(later_s, task.cancel)
        try:
            value = yield waited_for
        except BaseException as error:  # it goes to the program, which may clean up
            resume, value = program.throw, error
        else:
            resume = program.send


async def end_of(work: Coroutine[Any, Any, None]) -> str:
    """Return how a program ended."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait([task], timeout=PATIENCE_S)
    if not done:
        return "!hangs"
    if task.cancelled():
        return "canceled"
    error = task.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error is None:
        return "finished"
    expected = isinstance(error, KalshiError | TimeoutError)
    return f"{'' if expected else '!'}{type(error).__name__}{'' if expected else f': {error}'}"


async def play(times: int, seed: int, *, has_sockets: bool = True) -> Outcome:
    """Cancel programs so many times: over sockets, or in one process."""
    dice, clock = random.Random(seed), VirtualClock(START_MS)
    sandbox = Sandbox(tier="prestige", clock=clock, seed=seed, accounts=["alice", "bob"])
    alice = sandbox.accounts["alice"]
    rest = httpx.ASGITransport(sandbox.app)  # so that all sockets are those of streams
    async with sandbox, session_of(sandbox, alice, clock, base_transport=rest) as session:
        world = World(sandbox, session, has_sockets=has_sockets)
        world.shared._random = random.Random(seed)
        async with world.shared:
            await world.shared.live()
            trials = Trials(world, dice)
            for program in PROGRAMS:
                await trials.measure(program)
            for number in range(times):
                await trials.cancel(number)
    return trials.outcome


class Trials:
    """Owner of the outcome, and of what was there before the programs."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self.outcome = Outcome()
        self._world, self._dice = world, dice
        self._before, self._tasks = world.left, _tasks()
        self._turns = dict.fromkeys(PROGRAMS, 0)

    async def measure(self, program: Program) -> None:
        """Count how often a program waits if it is left alone."""
        seen: list[int] = []
        end = await end_of(canceled_at(program(self._world), (), 0.0, seen))
        self.outcome.points[program.__name__] = len(seen)
        if end != "finished":
            self.outcome.wrong.append(f"{program.__name__}, left alone: {end}")
        await self._look(f"{program.__name__}, left alone")

    async def cancel(self, number: int) -> None:
        """Play one program, and cancel it at its next point; each round in another condition."""
        program = PROGRAMS[number % len(PROGRAMS)]
        turn = self._turns[program]
        self._turns[program] += 1
        points = self.outcome.points[program.__name__]
        first, condition = 1 + turn % points, CONDITIONS[turn // points % len(CONDITIONS)]
        again = first + self._dice.choice((0, 1, 1, 2, 3))
        later_s = self._dice.choice((0.0, 0.0, 0.001, 0.03))
        what = f"{program.__name__} at {first} and {again}, {later_s} s later, {condition}"
        faults = self._world.sandbox.streams.faults
        if condition is not None:
            faults.on(condition[1], condition[2])
        end = await end_of(canceled_at(program(self._world), (first, again), later_s, []))
        faults.clear()
        self.outcome.ends[end] += 1
        if end.startswith("!"):
            self.outcome.wrong.append(f"{what}: {end}")
        await self._look(what)

    async def _look(self, what: str) -> None:
        """Nothing may be left, once what was canceled has had its time; a stream that outlives it goes on."""
        await asyncio.sleep(BREATHE_S)
        try:
            await self._world.shared.live(within_s=PATIENCE_S)
        except KalshiError as error:
            self.outcome.wrong.append(f"{what}: the other stream is not live: {error}")
        left, tasks = self._world.left, _tasks()
        if tasks != self._tasks:
            self.outcome.wrong.append(f"{what}: left are {tasks - self._tasks} {self._tasks - tasks}")
        if left != self._before:
            self.outcome.wrong.append(f"{what}: {left} instead of {self._before} are left")
        self._before, self._tasks = left, tasks  # what is wrong is told once
        if self._world.shared._protocol._topics:
            self.outcome.wrong.append(f"{what}: topics are left")


def _tasks() -> Counter[str]:
    return Counter(task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task())


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, print and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.streams.cancellation", description=__doc__)
    parser.add_argument("--times", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args(arguments)
    wrong = 0
    for has_sockets, times in ((True, options.times), (False, options.times // IN_PROCESS)):
        began_s = time.perf_counter()
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            outcome = runner.run(play(times, options.seed, has_sockets=has_sockets))
        took_s, way = time.perf_counter() - began_s, "over sockets" if has_sockets else "in one process"
        print(
            f"{times} cancellations {way} in {took_s:.0f} s: {dict(outcome.ends)}, of {outcome.points} points"
        )
        for line in outcome.wrong[:SHOWN]:
            print(f"  {line[:1000]}")
        wrong += len(outcome.wrong)
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    logging.getLogger("kalshi_async").setLevel(logging.CRITICAL)
    sys.exit(main())
