"""An exchange of either generation with two members on it, and all that went over the wire."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from kalshi_async import Session
from kalshi_async.sandbox import RequestRecord, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock

TICKER = "KXHIGHNY-26NOV23-B52.5"
OTHER_TICKER = "KXHIGHNY-26NOV23-B54.5"
EVENT = "KXHIGHNY-26NOV23"
BASE_PATH = "/trade-api/v2"


@dataclass
class Stage:
    """A served sandbox, and the open sessions of alice and bob."""

    sandbox: Sandbox
    clock: VirtualClock
    alice: Session
    bob: Session
    wire: list[RequestRecord]

    def statuses(self, method: str, template: str) -> list[int]:
        """What was answered on one route, in order."""
        route = re.compile(BASE_PATH + re.sub(r"\{\w+\}", "[^/]+", template))
        return [
            record.status for record in self.wire if record.method == method and route.fullmatch(record.path)
        ]

    def session(self, name: str, **options: Any) -> Session:
        """One more session of a member, not opened yet."""
        return Session(self.sandbox.environment, self.sandbox.credentials(name), clock=self.clock, **options)


@asynccontextmanager
async def staged(clock: VirtualClock, profile: str, **options: Any) -> AsyncIterator[Stage]:
    """Serve an exchange on loopback; its members may ask for the value of their resting orders."""
    wire: list[RequestRecord] = []
    async with Sandbox(profile=profile, clock=clock, seed=7, observe=wire.append, **options) as sandbox:
        for name in ("alice", "bob"):
            sandbox.add_account(name, is_fcm=True)
        environment = sandbox.environment
        async with (
            Session(environment, sandbox.credentials("alice"), clock=clock) as alice,
            Session(environment, sandbox.credentials("bob"), clock=clock) as bob,
        ):
            wire.clear()
            yield Stage(sandbox, clock, alice, bob, wire)
