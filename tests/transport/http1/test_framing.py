"""One request and its reply in every framing, and when a connection may serve the next one."""

from __future__ import annotations

import asyncio
import gzip
from functools import partial

import httpx
import pytest

from tests.transport.http1.asking import ask, is_right, progress_of, request
from tests.transport.http1.replies import SAMPLES, Sample, lines
from tests.transport.http1.server import Connection, answering, answering_once, echoing, plain, serving

by_name = partial(pytest.mark.parametrize, "sample", ids=lambda sample: sample.name)


@by_name(SAMPLES)
async def test_a_reply_is_understood_in_every_framing(
    transport: httpx.AsyncBaseTransport, sample: Sample
) -> None:
    scene = answering_once(sample.raw) if sample.ends else answering(sample.raw)
    async with serving(scene, echoing) as server:
        asked = request(server.url + "/path?query=1", sample.method)
        reply = await ask(transport, asked)
        assert (reply.status, reply.body) == (sample.status, sample.body)
        assert progress_of(asked).sent is True


# Ours closes after HEAD, which no operation of the exchange uses: its parser expects a body.
@by_name(
    [each for each in SAMPLES if not each.ends and each.method != "HEAD" and b"HTTP/1.0" not in each.raw]
)
async def test_a_connection_serves_one_request_after_the_other(
    transport: httpx.AsyncBaseTransport, sample: Sample
) -> None:
    async with serving(answering(sample.raw)) as server:
        for _ in range(3):
            reply = await ask(transport, request(server.url, sample.method))
            assert (reply.status, reply.body) == (sample.status, sample.body)
        assert len(server.connections) == 1


@by_name([sample for sample in SAMPLES if sample.ends])
async def test_the_end_of_a_connection_ends_a_reply(
    transport: httpx.AsyncBaseTransport, sample: Sample
) -> None:
    async with serving(answering_once(sample.raw), echoing) as server:
        assert (await ask(transport, request(server.url))).body == sample.body
        assert await is_right(transport, server.url)
        assert len(server.connections) == 2


@pytest.mark.parametrize(
    "head",
    [
        (b"HTTP/1.1 200 OK", b"Connection: close", b"Content-Length: 2"),
        (b"HTTP/1.1 200 OK", b"CONNECTION: Upgrade, CLOSE", b"Content-Length: 2"),
        (b"HTTP/1.1 200 OK", b"Connection: keep-alive", b"Connection: close", b"Content-Length: 2"),
        (b"HTTP/1.0 200 OK", b"Content-Length: 2"),
    ],
    ids=["close", "in a list", "in a second field", "old"],
)
async def test_a_connection_that_the_server_will_close_is_not_used_again(
    transport: httpx.AsyncBaseTransport, head: tuple[bytes, ...]
) -> None:
    """The server here keeps it open all the same, and would even answer."""
    async with serving(answering(lines(*head) + b"ok"), echoing) as server:
        assert (await ask(transport, request(server.url))).body == b"ok"
        assert await is_right(transport, server.url)
        assert [len(connection.requests) for connection in server.connections] == [1, 1]


async def test_the_caller_may_ask_for_the_connection_to_be_closed(
    transport: httpx.AsyncBaseTransport,
) -> None:
    async with serving(echoing) as server:
        await ask(transport, request(server.url, fields=[(b"Connection", b"close")]))
        assert await is_right(transport, server.url)
        assert [len(connection.requests) for connection in server.connections] == [1, 1]


async def test_the_request_arrives_as_it_was_given(transport: httpx.AsyncBaseTransport) -> None:
    async with serving(echoing) as server:
        fields = [(b"KALSHI-ACCESS-KEY", b"one"), (b"X-Twice", b"1"), (b"X-Twice", b"2"), (b"X-Empty", b"")]
        await ask(transport, request(server.url + "/a%20b?c=%2F&d", "DELETE", b'{"x":1}', fields))
        (received,) = server.requests
        assert received.first_line == b"DELETE /a%20b?c=%2F&d HTTP/1.1"
        assert received.body == b'{"x":1}'
        head = received.head.split(b"\r\n")
        assert b"Host: 127.0.0.1:%d" % server.port in head
        assert [line for line in head if line.startswith(b"X-")] == [
            b"X-Twice: 1",
            b"X-Twice: 2",
            b"X-Empty: ",
        ]
        assert b"KALSHI-ACCESS-KEY: one" in head


