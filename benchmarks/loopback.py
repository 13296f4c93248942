"""Measure the server's share of a round trip over loopback, and the engine's share of the server.

The server runs in a process of its own and sums the time that it spends in its ASGI application
and in the engine. The client measures whole round trips. Two clients take turns: ``Session``, and a
bare socket that sends requests which were built in advance.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from kalshi_async import CreateOrder, Credentials, Environment, KeySigner, Session, SystemClock
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.edge.server import Server
from kalshi_async.sandbox.engine.state import Account, Placement
from kalshi_async.sandbox.exchange import Exchange, NewOrder

TICKER = "KXHIGHNY-26NOV23-B52.5"
BASE_PATH = "/trade-api/v2"
ORDERS = BASE_PATH + "/portfolio/events/orders"
BATCH = 40


@dataclass(frozen=True, slots=True)
class Shares:
    """Medians over the rounds: the application's share of a round trip, the engine's of the application."""

    of_session: float
    of_socket: float
    engine_of_app: float
    session_note: str
    socket_note: str


@dataclass(slots=True)
class Busy:
    """Seconds that the server has spent in the application, and in the engine, since it started."""

    app_s: float = 0.0
    engine_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Sample:
    whole_s: float
    of_whole: float
    engine_of_app: float


def loopback_shares(rounds: int) -> Shares:
    """Measure both clients in turns, while they create orders on one server."""
    with _server() as (url, credentials, busy), _bare_socket(url) as connection, asyncio.Runner() as runner:
        session = Session(Environment("benchmark", url), credentials)
        runner.run(session.__aenter__())
        clients: dict[str, Callable[[], float]] = {
            "session": lambda: runner.run(_session_batch(session)),
            "socket": lambda: _socket_batch(connection, runner.run(_signed(credentials))),
        }
        samples: dict[str, list[_Sample]] = {name: [] for name in clients}
        for number in range(rounds + 1):
            for name in sorted(clients, reverse=bool(number % 2)):
                samples[name].append(_sample(clients[name], busy))
        runner.run(session.aclose())
    # The first round only warms up.
    by_session, by_socket = samples["session"][1:], samples["socket"][1:]
    return Shares(
        median(sample.of_whole for sample in by_session),
        median(sample.of_whole for sample in by_socket),
        median(sample.engine_of_app for sample in by_session + by_socket),
        f"{median(sample.whole_s for sample in by_session) * 1e6:.0f} µs each",
        f"{median(sample.whole_s for sample in by_socket) * 1e6:.0f} µs each",
    )


def _sample(client: Callable[[], float], busy: Callable[[], Busy]) -> _Sample:
    before = busy()
    whole_s = client()
    after = busy()
    app_s = after.app_s - before.app_s
    return _Sample(whole_s / BATCH, app_s / whole_s, (after.engine_s - before.engine_s) / app_s)


async def _session_batch(session: Session) -> float:
    orders = [CreateOrder(TICKER, "bid", 1, "0.44") for _ in range(BATCH)]
    started = perf_counter()
    for order in orders:
        await session.orders.create(order)
    return perf_counter() - started


def _socket_batch(connection: socket.socket, requests: list[bytes]) -> float:
    started = perf_counter()
    for request in requests:
        connection.sendall(request)
        _read_reply(connection)
    return perf_counter() - started


def _read_reply(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 201"):
        raise RuntimeError(f"an order was refused: {received!r}")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)


async def _signed(credentials: Credentials) -> list[bytes]:
    signer, now_ms = KeySigner(credentials), SystemClock().now_ms()
    requests = []
    for _ in range(BATCH):
        lines = [b"POST %s HTTP/1.1" % ORDERS.encode(), b"host: localhost", b"content-type: application/json"]
        lines += [b"%s: %s" % pair for pair in await signer.headers("POST", ORDERS, now_ms)]
        body = msgspec.json.encode(CreateOrder(TICKER, "bid", 1, "0.43"))
        requests.append(b"\r\n".join([*lines, b"content-length: %d" % len(body), b"", body]))
    return requests


@contextmanager
def _bare_socket(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


@contextmanager
def _server() -> Iterator[tuple[str, Credentials, Callable[[], Busy]]]:
    # Spawned and not forked: a forked server would share the client's event loop and caches.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    url, key_id, private_key_pem = ours.recv()

    def busy() -> Busy:
        ours.send("busy")
        answer: Busy = ours.recv()
        return answer

    try:
        yield url, Credentials(key_id, private_key_pem), busy
    finally:
        ours.close()
        process.join()


def _serve(theirs: Connection) -> None:
    """Run the server process; report its busy time on request, until the pipe is closed."""
    asyncio.run(_serve_until_closed(theirs))


async def _serve_until_closed(theirs: Connection) -> None:
    busy, sandbox = Busy(), Sandbox(tier="off", markets=[TICKER])
    trader = sandbox.add_account("trader", cash=Decimal(10**9))
    _time_engine(sandbox.exchange, busy)
    server = Server(_timed(sandbox.app, busy), "127.0.0.1", 0)
    host, port = await server.start()
    theirs.send((f"http://{host}:{port}{BASE_PATH}", trader.key_id, trader.private_key_pem))
    closed, loop = asyncio.Event(), asyncio.get_running_loop()

    def answer() -> None:
        try:
            theirs.recv()
            theirs.send(busy)
        except EOFError:
            loop.remove_reader(theirs.fileno())
            closed.set()

    loop.add_reader(theirs.fileno(), answer)
    await closed.wait()
    await server.stop()


def _timed(app: ASGIApp, busy: Busy) -> ASGIApp:
    async def timed(scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        await app(scope, receive, send)
        busy.app_s += perf_counter() - started

    return timed


def _time_engine(exchange: Exchange, busy: Busy) -> None:
    create = exchange.orders.create

    def timed(account: Account, order: NewOrder) -> Placement:
        started = perf_counter()
        try:
            return create(account, order)
        finally:
            busy.engine_s += perf_counter() - started

    exchange.orders.create = timed  # type: ignore[method-assign]  # the only place to measure the engine
