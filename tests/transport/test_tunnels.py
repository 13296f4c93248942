"""Our own transport and streams behind a proxy: CONNECT, and what is certain when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
import tenacity

from kalshi_async import (
    CreateOrder,
    Credentials,
    Environment,
    NotSent,
    OutcomeUnknown,
    RateLimits,
    RetryPolicy,
    Session,
)
from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams import FillEvent, Gap, Phase, Resumed
from kalshi_async.transport.addresses import Addresses
from kalshi_async.transport.opening import Origin
from tests.session.test_secrets import Ears, ears, said_by
from tests.stages.raw_server import Anybody
from tests.stages.served import BASE_PATH, TICKER
from tests.transport.http1.certificates import Authority, new_authority
from tests.transport.http1.server import Connection, Scene, Server, echoing, serving, silent
from tests.transport.test_proxies import NEEDS_A_PASSWORD

__all__ = ["ears"]

HOST = "exchange.example"  # which nobody may look up: only the proxy is asked for it
PASSWORD = "hunter2:with/odd@signs"
WITH_PASSWORD = "trader:hunter2%3Awith%2Fodd%40signs@"
ONE_ATTEMPT = RetryPolicy(stop=tenacity.stop_after_attempt(1))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return new_authority(tmp_path_factory.mktemp("authority"))


async def pumped(near: Connection, port: int) -> None:
    """Pass bytes in both directions until one side has ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while arrived := await source.read(65_536):
            sink.write(arrived)

    both = [asyncio.create_task(pump(near.reader, writer)), asyncio.create_task(pump(reader, near.writer))]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in both:
            each.cancel()
        writer.close()


