"""Bodies beyond every buffer, replies that come early, and ends to what never ends."""

from __future__ import annotations

import asyncio
import hashlib
import random

import httpx
import pytest

from tests.transport.http1.asking import ask, is_right, progress_of, refusal, request
from tests.transport.http1.replies import lines
from tests.transport.http1.server import (
    BEYOND_EVERY_BUFFER,
    Connection,
    Scene,
    answering,
    breathe,
    echoing,
    plain,
    serving,
)

SOME = 1 << 16
MOST_OF_A_HEAD_TAKEN = 8_000_000
MOST_TAKEN = 24_000_000
"""Generous for two socket buffers and, here, a whole reply; what matters is that it ends."""

BULK = random.Random(5).randbytes(12_000_000)
UNREAD = bytes(BEYOND_EVERY_BUFFER)


async def test_a_big_request_arrives_whole(transport: httpx.AsyncBaseTransport) -> None:
    async def hashing(connection: Connection) -> None:
        while True:
            received = await connection.request()
            await connection.say(plain(hashlib.sha256(received.body).hexdigest().encode()))

    async with serving(hashing) as server:
        for _ in range(2):
            reply = await ask(transport, request(server.url, "POST", BULK))
            assert reply.body == hashlib.sha256(BULK).hexdigest().encode()
        assert len(server.connections) == 1


@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_a_big_reply_arrives_whole(transport: httpx.AsyncBaseTransport, framing: str) -> None:
    raw = plain(BULK)
    if framing == "chunked":
        raw = lines(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked")
        raw += b"%x\r\n" % len(BULK) + BULK + b"\r\n0\r\n\r\n"
    async with serving(answering(raw)) as server:
        for _ in range(2):
            assert (await ask(transport, request(server.url))).body == BULK
        assert len(server.connections) == 1


async def test_a_reply_may_come_while_the_request_is_being_written(
    transport: httpx.AsyncBaseTransport,
) -> None:
    """A server that stops reading until it is rid of its reply: both sides must read to write."""

    async def mirror(connection: Connection) -> None:
        await connection.head()
        await connection.say(lines(b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(BULK)))
        left = len(BULK)
        while left:
            part = await connection.reader.read(SOME)
            left -= len(part)
            await connection.say(part)
        await echoing(connection)

    async with serving(mirror, echoing) as server:
        assert (await ask(transport, request(server.url, "POST", BULK))).body == BULK
        assert await is_right(transport, server.url)


async def test_an_early_reply_is_the_answer_though_the_server_reads_on(
    transport: httpx.AsyncBaseTransport,
) -> None:
    async def early(connection: Connection) -> None:
        await connection.head()
        await connection.say(lines(b"HTTP/1.1 413 Too Large", b"Content-Length: 5") + b"large")
        await connection.swallow()

    async with serving(early, echoing) as server:
        asked = request(server.url, "POST", UNREAD)
        reply = await ask(transport, asked)
        assert (reply.status, reply.body) == (413, b"large")
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)


async def test_an_early_reply_is_the_answer_though_the_server_never_reads_on(
    transport: httpx.AsyncBaseTransport,
) -> None:
    """Whoever writes until all is written learns nothing; and the rest must not be written later."""

    async def deaf(connection: Connection) -> None:
        await connection.head()
        await connection.say(lines(b"HTTP/1.1 401 No", b"Content-Length: 2") + b"no")
        await asyncio.sleep(600)

    async with serving(deaf, echoing) as server:
        assert (await ask(transport, request(server.url, "POST", UNREAD))).status == 401
        assert await is_right(transport, server.url)
        assert len(server.connections) == 2


