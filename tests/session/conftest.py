"""One exchange per test, on loopback and virtual time, with two members in session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from kalshi_async import Session
from kalshi_async.sandbox import RequestRecord, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.session.stage import Stage, session_of


@pytest.fixture
def wire() -> list[RequestRecord]:
    """Every request that the exchange answered, in order; its status is the answer's."""
    return []


@pytest.fixture
async def sandbox(clock: VirtualClock, wire: list[RequestRecord]) -> AsyncIterator[Sandbox]:
    async with Sandbox(tier="advanced", clock=clock, seed=7, observe=wire.append) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(sandbox: Sandbox, clock: VirtualClock, wire: list[RequestRecord]) -> AsyncIterator[Stage]:
    alice, bob = sandbox.add_account("alice"), sandbox.add_account("bob")
    async with AsyncExitStack() as exits:
        session = await exits.enter_async_context(session_of(sandbox, alice, clock))
        other = await exits.enter_async_context(session_of(sandbox, bob, clock))
        yield Stage(sandbox, clock, alice, session, other, wire, exits)


@pytest.fixture
async def session(stage: Stage) -> Session:
    """Alice's."""
    return stage.session


@pytest.fixture
async def other(stage: Stage) -> Session:
    """Bob's."""
    return stage.other
