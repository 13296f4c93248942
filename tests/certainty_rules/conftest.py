"""One scene per test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.certainty_rules.scene import Scene, opened


@pytest.fixture
async def scene(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock) as scene:
        yield scene