async def test_an_early_reply_is_the_answer_though_the_server_hangs_up_after_it(
    transport: httpx.AsyncBaseTransport,
) -> None:
    """It stops reading, answers, ends its side, and waits a moment before it closes."""

    async def polite(connection: Connection) -> None:
        await connection.head()
        await connection.say(
            lines(b"HTTP/1.1 413 Too Large", b"Connection: close", b"Content-Length: 5") + b"large"
        )
        connection.half_close()
        await asyncio.sleep(1)

    async with serving(polite, echoing) as server:
        assert (await ask(transport, request(server.url, "POST", UNREAD))).status == 413
        assert await is_right(transport, server.url)


async def test_an_early_reply_before_a_reset_is_an_answer_or_lost(
    transport: httpx.AsyncBaseTransport,
) -> None:
    """A reset may overtake what was said before it; then nobody knows, which is the truth."""

    async def rude(connection: Connection) -> None:
        await connection.head()
        await connection.say(lines(b"HTTP/1.1 413 Too Large", b"Content-Length: 5") + b"large")
        connection.reset()

    async with serving(rude, echoing) as server:
        asked = request(server.url, "POST", UNREAD)
        try:
            assert (await ask(transport, asked)).status == 413
        except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            assert progress_of(asked).sent
        assert await is_right(transport, server.url)


def endless(start: bytes, part: bytes) -> Scene:
    """Say ``start``, and then ``part`` for as long as anybody takes it."""

    async def scene(connection: Connection) -> None:
        await connection.request()
        await connection.say(start)
        while connection.said < 2 * MOST_TAKEN:
            await connection.say(part * (SOME // len(part)))
        await connection.swallow()

    return scene


ENDLESS = {
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "field name": (b"HTTP/1.1 200 OK\r\n", b"x"),
    "field value": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "fields": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "interim replies": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "empty lines": (b"", b"\r\n"),
}

ENDLESS_CHUNKS = {
    "chunk extension": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
}


@pytest.mark.parametrize("name", ENDLESS)
async def test_a_head_without_end_is_refused(transport: httpx.AsyncBaseTransport, name: str) -> None:
    async with serving(endless(*ENDLESS[name]), echoing) as server:
        asked = request(server.url)
        assert isinstance(await refusal(transport, asked), httpx.RemoteProtocolError)
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)
        assert server.connections[0].said < MOST_OF_A_HEAD_TAKEN


@pytest.mark.parametrize("name", ENDLESS_CHUNKS)
async def test_framing_without_end_is_refused(transport: httpx.AsyncBaseTransport, name: str) -> None:
    """What stands around a chunk is no body, and must not be let through as if it were."""
    async with serving(endless(*ENDLESS_CHUNKS[name]), echoing) as server:
        assert isinstance(await refusal(transport, request(server.url)), httpx.RemoteProtocolError)
        assert await is_right(transport, server.url)
        assert server.connections[0].said < MOST_TAKEN


async def test_a_body_without_end_does_not_fill_the_memory(transport: httpx.AsyncBaseTransport) -> None:
    """The caller stops reading after a while, or the transport refuses: either ends it."""
    async with serving(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), echoing) as server:
        try:
            response = await transport.handle_async_request(request(server.url))
        except httpx.RemoteProtocolError:
            pass
        else:
            await asyncio.sleep(10)
            assert isinstance(response.stream, httpx.AsyncByteStream)
            await response.stream.aclose()
        assert await is_right(transport, server.url)
        assert server.connections[0].said < MOST_TAKEN


async def test_a_head_of_ordinary_size_is_welcome(transport: httpx.AsyncBaseTransport) -> None:
    """Some 15 KB in 200 fields: more than any server of an exchange sends."""
    fields = [b"X-%d: " % number + b"x" * 64 for number in range(200)]
    async with serving(answering(plain(b"ok", *fields))) as server:
        assert len((await ask(transport, request(server.url))).fields) == 201


async def test_a_big_head_leaves_the_connection_usable(transport: httpx.AsyncBaseTransport) -> None:
    big = [(b"X-Big", b"x" * 30_000)]
    async with serving(echoing) as server:
        await ask(transport, request(server.url, fields=big))
        await breathe()
        assert await is_right(transport, server.url)
        assert len(server.connections) == 1
