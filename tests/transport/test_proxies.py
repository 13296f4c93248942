"""httpx's own transport behind a proxy: what CONNECT does is not done to the request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import tenacity

from kalshi_async import (
    ApiError,
    CreateOrder,
    Environment,
    NotSent,
    OutcomeUnknown,
    RateLimits,
    ReplyLost,
    RetryPolicy,
    Session,
)
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.transport.progress import Progress
from tests.stages.raw_server import Anybody
from tests.stages.served import BASE_PATH, TICKER
from tests.transport.http1.certificates import Authority, new_authority
from tests.transport.http1.server import Connection, Scene, plain, serving

ONE_ATTEMPT = RetryPolicy(stop=tenacity.stop_after_attempt(1))
NEEDS_A_PASSWORD = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"

Opener = Callable[..., Awaitable[Session]]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return new_authority(tmp_path_factory.mktemp("authority"))


def tunneling(port: int) -> Scene:
    """A proxy that leads every CONNECT to one port of this machine."""

    async def scene(connection: Connection) -> None:
        await connection.head()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await connection.say(b"HTTP/1.1 200 Connected\r\n\r\n")

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while arrived := await source.read(65_536):
                sink.write(arrived)

        there = asyncio.create_task(pump(connection.reader, writer))
        back = asyncio.create_task(pump(reader, connection.writer))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            writer.close()

    return scene


async def refusing(connection: Connection) -> None:
    await connection.head()
    await connection.say(NEEDS_A_PASSWORD)


@asynccontextmanager
async def behind(
    proxy: Scene, clock: VirtualClock, *, scheme: str = "https", context: ssl.SSLContext | None = None
) -> AsyncIterator[Session]:
    """Open a session of one attempt per call behind a proxy."""
    limits = RateLimits(clock.monotonic, read=(1e-6, 200), write=(1e-6, 100))
    environment = Environment("far", f"{scheme}://localhost:9{BASE_PATH}")
    verify: ssl.SSLContext = context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with (
        serving(proxy) as server,
        httpx.AsyncHTTPTransport(proxy=server.url, verify=verify) as base,
        Session(
            environment,
            Anybody(),
            rate_limits=limits,
            retry=ONE_ATTEMPT,
            base_transport=base,
            clock=clock,
        ) as session,
    ):
        yield session


def new_order() -> CreateOrder:
    return CreateOrder(TICKER, "bid", 1, "0.10")


async def test_a_proxy_that_refuses_connect_has_sent_nothing(clock: VirtualClock) -> None:
    async with behind(refusing, clock) as session:
        with pytest.raises(NotSent, match="407") as caught:
            await session.orders.create(new_order())
        assert caught.value.sent is False
        assert session.rate_limits.write.tokens() == pytest.approx(100), "its tokens are back"


async def test_a_proxy_that_refuses_for_seconds_is_asked_until_the_deadline(clock: VirtualClock) -> None:
    limits = RateLimits(clock.monotonic, read=(1000, 1000), write=(1000, 1000))
    environment = Environment("far", f"https://localhost:9{BASE_PATH}")
    async with (
        serving(refusing) as server,
        httpx.AsyncHTTPTransport(proxy=server.url, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as base,
        Session(environment, Anybody(), rate_limits=limits, base_transport=base, clock=clock) as session,
    ):
        with pytest.raises(NotSent) as caught:
            await session.orders.create(new_order())
        assert caught.value.sent is False
        assert clock.monotonic() == pytest.approx(5.0)
        assert len(server.connections) > 4


@pytest.mark.parametrize("proxy", [plain(b""), b""], ids=["a tunnel to nowhere", "no answer"])
async def test_a_proxy_that_hangs_up_has_sent_nothing(clock: VirtualClock, proxy: bytes) -> None:
    async def scene(connection: Connection) -> None:
        await connection.head()
        await connection.say(proxy)

    async with behind(scene, clock) as session:
        with pytest.raises(NotSent):
            await session.orders.create(new_order())


async def test_a_handshake_that_fails_within_the_tunnel_has_sent_nothing(
    clock: VirtualClock, authority: Authority
) -> None:
    async with (
        serving(refusing, ssl_context=authority.server_context("example.com")) as exchange,
        behind(tunneling(exchange.port), clock, context=authority.client_context()) as session,
    ):
        with pytest.raises(NotSent, match="not valid for"):
            await session.orders.create(new_order())
        assert exchange.requests == []


async def test_an_order_that_went_through_the_tunnel_has_left(
    clock: VirtualClock, authority: Authority
) -> None:
    async def losing(connection: Connection) -> None:
        await connection.request()

    async with (
        serving(losing, ssl_context=authority.server_context()) as exchange,
        behind(tunneling(exchange.port), clock, context=authority.client_context()) as session,
    ):
        with pytest.raises(OutcomeUnknown) as caught:
            await session.orders.create(new_order())
        assert caught.value.sent is True
        assert isinstance(caught.value.__cause__, ReplyLost)


async def test_a_proxy_of_plain_http_answers_for_itself(clock: VirtualClock) -> None:
    """Without a tunnel the proxy has the request, and refuses to pass it on."""
    async with behind(refusing, clock, scheme="http") as session:
        with pytest.raises(ApiError, match="407") as caught:
            await session.orders.create(new_order())
        assert caught.value.status == 407


async def test_an_unknown_transport_that_names_its_proxy_has_sent_nothing(clock: VirtualClock) -> None:
    async def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ProxyError("the proxy wants a password")

    limits = RateLimits(clock.monotonic)
    environment = Environment("far", f"https://localhost:9{BASE_PATH}")
    async with (
        httpx.MockTransport(refused) as base,
        Session(
            environment, Anybody(), rate_limits=limits, retry=ONE_ATTEMPT, base_transport=base, clock=clock
        ) as session,
    ):
        with pytest.raises(NotSent, match="wants a password"):
            await session.orders.create(new_order())


@pytest.mark.parametrize(
    ("event", "method", "has_left"),
    [
        ("http11.send_request_headers.started", b"POST", True),
        ("http2.send_request_headers.started", b"POST", True),
        ("http11.send_request_headers.started", b"CONNECT", False),
        ("http11.send_request_headers.complete", b"POST", False),
        ("connection.connect_tcp.started", b"POST", False),
    ],
)
async def test_the_headers_of_a_request_are_its_first_bytes_and_those_of_connect_are_not(
    event: str, method: bytes, has_left: bool
) -> None:
    class Request:
        pass

    about = Request()
    about.method = method  # type: ignore[attr-defined]  # as httpcore's request has it
    progress = Progress()
    await progress.trace(event, {"request": about})
    assert progress.sent is has_left


async def test_an_event_that_names_no_request_is_taken_for_the_request() -> None:
    """Another version of httpcore may say less: what is not known to be CONNECT may have left."""
    progress = Progress()
    await progress.trace("http11.send_request_headers.started", {})
    assert progress.sent is True
