"""A member who wants three times what is allowed, for a minute of virtual time, at some distance.

Everything is in one process without sockets, but every message takes 5 to 40 ms, each its own.
Quotes come as single orders, batches and amends, and give up when they have gone stale; orders
are canceled and decreased meanwhile. A neighbour may spend the same account's tokens without
asking anybody: a second process that knows no throttle.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
from tenacity import stop_after_attempt

from kalshi_async import CreatedOrder, CreateOrder, Hooks, KalshiError, RateLimits, RetryPolicy, Session
from kalshi_async.contract.operation import Priority
from kalshi_async.hooks import AttemptEvent
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.access.budget import TIERS
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conftest import START_MS
from tests.stages.served import TICKER, session_of

CREATES_WAITING = 500
# Parts of the refill that are asked for: 0.2 to reduce risk, 2.8 to add it.
CANCELS, DECREASES, CREATES, BATCHES, AMENDS = 0.15, 0.05, 0.8, 1.4, 0.6
NEAREST_S, FARTHEST_S = 0.005, 0.040


class Distant(httpx.AsyncBaseTransport):
    """The way to the exchange. Counts what it charged: 10 per order and change, 2 per cancel."""

    def __init__(self, sandbox: Sandbox, dice: random.Random, farthest_s: float = FARTHEST_S) -> None:
        self.farthest_s = farthest_s
        self.charged = 0
        self.refused = 0
        self.statuses: Counter[int] = Counter()
        self._inner = httpx.ASGITransport(sandbox.app)
        self._dice = dice

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        cost = 2 if request.method == "DELETE" else 10
        if request.url.path.endswith("/batched"):
            cost *= len(json.loads(await request.aread())["orders"])
        await asyncio.sleep(self._dice.uniform(NEAREST_S, self.farthest_s))
        response = await self._inner.handle_async_request(request)
        if request.method != "GET":
            self.statuses[response.status_code] += 1
            if response.status_code == 429:
                self.refused += cost
            else:
                self.charged += cost
        await asyncio.sleep(self._dice.uniform(NEAREST_S, self.farthest_s))
        return response


@dataclass
class Figures:
    """What came of it. ``tokens`` are what the exchange charged, ``refused`` what it did not."""

    tier: str
    seconds: float
    tokens: int = 0
    refused: int = 0
    clamps: int = 0
    neighbours_tokens: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    cancel_waits_s: list[float] = field(default_factory=list)
    creates_waiting: list[int] = field(default_factory=list)
    unfinished_cancels: int = 0

    @property
    def legal(self) -> float:
        write = TIERS[self.tier].write
        return write.capacity + write.refill_per_s * self.seconds

    @property
    def share_used(self) -> float:
        """Of what was legal, less what the neighbour took."""
        return self.tokens / (self.legal - self.neighbours_tokens)

    @property
    def is_bounded(self) -> bool:
        """Whether the 429s keep their bound.

        A request that is refused has paid for it all the same, in the local bucket: what was
        charged and what was refused are together at most what is legal without a neighbour.
        """
        return self.tokens + self.refused <= self.legal

    @property
    def cancel_p99_s(self) -> float:
        return statistics.quantiles(self.cancel_waits_s, n=100)[98]

    @property
    def most_cancel_wait_s(self) -> float:
        """One refill interval of a cancel's cost."""
        return 2 / TIERS[self.tier].write.refill_per_s


