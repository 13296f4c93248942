"""A canceled request leaves nothing behind; ``tests.transport.http1.cancellation`` cancels 10,000."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from tests.transport.http1.asking import ask, is_right, progress_of, request
from tests.transport.http1.cancellation import play
from tests.transport.http1.kinds import Kind
from tests.transport.http1.server import (
    BEYOND_EVERY_BUFFER,
    Connection,
    echoing,
    plain,
    serving,
    silent,
    until,
)
from tests.transport.http1.test_timeouts import full_backlog

REQUESTS = 1_000
SEED = 20261122
BULK = bytes(BEYOND_EVERY_BUFFER)


async def test_requests_canceled_anywhere_leave_nothing_behind(kind: Kind) -> None:
    """No connection, task or place in the pool; and no reply goes to another request."""
    outcome = await play(kind, REQUESTS, SEED)
    assert outcome.wrong == []
    assert outcome.ends["canceled"] > REQUESTS / 4
    assert outcome.ends["reply"] > REQUESTS / 8


async def canceled(
    transport: httpx.AsyncBaseTransport, asked: httpx.Request, when: Callable[[], bool]
) -> None:
    """Cancel a request as soon as ``when`` says so."""
    task = asyncio.create_task(ask(transport, asked))
    await until(when)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_request_canceled_while_it_connects_was_not_sent(transport: httpx.AsyncBaseTransport) -> None:
    async with full_backlog() as url:
        asked = request(url)
        task = asyncio.create_task(ask(transport, asked))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not progress_of(asked).sent


async def test_a_request_canceled_while_it_is_written_ends_its_connection(kind: Kind) -> None:
    """The rest of its body must not follow, and least of all as the next request."""

    async def deaf(connection: Connection) -> None:
        await connection.head()
        await asyncio.sleep(1)
        await connection.swallow()

    async with serving(deaf, echoing) as server, kind.open(max_connections=1) as transport:
        asked = request(server.url, "POST", BULK)
        await canceled(transport, asked, lambda: bool(server.connections) and progress_of(asked).sent is True)
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)
        await asyncio.sleep(2)
        assert server.connections[0].is_over


async def test_a_request_canceled_while_it_waits_for_the_reply_ends_its_connection(kind: Kind) -> None:
    """Its reply may still come, and must not be the next request's."""

    async def late(connection: Connection) -> None:
        await connection.request()
        await asyncio.sleep(1)
        await connection.say(plain(b"late"))
        await connection.swallow()

    async with serving(late, echoing) as server, kind.open(max_connections=1) as transport:
        asked = request(server.url)
        await canceled(transport, asked, lambda: bool(server.requests))
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)
        await asyncio.sleep(2)
        assert server.connections[0].is_over


async def test_a_request_canceled_within_the_reply_ends_its_connection(kind: Kind) -> None:
    async def half(connection: Connection) -> None:
        await connection.request()
        await connection.say(plain(b"half of it")[:-5])
        await connection.swallow()

    async with serving(half, echoing) as server, kind.open(max_connections=1) as transport:
        await canceled(transport, request(server.url), lambda: any(each.said for each in server.connections))
        assert await is_right(transport, server.url)
        await asyncio.sleep(1)
        assert server.connections[0].is_over


async def test_closing_is_possible_while_requests_wait_for_a_connection(kind: Kind) -> None:
    async with serving(silent) as server, kind.open(max_connections=1) as transport:
        tasks = [
            asyncio.create_task(ask(transport, request(server.url, pool=60.0, read=60.0))) for _ in range(3)
        ]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)
        await transport.aclose()
        await server.is_left_alone()
