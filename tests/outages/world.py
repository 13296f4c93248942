"""The stage of one case: a fresh exchange, alice's session, and the road that will break."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from kalshi_async import Hooks, RateLimits, Session, Timeouts
from kalshi_async.calls.retry import RetryPolicy, jittered
from kalshi_async.sandbox import Rules, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.transport import base as transport
from tests.certainty.world import TICKER, World
from tests.conftest import START_MS
from tests.outages.case import Case
from tests.outages.in_process import BrokenTransport
from tests.outages.on_wire import BrokenRelay
from tests.outages.outage import Outage

PATIENCE_S = 1.0
"""Read timeout in-process, where no transport of ours notices silence by itself."""

IDLE_CONNECTIONS = 3
"""Connections that are open and idle when the case begins."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The world of a case, with its outage and the road."""

    world: World
    outage: Outage
    road: BrokenTransport | None

    async def settle_in(self) -> None:
        """Let what was prepared be seen by reads, fill the buckets, and open some connections."""
        await self.world.clock.sleep(65.0)
        reads = (self.world.session.exchange.status() for _ in range(IDLE_CONNECTIONS))
        await asyncio.gather(*reads)
        await self.world.clock.sleep(2.0)

    async def landed(self, seconds: float) -> None:
        """Wait until nothing of the case is on its way any more, and reads show all of it."""
        if self.road is not None:
            await self.road.landed()
        await self.world.clock.sleep(seconds)
        self.world.sandbox.exchange.venue.tick()  # what is due happens at the next request otherwise


@asynccontextmanager
async def stage(case: Case, tier: str) -> AsyncIterator[Stage]:
    """Open the stage of a case, on the running loop with virtual time."""
    clock, outage = VirtualClock(START_MS), Outage(case)
    rules = Rules(read_lag_ms=case.lag_ms)
    sandbox = Sandbox(
        clock=clock, tier=tier, markets=[TICKER], accounts=["alice"], rules=rules, seed=case.number
    )
    sandbox.faults.skew_clock(case.ahead_ms)
    if case.road == "wire":
        async with (
            sandbox,
            BrokenRelay(sandbox, outage) as relay,
            transport.default_base() as base,
            _session(case, sandbox, clock, base, relay) as session,
        ):
            yield Stage(World(sandbox, clock, session, relay, [], []), outage, None)
        return
    road = BrokenTransport(sandbox, outage)
    async with _session(case, sandbox, clock, road, None) as session:
        yield Stage(World(sandbox, clock, session, None, [], []), outage, road)
    await sandbox.stop()


def _session(
    case: Case,
    sandbox: Sandbox,
    clock: VirtualClock,
    base: httpx.AsyncBaseTransport,
    relay: BrokenRelay | None,
) -> Session:
    deadline_s, dice = case.deadline_s, random.Random(f"waits {case.number}")
    if relay is None:
        timeouts = Timeouts(read_s=PATIENCE_S, write_deadline_s=deadline_s)
    else:
        timeouts = Timeouts(write_deadline_s=deadline_s)
    return Session(
        sandbox.environment if relay is None else relay.environment,
        sandbox.credentials("alice"),
        base_transport=base,
        # Nothing is asked at opening: every request of a case is the case's own.
        rate_limits=RateLimits(clock.monotonic),
        # As by default, with dice of the case.
        retry=RetryPolicy(wait=jittered(0.1, 1.0, dice), refused_wait=jittered(0.01, 0.5, dice)),
        timeouts=timeouts,
        clock=clock,
        hooks=Hooks(),
    )
