"""What leaves first when everything wants to leave: seen at the exchange, over real sockets.

Real time and real RSA keys, because signing takes some; nothing here measures how much.
"""

from __future__ import annotations

import asyncio

import pytest

from kalshi_async import CreatedOrder, CreateOrder, Credentials, Session
from kalshi_async.sandbox import RequestRecord, Sandbox
from tests.stages.served import CREATE_PATH, TICKER

CREATES = 400
# Signed or being signed when the cancel is asked for, and a little for the turns of the loop.
AHEAD = 20


async def all_at_once(session: Session, resting: CreatedOrder, wire: list[RequestRecord]) -> list[str]:
    """Ask for 400 creates and then for a cancel; returns what had arrived by its reply, in order."""
    patient = session.with_options(deadline_s=60)
    creates = [
        asyncio.create_task(patient.orders.create(CreateOrder(TICKER, "bid", 1, "0.10")))
        for _ in range(CREATES)
    ]
    await asyncio.sleep(0)  # every create has been asked for: the cancel is the last
    assert not any(task.done() for task in creates)
    await session.orders.cancel(resting)
    arrived = ["create" if record.path == CREATE_PATH else "cancel" for record in wire]
    for task in creates:
        task.cancel()
    await asyncio.gather(*creates, return_exceptions=True)
    return arrived


@pytest.mark.real_time
@pytest.mark.parametrize("tier", ["basic", "premier"])
async def test_a_cancel_issued_last_arrives_before_the_creates_that_wait(tier: str) -> None:
    # Basic lets 9 creates through at once and premier 180, and more while the loop starts them; even
    # of those that were admitted, the cancel overtakes whoever waits for a signature.
    wire: list[RequestRecord] = []
    async with Sandbox(tier=tier, observe=wire.append) as sandbox:
        alice = sandbox.add_account("alice", key_type="rsa")
        credentials = Credentials(alice.key_id, alice.private_key_pem)
        async with Session(sandbox.environment, credentials) as session:
            resting = await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
            wire.clear()
            arrived = await all_at_once(session, resting, wire)
    assert arrived.count("cancel") == 1
    assert arrived.index("cancel") <= AHEAD
