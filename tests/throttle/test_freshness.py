"""A limit on waiting, as a session's caller meets it: late tokens are worth nothing to a quote."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from kalshi_async import CreateOrder, Session, ThrottleTimeout
from kalshi_async.rate_limits import JITTER_S
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.client.queues import ADDING, REDUCING
from tests.session.scripted import Scripted, delivered
from tests.session.stage import TICKER, session_of

TOO_MANY = httpx.Response(429, json={"error": "too many requests"})


@pytest.fixture
async def sandbox(clock: VirtualClock) -> Sandbox:
    return Sandbox(tier="basic", clock=clock)


@pytest.fixture
async def inner(sandbox: Sandbox) -> httpx.AsyncBaseTransport:
    return httpx.ASGITransport(sandbox.app)


@pytest.fixture
async def network(inner: httpx.AsyncBaseTransport) -> Scripted:
    return Scripted(inner=inner, path="/portfolio/events/orders")


@pytest.fixture
async def basic(sandbox: Sandbox, clock: VirtualClock, network: Scripted) -> AsyncIterator[Session]:
    async with session_of(sandbox, sandbox.add_account("alice"), clock, base_transport=network) as session:
        network.requests.clear()
        yield session


def new_order() -> CreateOrder:
    return CreateOrder(TICKER, "bid", 1, "0.10")


async def test_now_or_never_sends_at_once_or_not_at_all(
    basic: Session, network: Scripted, clock: VirtualClock
) -> None:
    write, hasty = basic.rate_limits.write, basic.with_options(max_queue_s=0)
    for _ in range(9):
        await hasty.orders.create(new_order())
    with pytest.raises(ThrottleTimeout) as caught:
        await hasty.orders.create(new_order())
    assert (caught.value.sent, caught.value.operation) == (False, "create_order")
    assert clock.monotonic() == 0
    assert len(network.requests) == 9
    assert (write.tokens(), write.waiting) == (10, 0)


async def test_a_quote_that_is_refused_does_not_wait_its_whole_limit_anew(
    basic: Session, network: Scripted, clock: VirtualClock
) -> None:
    # The limit is on the quote's age, not on that of an attempt.
    write = basic.rate_limits.write
    await write.take(90, ADDING)
    await write.take(10, REDUCING)
    network.play(TOO_MANY)
    first_s = JITTER_S + 0.2
    with pytest.raises(ThrottleTimeout):
        await basic.with_options(max_queue_s=first_s + 0.1).orders.create(new_order())
    assert clock.monotonic() == pytest.approx(first_s + 0.1)
    assert len(network.requests) == 1


async def test_a_call_may_have_another_limit_than_the_view_it_is_made_through(
    basic: Session, clock: VirtualClock
) -> None:
    hasty = basic.with_options(max_queue_s=0)
    await basic.rate_limits.write.take(90, ADDING)
    with pytest.raises(ThrottleTimeout):
        await hasty.orders.create(new_order())
    await hasty.with_options(max_queue_s=1).orders.create(new_order())
    assert clock.monotonic() == pytest.approx(JITTER_S + 0.1)


async def test_what_settles_a_quote_waits_for_its_tokens_all_the_same(
    basic: Session, network: Scripted, inner: httpx.AsyncBaseTransport, clock: VirtualClock
) -> None:
    # The quote may be stale; whether it rests is worth knowing for as long as the deadline allows.
    network.play(delivered(inner, httpx.ReadError("reset")))
    read = basic.rate_limits.read
    await read.take(read.tokens(), REDUCING)
    order = await basic.with_options(max_queue_s=0).orders.create(new_order())
    assert order.remaining_count == 1
    assert clock.monotonic() > JITTER_S
    assert [request.method for request in network.requests][:2] == ["POST", "POST"]
