"""The stages as fixtures; ``tests/conftest.py`` offers them to every test.

``stage`` is an exchange on loopback with two members in session, ``scene`` an exchange
in-process behind a scripted network. Both are new for each test, and run on virtual time. Their reads do
not lag, unless a test lets them (``lag_ms``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kalshi_async import Session
from kalshi_async.sandbox import RequestRecord, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.scene import Scene, opened
from tests.stages.served import Stage, with_members


@pytest.fixture
def wire() -> list[RequestRecord]:
    """Every request that the exchange answered, in order; its status is the answer's."""
    return []


@pytest.fixture
async def sandbox(clock: VirtualClock, wire: list[RequestRecord]) -> AsyncIterator[Sandbox]:
    async with Sandbox(tier="advanced", clock=clock, seed=7, read_lag_ms=0, observe=wire.append) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(sandbox: Sandbox, clock: VirtualClock, wire: list[RequestRecord]) -> AsyncIterator[Stage]:
    async with with_members(sandbox, clock, wire) as stage:
        yield stage


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
