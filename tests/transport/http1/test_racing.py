"""Hosts with several addresses: some dead, some far away, some that die within the handshake.

``answering_at`` listens on further loopback addresses under the port of a server. Times are virtual.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from kalshi_async.http1 import Http1Transport
from kalshi_async.transport import opening
from kalshi_async.transport.opening import STAGGER_S, Opened, _raced
from tests.transport.http1.asking import ask, is_right, progress_of, refusal, request
from tests.transport.http1.certificates import Authority, new_authority
from tests.transport.http1.server import Server, echoing, serving
from tests.transport.http1.test_timeouts import full_backlog, now_s

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return new_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[str]], None]:
    """Return a function that says which addresses "localhost" has."""

    def name(addresses: Sequence[str]) -> None:
        async def resolved(*_: object) -> list[str]:
            return list(addresses)

        monkeypatch.setattr("kalshi_async.transport.addresses.resolved", resolved)

    return name


@asynccontextmanager
async def answering_at(handler: Handler, port: int, *addresses: str) -> AsyncIterator[None]:
    async with AsyncExitStack() as exits:
        for address in addresses:
            listener = await asyncio.start_server(handler, address, port)
            exits.callback(listener.close)
        yield


def far(server: Server, flight_s: float) -> Handler:
    """Lead to a server at a distance: what the client sends arrives so many seconds later."""

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", server.port)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, late_s: float) -> None:
            try:
                while arrived := await source.read(65_536):
                    await asyncio.sleep(late_s)
                    sink.write(arrived)
            finally:
                sink.close()

        await asyncio.gather(pump(reader, back, flight_s), pump(there, writer, 0.0), return_exceptions=True)

    return lead


async def dying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hang up once the handshake has begun."""
    await reader.read(1)
    writer.transport.abort()


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept, and say nothing until the client hangs up."""
    try:
        while await reader.read(65_536):
            pass
    except ConnectionError:
        pass
    writer.close()


Named = Callable[[Sequence[str]], None]


async def test_a_dead_first_address_costs_a_quarter_of_a_second_once(named: Named) -> None:
    dead, alive = "127.0.0.2", "127.0.0.1"
    async with (
        serving(echoing, host="localhost") as server,
        full_backlog(dead, server.port),
        Http1Transport(keepalive_expiry_s=1.0) as transport,
    ):
        named([dead, alive])
        for connections in range(1, 5):
            began_s = now_s()
            assert await is_right(transport, server.url)
            assert now_s() - began_s == pytest.approx(STAGGER_S if connections == 1 else 0.0, abs=0.01)
            assert len(server.connections) == connections
            await asyncio.sleep(2)


async def test_the_address_that_answered_is_left_when_it_dies(named: Named) -> None:
    first, second = "127.0.0.2", "127.0.0.1"
    async with serving(echoing, host="localhost") as server, Http1Transport() as transport:
        named([first, second])
        assert await is_right(transport, server.url)  # nothing listens at the first: refused at once
        assert now_s() == pytest.approx(0.0, abs=0.01)
        await transport.aclose()
        named([first])
        async with answering_at(far(server, 0.0), server.port, first):
            assert await is_right(transport, server.url)


async def test_twelve_addresses_that_are_far_away_connect(named: Named, authority: Authority) -> None:
    """The time to connect was divided among them: none had enough to finish its handshake."""
    addresses = [f"127.0.0.{number}" for number in range(2, 14)]
    named(addresses)
    async with (
        serving(echoing, ssl_context=authority.server_context(), host="localhost") as server,
        answering_at(far(server, 0.3), server.port, *addresses),
        Http1Transport(ssl_context=authority.client_context()) as transport,
    ):
        assert (await ask(transport, request(server.url + "/far", connect=3.0))).status == 200
        assert now_s() <= 1.0
        await asyncio.sleep(5)
        assert len(server.open) == 1, "the others were given up"


async def test_addresses_that_are_slower_than_their_share_of_the_time_connect(
    named: Named, authority: Authority
) -> None:
    addresses = [f"127.0.0.{number}" for number in range(2, 6)]
    named(addresses)
    async with (
        serving(echoing, ssl_context=authority.server_context(), host="localhost") as server,
        answering_at(far(server, 1.2), server.port, *addresses),
        Http1Transport(ssl_context=authority.client_context()) as transport,
    ):
        assert (await ask(transport, request(server.url, connect=3.0))).status == 200


@pytest.mark.parametrize(
    ("handler", "costs_s"), [(dying, 0.0), (mute, STAGGER_S)], ids=["hangs up", "falls silent"]
)
async def test_an_address_that_dies_within_the_handshake_leaves_the_next(
    named: Named, authority: Authority, handler: Handler, costs_s: float
) -> None:
    bad = "127.0.0.2"
    named([bad, "127.0.0.1"])
    async with (
        serving(echoing, ssl_context=authority.server_context(), host="localhost") as server,
        answering_at(handler, server.port, bad),
        Http1Transport(ssl_context=authority.client_context()) as transport,
    ):
        assert await is_right(transport, server.url)
        assert now_s() == pytest.approx(costs_s, abs=0.01)


async def test_a_slow_address_is_waited_for_when_all_others_have_failed(
    named: Named, authority: Authority
) -> None:
    slow, dead = "127.0.0.2", "127.0.0.3"
    named([slow, dead])
    async with (
        serving(echoing, ssl_context=authority.server_context(), host="localhost") as server,
        answering_at(far(server, 1.0), server.port, slow),
        answering_at(dying, server.port, dead),
        Http1Transport(ssl_context=authority.client_context()) as transport,
    ):
        assert await is_right(transport, server.url)


async def test_a_handshake_that_is_broken_off_was_certainly_not_sent(
    named: Named, authority: Authority
) -> None:
    """At every address: the errors of all are told."""
    bad = ["127.0.0.2", "127.0.0.3"]
    named([*bad, "127.0.0.4"])
    async with (
        serving(echoing, ssl_context=authority.server_context(), host="localhost") as server,
        answering_at(dying, server.port, *bad),
        Http1Transport(ssl_context=authority.client_context()) as transport,
    ):
        asked = request(server.url, "POST", b"order")
        error = await refusal(transport, asked)
    assert isinstance(error, httpx.ConnectError)
    assert "127.0.0.4" in str(error)
    assert not progress_of(asked).sent
    assert server.requests == []


async def test_an_ipv6_that_leads_nowhere_holds_nothing_up(named: Named) -> None:
    """Refused or unreachable, whatever this machine makes of it: the addresses of IPv4 follow by turns."""
    named(["::1"] * 12 + ["127.0.0.1"])
    async with serving(echoing, host="localhost") as server, Http1Transport() as transport:
        assert await is_right(transport, server.url)
        assert now_s() == pytest.approx(0.0, abs=0.01)


async def test_no_address_answers_in_time(named: Named) -> None:
    async with AsyncExitStack() as exits:
        url = await exits.enter_async_context(full_backlog("127.0.0.2"))
        port = int(url.rpartition(":")[2])
        await exits.enter_async_context(full_backlog("127.0.0.3", port))
        named(["127.0.0.2", "127.0.0.3"])
        transport = await exits.enter_async_context(Http1Transport())
        asked = request(f"http://localhost:{port}", connect=2.0)
        assert isinstance(await refusal(transport, asked), httpx.ConnectTimeout)
        assert now_s() == pytest.approx(2.0)
        assert not progress_of(asked).sent


async def test_a_host_without_addresses_is_an_error(named: Named) -> None:
    named([])
    async with Http1Transport() as transport:
        error = await refusal(transport, request("http://localhost:1"))
    assert isinstance(error, httpx.ConnectError)
    assert "it has no address" in str(error)


async def test_a_name_that_cannot_be_encoded_is_no_host() -> None:
    async with Http1Transport() as transport:
        error = await refusal(transport, request(f"http://{'a' * 64}.localhost:1"))
    assert isinstance(error, httpx.ConnectError)
    assert "no such host" in str(error)


class Ended(asyncio.Transport):
    """A connection, and whether it was closed."""

    is_closed = False

    def abort(self) -> None:
        self.is_closed = True


async def test_a_second_winner_in_the_same_step_is_closed() -> None:
    transports = {"first": Ended(), "second": Ended()}

    async def open_to(address: str) -> Opened[asyncio.Protocol]:
        await asyncio.sleep(2 * STAGGER_S if address == "first" else STAGGER_S)
        return Opened(transports[address], asyncio.Protocol())

    address, opened = await _raced(["first", "second"], open_to)
    await asyncio.sleep(0)
    other = transports["second" if address == "first" else "first"]
    assert (opened.transport, transports[address].is_closed) == (transports[address], False)
    assert other.is_closed


async def test_a_loser_that_failed_in_the_same_step_needs_no_closing() -> None:
    async def refused() -> Opened[asyncio.Protocol]:
        raise ConnectionRefusedError

    loser = asyncio.create_task(refused())
    await asyncio.wait([loser])
    opening._close(loser)


async def test_a_system_that_refuses_an_option_is_used_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_SOCKET_OPTIONS", [(9_999, 9_999, 1)])
    async with serving(echoing) as server, Http1Transport() as transport:
        assert await is_right(transport, server.url)


@pytest.mark.parametrize("context", [None, "tls"])
async def test_the_sockets_have_their_options(context: str | None, authority: Authority) -> None:
    server_context = authority.server_context() if context else None
    client_context: ssl.SSLContext | None = authority.client_context() if context else None
    async with serving(echoing, ssl_context=server_context, host="localhost") as server:
        origin = opening.Origin(server.scheme, "127.0.0.1", server.port, "localhost")
        transport, _ = await opening._opened(origin, asyncio.Protocol, client_context, "127.0.0.1")
        sock = transport.get_extra_info("socket")
        for level, name, value in opening._SOCKET_OPTIONS:
            assert sock.getsockopt(level, name) == value
        transport.abort()
