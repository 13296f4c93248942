"""A stage for one example; members as the tests of the edge have them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conformance.stage import Stage
from tests.sandbox.conftest import alice, http, sandbox

__all__ = ["alice", "http", "sandbox", "stage"]


@pytest.fixture
async def stage(clock: VirtualClock) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as resources:
        yield Stage(clock, resources)
