"""A client that sends many requests before it reads, or never reads: over real sockets in virtual time."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest

from kalshi_async.sandbox import Sandbox, settings
from kalshi_async.sandbox.edge.connection import LimitedConnection
from kalshi_async.sandbox.faults import Delay
from tests.sandbox.edge.test_limits import STATUS, connected, post, reply_of, the_end

SHORTEST = b"GET / HTTP/1.1\r\n\r\n"
MOST_QUEUED = settings.SLICE_BYTES // len(SHORTEST) + 1


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[LimitedConnection]:
    """The server's side of every connection. Its socket holds little, so that it fills up soon."""
    made: list[LimitedConnection] = []
    original = LimitedConnection.connection_made

    def noted(self: LimitedConnection, transport: asyncio.Transport) -> None:
        made.append(self)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        original(self, transport)

    monkeypatch.setattr(LimitedConnection, "connection_made", noted)
    return made


async def deaf(exchange: Sandbox, request: bytes = SHORTEST) -> asyncio.StreamWriter:
    """Return a connection that has sent 20,000 requests and reads nothing."""
    _, port = exchange.rest_url.removeprefix("http://").partition("/")[0].split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", int(port)))
    _, writer = await asyncio.open_connection(sock=client, limit=1)
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
    writer.write(request * 20_000)
    return writer


async def test_a_client_that_never_reads_queues_few_requests(
    exchange: Sandbox, connections: list[LimitedConnection]
) -> None:
    """20 of them cost 578 MB, and an answer to another client took nine seconds."""
    writers = [await deaf(exchange) for _ in range(3)]
    for _ in range(50):
        await asyncio.sleep(0.01)
        assert max(len(connection.pipeline) for connection in connections) <= MOST_QUEUED
    async with connected(exchange) as (reader, writer):
        writer.write(STATUS)
        assert (await reply_of(reader))[0] == 200
    for each in writers:
        each.transport.abort()


async def test_a_client_that_never_reads_is_cut(
    exchange: Sandbox, connections: list[LimitedConnection]
) -> None:
    """500 of them would take every connection that there is."""
    writer = await deaf(exchange)
    await asyncio.sleep(settings.UNREAD_S - 1)
    (connection,) = connections
    assert not connection.transport.is_closing()
    await asyncio.sleep(settings.UNREAD_S)
    assert connection.transport.is_closing()
    writer.transport.abort()


async def test_a_client_that_reads_late_gets_every_reply_in_order(exchange: Sandbox) -> None:
    many = 1_500
    async with connected(exchange) as (reader, writer):
        writer.write((STATUS + post("content-length: 2") + b"{}") * many)
        await asyncio.sleep(settings.UNREAD_S / 2)
        assert [(await reply_of(reader))[0] for _ in range(2 * many)] == [200, 401] * many


async def test_stopping_does_not_wait_for_clients_that_never_read(
    exchange: Sandbox, connections: list[LimitedConnection], caplog: pytest.LogCaptureFixture
) -> None:
    """It hung; with pages unread it logged a traceback for each."""
    writers = [await deaf(exchange), await deaf(exchange, STATUS)]
    await asyncio.sleep(1)
    assert len(connections) == len(writers)
    started_s = asyncio.get_running_loop().time()
    await exchange.stop()
    assert asyncio.get_running_loop().time() - started_s < settings.STOP_S + 0.5
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    for writer in writers:
        writer.transport.abort()


async def test_stopping_answers_the_request_in_flight_and_drops_the_queued_ones(exchange: Sandbox) -> None:
    exchange.faults.on("get_exchange_status", Delay(0.3))
    async with connected(exchange) as (reader, writer):
        writer.write(STATUS * 500)
        await asyncio.sleep(0.1)
        await exchange.stop()
        assert (await the_end(reader)).count(b"HTTP/1.1") <= 1


async def test_a_head_behind_a_late_reply_is_not_cut(exchange: Sandbox) -> None:
    """A 408 for the second request would have been read as the reply to the first."""
    exchange.faults.on("get_exchange_status", Delay(settings.HEAD_S + 5.0))
    async with connected(exchange) as (reader, writer):
        writer.write(STATUS + STATUS[:10])
        assert (await reply_of(reader))[0] == 200
        writer.write(STATUS[10:])
        assert (await reply_of(reader))[0] == 200


async def test_half_a_head_behind_a_late_reply_is_cut_at_its_limit(exchange: Sandbox) -> None:
    exchange.faults.on("get_exchange_status", Delay(settings.HEAD_S + 5.0))
    loop = asyncio.get_running_loop()
    async with connected(exchange) as (reader, writer):
        writer.write(STATUS + STATUS[:10])
        assert (await reply_of(reader))[0] == 200
        answered_s = loop.time()
        assert (await the_end(reader)).startswith(b"HTTP/1.1 408")
    assert loop.time() - answered_s == pytest.approx(settings.HEAD_S, abs=0.2)


@pytest.mark.parametrize("kilobytes", [70, 200])
async def test_a_large_head_is_refused_also_in_one_piece(exchange: Sandbox, kilobytes: int) -> None:
    """The limit was looked at when the head was complete, and then began anew."""
    async with connected(exchange) as (reader, writer):
        writer.write(STATUS.replace(b"host: x", b"host: x\r\nx: " + b"a" * kilobytes * 1_000))
        # Nothing at all if the end comes as a reset, because part of the head was not read.
        assert (await the_end(reader))[9:12] in (b"431", b"")
