"""The whole rate budget and not a token more: orders created and canceled as fast as is legal.

Legal is what the bucket held at first plus what has flowed in since: capacity +
refill * elapsed. Used is what the exchange has charged. Time is virtual, so that
twenty minutes of trading at tier basic take as long as the work in them.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from kalshi_async import CreateOrder, Session
from kalshi_async.sandbox import RequestRecord, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.served import TICKER, session_of

# As GET /account/endpoint_costs answered on the demo exchange, 2026-09-15.
COSTS = {"POST": 10, "DELETE": 2}

ORDERS = int(os.environ.get("BUDGET_ORDERS", "2000"))
"""Orders of the longest test; ``nox -s throttle`` trades 10,000."""


@dataclass
class Meter:
    """Counts what the exchange answered to writes, and what it charged for them."""

    clock: VirtualClock
    capacity: int = 100  # tier basic, demo exchange, 2026-06
    refill_per_s: int = 100
    started_s: float = 0.0
    charged: int = 0
    last_s: float = 0.0

    def __post_init__(self) -> None:
        self.started_s = self.clock.monotonic()
        self.statuses: Counter[int] = Counter()

    def __call__(self, record: RequestRecord) -> None:
        self.statuses[record.status] += 1
        if record.method in COSTS and record.status != 429:
            self.charged += COSTS[record.method]
            self.last_s = self.clock.monotonic() - self.started_s

    @property
    def share_used(self) -> float:
        return self.charged / (self.capacity + self.refill_per_s * self.last_s)

    def __str__(self) -> str:
        return (
            f"{dict(self.statuses)}: {self.charged} tokens in {self.last_s:.2f} s, "
            f"{self.share_used:.4%} of what was legal"
        )


class Distant(httpx.AsyncBaseTransport):
    """An exchange some way off: every message takes its own time, 5 to 80 ms."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._random = random.Random(5)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._random.uniform(0.005, 0.080))
        response = await self._inner.handle_async_request(request)
        await asyncio.sleep(self._random.uniform(0.005, 0.080))
        return response


async def churn(session: Session, orders: int, *, tasks: int = 8) -> None:
    """Create and cancel ``orders`` orders from several tasks at once."""
    numbers: Iterator[int] = iter(range(orders))
    patient = session.with_options(deadline_s=60)  # with many tasks the queue is longer than 5 s

    async def quote() -> None:
        for _ in numbers:
            await patient.orders.cancel(await patient.orders.create(CreateOrder(TICKER, "bid", 1, "0.10")))

    async with asyncio.TaskGroup() as group:
        for _ in range(tasks):
            group.create_task(quote())


def check(meter: Meter, orders: int) -> None:
    print(meter)  # shown by pytest -s, and when it fails
    assert meter.statuses[429] == 0
    assert meter.charged == orders * 12
    assert 0.99 <= meter.share_used <= 1.000001


async def test_thousands_of_orders_use_the_budget_and_meet_no_429(clock: VirtualClock) -> None:
    meter = Meter(clock)
    sandbox = Sandbox(tier="basic", clock=clock, observe=meter)
    in_process = httpx.ASGITransport(sandbox.app)
    async with session_of(sandbox, sandbox.add_account("alice"), clock, base_transport=in_process) as session:
        await churn(session, ORDERS)
    check(meter, ORDERS)


async def test_a_thousand_orders_over_loopback_do_the_same(clock: VirtualClock) -> None:
    meter = Meter(clock)
    async with (
        Sandbox(tier="basic", clock=clock, observe=meter) as sandbox,
        session_of(sandbox, sandbox.add_account("alice"), clock) as session,
    ):
        await churn(session, 1_000)
    check(meter, 1_000)


@pytest.mark.parametrize(
    ("tier", "capacity", "refill_per_s", "tasks"), [("basic", 100, 100, 1), ("advanced", 900, 300, 200)]
)
async def test_neither_one_task_nor_two_hundred_waste_or_overdraw_it(
    clock: VirtualClock, tier: str, capacity: int, refill_per_s: int, tasks: int
) -> None:
    # One task never queues behind itself; two hundred are far more than the bucket holds; and
    # 300 tokens per second come at thirds of a second, which no clock can tell exactly.
    meter = Meter(clock, capacity, refill_per_s)
    sandbox = Sandbox(tier=tier, clock=clock, observe=meter)
    in_process = httpx.ASGITransport(sandbox.app)
    async with session_of(sandbox, sandbox.add_account("alice"), clock, base_transport=in_process) as session:
        await churn(session, 2_000, tasks=tasks)
    check(meter, 2_000)


async def test_uneven_latency_costs_a_refusal_or_two_and_under_one_percent(clock: VirtualClock) -> None:
    # A full bucket gains nothing while the first burst is under way, which only the exchange
    # sees: quicker requests after a slow first one then meet a 429, once, and the throttle
    # knows from then on.
    meter = Meter(clock)
    sandbox = Sandbox(tier="basic", clock=clock, observe=meter)
    distant = Distant(httpx.ASGITransport(sandbox.app))
    async with session_of(sandbox, sandbox.add_account("alice"), clock, base_transport=distant) as session:
        await churn(session, 1_000, tasks=40)
    print(meter)
    assert meter.statuses[429] <= 2
    assert meter.charged == 12_000
    assert 0.99 <= meter.share_used <= 1.000001
