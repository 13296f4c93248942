"""A stage of the 2025 generation for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.api2025.stage import staged
from tests.stages.served import Stage


@pytest.fixture
async def stage(clock: VirtualClock) -> AsyncIterator[Stage]:
    async with staged(clock, "2025") as stage:
        yield stage


@pytest.fixture
async def today(clock: VirtualClock) -> AsyncIterator[Stage]:
    """An exchange that speaks the current API."""
    async with staged(clock, "current") as stage:
        yield stage
