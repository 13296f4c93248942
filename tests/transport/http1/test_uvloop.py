"""The transport works on uvloop, where many trading engines run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.transport.http1.asking import ask, is_right, progress_of, refusal, request
from tests.transport.http1.certificates import new_authority
from tests.transport.http1.kinds import Kind
from tests.transport.http1.server import answering_once, echoing, plain, serving, silent, until

uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed: it has no build for this system")

BULK = bytes(3_000_000)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """uvloop for all tests here; its time is real."""
    return "asyncio", {"loop_factory": uvloop.new_event_loop}


@pytest.mark.real_time
async def test_requests_are_answered_on_uvloop(transport: httpx.AsyncBaseTransport) -> None:
    assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
    async with serving(echoing) as server:
        for _ in range(3):
            assert await is_right(transport, server.url)
        assert (await ask(transport, request(server.url, "POST", BULK))).body == b"/ " + BULK
        assert len(server.connections) == 1


@pytest.mark.real_time
async def test_an_idle_connection_that_has_ended_is_not_written_to_on_uvloop(
    transport: httpx.AsyncBaseTransport,
) -> None:
    async with serving(answering_once(plain(b"once")), echoing) as server:
        assert (await ask(transport, request(server.url))).body == b"once"
        await server.is_left_alone()
        assert await is_right(transport, server.url)
        assert [len(connection.requests) for connection in server.connections] == [1, 1]


@pytest.mark.real_time
async def test_tls_is_verified_on_uvloop(kind: Kind, tmp_path: Path) -> None:
    authority = new_authority(tmp_path)
    context = authority.client_context()
    async with (
        serving(echoing, ssl_context=authority.server_context(), host="localhost") as right,
        serving(echoing, ssl_context=authority.server_context("example.com"), host="localhost") as wrong,
        kind.open(ssl_context=context) as transport,
    ):
        assert await is_right(transport, right.url)
        asked = request(wrong.url)
        assert isinstance(await refusal(transport, asked), httpx.ConnectError)
        assert not progress_of(asked).sent


@pytest.mark.real_time
async def test_a_request_canceled_on_uvloop_ends_its_connection(kind: Kind) -> None:
    async with serving(silent, echoing) as server, kind.open(max_connections=1) as transport:
        asked = request(server.url)
        task = asyncio.create_task(ask(transport, asked))
        # Not before it has left: httpcore, canceled while it connects, loses the place in its pool.
        await until(lambda: bool(server.connections) and progress_of(asked).sent is True)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await is_right(transport, server.url)
