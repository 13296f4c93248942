"""What a client can do before it signs: sizes, times and numbers, over real sockets in virtual time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from kalshi_async.sandbox import Sandbox, settings
from kalshi_async.sandbox.faults import Delay, ServerFailure
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.members import BASE, Member, new_order

STATUS = f"GET {BASE}/exchange/status HTTP/1.1\r\nhost: x\r\n\r\n".encode()
ORDERS = f"{BASE}/portfolio/events/orders"


def post(*lines: str) -> bytes:
    head = (f"POST {ORDERS} HTTP/1.1", "host: x", "content-type: application/json", *lines, "", "")
    return "\r\n".join(head).encode()


@asynccontextmanager
async def connected(exchange: Sandbox) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    parts = urlsplit(exchange.rest_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def reply_of(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one reply with a content-length."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return int(head.split()[1]), await reader.readexactly(int(length))


async def the_end(reader: asyncio.StreamReader) -> bytes:
    """Read to the end of the connection, which may be a reset."""
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize(
    ("opening", "limit_s", "status"),
    [
        (b"G", settings.HEAD_S, b"408"),
        (post("content-length: 1000"), settings.BODY_S, b"408"),
        (b"", settings.IDLE_S, b""),
        (STATUS, settings.IDLE_S, b"200"),
    ],
    ids=["head", "body", "silence", "silence after a reply"],
)
async def test_a_client_that_waits_is_cut_at_the_limit(
    exchange: Sandbox, opening: bytes, limit_s: float, status: bytes
) -> None:
    loop = asyncio.get_running_loop()
    async with connected(exchange) as (reader, writer):
        writer.write(opening)
        started_s = loop.time()
        reply = await the_end(reader)
    assert loop.time() - started_s == pytest.approx(limit_s, abs=0.2)
    assert reply[9:12] == status


@pytest.mark.parametrize(
    ("opening", "drop", "limit_s"),
    [
        (b"GET / HTTP/1.1\r\nx: ", b"a", settings.HEAD_S),
        (post("content-length: 1000"), b"a", settings.BODY_S),
        (post("content-length: 2000000"), b"a", settings.BODY_S),
        (STATUS, b"\r\n", settings.IDLE_S),
    ],
    ids=["head", "body", "body that was refused", "blank lines"],
)
async def test_bytes_that_drip_in_do_not_prolong_the_limit(
    exchange: Sandbox, opening: bytes, drop: bytes, limit_s: float
) -> None:
    loop = asyncio.get_running_loop()
    async with connected(exchange) as (reader, writer):
        writer.write(opening)
        started_s = loop.time()
        ended = asyncio.create_task(the_end(reader))
        while not ended.done():
            writer.write(drop)
            await asyncio.wait([ended], timeout=0.5)
            assert loop.time() - started_s < limit_s + 2
    assert loop.time() - started_s >= limit_s - 1


async def test_an_ordinary_request_has_no_time_limit_after_its_body(exchange: Sandbox) -> None:
    """A fault may delay a reply for longer than any limit."""
    exchange.faults.on("get_exchange_status", Delay(settings.BODY_S + settings.IDLE_S + 5.0))
    async with connected(exchange) as (reader, writer):
        writer.write(STATUS)
        assert (await reply_of(reader))[0] == 200


@pytest.mark.parametrize("faulty", [False, True], ids=["app", "fault layer"])
async def test_a_large_body_is_refused_before_its_signature_is_checked(
    exchange: Sandbox, faulty: bool
) -> None:
    if faulty:
        exchange.faults.on("get_balance", ServerFailure())
    async with connected(exchange) as (reader, writer):
        # Announced, then in chunks; the connection serves the next request.
        size = settings.BODY_BYTES + 1
        writer.write(post(f"content-length: {size}") + b"x" * size)
        status, body = await reply_of(reader)
        assert (status, b"request_too_large" in body) == (413, True)
        writer.write(post("transfer-encoding: chunked"))
        for _ in range(17):
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        writer.write(b"0\r\n\r\n" + STATUS)
        assert (await reply_of(reader))[0] == 413
        assert (await reply_of(reader))[0] == 200
        writer.write(post(f"content-length: {settings.BODY_BYTES}") + b"x" * settings.BODY_BYTES)
        assert (await reply_of(reader))[0] == 401


async def test_a_large_body_that_is_only_announced_ends_the_connection(exchange: Sandbox) -> None:
    """Otherwise the next request would be taken for the body, which the client never sends."""
    async with connected(exchange) as (reader, writer):
        writer.write(post("content-length: 9999999999", "expect: 100-continue"))
        reply = await the_end(reader)
    assert reply.startswith(b"HTTP/1.1 413")
    assert b"100 Continue" not in reply


def a_head(size: int) -> bytes:
    return b"GET / HTTP/1.1\r\nx: " + b"a" * size


def a_trailer(size: int) -> bytes:
    return post("transfer-encoding: chunked") + b"1\r\nx\r\n0\r\ny: " + b"a" * size


def blank_lines(size: int) -> bytes:
    return b"\r\n" * (size // 2)


@pytest.mark.parametrize("shape", [a_head, a_trailer, blank_lines])
async def test_an_endless_head_is_refused(exchange: Sandbox, shape: Callable[[int], bytes]) -> None:
    async with connected(exchange) as (reader, writer):
        ended = asyncio.create_task(the_end(reader))
        writer.write(shape(1000))
        for _ in range(200):
            if ended.done():
                break
            writer.write(b"a" * 10_000 if shape is not blank_lines else b"\r\n" * 5_000)
            await asyncio.wait([ended], timeout=0.001)
        assert ended.done()
    assert asyncio.get_running_loop().time() < settings.HEAD_S


async def test_connections_are_limited_in_number(exchange: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CONNECTIONS", 2)
    async with connected(exchange) as first, connected(exchange) as second:
        for reader, writer in (first, second):
            writer.write(STATUS)
            assert (await reply_of(reader))[0] == 200
        async with connected(exchange) as (reader, _):
            assert (await the_end(reader)).startswith(b"HTTP/1.1 503")
        first[1].write(STATUS)
        assert (await reply_of(first[0]))[0] == 200
        second[1].transport.abort()
        await asyncio.sleep(0.1)
        async with connected(exchange) as (reader, writer):
            writer.write(STATUS)
            assert (await reply_of(reader))[0] == 200


async def test_requests_in_one_piece_are_answered_in_order(exchange: Sandbox) -> None:
    async with connected(exchange) as (reader, writer):
        writer.write(STATUS + post("content-length: 2") + b"{}" + STATUS)
        assert [(await reply_of(reader))[0] for _ in range(3)] == [200, 401, 200]


@pytest.mark.parametrize("faulty", [False, True], ids=["app", "fault layer"])
async def test_half_a_request_is_none_and_logs_nothing(
    exchange: Sandbox, clock: VirtualClock, caplog: pytest.LogCaptureFixture, faulty: bool
) -> None:
    """A hang-up in mid-body logged 55 lines, and behind a fault the half body was a request."""
    if faulty:
        exchange.faults.on("create_order", Delay(0.0))
    alice = exchange.accounts["alice"]
    member = Member(httpx.AsyncClient(), alice, clock)
    signed = [f"{name}: {value}" for name, value in member.headers("POST", ORDERS[len(BASE) :]).items()]
    body = httpx.Request("POST", "http://x", json=new_order()).content
    for missing in (1, len(body)):
        async with connected(exchange) as (_, writer):
            # The announced length is one more than that of a whole order.
            writer.write(post(*signed, f"content-length: {len(body) + 1}") + body[: len(body) + 1 - missing])
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    assert not alice.account.orders
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_stopping_with_half_requests_logs_nothing(
    exchange: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Each one that was still arriving logged a traceback when it was canceled."""
    async with connected(exchange) as (_, first), connected(exchange) as (_, second):
        first.write(post("content-length: 1000") + b"half")
        second.write(b"GET / HT")
        await asyncio.sleep(0.1)
        await exchange.stop()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
