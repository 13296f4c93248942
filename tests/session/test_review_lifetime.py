"""What a review found where sessions open, close and move, kept found.

Opening twice would leave a transport and a task that nobody owns, a close that is
canceled would leave connections, and a program may run a session on one event loop
after another.
"""

from __future__ import annotations

import asyncio

import httpx
import pytest

from kalshi_async import (
    CreateOrder,
    DeadlineExceeded,
    Environment,
    InvalidRequest,
    NotSent,
    RateLimits,
    Session,
)
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from tests.conftest import START_MS
from tests.signing.test_skew import dated
from tests.stages.scripted import Scripted
from tests.stages.served import TICKER, Stage, session_of
from tests.transport.http1.server import answering, plain, serving, silent

SECRET = b"a secret\nin two lines"


class Anybody:
    """A signer that the servers here do not ask for more."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        self._headers = headers

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        return self._headers


async def test_an_open_session_is_not_opened_again(stage: Stage) -> None:
    before = asyncio.all_tasks()
    with pytest.raises(InvalidRequest, match="open already"):
        await stage.session.__aenter__()
    assert asyncio.all_tasks() == before
    assert (await stage.session.portfolio.balance()).balance_cents == 1_000_000


async def test_a_close_that_is_canceled_closes_the_connections_all_the_same(clock: VirtualClock) -> None:
    async with serving(answering(plain(b"{}"))) as server:
        session = Session(Environment("scripted", server.url), Anybody(), clock=clock)
        await session.__aenter__()
        assert len(server.open) == 1
        closing = asyncio.create_task(session.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.sleep(1)  # idle connections expire much later
        assert closing.cancelled()
        assert server.open == []


class LaterLoop(VirtualClock):
    """A clock that goes on where it was when another loop runs."""

    def __init__(self, start_ms: int) -> None:
        self._start_ms = start_ms
        self.past_s = 0.0

    def now_ms(self) -> int:
        return self._start_ms + round(self.monotonic() * 1000)

    def monotonic(self) -> float:
        return self.past_s + asyncio.get_running_loop().time()


def test_a_session_keeps_its_limits_true_on_every_event_loop_that_it_is_opened_on() -> None:
    """As a program that calls asyncio.run twice does."""
    clock = LaterLoop(START_MS)

    async def made() -> tuple[Session, Scripted]:
        sandbox = Sandbox(clock=clock)
        network = Scripted(inner=httpx.ASGITransport(sandbox.app))
        return session_of(sandbox, sandbox.add_account("alice"), clock, base_transport=network), network

    async def asked(session: Session, network: Scripted) -> list[str]:
        network.requests.clear()
        async with session:
            await asyncio.sleep(1)
            session.rate_limits.on_contradiction()
            await asyncio.sleep(60)
        clock.past_s += 61
        return [request.url.path.rpartition("/")[2] for request in network.requests]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        session, network = runner.run(made())
        assert runner.run(asked(session, network)) == ["limits", "endpoint_costs"] * 2
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(asked(session, network)) == ["limits", "endpoint_costs"] * 2


async def test_a_deadline_after_a_refused_timestamp_knows_that_nothing_was_executed(
    clock: VirtualClock,
) -> None:
    """The exchange answered 401, and the second attempt was still in the queue."""
    limits = RateLimits(clock.monotonic, write=(0.001, 10))
    network = Scripted(dated(clock.now_ms() + 60_000))
    environment = Environment("scripted", "http://127.0.0.1:1")
    async with Session(
        environment, Anybody(), rate_limits=limits, base_transport=network, clock=clock
    ) as session:
        with pytest.raises(DeadlineExceeded) as caught:
            await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
    assert caught.value.sent is False
    assert len(network.requests) == 1


@pytest.mark.parametrize("kind", [Http1Transport, httpx.AsyncHTTPTransport])
async def test_a_header_that_cannot_be_sent_is_not_shown_by_any_transport(
    clock: VirtualClock, kind: type[httpx.AsyncBaseTransport]
) -> None:
    """h11 would quote the value in its error, having reported that it begins to send."""
    signer = Anybody((b"Authorization", SECRET))
    async with serving(silent) as server, kind() as base:
        limits = RateLimits(clock.monotonic)
        environment = Environment("silent", server.url)
        async with Session(
            environment, signer, rate_limits=limits, base_transport=base, clock=clock
        ) as session:
            with pytest.raises(NotSent, match="Authorization") as caught:
                await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
    error: BaseException | None = caught.value
    while error is not None:
        assert "secret" not in repr(error)
        error = error.__cause__ or error.__context__