async def test_a_body_of_unknown_length_arrives_whole(transport: httpx.AsyncBaseTransport) -> None:
    """What httpx.AsyncClient makes of a generator."""

    async def parts() -> object:
        yield b"hello "
        yield b""
        yield b"world"

    async with serving(echoing) as server:
        asked = httpx.Request("POST", server.url + "/chunks", content=parts())  # type: ignore[arg-type]  # a generator
        await ask(transport, asked)
        (received,) = server.requests
        assert received.body in {b"hello world", b"6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"}
        assert await is_right(transport, server.url)


async def test_a_reply_keeps_its_fields_in_order_and_without_trailers(
    transport: httpx.AsyncBaseTransport,
) -> None:
    head = lines(b"HTTP/1.1 200 OK", b"Set-Cookie: a", b"Transfer-Encoding: chunked", b"set-cookie:\t b \t")
    async with serving(answering(head + b"2\r\nok\r\n0\r\n" + lines(b"Set-Cookie: c"))) as server:
        reply = await ask(transport, request(server.url))
        assert [value for name, value in reply.fields if name.lower() == b"set-cookie"] == [b"a", b"b"]
        assert reply.body == b"ok"


async def test_fields_of_an_interim_reply_are_not_of_the_reply(transport: httpx.AsyncBaseTransport) -> None:
    hints = lines(b"HTTP/1.1 103 Early Hints", b"Link: </style.css>")
    async with serving(answering(hints + plain(b"ok", b"Server: b"))) as server:
        for _ in range(2):
            reply = await ask(transport, request(server.url))
            assert reply.fields == ((b"Content-Length", b"2"), (b"Server", b"b"))


async def test_a_compressed_body_is_handed_on_as_it_came(transport: httpx.AsyncBaseTransport) -> None:
    """httpx itself undoes the encoding; twice would break it."""
    packed = gzip.compress(b"hello")
    async with serving(answering(plain(packed, b"Content-Encoding: gzip"))) as server:
        reply = await ask(transport, request(server.url))
        assert reply.body == packed
        assert reply.field(b"content-encoding") == b"gzip"
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get(server.url)).content == b"hello"


async def test_a_field_may_hold_bytes_beyond_ascii(transport: httpx.AsyncBaseTransport) -> None:
    async with serving(answering(plain(b"ok", b"X-Name: caf\xe9"))) as server:
        assert (await ask(transport, request(server.url))).field(b"x-name") == b"caf\xe9"


async def test_a_second_reply_to_one_request_is_nobody_s(
    transport: httpx.AsyncBaseTransport,
) -> None:
    """It arrives with the first one; the next request must not take it for its own."""
    async with serving(answering(plain(b"first") + plain(b"nobody asked")), echoing) as server:
        assert (await ask(transport, request(server.url))).body == b"first"
        assert await is_right(transport, server.url)


@pytest.mark.parametrize("late", [plain(b"nobody asked"), b"x", b"HTTP/1.1 408 Timeout\r\n\r\n"])
async def test_what_an_idle_connection_says_is_nobody_s(
    transport: httpx.AsyncBaseTransport, late: bytes
) -> None:
    async def talkative(connection: Connection) -> None:
        await connection.request()
        await connection.say(plain(b"first"))
        await asyncio.sleep(1)
        await connection.say(late)
        await connection.swallow()

    async with serving(talkative, echoing) as server:
        assert (await ask(transport, request(server.url))).body == b"first"
        await asyncio.sleep(2)
        assert await is_right(transport, server.url)
        assert len(server.connections) == 2
