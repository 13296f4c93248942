"""A limit on waiting, as a session's caller meets it: late tokens are worth nothing to a quote."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from kalshi_async import CreatedOrder, CreateOrder, Session, SessionView, ThrottleTimeout, Timeouts
from kalshi_async.rate_limits import JITTER_S
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.account.queues import ADDING, REDUCING
from tests.stages.scripted import Scripted, delivered
from tests.stages.served import TICKER, session_of

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


async def cancel(view: SessionView, order: CreatedOrder, group: str) -> None:
    await view.orders.cancel(order)


async def cancel_by_bare_id(view: SessionView, order: CreatedOrder, group: str) -> None:
    await view.orders.cancel(order.order_id)


async def decrease(view: SessionView, order: CreatedOrder, group: str) -> None:
    await view.orders.decrease(order, reduce_by=1)


async def cancel_all(view: SessionView, order: CreatedOrder, group: str) -> None:
    await view.orders.cancel_all(subaccount=0)


async def trigger(view: SessionView, order: CreatedOrder, group: str) -> None:
    await view.order_groups.trigger(group)


async def leave_a_dead_man(view: SessionView, order: CreatedOrder, group: str) -> None:
    async with view.dead_man(order_group_id=group):
        pass


@pytest.mark.parametrize(
    "reduce", [cancel, cancel_by_bare_id, decrease, cancel_all, trigger, leave_a_dead_man]
)
async def test_what_reduces_risk_does_not_go_stale_with_the_quotes(
    basic: Session, clock: VirtualClock, reduce: Callable[[SessionView, CreatedOrder, str], Awaitable[None]]
) -> None:
    order = await basic.orders.create(CreateOrder(TICKER, "bid", 2, "0.10"))
    group = (await basic.order_groups.create(contracts_limit=9)).order_group_id
    write = basic.rate_limits.write
    await write.take(write.tokens(), REDUCING)
    await reduce(basic.with_options(max_queue_s=0), order, group)
    assert clock.monotonic() > JITTER_S, "it waited for its tokens"


async def test_a_read_does_go_stale(basic: Session) -> None:
    read = basic.rate_limits.read
    await read.take(read.tokens(), REDUCING)
    with pytest.raises(ThrottleTimeout):
        await basic.with_options(max_queue_s=0).orders.list().collect()


async def test_the_limit_of_the_session_itself_spares_cancels_too(
    sandbox: Sandbox, inner: httpx.AsyncBaseTransport, clock: VirtualClock
) -> None:
    member = sandbox.add_account("alice")
    timeouts = Timeouts(max_queue_s=0)
    async with session_of(sandbox, member, clock, base_transport=inner, timeouts=timeouts) as session:
        order = await session.orders.create(new_order())
        write = session.rate_limits.write
        await write.take(write.tokens(), REDUCING)
        with pytest.raises(ThrottleTimeout):
            await session.orders.create(new_order())
        await session.orders.cancel(order)


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
