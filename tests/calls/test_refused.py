"""A 429: certainly not executed, so tried again, signed anew, as soon as tokens are back."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from kalshi_async import CreateOrder, RateLimited, RateLimits, RetryPolicy, Session
from kalshi_async.rate_limits import JITTER_S
from kalshi_async.sandbox import RequestRecord, Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.served import CREATE_PATH, TICKER, session_of

TIMESTAMP, SIGNATURE = "kalshi-access-timestamp", "kalshi-access-signature"


@pytest.fixture
async def sandbox(clock: VirtualClock, wire: list[RequestRecord]) -> Sandbox:
    """At tier basic: ten creates empty the write bucket."""
    return Sandbox(tier="basic", clock=clock, seed=7, observe=wire.append)


def new_order() -> CreateOrder:
    return CreateOrder(TICKER, "bid", 1, "0.10")


def rival_of(sandbox: Sandbox, member: SandboxAccount, clock: VirtualClock) -> Session:
    """Another process of the same member, which keeps nothing back for cancels."""
    return session_of(sandbox, member, clock, rate_limits=RateLimits(clock.monotonic, headroom=0))


@asynccontextmanager
async def beside_a_rival(
    sandbox: Sandbox, member: SandboxAccount, clock: VirtualClock
) -> AsyncIterator[tuple[Session, Session]]:
    """The sandbox with a session of ours, and its rival."""
    async with (
        sandbox,
        session_of(sandbox, member, clock) as session,
        rival_of(sandbox, member, clock) as rival,
    ):
        yield session, rival


async def drain(rival: Session) -> None:
    """Spend the account's whole write bucket, from a client that ours knows nothing of."""
    for _ in range(10):
        await rival.orders.create(new_order())


def creates(wire: list[RequestRecord], status: int) -> list[RequestRecord]:
    return [record for record in wire if record.path == CREATE_PATH and record.status == status]


async def test_a_429_forced_by_a_second_client_is_retried_and_succeeds(
    sandbox: Sandbox, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    alice = sandbox.add_account("alice")
    async with beside_a_rival(sandbox, alice, clock) as (session, rival):
        await drain(rival)
        started_s = clock.monotonic()
        order = await session.orders.create(new_order())
        # 10 tokens over the 10 that are kept for cancels, and 10 more after a 429, at 100 per second,
        # counted from JITTER_S after the full bucket that ours believed in.
        assert clock.monotonic() - started_s == pytest.approx(0.3 + JITTER_S)
        assert order.order_id in alice.account.resting
    (refused,), placed = creates(wire, 429), creates(wire, 201)[-1]
    assert int(placed.headers[TIMESTAMP]) == int(refused.headers[TIMESTAMP]) + 300 + round(1000 * JITTER_S)
    assert b64decode(placed.headers[SIGNATURE]) != b64decode(refused.headers[SIGNATURE])


async def test_an_rsa_key_signs_the_retry_anew_as_well(
    sandbox: Sandbox, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    alice = sandbox.add_account("alice", key_type="rsa")
    async with beside_a_rival(sandbox, alice, clock) as (session, rival):
        await drain(rival)
        await session.orders.create(new_order())
    (refused,), placed = creates(wire, 429), creates(wire, 201)[-1]
    assert placed.headers[SIGNATURE] != refused.headers[SIGNATURE]
    assert placed.headers[TIMESTAMP] != refused.headers[TIMESTAMP]


async def test_the_retry_carries_the_same_client_order_id(
    sandbox: Sandbox, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    # A new key would make a second order possible, should a 429 ever be wrong.
    alice = sandbox.add_account("alice")
    async with beside_a_rival(sandbox, alice, clock) as (session, rival):
        await drain(rival)
        wanted = new_order()
        await session.orders.create(wanted)
    assert wanted.client_order_id in alice.account.client_order_ids
    assert len(alice.account.orders) == 11


async def test_one_429_tells_every_task_that_waits(
    sandbox: Sandbox, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    # Nine of ten tasks fit a full bucket's part for creates; all nine are refused at once, none of
    # them a second time, and the tenth that waits behind them never. The first leaves 10 tokens more
    # than the headroom to cancels, each later one 1 token less.
    alice = sandbox.add_account("alice")
    async with beside_a_rival(sandbox, alice, clock) as (session, rival):
        await drain(rival)
        started_s = clock.monotonic()
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(10)))
        assert clock.monotonic() - started_s == pytest.approx(0.3 + 9 * 0.09 + JITTER_S)
    assert len(creates(wire, 429)) == 9
    assert len(creates(wire, 201)) == 20


async def test_a_read_is_retried_as_well(
    sandbox: Sandbox, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    alice = sandbox.add_account("alice")
    async with beside_a_rival(sandbox, alice, clock) as (session, rival):
        while sandbox.budget.tokens(alice.account, "read") >= 10:
            await rival.orders.list().collect()
        assert await session.orders.list().collect() == []
    assert [record.status for record in wire][-2:] == [429, 200]


async def test_a_429_without_end_is_tried_until_the_deadline(sandbox: Sandbox, clock: VirtualClock) -> None:
    # What the exchange has certainly not executed is no unknown outcome.
    class Refusing(httpx.AsyncBaseTransport):
        attempts = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.attempts += request.method == "POST"
            return httpx.Response(429, json={"error": "too many requests"})

    transport = Refusing()
    session = session_of(
        sandbox, sandbox.add_account("alice"), clock, base_transport=transport, retry=RetryPolicy()
    )
    async with session:
        began_s = clock.monotonic()
        with pytest.raises(RateLimited) as caught:
            await session.orders.create(new_order())
        assert clock.monotonic() == began_s + 5
    assert transport.attempts > 10
    assert caught.value.sent is True
    assert caught.value.message == "too many requests"
