"""The world of one case: a fresh exchange with lagging reads, its members, and the road to it.

Two roads: in-process, with a transport that loses patience like a socket would, and
loopback behind a relay. Everything a scene needs is placed before the first fault.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import httpx

from kalshi_async import (
    AttemptEvent,
    CreatedOrder,
    CreateOrder,
    Hooks,
    RateLimits,
    ReplyEvent,
    Session,
    Timeouts,
)
from kalshi_async.calls.retry import RetryPolicy, jittered
from kalshi_async.sandbox import Relay, Rules, Sandbox
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.settings import CreateCheck
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.transport import base as transport
from tests.conftest import START_MS

TICKER = "KXCERTAIN-26NOV23-T1"
PATIENCE_S = 1.0
"""Read timeout of one attempt: short, so that a call has time for several."""

TIMEOUTS = Timeouts(connect_s=PATIENCE_S, read_s=PATIENCE_S, write_s=PATIENCE_S, pool_s=PATIENCE_S)


class Impatient(httpx.AsyncBaseTransport):
    """The application in-process, behind the read timeout that a socket would have."""

    def __init__(self, sandbox: Sandbox, patience_s: float = PATIENCE_S) -> None:
        self._inner = httpx.ASGITransport(sandbox.app)
        self._patience_s = patience_s

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._inner.handle_async_request(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time") from error


@dataclass
class World:
    """One exchange, alice's session with it, and what her transport reported."""

    sandbox: Sandbox
    clock: VirtualClock
    session: Session
    relay: Relay | None
    attempts: list[AttemptEvent]
    replies: list[ReplyEvent]
    notes: dict[str, str] = field(default_factory=dict)
    """What a scene placed beforehand, by its own names."""

    @property
    def account(self) -> Account:
        """Alice as the exchange knows her."""
        return self.sandbox.accounts["alice"].account

    async def rest(self, name: str, count: int = 10, group: str | None = None) -> CreatedOrder:
        """Place a bid that rests, and note its id under a name."""
        order = CreateOrder(TICKER, "bid", count, "0.40", order_group_id=group)
        placed = await self.session.orders.create(order)
        self.notes[name] = placed.order_id
        return placed

    def cash_e6(self, subaccount: int, shard: int = 0) -> int:
        return self.account.cash_e6.get((subaccount, shard), 0)

    def take_all_cash(self) -> None:
        """Leave alice nothing but what her resting orders need."""
        exchange = self.sandbox.exchange
        free_e6 = self.cash_e6(0) - exchange.reads.resting_commitment_e6(self.account, 0, 0)
        exchange.accounts.withdraw(self.account, Decimal(free_e6) / 1_000_000)


@asynccontextmanager
async def world(
    *,
    seed: int = 0,
    tier: str = "advanced",
    checks: tuple[CreateCheck, ...] = tuple(CreateCheck),
    lag_ms: int = 0,
    is_served: bool = False,
) -> AsyncIterator[World]:
    """Open a world; ``is_served`` puts loopback and a relay between client and exchange."""
    clock = VirtualClock(START_MS)
    rules = Rules(create_checks=checks, read_lag_ms=lag_ms)
    sandbox = Sandbox(clock=clock, tier=tier, markets=[TICKER], accounts=["alice"], rules=rules, seed=seed)
    if is_served:
        async with sandbox, Relay(sandbox) as relay, _opened(sandbox, clock, seed, relay) as opened:
            yield opened
        return
    async with _opened(sandbox, clock, seed, None) as opened:
        yield opened
    await sandbox.stop()


@asynccontextmanager
async def _opened(
    sandbox: Sandbox, clock: VirtualClock, seed: int, relay: Relay | None
) -> AsyncIterator[World]:
    attempts: list[AttemptEvent] = []
    replies: list[ReplyEvent] = []
    environment = sandbox.environment if relay is None else relay.environment
    road = Impatient(sandbox) if relay is None else transport.default_base()
    dice = random.Random(f"waits {seed}")
    session = Session(
        environment,
        sandbox.credentials("alice"),
        base_transport=road,
        # Nothing is asked at opening: every request of a case is the case's own.
        rate_limits=RateLimits(clock.monotonic),
        retry=RetryPolicy(wait=jittered(0.1, 1.0, dice), refused_wait=jittered(0.01, 0.5, dice)),
        timeouts=TIMEOUTS,
        clock=clock,
        hooks=Hooks(on_attempt=attempts.append, on_reply=replies.append),
    )
    async with road, session:
        yield World(sandbox, clock, session, relay, attempts, replies)
