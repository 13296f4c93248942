"""An exchange in-process, and two members who sign for themselves; or a venue without HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from kalshi_async.sandbox import Relay, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.venue_kit import Desk
from tests.stages.members import Member


@pytest.fixture
def desk() -> Desk:
    """One fresh venue."""
    return Desk()


@pytest.fixture
async def sandbox(clock: VirtualClock) -> Sandbox:
    """An exchange without rate limits, not served: tests reach it in-process."""
    return Sandbox(tier="off", clock=clock, seed=7, read_lag_ms=0)


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
        yield client


@pytest.fixture
async def alice(sandbox: Sandbox, http: httpx.AsyncClient, clock: VirtualClock) -> Member:
    return Member(http, sandbox.add_account("alice"), clock)


@pytest.fixture
async def bob(sandbox: Sandbox, http: httpx.AsyncClient, clock: VirtualClock) -> Member:
    return Member(http, sandbox.add_account("bob"), clock)


@pytest.fixture
async def exchange(clock: VirtualClock) -> AsyncIterator[Sandbox]:
    """A served exchange without rate limits; ``alice`` has an account there."""
    async with Sandbox(tier="off", clock=clock, seed=7, accounts=["alice"], read_lag_ms=0) as exchange:
        yield exchange


@pytest.fixture
async def relay(exchange: Sandbox) -> AsyncIterator[Relay]:
    async with Relay(exchange) as relay:
        yield relay
