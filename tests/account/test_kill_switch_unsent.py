"""An order that has not left when a kill switch is thrown does not leave behind it.

It may wait for tokens, for its signature, or for a connection: sent after its scope has been
shut down, it would rest although the caller was told that no order does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from kalshi_async import ALL, CreateOrder, Environment, RateLimits, RiskGateClosed, Session
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox.faults._raw_http import Message
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.signer import KeySigner
from tests.stages.raw_server import Anybody
from tests.stages.scene import Scene, new_order
from tests.transport.http1.server import Connection, Server, plain, serving

CREATED = b'{"order_id":"o-1","fill_count":"0.00","remaining_count":"1.00","ts_ms":1}'
TAKES_S = 1.0
BALANCE = b'{"balance":1,"balance_dollars":"0.01","portfolio_value":0,"updated_ts":1,"balance_breakdown":[]}'


def created(received: Message) -> bytes:
    """Say that an order rests, or the one order of a batch."""
    if b"/batched " not in received.first_line:
        return CREATED
    (order,) = json.loads(received.body)["orders"]
    entry = {**json.loads(CREATED), "client_order_id": order["client_order_id"]}
    return json.dumps({"orders": [entry]}).encode()


async def slow_to_create(connection: Connection) -> None:
    """Answer cancels at once, and orders after a while."""
    while True:
        received = await connection.request()
        if received.first_line.startswith(b"POST"):
            await asyncio.sleep(TAKES_S)
            await connection.say(plain(created(received)))
        else:
            await connection.say(plain(BALANCE if b"/balance" in received.first_line else b"{}"))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(slow_to_create) as server:
        yield server


@pytest.fixture
async def exits() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as exits:
        yield exits


async def opened(
    exits: AsyncExitStack, server: Server, clock: VirtualClock, base: httpx.AsyncBaseTransport, tokens: int
) -> Session:
    await exits.enter_async_context(base)
    limits = RateLimits(clock.monotonic, write=(10, tokens))
    environment = Environment("slow", server.url)
    session = Session(environment, Anybody(), rate_limits=limits, base_transport=base, clock=clock)
    return await exits.enter_async_context(session)


def quotes(session: Session) -> list[asyncio.Task[object]]:
    """Begin to place two orders, of which the second has to wait for the first."""
    orders = [CreateOrder("T-1", "bid", 1, price) for price in ("0.10", "0.20")]
    return [asyncio.create_task(session.orders.create(order)) for order in orders]


def methods(server: Server) -> list[bytes]:
    sent = sorted(received.first_line.partition(b" ")[0] for received in server.requests)
    return [method for method in sent if method != b"GET"]


async def is_stopped(second: asyncio.Task[object]) -> bool:
    with pytest.raises(RiskGateClosed) as caught:
        await second
    return caught.value.sent is False


@pytest.mark.parametrize(
    "made",
    [
        lambda: Http1Transport(max_connections=2, reserved_connections=1),
        lambda: httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1)),
    ],
    ids=["ours", "stock"],
)
async def test_an_order_that_waits_for_a_connection_does_not_leave_behind_a_cancel_all(
    exits: AsyncExitStack,
    server: Server,
    clock: VirtualClock,
    made: Callable[[], httpx.AsyncBaseTransport],
) -> None:
    session = await opened(exits, server, clock, made(), tokens=1000)
    first, second = quotes(session)
    await asyncio.sleep(0.5)
    before = session.rate_limits.write.tokens()
    await session.orders.cancel_all(subaccount=ALL)
    await first
    assert await is_stopped(second)
    assert session.rate_limits.write.tokens() >= before, "its tokens are back"
    assert methods(server) == [b"DELETE", b"POST"]


async def test_an_order_that_waits_for_a_connection_does_not_leave_behind_a_dead_man_switch(
    exits: AsyncExitStack, server: Server, clock: VirtualClock
) -> None:
    base = Http1Transport(max_connections=2, reserved_connections=1)
    session = await opened(exits, server, clock, base, tokens=1000)
    async with session.dead_man(subaccount=0):
        first, second = quotes(session)
        await asyncio.sleep(0.5)
    await first
    assert await is_stopped(second)
    assert methods(server) == [b"DELETE", b"POST"]


async def test_an_order_that_waits_for_tokens_does_not_leave_behind_a_cancel_all(
    exits: AsyncExitStack, server: Server, clock: VirtualClock
) -> None:
    session = await opened(exits, server, clock, Http1Transport(), tokens=15)
    first, second = quotes(session)
    await asyncio.sleep(0.1)
    await session.orders.cancel_all(subaccount=ALL)
    await first
    assert await is_stopped(second)
    assert methods(server) == [b"DELETE", b"POST"]


async def test_an_order_that_is_begun_after_a_cancel_all_leaves(
    exits: AsyncExitStack, server: Server, clock: VirtualClock
) -> None:
    session = await opened(exits, server, clock, Http1Transport(), tokens=1000)
    await session.orders.cancel_all(subaccount=ALL)
    await asyncio.gather(*quotes(session))
    assert methods(server) == [b"DELETE", b"POST", b"POST"]


async def test_the_rest_of_a_batch_does_not_leave_behind_a_cancel_all(
    exits: AsyncExitStack, server: Server, clock: VirtualClock
) -> None:
    session = await opened(exits, server, clock, Http1Transport(), tokens=15)
    orders = [CreateOrder("T-1", "bid", 1, price) for price in ("0.10", "0.20")]
    patient = session.with_options(deadline_s=60)
    batch = asyncio.create_task(patient.orders.create_batch(orders))
    await asyncio.sleep(0.1)
    await session.orders.cancel_all(subaccount=ALL)
    *_, last = await batch
    assert isinstance(last.error, RiskGateClosed)
    assert last.error.sent is False
    assert methods(server) == [b"DELETE", b"POST"]


class SlowSigner:
    """Signs creates late, as a key that lives elsewhere does."""

    def __init__(self, inner: KeySigner) -> None:
        self.inner = inner

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        if method == "POST":
            await asyncio.sleep(0.3)
        return await self.inner.headers(method, path, now_ms)


async def test_no_create_leaves_behind_a_switch_that_closed_while_it_was_signed(scene: Scene) -> None:
    async def slow_cancel(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1.0)
        return await scene.inner.handle_async_request(request)

    async with Session(
        scene.sandbox.environment,
        SlowSigner(KeySigner(scene.alice.credentials)),
        clock=scene.clock,
        base_transport=scene.network,
    ) as session:
        async with session.dead_man(subaccount=0):
            scene.play(slow_cancel)
            tokens = session.rate_limits.write.tokens()
            create = asyncio.create_task(session.orders.create(new_order()))
            await scene.clock.sleep(0.01)
        with pytest.raises(RiskGateClosed):
            await create
    assert [request.method for request in scene.writes] == ["DELETE"]
    assert scene.account.orders == {}
    assert session.rate_limits.write.tokens() == tokens
