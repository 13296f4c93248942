"""Streams over sockets: the embedded exchange, and servers that behave oddly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import Any, Literal

import pytest
from websockets.asyncio.server import ServerConnection, serve

from kalshi_async import CreateOrder, Credentials, Environment, InvalidRequest, Session, Unauthorized
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import HANDSHAKE, Cut, GoSilent, RefuseHandshake
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams import (
    BookDeltaEvent,
    BookSnapshotEvent,
    FillEvent,
    Gap,
    GroupEvent,
    OrderEvent,
    Phase,
    PositionEvent,
    Resumed,
    TickerEvent,
    TradeEvent,
)
from kalshi_async.streams.connection import WebSocketTransport
from kalshi_async.streams.seam import LEAVE_S
from tests.stages.served import TICKER, session_of

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def exchange(clock: VirtualClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=clock, tier="off", accounts=["alice", "bob"]) as exchange:
        yield exchange


@pytest.fixture
async def alice(exchange: Sandbox, clock: VirtualClock) -> AsyncIterator[Session]:
    async with session_of(exchange, exchange.accounts["alice"], clock) as session:
        yield session


def elsewhere(session: Session, exchange: Sandbox, url: str, clock: VirtualClock) -> Session:
    """Return a session that reads streams at another place."""
    key = exchange.accounts["alice"]
    environment = Environment("elsewhere", exchange.rest_url, url)
    return Session(environment, Credentials(key.key_id, key.private_key_pem), clock=clock)


async def taken(reader: Any, count: int) -> list[Any]:
    async with asyncio.timeout(30):
        return [await anext(reader) for _ in range(count)]


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_a_trade_is_told_on_every_channel_that_it_concerns(
    exchange: Sandbox, alice: Session, compression: Literal["deflate"] | None
) -> None:
    async with alice.stream(compression=compression) as stream:
        async with (
            stream.fills() as fills,
            stream.orders() as orders,
            stream.positions() as positions,
            stream.order_groups() as groups,
            stream.trades(TICKER) as trades,
            stream.tickers([TICKER]) as tickers,
            stream.book_updates([TICKER]) as books,
            stream.lifecycle(),
        ):
            await stream.live()
            exchange.market(TICKER).quote("ask", "0.40", 5)
            group = await alice.order_groups.create(contracts_limit=10)
            mine = CreateOrder(TICKER, "bid", 3, "0.40", order_group_id=group.order_group_id)
            await alice.orders.create(mine)
            (fill,), (order,), (position,), (made,) = [
                await taken(reader, 1) for reader in (fills, orders, positions, groups)
            ]
            assert isinstance(fill, FillEvent)
            assert (fill.count, fill.yes_price) == (Decimal(3), Decimal("0.40"))
            assert fill.post_position == 3
            assert isinstance(order, OrderEvent)
            assert (order.status, order.order_id) == ("executed", fill.order_id)
            assert isinstance(position, PositionEvent)
            assert position.position == 3
            assert isinstance(made, GroupEvent)
            assert (made.event_type, made.order_group_id) == ("created", group.order_group_id)
            (trade,) = await taken(trades, 1)
            assert isinstance(trade, TradeEvent)
            assert trade.trade_id == fill.trade_id
            kinds = [type(event) for event in await taken(books, 3)]
            assert kinds == [BookSnapshotEvent, BookDeltaEvent, BookDeltaEvent]
            (price,) = await taken(tickers, 1)
            assert isinstance(price, TickerEvent)
            assert (price.price, price.yes_ask_size) == (Decimal("0.40"), Decimal(2))
        assert stream.latency.last_ms is not None


async def test_a_cut_is_a_gap_and_the_stream_comes_back(exchange: Sandbox, alice: Session) -> None:
    async with alice.stream() as stream, stream.trades(TICKER) as trades:
        exchange.streams.faults.on("trade", Cut())
        market = exchange.market(TICKER)
        market.quote("ask", "0.40", 5)
        market.trade("bid", "0.40", 1)
        assert [type(event) for event in await taken(trades, 2)] == [Gap, Resumed]
        market.trade("bid", "0.40", 1)
        (trade,) = await taken(trades, 1)
        assert isinstance(trade, TradeEvent)


async def test_a_silent_exchange_is_left(exchange: Sandbox, alice: Session) -> None:
    async with alice.stream() as stream, stream.trades(TICKER) as trades:
        exchange.streams.faults.on("trade", GoSilent())
        market = exchange.market(TICKER)
        market.quote("ask", "0.40", 5)
        market.trade("bid", "0.40", 1)
        async with asyncio.timeout(90):
            assert [type(await anext(trades)) for _ in range(2)] == [Gap, Resumed]


async def test_a_handshake_that_is_refused_for_a_while_is_tried_again(
    exchange: Sandbox, alice: Session
) -> None:
    exchange.streams.faults.on(HANDSHAKE, RefuseHandshake(502))
    exchange.streams.faults.on(HANDSHAKE, RefuseHandshake(429))
    async with alice.stream() as stream:
        await stream.live(within_s=30)


async def test_a_key_that_the_exchange_does_not_know_ends_the_stream(
    exchange: Sandbox, alice: Session
) -> None:
    exchange.streams.faults.on(HANDSHAKE, RefuseHandshake(401))
    async with alice.stream() as stream:
        with pytest.raises(Unauthorized):
            await stream.live(within_s=30)


@asynccontextmanager
async def odd_server(handler: Handler) -> AsyncIterator[str]:
    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(handled, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}/trade-api/ws/v2"
    finally:
        server.close()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 101 Sure\r\nUpgrade: tea\r\nConnection: Upgrade\r\n\r\n")
    with suppress(OSError):
        await reader.read()


@pytest.mark.parametrize("handler", [hang_up, talk_nonsense])
async def test_a_server_that_is_no_exchange_is_tried_again_for_ever(
    exchange: Sandbox, alice: Session, clock: VirtualClock, handler: Handler
) -> None:
    async with (
        odd_server(handler) as place,
        elsewhere(alice, exchange, f"ws://{place}", clock) as session,
        session.stream() as stream,
    ):
        await asyncio.sleep(60)
        assert stream.state.phase in (Phase.DOWN, Phase.CONNECTING)
        assert stream.state.attempts > 2
        assert stream.state.last_error


async def test_a_server_without_tls_is_no_place_for_wss(
    exchange: Sandbox, alice: Session, clock: VirtualClock
) -> None:
    async with (
        odd_server(hang_up) as place,
        elsewhere(alice, exchange, f"wss://{place}", clock) as session,
        session.stream() as stream,
    ):
        await asyncio.sleep(5)
        assert "ConnectError" in stream.state.last_error


async def test_closing_in_the_middle_of_a_handshake_leaves_nothing(
    exchange: Sandbox, alice: Session, clock: VirtualClock
) -> None:
    gone = asyncio.Event()

    async def answer_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        gone.set()

    async with (
        odd_server(answer_nothing) as place,
        elsewhere(alice, exchange, f"ws://{place}", clock) as session,
    ):
        async with session.stream():
            await asyncio.sleep(1)
        async with asyncio.timeout(1):
            await gone.wait()


@asynccontextmanager
async def their_server(handler: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[str]:
    async with serve(handler, "127.0.0.1", 0) as server:
        (socket,) = server.sockets
        yield f"ws://127.0.0.1:{socket.getsockname()[1]}/trade-api/ws/v2"


async def test_a_frame_in_fragments_is_one_frame(
    exchange: Sandbox, alice: Session, clock: VirtualClock
) -> None:
    async def in_parts(connection: ServerConnection) -> None:
        async for _ in connection:
            await connection.send(['{"type":"subscribed","id":1,', '"msg":{"channel":"fill",', '"sid":1}}'])

    async with (
        their_server(in_parts) as url,
        elsewhere(alice, exchange, url, clock) as session,
        session.stream() as stream,
        stream.fills(),
    ):
        await stream.live()


async def test_a_close_that_is_not_answered_is_not_waited_for(
    exchange: Sandbox, alice: Session, clock: VirtualClock
) -> None:
    async def never_leave(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await asyncio.sleep(100)

    async with their_server(never_leave) as url, elsewhere(alice, exchange, url, clock) as session:
        async with session.stream() as stream:
            await asyncio.sleep(1)
            assert stream.state.phase is Phase.LIVE
            began_s = clock.monotonic()
        assert clock.monotonic() - began_s == pytest.approx(LEAVE_S, abs=0.1)


async def test_a_close_by_the_exchange_is_a_reason_to_come_back(
    exchange: Sandbox, alice: Session, clock: VirtualClock
) -> None:
    came = 0

    async def leave_at_once(connection: ServerConnection) -> None:
        nonlocal came
        came += 1

    async with (
        their_server(leave_at_once) as url,
        elsewhere(alice, exchange, url, clock) as session,
        session.stream(),
    ):
        await asyncio.sleep(20)
    assert came > 2


async def say_goodbye_and_stay(connection: ServerConnection) -> None:
    connection.transport.pause_reading()  # else the library would close when it is answered
    connection.transport.write(b"\x88\x02\x03\xe8")
    await asyncio.sleep(100)


async def test_an_exchange_that_closes_and_stays_is_left(
    exchange: Sandbox, alice: Session, clock: VirtualClock
) -> None:
    came = 0

    async def stay(connection: ServerConnection) -> None:
        nonlocal came
        came += 1
        await say_goodbye_and_stay(connection)

    async with (
        their_server(stay) as url,
        elsewhere(alice, exchange, url, clock) as session,
        session.stream() as stream,
    ):
        await asyncio.sleep(0.5)
        assert stream.state.phase is Phase.LIVE
        async with stream.fills() as fills:  # its command is not sent, and raises nothing
            await asyncio.sleep(0)
            assert isinstance(await anext(fills), Gap)
    assert came > 1


async def test_a_connection_that_the_exchange_has_closed_is_left_at_once(clock: VirtualClock) -> None:
    transport = WebSocketTransport()
    async with their_server(say_goodbye_and_stay) as url:
        await transport.open(url, {}, lambda _: None, lambda _: None)
        await asyncio.sleep(0.5)
        began_s = clock.monotonic()
        await transport.close()
        assert clock.monotonic() == began_s


async def test_an_environment_without_a_stream_says_what_to_set(
    exchange: Sandbox, clock: VirtualClock
) -> None:
    key = exchange.accounts["alice"]
    credentials = Credentials(key.key_id, key.private_key_pem)
    far = Environment("far", "https://example.com/trade-api/v2")
    with pytest.raises(InvalidRequest, match="no stream_url"):
        Session(far, credentials, clock=clock).stream()
    assert (
        Environment("near", "http://127.0.0.1:8/trade-api/v2").stream_url
        == "ws://127.0.0.1:8/trade-api/ws/v2"
    )
    assert Environment("near", "http://127.0.0.1:8/elsewhere").stream_url == ""


async def test_what_is_sent_on_no_connection_goes_nowhere(clock: VirtualClock) -> None:
    ended = asyncio.Event()

    async def leave(connection: ServerConnection) -> None:
        return None

    transport = WebSocketTransport()
    transport.send(b"{}")
    async with their_server(leave) as url:
        await transport.open(url, {}, lambda _: None, lambda _: ended.set())
        await ended.wait()
        transport.send(b"{}")
        await transport.close()


async def test_an_opening_that_is_canceled_anywhere_leaves_nothing() -> None:
    """Not even an error that nobody has read, which asyncio logs: an error in these tests."""

    async def answer_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with odd_server(answer_nothing) as place:
        for steps in range(30):
            opening = asyncio.create_task(
                WebSocketTransport().open(f"ws://{place}", {}, lambda _: None, lambda _: None)
            )
            for _ in range(steps):
                await asyncio.sleep(0)
            opening.cancel()
            with suppress(asyncio.CancelledError):
                await opening
            await asyncio.sleep(0.01)
