"""A served exchange with two members, whose engine the tests drive, and a stream of the first."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kalshi_async.sandbox import Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.streams.kit import Client, open_client


@pytest.fixture
async def exchange(clock: VirtualClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(tier="advanced", clock=clock, seed=7, accounts=["alice", "bob"]) as exchange:
        yield exchange


@pytest.fixture
async def alice(exchange: Sandbox) -> SandboxAccount:
    return exchange.accounts["alice"]


@pytest.fixture
async def bob(exchange: Sandbox) -> SandboxAccount:
    return exchange.accounts["bob"]


@pytest.fixture
async def client(exchange: Sandbox, alice: SandboxAccount) -> AsyncIterator[Client]:
    async with open_client(exchange, alice) as client:
        yield client
