"""What is left of a transport that was closed, and where a transport does not belong."""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Iterator

import httpx
import pytest

from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from tests.transport.http1.asking import ask, is_right, progress_of, refusal, request
from tests.transport.http1.kinds import Kind
from tests.transport.http1.server import answering_once, echoing, plain, serving, silent
from tests.transport.http1.test_pool import slow


async def test_a_closed_transport_opens_anew_for_whoever_asks() -> None:
    async with serving(echoing) as server, Http1Transport() as transport:
        assert await is_right(transport, server.url)
        await transport.aclose()
        await server.is_left_alone()
        assert await is_right(transport, server.url)


async def test_who_asks_while_the_transport_closes_does_not_spoil_it_for_those_who_follow() -> None:
    """Sessions may share one, and one of their owners may close it under the others."""
    async with serving(slow) as server, Http1Transport() as transport:
        first = asyncio.create_task(refusal(transport, request(server.url)))
        await asyncio.sleep(0.5)
        closing = asyncio.create_task(transport.aclose())
        await asyncio.sleep(0)
        meanwhile = await ask(transport, request(server.url + "/meanwhile"))
        await closing
        assert isinstance(await first, httpx.ReadError)
        assert meanwhile.body == b"/meanwhile"
        assert (await ask(transport, request(server.url + "/after"))).body == b"/after"


async def test_a_close_that_is_canceled_has_closed_the_connections_to_every_server() -> None:
    async with serving(silent) as one, serving(silent) as two, Http1Transport() as transport:
        tasks = [asyncio.create_task(refusal(transport, request(server.url))) for server in (one, two)]
        await asyncio.sleep(0.1)
        closing = asyncio.create_task(transport.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        await one.is_left_alone()
        await two.is_left_alone()
        assert all(isinstance(error, httpx.ReadError) for error in await asyncio.gather(*tasks))


def test_a_transport_of_another_event_loop_is_refused_before_anything_is_sent() -> None:
    transport = Http1Transport()

    async def use() -> httpx.TransportError | None:
        async with serving(echoing) as server:
            asked = request(server.url)
            try:
                await ask(transport, asked)
            except httpx.TransportError as error:
                assert not progress_of(asked).sent
                assert server.connections == []
                return error
            return None

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(use()) is None
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert "belongs to another event loop" in str(runner.run(use()))


async def test_a_body_that_only_a_thread_could_read_is_refused_before_anything_is_sent() -> None:
    class Body(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"never read"

    async with serving(echoing) as server, Http1Transport() as transport:
        asked = httpx.Request("POST", server.url, stream=Body())
        assert isinstance(await refusal(transport, asked), httpx.LocalProtocolError)
        assert server.connections == []


async def test_a_system_without_poll_hears_of_closed_connections_from_its_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Windows has none."""
    monkeypatch.delattr(select, "poll")
    async with serving(answering_once(plain(b"once")), echoing) as server, Http1Transport() as transport:
        assert (await ask(transport, request(server.url))).body == b"once"
        await server.is_left_alone()
        assert await is_right(transport, server.url)


async def test_a_name_that_is_not_ascii_is_looked_up_as_it_is_written_in_the_host_header(kind: Kind) -> None:
    """The rules of 2003, which Python's own codec follows, lead to another host: strasse."""
    async with kind.open(ssl_context=ssl.create_default_context()) as transport:
        asked = request("https://straße.example/")
        with pytest.raises(Exception, match=r"may not reach b?'xn--strae-oqa\.example'"):
            await ask(transport, asked)
