"""One scene per test, and reads that are fresh or lag."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.certainty_rules.scene import Scene, opened


@pytest.fixture
async def scene(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock) as scene:
        yield scene


@pytest.fixture(params=[0, 700], ids=["fresh reads", "reads lag"])
async def lag_ms(scene: Scene, request: pytest.FixtureRequest) -> int:
    lag: int = request.param
    scene.sandbox.faults.lag_reads(lag)
    return lag
