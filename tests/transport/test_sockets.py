"""httpx's own transport on real sockets: what it reports is what is certain.

The connections are real and the time is virtual: five seconds of silence cost nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
import tenacity

from kalshi_async import (
    CreateOrder,
    DeadlineExceeded,
    Environment,
    NotSent,
    OutcomeUnknown,
    RateLimits,
    ReplyLost,
    RetryPolicy,
    Session,
    Timeouts,
)
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.raw_server import (
    Anybody,
    Handler,
    closing,
    http,
    resetting,
    saying,
    saying_once,
    serving,
    silent,
)
from tests.stages.served import BASE_PATH, TICKER, Stage

CREATED = b'{"order_id":"1","fill_count":"0.00","remaining_count":"1.00","ts_ms":1795348800000}'
GOOD = saying(http(201, CREATED))

# What is shown is what one attempt means; without an end of its own a call would go on to its deadline.
FOUR_ATTEMPTS = RetryPolicy(stop=tenacity.stop_after_attempt(4))

Opener = Callable[..., AbstractAsyncContextManager[Session]]


@pytest.fixture
async def open_to(clock: VirtualClock) -> Opener:
    """Open a session to raw servers, or to an environment; nothing is asked at open."""

    @asynccontextmanager
    async def opener(*to: Handler | Environment, **options: object) -> AsyncIterator[Session]:
        # Next to no refill, so that what was spent and given back can be read off at any time.
        limits = RateLimits(clock.monotonic, read=(1e-6, 200), write=(1e-6, 100))
        options = {"clock": clock, "rate_limits": limits, "retry": FOUR_ATTEMPTS, **options}
        if isinstance(to[0], Environment):
            async with Session(to[0], Anybody(), **options) as session:  # type: ignore[arg-type]  # as given
                yield session
            return
        async with (
            serving(*to) as environment,  # type: ignore[arg-type]  # handlers, all of them
            Session(environment, Anybody(), **options) as session,  # type: ignore[arg-type]
        ):
            yield session

    return opener


def new_order() -> CreateOrder:
    return CreateOrder(TICKER, "bid", 1, "0.10")


async def test_a_good_server_is_understood(open_to: Opener) -> None:
    # Lest every other test here pass because nothing ever works.
    async with open_to(GOOD) as session:
        assert (await session.orders.create(new_order())).order_id == "1"
        assert session.rate_limits.write.tokens() == pytest.approx(90)


@pytest.mark.parametrize(
    "handler",
    [
        resetting,
        closing,
        saying_once(b"\x16\x03\x01 this is not HTTP\r\n\r\n"),
        saying_once(http(201, CREATED)[:-5]),
        saying_once(b"HTTP/1.1 201 Created\r\ncontent-le"),
    ],
    ids=["reset", "closed", "garbage", "truncated body", "truncated head"],
)
async def test_an_order_whose_reply_is_lost_is_unknown_and_had_left(
    open_to: Opener, handler: Handler
) -> None:
    async with open_to(handler) as session:
        with pytest.raises(OutcomeUnknown) as caught:
            await session.orders.create(new_order())
        assert caught.value.sent is True
        assert isinstance(caught.value.__cause__, ReplyLost)
        assert session.rate_limits.write.tokens() == pytest.approx(60), "each of the four may be charged"


@pytest.mark.parametrize("handler", [resetting, closing, saying_once(b"not HTTP\r\n\r\n")])
async def test_an_order_whose_reply_is_lost_is_sent_again(open_to: Opener, handler: Handler) -> None:
    async with open_to(handler, GOOD) as session:
        assert (await session.orders.create(new_order())).order_id == "1"
        assert session.rate_limits.write.tokens() == pytest.approx(80)


@pytest.mark.parametrize("handler", [resetting, closing, saying_once(b"not HTTP\r\n\r\n")])
async def test_a_read_whose_reply_is_lost_is_read_again(open_to: Opener, handler: Handler) -> None:
    good = saying(http(200, b'{"exchange_active":true,"trading_active":true}'))
    async with open_to(handler, good) as session:
        assert (await session.exchange.status()).trading_active


async def test_nobody_listening_is_not_sent_and_costs_nothing(open_to: Opener) -> None:
    with socket.socket() as bound:  # bound and not listening: connections are refused
        bound.bind(("127.0.0.1", 0))
        nowhere = Environment("nowhere", f"http://127.0.0.1:{bound.getsockname()[1]}{BASE_PATH}")
        async with open_to(nowhere) as session:
            with pytest.raises(NotSent) as caught:
                await session.orders.create(new_order())
            assert caught.value.sent is False
            assert session.rate_limits.write.tokens() == pytest.approx(100)


async def test_a_silent_server_makes_an_order_unknown_after_five_seconds(
    open_to: Opener, clock: VirtualClock
) -> None:
    # The read timeout and the deadline of a write strike in the same tick: neither may win
    # with anything but a KalshiError.
    async with open_to(silent) as session:
        with pytest.raises(OutcomeUnknown) as caught:
            await session.orders.create(new_order())
        assert clock.monotonic() == pytest.approx(5.0)
        assert caught.value.sent is True


@pytest.mark.parametrize("deadline_s", [4.999_999, 5.0, 5.000_001])
async def test_a_deadline_beside_the_read_timeout_makes_no_difference(
    open_to: Opener, deadline_s: float
) -> None:
    async with open_to(silent) as session:
        with pytest.raises(OutcomeUnknown):
            await session.with_options(deadline_s=deadline_s).orders.create(new_order())


async def test_a_silent_server_ends_a_read_at_its_deadline(open_to: Opener, clock: VirtualClock) -> None:
    async with open_to(silent) as session:
        with pytest.raises((DeadlineExceeded, ReplyLost)) as caught:
            await session.portfolio.balance()
        assert clock.monotonic() == pytest.approx(10.0)
        assert caught.value.sent is True


async def test_a_deadline_of_half_a_second_is_half_a_second(open_to: Opener, clock: VirtualClock) -> None:
    async with open_to(silent) as session:
        with pytest.raises(OutcomeUnknown):
            await session.with_options(deadline_s=0.5).orders.create(new_order())
        assert clock.monotonic() == pytest.approx(0.5)


async def test_an_order_that_waits_for_a_connection_at_its_deadline_was_not_sent(open_to: Opener) -> None:
    one_connection = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
    async with one_connection, open_to(silent, base_transport=one_connection) as session:
        first = asyncio.create_task(session.with_options(deadline_s=2).orders.create(new_order()))
        await asyncio.sleep(0.1)
        with pytest.raises(DeadlineExceeded) as caught:
            await session.with_options(deadline_s=0.5).orders.create(new_order())
        assert caught.value.sent is False
        assert session.rate_limits.write.tokens() == pytest.approx(90)
        with pytest.raises(OutcomeUnknown):
            await first


async def test_no_free_connection_in_time_is_not_sent(open_to: Opener) -> None:
    one_connection = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
    timeouts = Timeouts(pool_s=0.2, read_s=4.0)
    async with one_connection, open_to(silent, base_transport=one_connection, timeouts=timeouts) as session:
        first = asyncio.create_task(session.orders.create(new_order()))
        await asyncio.sleep(0.1)
        with pytest.raises(NotSent, match="PoolTimeout"):
            await session.with_options(deadline_s=1).orders.create(new_order())
        with pytest.raises(OutcomeUnknown):
            await first


async def test_canceling_an_order_on_its_way_propagates_and_keeps_its_tokens_spent(open_to: Opener) -> None:
    async with open_to(silent) as session:
        call = asyncio.create_task(session.orders.create(new_order()))
        await asyncio.sleep(0.5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert session.rate_limits.write.tokens() == pytest.approx(90)


async def test_an_idle_connection_that_the_exchange_closed_is_replaced_unnoticed(stage: Stage) -> None:
    # uvicorn drops idle connections; the order after an hour's pause must not be lost to that.
    await stage.rest()
    await stage.clock.sleep(3_600)
    await stage.rest()
    assert stage.statuses("POST") == [201, 201]


async def test_a_restarted_exchange_is_found_again(clock: VirtualClock) -> None:
    sandbox = Sandbox(clock=clock)
    sandbox.add_account("alice")
    await sandbox.start()
    credentials = sandbox.credentials("alice")
    async with Session(sandbox.environment, credentials, clock=clock, retry=FOUR_ATTEMPTS) as session:
        port = session.environment.origin[2]
        await sandbox.stop()
        with pytest.raises(NotSent):
            await session.orders.create(new_order())
        again = Sandbox(clock=clock, port=port)
        async with again:
            assert (await session.exchange.status()).trading_active
