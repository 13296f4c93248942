"""Opening a session on an exchange of 2025."""

from __future__ import annotations

from typing import Any

import pytest

from kalshi_async import CreateOrder, Credentials, EndpointRetired, Environment, InvalidRequest, Session
from kalshi_async.sandbox import RequestRecord, Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.served import TICKER, session_of


@pytest.fixture
async def alice(sandbox: Sandbox) -> SandboxAccount:
    return sandbox.add_account("alice")


async def test_an_environment_of_2025_is_asked_nothing_and_told_nothing(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    # It has no endpoint for limits; and an operation that it does not speak is not sent to it.
    environment = Environment("sandbox", sandbox.rest_url, generation="2025")
    credentials = Credentials(alice.key_id, alice.private_key_pem)
    async with Session(environment, credentials, clock=clock) as session:
        with pytest.raises(EndpointRetired, match="create_order") as caught:
            await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
    assert caught.value.sent is False
    assert wire == []


def test_the_generation_of_an_environment_is_one_of_two() -> None:
    assert Environment("mine", "https://e.com", generation="2025").generation == "2025"
    unknown: Any = "2024"
    with pytest.raises(InvalidRequest, match="'current' or '2025', was '2024'"):
        Environment("mine", "https://e.com", generation=unknown)


async def test_a_share_is_taken_of_the_basic_limits(clock: VirtualClock) -> None:
    # An exchange of 2025 tells no limits.
    sandbox = Sandbox(tier="basic", clock=clock, profile="2025")
    with pytest.raises(InvalidRequest, match="of a write bucket of 100 tokens leaves 5"):
        session_of(sandbox, sandbox.add_account("alice"), clock, share=0.05)


async def test_an_exchange_of_2025_has_no_streams(clock: VirtualClock) -> None:
    async with Sandbox(profile="2025", clock=clock) as exchange:
        assert exchange.environment.stream_url == ""
        alice = exchange.add_account("alice")
        with pytest.raises(InvalidRequest, match="the API of 2025 has no streams"):
            session_of(exchange, alice, clock).stream()
