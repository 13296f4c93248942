"""Streams of a session in the exchange's own process: no socket, the same events."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from kalshi_async import CreateOrder, Session, Unauthorized
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import HANDSHAKE, Cut, GoSilent, RefuseHandshake
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams import FillEvent, Gap, InProcessTransport, Phase, Resumed, Stream
from kalshi_async.streams.in_process import Message
from kalshi_async.streams.seam import LEAVE_S, HandshakeRefused
from tests.stages.served import TICKER, session_of


@pytest.fixture
async def exchange(clock: VirtualClock) -> Sandbox:
    """One that is never served."""
    return Sandbox(clock=clock, tier="off", accounts=["alice"])


@pytest.fixture
async def alice(exchange: Sandbox, clock: VirtualClock) -> AsyncIterator[Session]:
    base = httpx.ASGITransport(exchange.app)
    async with session_of(exchange, exchange.accounts["alice"], clock, base_transport=base) as session:
        yield session


@pytest.fixture
async def stream(alice: Session) -> AsyncIterator[Stream]:
    async with alice.stream() as stream:
        await stream.live()
        yield stream


async def taken(reader: Any, count: int) -> list[Any]:
    async with asyncio.timeout(90):
        return [await anext(reader) for _ in range(count)]


async def bought(alice: Session, exchange: Sandbox) -> None:
    exchange.market(TICKER).quote("ask", "0.40", 1)
    await alice.orders.create(CreateOrder(TICKER, "bid", 1, "0.40"))


async def test_a_session_in_process_streams_by_itself(
    exchange: Sandbox, alice: Session, stream: Stream, clock: VirtualClock
) -> None:
    async with stream.fills() as fills, stream.book_updates(TICKER) as books:
        await bought(alice, exchange)
        (fill,) = await taken(fills, 1)
        assert isinstance(fill, FillEvent)
        assert len(await taken(books, 3)) == 3
        await asyncio.sleep(3_600)  # no pings come: the answers to list_subscriptions keep it up
        assert stream.state.phase is Phase.LIVE
        assert stream.latency.worst_ms == 0
        await bought(alice, exchange)
        assert isinstance((await taken(fills, 1))[0], FillEvent)


async def test_a_cut_without_a_socket_is_a_gap(exchange: Sandbox, alice: Session, stream: Stream) -> None:
    async with stream.fills() as fills:
        faults = exchange.streams.faults
        faults.on("fill", Cut())
        faults.on(HANDSHAKE, Cut())
        faults.on(HANDSHAKE, RefuseHandshake(502), call=2)
        await bought(alice, exchange)
        assert [type(event) for event in await taken(fills, 2)] == [Gap, Resumed]
        await bought(alice, exchange)
        assert isinstance((await taken(fills, 1))[0], FillEvent)


async def test_silence_without_a_socket_is_noticed(exchange: Sandbox, alice: Session, stream: Stream) -> None:
    async with stream.fills() as fills:
        exchange.streams.faults.on("fill", GoSilent())
        await bought(alice, exchange)
        assert [type(event) for event in await taken(fills, 2)] == [Gap, Resumed]


async def test_an_exchange_that_stops_is_waited_for(exchange: Sandbox, stream: Stream) -> None:
    async with stream.fills() as fills:
        await exchange.stop()
        assert [type(event) for event in await taken(fills, 2)] == [Gap, Resumed]


async def test_a_wrong_clock_is_corrected_by_the_refusal(exchange: Sandbox, alice: Session) -> None:
    exchange.faults.skew_clock(300_000)
    async with alice.stream() as stream:
        await stream.live()
        assert abs(alice.clock.now_ms() - exchange.clock.now_ms() - 300_000) <= 1_000


async def test_a_wrong_clock_is_corrected_over_a_socket_too(
    sandbox: Sandbox, session: Session, clock: VirtualClock
) -> None:
    sandbox.faults.skew_clock(300_000)
    async with session.stream() as stream:
        await stream.live()


async def test_a_key_that_is_not_accepted_ends_a_stream_without_a_socket(
    exchange: Sandbox, alice: Session
) -> None:
    exchange.streams.faults.on(HANDSHAKE, RefuseHandshake(401))
    async with alice.stream() as stream:
        with pytest.raises(Unauthorized):
            await stream.live()


async def test_nothing_is_left_of_a_stream_without_a_socket(exchange: Sandbox, alice: Session) -> None:
    before = asyncio.all_tasks()
    async with alice.stream() as stream, stream.fills():
        await bought(alice, exchange)
    exchange.streams.faults.on(HANDSHAKE, GoSilent())
    async with alice.stream():
        await asyncio.sleep(1)  # its handshake is never answered
    await asyncio.sleep(0)
    gc.collect()
    assert asyncio.all_tasks() == before


class App:
    """An application that plays what a test tells it."""

    def __init__(self, *messages: Message) -> None:
        self.messages = messages
        self.scope: Message = {}
        self.heard: list[Message] = []
        self.is_canceled = False

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        self.scope = scope
        for message in self.messages:
            await send(message)
        try:
            while True:
                self.heard.append(await receive())
        except asyncio.CancelledError:
            self.is_canceled = True
            await asyncio.sleep(10)  # it takes its time


ACCEPT: Message = {"type": "websocket.accept"}
URL = "ws://localhost/trade-api/ws/v2"


async def opened(app: Any) -> tuple[InProcessTransport, list[bytes], list[Exception | None]]:
    frames: list[bytes] = []
    ends: list[Exception | None] = []
    transport = InProcessTransport(app)
    await transport.open(URL, {"KALSHI-ACCESS-KEY": "k"}, frames.extend, ends.append)
    return transport, frames, ends


async def test_any_application_may_carry_a_stream(clock: VirtualClock) -> None:
    novelty: Message = {"type": "novelty"}
    binary: Message = {"type": "websocket.send", "bytes": b"{}"}
    close: Message = {"type": "websocket.close"}
    app = App(ACCEPT, binary, novelty, close, binary, close)
    transport, frames, ends = await opened(app)
    assert (frames, ends) == ([b"{}"], [None])
    assert (app.scope["path"], app.scope["type"]) == ("/trade-api/ws/v2", "websocket")
    assert (b"kalshi-access-key", b"k") in app.scope["headers"]
    transport.send(b"{}")
    began_s = clock.monotonic()
    await transport.close()
    await transport.close()
    transport.send(b"{}")
    assert clock.monotonic() - began_s == LEAVE_S, "an application that does not end is not waited for"
    await asyncio.sleep(0)
    assert app.is_canceled
    assert [message["type"] for message in app.heard] == ["websocket.connect", "websocket.disconnect"]


@pytest.mark.parametrize(
    ("messages", "status", "body"),
    [
        (({"type": "websocket.close"},), 403, b""),
        (
            (
                {"type": "websocket.http.response.start", "status": 429, "headers": []},
                {"type": "websocket.http.response.body", "body": b"slow", "more_body": True},
                {"type": "websocket.http.response.body", "body": b"er"},
            ),
            429,
            b"slower",
        ),
    ],
)
async def test_an_application_may_refuse(messages: tuple[Message, ...], status: int, body: bytes) -> None:
    with pytest.raises(HandshakeRefused) as caught:
        await opened(App(*messages))
    assert (caught.value.incoming.status, caught.value.incoming.body) == (status, body)


async def test_an_application_that_fails_is_an_end_with_its_reason() -> None:
    async def broken(scope: Message, receive: Any, send: Any) -> None:
        await send(ACCEPT)
        raise ValueError("a bug")

    _, _, ends = await opened(broken)
    await asyncio.sleep(0)
    assert [repr(end) for end in ends] == ["ValueError('a bug')"]


async def test_an_application_of_rest_alone_refuses_streams(sandbox: Sandbox) -> None:
    """A server that knows no refusal with a body gets a plain close."""
    app = sandbox.app
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "websocket", "path": "/trade-api/ws/v2", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close"}]
