"""Streams work on uvloop, where many trading engines run."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kalshi_async import CreateOrder, Environment, Session
from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import HANDSHAKE, Cut, RefuseHandshake
from kalshi_async.streams import FillEvent, Gap, Phase, Resumed
from tests.stages.served import TICKER
from tests.transport.http1.certificates import new_authority
from tests.transport.http1.server import serving, until
from tests.transport.test_tunnels import HOST, Proxying, front_of

uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed: it has no build for this system")

pytestmark = pytest.mark.real_time


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """uvloop for all tests here; its time is real."""
    return "asyncio", {"loop_factory": uvloop.new_event_loop}


@pytest.fixture
async def exchange() -> AsyncIterator[Sandbox]:
    async with Sandbox(tier="off", accounts=["alice"]) as exchange:
        yield exchange


async def bought(session: Session, exchange: Sandbox) -> None:
    exchange.market(TICKER).quote("ask", "0.40", 1)
    await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.40"))


async def taken(reader: Any, count: int) -> list[Any]:
    async with asyncio.timeout(30):
        return [await anext(reader) for _ in range(count)]


async def test_a_stream_is_read_on_uvloop_and_comes_back_after_a_cut(exchange: Sandbox) -> None:
    assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
    async with Session(exchange.environment, exchange.credentials("alice")) as session:
        async with session.stream() as stream, stream.fills() as fills, stream.book_updates(TICKER) as books:
            await bought(session, exchange)
            assert isinstance((await taken(fills, 1))[0], FillEvent)
            assert len(await taken(books, 3)) == 3
            exchange.streams.faults.on(HANDSHAKE, RefuseHandshake(502))
            exchange.streams.faults.on("fill", Cut())
            await bought(session, exchange)
            assert [type(event) for event in await taken(fills, 2)] == [Gap, Resumed]
            await bought(session, exchange)
            assert isinstance((await taken(fills, 1))[0], FillEvent)
        assert stream.state.phase is Phase.CLOSED


async def test_more_than_a_read_at_once_is_read_whole_on_uvloop(exchange: Sandbox) -> None:
    async with (
        Session(exchange.environment, exchange.credentials("alice")) as session,
        session.stream() as stream,
        stream.trades(TICKER) as trades,
    ):
        market = exchange.market(TICKER)
        market.quote("ask", "0.40", 3_000)
        for _ in range(3_000):
            market.trade("bid", "0.40", 1)
        events = await taken(trades, 3_000)
        assert len({event.trade_id for event in events}) == 3_000


async def test_a_session_in_process_streams_on_uvloop(exchange: Sandbox) -> None:
    base = httpx.ASGITransport(exchange.app)
    async with (
        Session(exchange.environment, exchange.credentials("alice"), base_transport=base) as session,
        session.stream() as stream,
        stream.fills() as fills,
    ):
        await bought(session, exchange)
        assert isinstance((await taken(fills, 1))[0], FillEvent)


async def test_a_tunnel_and_its_tls_work_on_uvloop(exchange: Sandbox, tmp_path: Path) -> None:
    authority = new_authority(tmp_path)
    tls: ssl.SSLContext = authority.client_context()
    async with (
        serving(front_of(exchange), ssl_context=authority.server_context(HOST)) as far,
        serving(proxy := Proxying(far.port, [b"HTTP/1.1 502 Bad\r\n\r\n"])) as near,
        Http1Transport(proxy=near.url, ssl_context=tls) as base,
        Session(
            Environment("far", f"https://{HOST}/trade-api/v2", f"wss://{HOST}/trade-api/ws/v2"),
            exchange.credentials("alice"),
            base_transport=base,
        ) as session,
    ):
        async with session.stream(ssl_context=tls) as stream, stream.fills() as fills:
            await bought(session, exchange)
            assert isinstance((await taken(fills, 1))[0], FillEvent)
        assert len(proxy.heads) == 3
        await base.aclose()
        await until(lambda: not near.open)


async def test_a_stream_that_is_closed_on_uvloop_leaves_nothing(exchange: Sandbox) -> None:
    async with Session(exchange.environment, exchange.credentials("alice")) as session:
        before = asyncio.all_tasks()
        for steps in range(20):
            async with session.stream():
                for _ in range(steps):
                    await asyncio.sleep(0)
        await until(lambda: asyncio.all_tasks() <= before)