class Member:
    """Wants far too much. Owns the orders that rest."""

    def __init__(self, session: Session, figures: Figures, dice: random.Random) -> None:
        self._write = session.rate_limits.write
        refill_per_s = self._write.refill_per_s
        # So that about this many creates wait, of those that come beyond what can be admitted.
        patience_s = CREATES_WAITING * 10 / (CREATES * refill_per_s)
        self._quoting = session.with_options(deadline_s=600, max_queue_s=patience_s)
        self._reducing = session.with_options(deadline_s=600)
        self._figures = figures
        self._dice = dice
        self._resting: list[CreatedOrder] = []
        # As many orders as let a batch go each second, and no more than fit.
        self._batch = max(
            2, min(round(refill_per_s / 40), int(self._write.largest(Priority.RISK_ADDING) // 10))
        )
        self._kinds = {
            self._cancel: CANCELS / 2,
            self._decrease: DECREASES / 10,
            self._create: CREATES / 10,
            self._create_batch: BATCHES / (10 * self._batch),
            self._amend: AMENDS / 10,
        }

    async def trade(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + seconds
        tasks = {loop.create_task(self._create()) for _ in range(CREATES_WAITING)}
        kinds, weights = list(self._kinds), list(self._kinds.values())
        per_s = sum(weights) * self._write.refill_per_s
        while loop.time() < ends_s:
            (kind,) = self._dice.choices(kinds, weights)
            task = loop.create_task(kind())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            await asyncio.sleep(min(self._dice.expovariate(per_s), ends_s - loop.time()))
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _create(self) -> None:
        with suppress(KalshiError):
            self._resting.append(await self._quoting.orders.create(self._quote()))

    async def _create_batch(self) -> None:
        batch = await self._quoting.orders.create_batch([self._quote() for _ in range(self._batch)])
        self._resting.extend(batch.ok)

    async def _amend(self) -> None:
        if self._resting:
            order = self._dice.choice(self._resting)
            with suppress(KalshiError):
                await self._quoting.orders.amend(order, price=self._price(), count=2)

    async def _cancel(self) -> None:
        if self._resting:
            order = self._resting.pop(self._dice.randrange(len(self._resting)))
            self._figures.creates_waiting.append(self._write.waiting_by_priority()[Priority.RISK_ADDING])
            try:
                await self._reducing.orders.cancel(order)
            except KalshiError:
                self._figures.unfinished_cancels += 1

    async def _decrease(self) -> None:
        if self._resting:
            with suppress(KalshiError):
                await self._reducing.orders.decrease(self._dice.choice(self._resting), reduce_to=1)

    def _quote(self) -> CreateOrder:
        return CreateOrder(TICKER, "bid", 2, self._price())

    def _price(self) -> Decimal:
        return Decimal(self._dice.randint(1, 40)) / 100


class Neighbour:
    """Burns tokens: some of the refill all the time, in bursts that it does not wait for."""

    def __init__(self, session: Session, dice: random.Random, refill_per_s: float, burst: int) -> None:
        self._session = session
        self._dice = dice
        self._burst = burst
        self._every_s = burst * 10 / refill_per_s

    async def burn(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                await asyncio.sleep(self._dice.expovariate(1 / self._every_s))
                for _ in range(self._burst):
                    tasks.create_task(self._create())

    async def _create(self) -> None:
        with suppress(KalshiError):
            await self._session.orders.create(CreateOrder(TICKER, "bid", 1, "0.01"))


async def trade(
    tier: str, seconds: float, *, neighbour: float = 0.0, burst: int = 1, seed: int = 7
) -> Figures:
    """Let a member trade; ``neighbour`` is the part of the refill that somebody else asks for."""
    dice, clock = random.Random(seed), VirtualClock(START_MS)
    sandbox = Sandbox(tier=tier, clock=clock, seed=seed)
    account = sandbox.add_account("alice", cash=Decimal(1_000_000))
    figures = Figures(tier, seconds)
    ours, theirs = Distant(sandbox, dice), Distant(sandbox, dice)

    def attempted(event: AttemptEvent) -> None:
        if event.operation == "cancel_order":
            figures.cancel_waits_s.append(event.queue_wait_s)

    burning: dict[str, Any] = {
        "base_transport": theirs,
        "rate_limits": RateLimits(clock.monotonic, write=(10**9, 10**9), headroom=0, jitter_s=0),
        "retry": RetryPolicy(stop=stop_after_attempt(1)),
    }
    hooks = Hooks(on_attempt=attempted)
    async with (
        session_of(sandbox, account, clock, base_transport=ours, hooks=hooks) as session,
        session_of(sandbox, account, clock, **burning) as other,
    ):
        burner: Awaitable[None] | None = None
        if neighbour:
            burner = asyncio.ensure_future(
                Neighbour(other, dice, neighbour * TIERS[tier].write.refill_per_s, burst).burn()
            )
        await Member(session, figures, dice).trade(seconds)
        if isinstance(burner, asyncio.Future):
            burner.cancel()
            await asyncio.wait([burner])
        figures.clamps = session.rate_limits.write.clamps
    figures.tokens, figures.neighbours_tokens = ours.charged, theirs.charged
    figures.refused, figures.statuses = ours.refused, ours.statuses
    return figures
