"""Opening a session on an exchange of 2025."""

from __future__ import annotations

import pytest

from kalshi_async import CreateOrder, Credentials, EndpointRetired, Environment, Session
from kalshi_async.sandbox import RequestRecord, Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.served import TICKER


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
