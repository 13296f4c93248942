"""Slow servers: each kind of waiting has its limit, its error, and says what had left.

All times are virtual: the limits are kept to the moment.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import httpx
import pytest

from tests.transport.http1.asking import ask, is_right, progress_of, refusal, request
from tests.transport.http1.kinds import Kind
from tests.transport.http1.server import (
    BEYOND_EVERY_BUFFER,
    Connection,
    answering,
    echoing,
    plain,
    serving,
    silent,
)

LIMIT_S = 2.0
# The limit is that of one wait, and a request may wait a few times for very little.
SLACK_S = 0.1


def now_s() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def full_backlog(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Listen without accepting, with no place in the queue left: who connects is not answered."""
    with ExitStack() as held:
        listener = held.enter_context(socket.create_server((host, port), backlog=0))
        for _ in range(4):
            filler = held.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://{host}:{listener.getsockname()[1]}"


async def test_a_server_that_does_not_accept_is_a_connect_timeout(
    transport: httpx.AsyncBaseTransport,
) -> None:
    async with full_backlog() as url:
        asked = request(url, connect=LIMIT_S)
        started_s = now_s()
        assert isinstance(await refusal(transport, asked), httpx.ConnectTimeout)
        assert now_s() - started_s == pytest.approx(LIMIT_S, abs=SLACK_S)
        assert not progress_of(asked).sent


