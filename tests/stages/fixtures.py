"""The stages as fixtures; ``tests/conftest.py`` offers them to every test.

``stage`` is an exchange on loopback with two members in session, ``scene`` an exchange
in-process behind a scripted network. Both are new for each test, and run on virtual time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from kalshi_async import Session
from kalshi_async.sandbox import RequestRecord, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.scene import Scene, opened
from tests.stages.served import Stage, session_of


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


@pytest.fixture
async def scene(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock) as scene:
        yield scene


@pytest.fixture(params=[0, 700], ids=["fresh reads", "reads lag"])
async def lag_ms(scene: Scene, request: pytest.FixtureRequest) -> int:
    lag: int = request.param
    scene.sandbox.faults.lag_reads(lag)
    return lag
