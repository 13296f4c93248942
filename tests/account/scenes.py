"""Scenarios, the throttle's own play of them, and the exchange's view of what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import strategies as st

from kalshi_async.account.throttle import TokenBucket
from kalshi_async.contract.operation import Priority
from kalshi_async.errors import InvalidRequest, ThrottleTimeout
from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from tests.account.model import JITTER_S, REFUSED_AFTER_S, Change, End, Limits, Request

Result = TypeVar("Result")

# Keeps the moments of requests, changes and tokens apart.
_ODD = Fraction(137, 10**7)


def on_virtual_time(program: Coroutine[Any, Any, Result]) -> Result:
    # Without sockets, nothing but timers ever happens here.
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(max_jumps=10_000_000)) as runner:
        return runner.run(program)


def bucket_of(limits: Limits) -> TokenBucket:
    return TokenBucket(
        limits.capacity,
        limits.refill_per_s,
        now=asyncio.get_running_loop().time,
        name="write",
        headroom=limits.headroom,
        jitter_s=float(limits.jitter_s),
    )


async def played(
    limits: Limits, requests: Sequence[Request], changes: Sequence[Change]
) -> tuple[dict[int, End], int]:
    """Let the throttle play a scenario; returns the ends and how many still wait at the end."""
    loop = asyncio.get_running_loop()
    tokens = bucket_of(limits)
    ends: dict[int, End] = {}

    def end(number: int, how: str) -> None:
        ends[number] = End(how, Fraction(loop.time()))

    async def ask(number: int, request: Request) -> None:
        patience_s = None if request.patience_s is None else float(request.patience_s)
        try:
            reservation = await tokens.take(
                request.cost, request.priority, patience_s, is_batch=request.is_batch
            )
        except ThrottleTimeout:
            end(number, "gave up")
        except InvalidRequest:
            end(number, "too dear")
        except asyncio.CancelledError:
            end(number, "canceled")
            raise
        else:
            end(number, "admitted")
            if request.fate == "unsent":
                tokens.give_back(reservation)
            if request.fate == "refused":
                loop.call_later(float(REFUSED_AFTER_S), tokens.refused, reservation)

    tasks: list[asyncio.Task[None]] = []
    numbers = {id(request): number for number, request in enumerate(requests)}
    steps: list[Request | Change] = [*requests, *changes]
    for step in sorted(steps, key=lambda step: step.at_s):
        await asyncio.sleep(float(step.at_s) - loop.time())
        if isinstance(step, Change):
            tokens.configure(
                step.limits.capacity, step.limits.refill_per_s, headroom=float(step.limits.headroom)
            )
            continue
        tasks.append(loop.create_task(ask(numbers[id(step)], step)))
        if step.canceled_after_s is not None:
            loop.call_later(float(step.canceled_after_s), tasks[-1].cancel)
    await asyncio.sleep(10_000)
    left = tokens.waiting
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return ends, left


def least_left(
    limits: Limits, sent: Iterable[tuple[Fraction, int]], changes: Iterable[Change] = ()
) -> Fraction:
    """Return the fewest tokens that an exact exchange ever held: below zero is a 429."""
    tokens, at_s, least = Fraction(limits.capacity), Fraction(0), Fraction(limits.capacity)
    steps: list[tuple[Fraction, int | Limits]] = [*sent, *((each.at_s, each.limits) for each in changes)]
    for moment_s, what in sorted(steps, key=lambda step: step[0]):
        tokens = min(Fraction(limits.capacity), tokens + (moment_s - at_s) * limits.refill_per_s)
        at_s = moment_s
        if isinstance(what, Limits):
            limits = what
            tokens = min(tokens, Fraction(limits.capacity))
        else:
            tokens -= what
            least = min(least, tokens)
    return least


PAUSE_MS = st.sampled_from([0, 0, 0, 1, 13, 113, 250, 5_000])
PATIENCE_MS = st.sampled_from([None, None, None, 0, 11, 700])
CANCELED_MS = st.sampled_from([None, None, None, None, 7, 333])
FATE = st.sampled_from(["sent", "sent", "sent", "unsent", "refused"])


@st.composite
def limits_of(draw: st.DrawFn) -> Limits:
    capacity = draw(st.integers(30, 600))
    headroom = capacity * draw(st.sampled_from([0, 0, 10, 10, 50])) // 100
    refill_per_s = draw(st.sampled_from([1, 7, 100, 300, 8_000]))
    return Limits(capacity, refill_per_s, headroom, draw(st.sampled_from([JITTER_S, JITTER_S, Fraction(0)])))


@st.composite
def requests_of(draw: st.DrawFn, *, most_cost: int = 40, least: int = 1) -> list[Request]:
    at_s, requests = Fraction(0), []
    for number in range(draw(st.integers(least, 40))):
        at_s += Fraction(draw(PAUSE_MS), 1000) + _ODD * (number % 7 + 1)
        patience_ms, canceled_ms = draw(PATIENCE_MS), draw(CANCELED_MS)
        requests.append(
            Request(
                at_s,
                draw(st.integers(1, most_cost)),
                draw(st.sampled_from(Priority)),
                None if patience_ms is None else Fraction(patience_ms, 1000),
                None if canceled_ms is None else Fraction(canceled_ms, 1000) + _ODD / 3,
                draw(FATE),
                draw(st.booleans()),
            )
        )
    return requests


@st.composite
def changes_of(draw: st.DrawFn) -> list[Change]:
    moments_ms = draw(st.lists(st.sampled_from([1, 50, 120, 900, 5_050]), max_size=3, unique=True))
    return [Change(Fraction(ms, 1000) + _ODD * 11, draw(limits_of())) for ms in moments_ms]