async def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    transport: httpx.AsyncBaseTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host with a dead machine, or with a broken IPv6, is still reached."""
    dead, alive = "127.0.0.2", "127.0.0.1"
    loop = asyncio.get_running_loop()
    resolver = loop.getaddrinfo

    async def look_up(host: str | bytes, port: int, **options: int) -> list[tuple[object, ...]]:
        if host in {"localhost", b"localhost"}:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in (dead, alive)]
        return list(await resolver(host, port, **options))

    async def two_addresses(*_: object) -> list[str]:
        return [dead, alive]

    async with serving(echoing, host="localhost") as server, full_backlog(dead, server.port):
        monkeypatch.setattr(loop, "getaddrinfo", look_up)
        monkeypatch.setattr("kalshi_async.transport.addresses.resolved", two_addresses)
        assert (await ask(transport, request(server.url + "/", connect=LIMIT_S))).body == b"/ "


async def test_a_look_up_that_does_not_end_is_a_connect_timeout(
    transport: httpx.AsyncBaseTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_answer(*_: object, **__: object) -> None:
        await asyncio.sleep(600)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", no_answer)  # httpx's own asks the loop
    monkeypatch.setattr("kalshi_async.transport.addresses.resolved", no_answer)
    asked = request("http://localhost:1/", connect=LIMIT_S)
    started_s = now_s()
    assert isinstance(await refusal(transport, asked), httpx.ConnectTimeout)
    assert now_s() - started_s == pytest.approx(LIMIT_S, abs=SLACK_S)
    assert not progress_of(asked).sent


async def test_a_server_that_does_not_answer_is_a_read_timeout(transport: httpx.AsyncBaseTransport) -> None:
    async with serving(silent, echoing) as server:
        asked = request(server.url, read=LIMIT_S)
        started_s = now_s()
        assert isinstance(await refusal(transport, asked), httpx.ReadTimeout)
        assert now_s() - started_s == pytest.approx(LIMIT_S, abs=SLACK_S)
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)


@pytest.mark.parametrize("said", [10, 40, 60], ids=["status line", "head", "body"])
async def test_a_server_that_falls_silent_is_a_read_timeout(
    transport: httpx.AsyncBaseTransport, said: int
) -> None:
    async def stalling(connection: Connection) -> None:
        await connection.request()
        await connection.say(plain(b"x" * 100)[:said])
        await asyncio.sleep(1.5)
        await connection.say(plain(b"x" * 100)[said : said + 1])
        await connection.swallow()

    async with serving(stalling, echoing) as server:
        asked = request(server.url, read=LIMIT_S)
        started_s = now_s()
        assert isinstance(await refusal(transport, asked), httpx.ReadTimeout)
        assert now_s() - started_s == pytest.approx(1.5 + LIMIT_S, abs=SLACK_S)
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)
        assert server.connections[0].is_over, "a late reply would be the next request's"


async def test_the_read_limit_is_for_each_wait_and_not_for_the_whole_reply(
    transport: httpx.AsyncBaseTransport,
) -> None:
    async def dripping(connection: Connection) -> None:
        await connection.request()
        for byte in plain(b"slow"):
            await asyncio.sleep(0.9 * LIMIT_S)
            await connection.say(bytes([byte]))
        await connection.swallow()

    async with serving(dripping) as server:
        assert (await ask(transport, request(server.url, read=LIMIT_S))).body == b"slow"


async def test_a_server_that_does_not_read_is_a_write_timeout(transport: httpx.AsyncBaseTransport) -> None:
    async def deaf(connection: Connection) -> None:
        await connection.head()
        await asyncio.sleep(600)

    async with serving(deaf, echoing) as server:
        asked = request(server.url, "POST", bytes(BEYOND_EVERY_BUFFER), write=LIMIT_S, read=60)
        started_s = now_s()
        assert isinstance(await refusal(transport, asked), httpx.WriteTimeout)
        # The sockets swallow something at first; the wait for more of it may be a second one.
        assert LIMIT_S <= now_s() - started_s <= 2 * LIMIT_S + SLACK_S
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)


async def test_a_server_that_reads_slowly_is_no_write_timeout(transport: httpx.AsyncBaseTransport) -> None:
    body = bytes(BEYOND_EVERY_BUFFER)

    async def slow(connection: Connection) -> None:
        await connection.head()
        left = len(body)
        while left:
            left -= len(await connection.reader.readexactly(min(left, 4_000_000)))
            await asyncio.sleep(0.9 * LIMIT_S)
        await connection.say(plain(b"whole"))
        await connection.swallow()

    async with serving(slow) as server:
        asked = request(server.url, "POST", body, write=LIMIT_S, read=60)
        assert (await ask(transport, asked)).body == b"whole"


async def test_a_slow_handshake_is_a_connect_timeout(kind: Kind) -> None:
    """The server accepts, and never says a word of TLS."""
    async with serving(silent) as server, kind.open() as transport:
        asked = request(server.url.replace("http:", "https:"), connect=LIMIT_S)
        started_s = now_s()
        assert isinstance(await refusal(transport, asked), httpx.ConnectTimeout)
        assert now_s() - started_s == pytest.approx(LIMIT_S, abs=SLACK_S)
        assert not progress_of(asked).sent


async def test_a_pool_without_a_free_connection_is_a_pool_timeout(kind: Kind) -> None:
    async def slow(connection: Connection) -> None:
        while True:
            await connection.request()
            await asyncio.sleep(4)
            await connection.say(plain(b"at last"))

    async with serving(slow) as server, kind.open(max_connections=1) as transport:
        first = asyncio.create_task(ask(transport, request(server.url)))
        await asyncio.sleep(0.5)
        asked = request(server.url, pool=LIMIT_S)
        started_s = now_s()
        assert isinstance(await refusal(transport, asked), httpx.PoolTimeout)
        assert now_s() - started_s == pytest.approx(LIMIT_S, abs=SLACK_S)
        assert not progress_of(asked).sent
        assert (await first).body == b"at last"
        assert (await ask(transport, request(server.url))).body == b"at last"
        assert len(server.connections) == 1


async def test_no_limit_means_no_limit(transport: httpx.AsyncBaseTransport) -> None:
    async def after_a_day(connection: Connection) -> None:
        await connection.request()
        await asyncio.sleep(86_400)
        await connection.say(plain(b"at last"))
        await connection.swallow()

    async with serving(after_a_day) as server:
        asked = request(server.url)
        asked.extensions["timeout"] = {"connect": None, "read": None, "write": None, "pool": None}
        assert (await ask(transport, asked)).body == b"at last"


async def test_a_limit_of_one_request_is_not_that_of_the_next(transport: httpx.AsyncBaseTransport) -> None:
    async def slow(connection: Connection) -> None:
        while True:
            await connection.request()
            await asyncio.sleep(3)
            await connection.say(plain(b"slow"))

    async with serving(slow) as server:
        for limit_s in (60.0, 4.0, 60.0):
            assert (await ask(transport, request(server.url, read=limit_s))).body == b"slow"
        assert isinstance(await refusal(transport, request(server.url, read=1.0)), httpx.ReadTimeout)


async def test_an_idle_connection_outlasts_the_read_limit(transport: httpx.AsyncBaseTransport) -> None:
    async with serving(answering(plain(b"ok"))) as server:
        for _ in range(3):
            assert (await ask(transport, request(server.url, read=1.0))).body == b"ok"
            await asyncio.sleep(10)
        assert len(server.connections) == 1
