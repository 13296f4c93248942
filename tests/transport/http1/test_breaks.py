"""Connections that end at every point of an exchange, by FIN and by RST.

Written to means: nobody knows, and never again. Found closed before writing means that
another connection serves the request, and nobody notices.
"""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.transport.http1.asking import ask, is_right, progress_of, refusal, request
from tests.transport.http1.replies import SAMPLES, Sample
from tests.transport.http1.server import Connection, Scene, answering_once, echoing, plain, serving, until

LOST = (httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)

resets_or_closes = pytest.mark.parametrize("resets", [False, True], ids=["by FIN", "by RST"])
CUT_SHORT = [
    sample
    for sample in SAMPLES
    if sample.name in {"length", "chunked with trailers", "HTTP/1.0 length", "hints first"}
]


def ending_later(resets: bool) -> Scene:
    """Answer one request, and hang up while the connection is idle."""

    async def scene(connection: Connection) -> None:
        await connection.request()
        await connection.say(plain(b"once"))
        await asyncio.sleep(0.5)
        if resets:
            connection.reset()

    return scene


@resets_or_closes
@pytest.mark.parametrize("sample", CUT_SHORT, ids=lambda sample: sample.name)
async def test_a_reply_that_ends_early_is_lost_wherever_it_ends(
    transport: httpx.AsyncBaseTransport, sample: Sample, resets: bool
) -> None:
    raw = sample.raw
    scenes = [answering_once(raw[:place], resets=resets) for place in range(len(raw))]
    async with serving(*scenes, echoing) as server:
        for _ in scenes:
            asked = request(server.url)
            assert isinstance(await refusal(transport, asked), LOST)
            assert progress_of(asked).sent
        assert await is_right(transport, server.url)
        assert len(server.requests) == len(scenes) + 1, "a request was repeated"


async def test_a_body_until_close_that_ends_by_reset_is_lost(transport: httpx.AsyncBaseTransport) -> None:
    """Its end is the only sign that it is whole."""
    async with serving(answering_once(b"HTTP/1.1 200 OK\r\n\r\nhalf", resets=True), echoing) as server:
        asked = request(server.url)
        assert isinstance(await refusal(transport, asked), LOST)
        assert await is_right(transport, server.url)


@resets_or_closes
@pytest.mark.parametrize("read", [0, 1, 20, 100])
async def test_a_connection_that_ends_within_the_request_loses_it(
    transport: httpx.AsyncBaseTransport, resets: bool, read: int
) -> None:
    async def impatient(connection: Connection) -> None:
        if read:
            await connection.reader.readexactly(read)
        if resets:
            connection.reset()

    async with serving(impatient, echoing) as server:
        asked = request(server.url, "POST", b"x" * 1_000_000)
        assert isinstance(await refusal(transport, asked), LOST)
        assert progress_of(asked).sent
        assert server.requests == []
        assert await is_right(transport, server.url)


@resets_or_closes
async def test_an_idle_connection_that_has_ended_is_not_written_to(
    transport: httpx.AsyncBaseTransport, resets: bool
) -> None:
    scene = ending_later(resets)
    async with serving(scene, scene, echoing) as server:
        for _ in range(2):
            await ask(transport, request(server.url))
            await asyncio.sleep(1)
        assert await is_right(transport, server.url)
        assert [len(connection.requests) for connection in server.connections] == [1, 1, 1]


@resets_or_closes
async def test_an_end_that_the_event_loop_has_not_seen_yet_is_seen_before_writing(
    transport: httpx.AsyncBaseTransport, resets: bool
) -> None:
    """The news is in the socket, but the loop has not asked: a busy program."""
    async with serving(echoing, echoing) as server:
        await ask(transport, request(server.url))
        (connection,) = server.connections
        if resets:
            connection.reset()
            await asyncio.sleep(0)  # in which asyncio closes the socket, and nobody looks at any
        else:
            connection.half_close()
        assert await is_right(transport, server.url)
        assert [len(connection.requests) for connection in server.connections] == [1, 1]


async def test_many_ended_connections_are_passed_over(transport: httpx.AsyncBaseTransport) -> None:
    async with serving(*[ending_later(False)] * 5, echoing) as server:
        await asyncio.gather(*(ask(transport, request(server.url)) for _ in range(5)))
        await asyncio.sleep(1)
        assert await is_right(transport, server.url)
        assert len(server.connections) == 6


@resets_or_closes
async def test_a_used_connection_that_ends_under_a_request_loses_it(
    transport: httpx.AsyncBaseTransport, resets: bool
) -> None:
    """The server may have done what it was asked: a second delivery would be a second order."""

    async def once_and_then_never(connection: Connection) -> None:
        await connection.request()
        await connection.say(plain(b"first"))
        await connection.request()
        if resets:
            connection.reset()

    async with serving(once_and_then_never, echoing) as server:
        assert (await ask(transport, request(server.url))).body == b"first"
        asked = request(server.url + "/lost", "POST", b"order")
        assert isinstance(await refusal(transport, asked), LOST)
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)
        targets = [received.first_line.split(b" ")[1] for received in server.requests]
        assert targets == [b"/", b"/lost", b"/next"]


async def test_a_refused_connection_is_not_sent(transport: httpx.AsyncBaseTransport) -> None:
    async with serving(echoing) as server:
        url = server.url
    asked = request(url)
    assert isinstance(await refusal(transport, asked), httpx.ConnectError)
    assert not progress_of(asked).sent


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/hosts"])
async def test_another_protocol_is_refused(transport: httpx.AsyncBaseTransport, url: str) -> None:
    asked = request(url)
    assert isinstance(await refusal(transport, asked), httpx.UnsupportedProtocol)
    assert not progress_of(asked).sent


async def test_a_body_until_close_is_not_whole_because_we_close(transport: httpx.AsyncBaseTransport) -> None:
    async def half(connection: Connection) -> None:
        await connection.request()
        await connection.say(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")
        await connection.swallow()

    async with serving(half) as server:
        under_way = asyncio.create_task(refusal(transport, request(server.url)))
        await until(lambda: any(connection.said for connection in server.connections))
        await transport.aclose()
        assert isinstance(await under_way, LOST)


async def test_requests_under_way_end_when_the_transport_is_closed(
    transport: httpx.AsyncBaseTransport,
) -> None:
    async def never(connection: Connection) -> None:
        await connection.request()
        await connection.swallow()

    async with serving(never) as server:
        under_way = asyncio.create_task(refusal(transport, request(server.url)))
        await until(lambda: bool(server.requests))
        await transport.aclose()
        assert isinstance(await under_way, httpx.TransportError)
        await server.is_left_alone()