@dataclass
class Proxying:
    """A proxy that leads every CONNECT to one port of this machine, as long as ``answers`` are used up."""

    port: int
    answers: list[bytes | Scene] = field(default_factory=list)
    """What the next are answered instead."""
    heads: list[list[bytes]] = field(default_factory=list)
    """The lines of each head."""
    tunnels: list[Connection] = field(default_factory=list)
    """The connections that were led on."""

    async def __call__(self, connection: Connection) -> None:
        self.heads.append((await connection.head()).head.split(b"\r\n"))
        if self.answers:
            answer = self.answers.pop(0)
            if not isinstance(answer, bytes):
                return await answer(connection)
            return await connection.say(answer)
        self.tunnels.append(connection)
        await connection.say(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 here\r\n\r\n")
        await pumped(connection, self.port)


def front_of(sandbox: Sandbox) -> Scene:
    """What ends TLS before an exchange."""
    port = int(sandbox.rest_url.partition("//")[2].partition("/")[0].rpartition(":")[2])

    async def scene(connection: Connection) -> None:
        await pumped(connection, port)

    return scene


@dataclass
class Scenery:
    proxy: Proxying
    exchange: Server
    server: Server
    session: Session

    @property
    def url(self) -> str:
        return f"http://{WITH_PASSWORD}127.0.0.1:{self.server.port}"


@asynccontextmanager
async def behind(
    clock: VirtualClock,
    authority: Authority,
    exchange: Scene,
    *answers: bytes | Scene,
    name: str = HOST,
    retry: RetryPolicy | None = ONE_ATTEMPT,
    credentials: Credentials | None = None,
    password: str = WITH_PASSWORD,
) -> AsyncIterator[Scenery]:
    """Open a session behind a proxy, by default of one attempt per call."""
    limits = RateLimits(clock.monotonic, read=(1000, 1000), write=(1000, 1000))
    async with serving(exchange, ssl_context=authority.server_context(name)) as far:
        proxy = Proxying(far.port, list(answers))
        environment = Environment(
            "far", f"https://{HOST}:8443{BASE_PATH}", f"wss://{HOST}:8443/trade-api/ws/v2"
        )
        async with (
            serving(proxy) as near,
            Http1Transport(
                proxy=f"http://{password}127.0.0.1:{near.port}", ssl_context=authority.client_context()
            ) as base,
            Session(
                environment,
                credentials or Anybody(),
                rate_limits=limits,
                retry=retry,
                base_transport=base,
                clock=clock,
            ) as session,
        ):
            yield Scenery(proxy, far, near, session)


def new_order() -> CreateOrder:
    return CreateOrder(TICKER, "bid", 1, "0.10")


@pytest.mark.parametrize("key_type", ["ed25519", "rsa"])
async def test_a_session_trades_and_streams_through_a_proxy(
    clock: VirtualClock, authority: Authority, sandbox: Sandbox, key_type: str
) -> None:
    alice = sandbox.add_account("alice", key_type)  # type: ignore[arg-type]  # one of the two
    async with behind(clock, authority, front_of(sandbox), credentials=alice.credentials) as scenery:
        session = scenery.session
        tls = authority.client_context()
        async with session.stream(ssl_context=tls) as stream, stream.fills() as fills:
            await stream.live()
            sandbox.market(TICKER).quote("ask", "0.10", 1)
            await session.orders.create(new_order())
            assert isinstance(await anext(fills), FillEvent)
        heads = scenery.proxy.heads
        assert len(heads) == 2, "one for requests, one for the stream"
        for head in heads:
            assert head[:3] == [
                b"CONNECT exchange.example:8443 HTTP/1.1",
                b"Host: exchange.example:8443",
                b"User-Agent: kalshi-async",
            ]
            assert head[3].startswith(b"Proxy-Authorization: Basic ")
            assert head[4:] == [b"", b""]


async def hanging_up(connection: Connection) -> None:
    """Say nothing."""


async def resetting(connection: Connection) -> None:
    connection.reset()


async def half_an_answer(connection: Connection) -> None:
    await connection.say(b"HTTP/1.1 200 Conn")


def told(status: bytes, rest: bytes = b"") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n\r\n" + rest


REFUSALS: Sequence[tuple[bytes | Scene, str]] = [
    (
        NEEDS_A_PASSWORD,
        "407 Proxy Authentication Required; it does not accept this user",
    ),
    (told(b"502 trader:hunter2"), "answered CONNECT with 502 Bad Gateway"),
    (told(b"302 Found"), "answered CONNECT with 302 Found"),
    (told(b"299 Odd", b"bytes"), "it sent bytes of its own into the tunnel"),
    (told(b"799 Odd"), "answered CONNECT with 799"),
    (told(b"101 Switching Protocols"), "answered CONNECT with 101"),
    (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP/1"),
    (b"HTTP/1.1 garbage\r\n\r\n", "does not speak HTTP/1"),
    (b"HTTP/1.1 200 OK\r\nX: " + bytes([65]) * 70_000, "is larger than 65536 bytes"),
    (hanging_up, "it hung up before it had answered CONNECT"),
    (half_an_answer, "it hung up before it had answered CONNECT"),
    (resetting, "reset by peer"),
    (
        told(b"200 OK"),
        "no connection to exchange.example:8443 through the proxy 127.0.0.1",
    ),  # then it hangs up
]


@pytest.mark.parametrize(("answer", "reason"), REFUSALS)
async def test_a_tunnel_that_does_not_come_up_has_sent_nothing(
    clock: VirtualClock, authority: Authority, ears: Ears, answer: bytes | Scene, reason: str
) -> None:
    async with behind(clock, authority, echoing, answer) as scenery:
        with pytest.raises(NotSent) as caught:
            await scenery.session.orders.create(new_order())
        assert caught.value.sent is False
        assert reason in str(caught.value)
        assert f"exchange.example:8443 through the proxy 127.0.0.1:{scenery.server.port}" in str(caught.value)
        assert scenery.exchange.requests == []
        assert scenery.session.rate_limits.write.tokens() == 1000, "its tokens are back"
        said = [*said_by(caught.value), *ears.lines]
        assert [text for text in said if "hunter2" in text] == []


async def test_a_proxy_without_a_password_that_wants_one_says_where_to_write_it(
    clock: VirtualClock, authority: Authority
) -> None:
    async with behind(clock, authority, echoing, NEEDS_A_PASSWORD, password="") as scenery:
        with pytest.raises(NotSent, match=r"407 .*; name its user: http://user:password@host:port"):
            await scenery.session.orders.create(new_order())
        assert not any(line.startswith(b"Proxy-Auth") for line in scenery.proxy.heads[0])


async def test_a_proxy_that_says_nothing_is_given_the_time_to_connect(
    clock: VirtualClock, authority: Authority
) -> None:
    async with behind(clock, authority, echoing, silent) as scenery:
        with pytest.raises(NotSent, match=r"through the proxy .* in 3") as caught:
            await scenery.session.orders.create(new_order())
        assert caught.value.sent is False
        assert clock.monotonic() == pytest.approx(3.0)
        await scenery.server.is_left_alone()


async def test_an_exchange_that_says_nothing_in_the_tunnel_is_given_the_time_to_connect(
    clock: VirtualClock, authority: Authority
) -> None:
    async def dead_end(connection: Connection) -> None:
        await connection.say(told(b"200 OK"))
        await connection.swallow()

    async with behind(clock, authority, echoing, dead_end) as scenery:
        with pytest.raises(NotSent, match=r"through the proxy .* in 3"):
            await scenery.session.orders.create(new_order())
        assert clock.monotonic() == pytest.approx(3.0)
        await scenery.server.is_left_alone()


async def test_a_refused_write_is_sent_again_and_lands_once(
    clock: VirtualClock, authority: Authority, sandbox: Sandbox
) -> None:
    alice = sandbox.add_account("alice")
    troubles: list[bytes | Scene] = [
        NEEDS_A_PASSWORD,
        told(b"502 Bad"),
        hanging_up,
        b"garbage",
        told(b"100 Continue\r\n\r\nHTTP/1.1 403 No"),
    ]
    async with behind(
        clock, authority, front_of(sandbox), *troubles, retry=None, credentials=alice.credentials
    ) as scenery:
        await scenery.session.orders.create(new_order())
        assert len(scenery.proxy.heads) == 6
        assert len(alice.account.orders) == 1


async def test_an_interim_answer_is_passed_over(clock: VirtualClock, authority: Authority) -> None:
    async def slow(connection: Connection) -> None:
        for piece in (b"HTTP/1.1 100 Con", b"tinue\r\n\r\n", b"HTT", b"P/1.0 200", b" OK\r\n\r", b"\n"):
            await connection.say(piece)
        await pumped(connection, scenery.exchange.port)

    async with behind(clock, authority, answering_nothing, slow) as scenery:
        reply = await scenery.session.transport.handle_async_request(
            httpx.Request("GET", f"https://{HOST}:8443{BASE_PATH}/exchange/status")
        )
        assert reply.status_code == 200


async def answering_nothing(connection: Connection) -> None:
    await connection.request()
    await connection.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


@pytest.mark.parametrize("name", ["example.com", "127.0.0.1"])
async def test_the_certificate_must_be_that_of_the_exchange(
    clock: VirtualClock, authority: Authority, name: str
) -> None:
    """Not that of the proxy, and not that of whoever is at the end of the tunnel."""
    async with behind(clock, authority, echoing, name=name) as scenery:
        with pytest.raises(NotSent, match=r"certificate is not valid for 'exchange\.example'"):
            await scenery.session.orders.create(new_order())
        assert scenery.exchange.requests == []


async def test_a_tunnel_that_is_cut_before_the_request_has_sent_nothing(
    clock: VirtualClock, authority: Authority
) -> None:
    """An idle tunnel that has ended is not written to: a new one is made."""
    async with behind(clock, authority, echoing_json) as scenery:
        read = httpx.Request("GET", f"https://{HOST}:8443{BASE_PATH}/exchange/status")
        await scenery.session.transport.handle_async_request(read)
        scenery.proxy.tunnels[0].reset()
        await asyncio.sleep(0.1)
        scenery.proxy.answers.append(told(b"502 Bad"))
        with pytest.raises(NotSent, match="502"):
            await scenery.session.orders.create(new_order())
        assert len(scenery.exchange.requests) == 1


async def echoing_json(connection: Connection) -> None:
    while True:
        await connection.request()
        await connection.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


async def test_a_tunnel_that_is_cut_after_the_request_leaves_it_unknown(
    clock: VirtualClock, authority: Authority
) -> None:
    async def cutting(connection: Connection) -> None:
        await connection.request()
        for tunnel in scenery.proxy.tunnels:
            tunnel.reset()

    async with behind(clock, authority, cutting) as scenery:
        with pytest.raises(OutcomeUnknown) as caught:
            await scenery.session.orders.create(new_order())
        assert caught.value.sent is True
        assert scenery.exchange.requests[0].first_line.startswith(b"POST ")


async def test_a_canceled_opening_leaves_no_connection(clock: VirtualClock, authority: Authority) -> None:
    async def dead_end(connection: Connection) -> None:
        await connection.say(told(b"200 OK"))
        await connection.swallow()

    for after in range(40):
        async with behind(clock, authority, echoing, silent if after % 2 else dead_end) as scenery:
            creating = asyncio.create_task(scenery.session.orders.create(new_order()))
            for _ in range(after):
                await asyncio.sleep(0)
            creating.cancel()
            await asyncio.gather(creating, return_exceptions=True)
            await scenery.server.is_left_alone()


async def test_a_stream_comes_back_through_its_proxy(
    clock: VirtualClock, authority: Authority, sandbox: Sandbox
) -> None:
    alice = sandbox.add_account("alice")
    async with (
        behind(clock, authority, front_of(sandbox), credentials=alice.credentials) as scenery,
        scenery.session.stream(ssl_context=authority.client_context()) as stream,
        stream.fills() as fills,
    ):
        scenery.proxy.answers += [NEEDS_A_PASSWORD, hanging_up, silent]
        scenery.proxy.tunnels[0].reset()
        async with asyncio.timeout(60):
            assert [type(await anext(fills)) for _ in range(2)] == [Gap, Resumed]
        assert len(scenery.proxy.heads) == 5


async def test_a_stream_says_why_its_proxy_refuses(
    clock: VirtualClock, authority: Authority, ears: Ears
) -> None:
    async with behind(clock, authority, echoing, *[NEEDS_A_PASSWORD] * 100) as scenery:
        async with scenery.session.stream() as stream:
            await asyncio.sleep(5)
            assert stream.state.phase is not Phase.LIVE
            assert "407 Proxy Authentication Required" in stream.state.last_error
        assert [line for line in ears.lines if "hunter2" in line] == []


async def test_a_stream_may_have_a_proxy_of_its_own_or_none(
    clock: VirtualClock, authority: Authority
) -> None:
    async with behind(clock, authority, echoing) as scenery, serving(refusing_all) as another:
        async with scenery.session.stream(proxy=f"http://localhost:{another.port}") as stream:
            await asyncio.sleep(0.5)
            assert "403 Forbidden" in stream.state.last_error
        assert scenery.proxy.heads == []


async def refusing_all(connection: Connection) -> None:
    await connection.head()
    await connection.say(told(b"403 Forbidden"))


async def test_this_machine_is_never_reached_through_a_proxy(clock: VirtualClock, sandbox: Sandbox) -> None:
    alice = sandbox.add_account("alice")
    async with serving(refusing_all) as proxy:
        async with Session(sandbox.environment, alice.credentials, clock=clock, proxy=proxy.url) as session:
            await session.orders.create(new_order())
            async with session.stream() as stream, session.stream(proxy=proxy.url) as another:
                await stream.live()
                await another.live()
        assert proxy.connections == []


async def test_plain_http_goes_through_the_tunnel_too(clock: VirtualClock) -> None:
    async with serving(echoing) as far, serving(Proxying(far.port)) as near:
        async with httpx.AsyncClient(transport=Http1Transport(proxy=near.url)) as client:
            for _ in range(2):
                reply = await client.post("http://example.test/there", content=b"body")
                assert reply.content == b"/there body"
        assert len(near.connections) == 1


async def test_the_addresses_of_the_proxy_are_raced(monkeypatch: pytest.MonkeyPatch) -> None:
    async def two(self: Addresses, name: str, port: int) -> list[str]:
        assert name == "proxy.example", "the exchange is looked up by the proxy alone"
        return ["127.0.0.2", "127.0.0.1"]

    async with serving(echoing) as far, serving(Proxying(far.port)) as near:
        monkeypatch.setattr(Addresses, "of", two)  # nothing listens at the first: a look-up may not leave
        transport = Http1Transport(proxy=f"http://proxy.example:{near.port}")
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get("http://example.test/")).content == b"/ "


async def test_a_refusal_of_one_address_is_that_of_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def twice(self: Addresses, name: str, port: int) -> list[str]:
        return ["127.0.0.1", "127.0.0.1"]

    async with serving(refusing_all) as near:
        monkeypatch.setattr(Addresses, "of", twice)
        transport = Http1Transport(proxy=f"http://proxy.example:{near.port}")
        async with httpx.AsyncClient(transport=transport) as client:
            with pytest.raises(httpx.ProxyError, match="403 Forbidden"):
                await client.get("http://example.test/")
        assert len(near.connections) == 1


@pytest.mark.parametrize("host", ["bü\u0308cher .example", "ex ample"])
async def test_a_host_that_is_no_name_is_not_asked_for(host: str) -> None:
    async with serving(refusing_all) as near:
        transport = Http1Transport(proxy=near.url)
        with pytest.raises(httpx.ConnectError, match="no such host"):
            await transport._connect(Origin("http", host, 80, host), lambda lost: None, 3.0)


async def test_a_tunnel_that_ends_as_tls_begins_is_an_error(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """asyncio returns no transport for a connection that is lost in the step that ends the handshake."""

    async def nothing(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(asyncio.get_running_loop(), "start_tls", nothing)
    async with serving(Proxying(9, [told(b"200 OK")])) as near:
        transport = Http1Transport(proxy=near.url, ssl_context=authority.client_context())
        async with httpx.AsyncClient(transport=transport) as client:
            with pytest.raises(httpx.ConnectError, match="the connection ended"):
                await client.get(f"https://{HOST}/")
