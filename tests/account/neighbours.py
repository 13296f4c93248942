"""Two sessions of one key that know nothing of each other, each with buckets of its own.

Both quote as fast as their buckets let them and cancel five times a second. Each message takes 5 to
40 ms, each its own. Everything is in one process and in virtual time.
"""

from __future__ import annotations

import asyncio
import random
import statistics
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal

from kalshi_async import CreatedOrder, CreateOrder, KalshiError, NotFound, Session
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.account.load import FARTHEST_S, NEAREST_S, Distant
from tests.conftest import START_MS
from tests.stages.served import TICKER, session_of

CANCEL_EVERY_S = 0.2
QUOTERS = 8
P99_S = 0.3
"""Seconds that 99 of 100 cancels may take, the way there and back included."""
UNKNOWN_ORDER = "629f6fbd-82c0-47cd-bdca-2d3e42485e3a"


@dataclass
class Outcome:
    """What one program saw. Seconds are those from the call of a cancel to its answer."""

    placed: list[CreatedOrder] = field(default_factory=list)
    canceled: int = 0
    cancels_s: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    given_up: list[KalshiError] = field(default_factory=list)

    @property
    def p99_s(self) -> float:
        return statistics.quantiles(self.cancels_s, n=100)[98]

    def __str__(self) -> str:
        return (
            f"{len(self.placed)} orders placed, {dict(self.errors)}; {len(self.cancels_s)} cancels, "
            f"{len(self.given_up)} given up, p50 {statistics.median(self.cancels_s):.3f} s, "
            f"p99 {self.p99_s:.3f} s, longest {max(self.cancels_s):.3f} s"
        )


class Trader:
    """Quotes without pause, and cancels at its own pace. Owner of the orders that it has placed."""

    def __init__(self, session: Session, dice: random.Random) -> None:
        self.outcome = Outcome()
        self._session = session
        self._dice = dice
        self._resting: list[CreatedOrder] = []

    async def trade(self, seconds: float, *, quoters: int = QUOTERS) -> Outcome:
        """Trade for so long; the calls that are under way then are finished."""
        ends_s = asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as tasks:
            for _ in range(quoters):
                tasks.create_task(self._quote(ends_s))
            while asyncio.get_running_loop().time() < ends_s:
                tasks.create_task(self._cancel())
                await asyncio.sleep(CANCEL_EVERY_S * self._dice.uniform(0.5, 1.5))
        return self.outcome

    async def _quote(self, ends_s: float) -> None:
        while asyncio.get_running_loop().time() < ends_s:
            price = Decimal(self._dice.randint(1, 40)) / 100
            try:
                order = await self._session.orders.create(CreateOrder(TICKER, "bid", 1, price))
            except KalshiError as error:
                self.outcome.errors[type(error).__name__] += 1
            else:
                self.outcome.placed.append(order)
                self._resting.append(order)

    async def _cancel(self) -> None:
        started_s = asyncio.get_running_loop().time()
        try:
            if self._resting:
                await self._session.orders.cancel(self._resting.pop(0))
                self.outcome.canceled += 1
            else:
                await self._session.orders.cancel(UNKNOWN_ORDER, ticker=TICKER)
        except NotFound:
            pass
        except KalshiError as error:
            self.outcome.given_up.append(error)
        self.outcome.cancels_s.append(asyncio.get_running_loop().time() - started_s)


@dataclass
class Contest:
    """What came of it: one outcome per program, and what the exchange counted."""

    outcomes: list[Outcome]
    refused: int
    """Tokens of the requests that met a 429."""
    orders: int
    """Orders that the exchange has."""
    doubles: int
    """Those of them that have the client_order_id of another."""


async def contend(
    seconds: float, *, tier: str = "basic", programs: int = 2, seed: int = 7, is_distant: bool = True
) -> Contest:
    """Let several programs use one key for so many seconds of virtual time."""
    clock = VirtualClock(START_MS)
    sandbox = Sandbox(tier=tier, clock=clock, seed=seed)
    member = sandbox.add_account("alice", cash=Decimal(1_000_000))
    farthest_s = FARTHEST_S if is_distant else NEAREST_S
    ways = [Distant(sandbox, random.Random(seed + number), farthest_s) for number in range(programs)]
    async with AsyncExitStack() as exits:
        sessions = [
            await exits.enter_async_context(session_of(sandbox, member, clock, base_transport=way))
            for way in ways
        ]
        traders = [
            Trader(session, random.Random(31 * seed + number)) for number, session in enumerate(sessions)
        ]
        outcomes = await asyncio.gather(*(trader.trade(seconds) for trader in traders))
    keys = Counter(order.client_order_id for order in member.account.orders.values())
    refused = sum(way.refused for way in ways)
    return Contest(list(outcomes), refused, keys.total(), keys.total() - len(keys))
