"""An exchange of either generation with two members on it, and all that went over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kalshi_async.sandbox import RequestRecord, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.served import Stage, with_members


@asynccontextmanager
async def staged(clock: VirtualClock, profile: str, **options: Any) -> AsyncIterator[Stage]:
    """Serve an exchange on loopback; its members may ask for the value of their resting orders."""
    wire: list[RequestRecord] = []
    options = {"read_lag_ms": 0, **options}
    sandbox = Sandbox(profile=profile, clock=clock, seed=7, observe=wire.append, **options)
    async with sandbox, with_members(sandbox, clock, wire, is_fcm=True) as stage:
        wire.clear()
        yield stage
