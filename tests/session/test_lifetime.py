"""A session is opened once, closes all its connections, and may move to another event loop."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from kalshi_async import (
    Environment,
    InvalidRequest,
    Session,
)
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from tests.conftest import START_MS
from tests.stages.raw_server import Anybody
from tests.stages.scripted import Scripted
from tests.stages.served import Stage, session_of
from tests.transport.http1.server import answering, plain, serving


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
