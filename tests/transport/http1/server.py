"""A server on loopback whose every byte is scripted: what it says, when, and how it hangs up.

A scene plays one connection. It reads requests as bytes (``Connection.request``), says
whatever it likes, and ends the connection by returning (FIN) or by ``reset`` (RST). The
server keeps all connections and all requests for the test to look at. It knows nothing of
the exchange and nothing of the transport under test.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from kalshi_async.sandbox.faults._raw_http import Message, read_body

Scene = Callable[["Connection"], Awaitable[None]]

# On, and zero seconds: close() sends RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)
# Steps of the loop in which whoever waits for bytes has read them.
_STEPS = 4
_HEAD_LIMIT = 1 << 20

BEYOND_EVERY_BUFFER = 40_000_000
"""Bytes that no pair of sockets swallows while nobody reads (Linux: some 10 MB by default)."""


class Connection:
    """One accepted connection, as its scene sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.requests: list[Message] = []
        self.said = 0
        """Bytes handed to the socket."""
        self.is_over = False
        """Whether the scene has ended, because it wanted to or because the client hung up."""

    @property
    def tls(self) -> ssl.SSLObject:
        """The TLS layer of this connection."""
        found = self.writer.get_extra_info("ssl_object")
        assert isinstance(found, ssl.SSLObject)
        return found

    async def head(self) -> Message:
        """Read the head of a request; raises IncompleteReadError when the client has hung up."""
        return Message(await self.reader.readuntil(b"\r\n\r\n"))

    async def request(self) -> Message:
        """Read one whole request."""
        request = await read_body(self.reader, await self.head())
        self.requests.append(request)
        return request

    async def say(self, *pieces: bytes) -> None:
        """Send pieces, each of which arrives before the next one leaves."""
        for piece in pieces:
            self.writer.write(piece)
            self.said += len(piece)
            await self.writer.drain()
            await breathe()

    async def swallow(self) -> None:
        """Read and forget until the client hangs up."""
        while await self.reader.read(1 << 16):
            pass

    def half_close(self) -> None:
        """Send FIN, and stay."""
        self.writer.write_eof()

    def reset(self) -> None:
        """End with RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.writer.transport.abort()


@dataclass
class Server:
    """A listener, and every connection that it has accepted."""

    host: str
    port: int
    scheme: str
    connections: list[Connection]

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def requests(self) -> list[Message]:
        """All whole requests, connection by connection."""
        return [request for connection in self.connections for request in connection.requests]

    @property
    def open(self) -> list[Connection]:
        return [connection for connection in self.connections if not connection.is_over]

    async def is_left_alone(self) -> None:
        """Wait until no connection is left; raises TimeoutError if one stays."""
        async with asyncio.timeout(60):
            await until(lambda: not self.open)


@asynccontextmanager
async def serving(
    *scenes: Scene, ssl_context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Server]:
    """Play each connection by the next scene; the last one plays all that follow."""
    queue = list(scenes)
    tasks: set[asyncio.Task[None]] = set()
    connections: list[Connection] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        scene = queue.pop(0) if len(queue) > 1 else queue[0]
        connection = Connection(reader, writer)
        connections.append(connection)
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await scene(connection)
        except (asyncio.CancelledError, asyncio.IncompleteReadError, OSError):
            pass  # the test is over, or the client hung up: both end a connection
        finally:
            connection.is_over = True
            tasks.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ssl_context, limit=_HEAD_LIMIT)
    port = listener.sockets[0].getsockname()[1]
    try:
        yield Server(host, port, "https" if ssl_context else "http", connections)
    finally:
        listener.close()
        under_way = list(tasks)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop go on until a condition holds; for what sets no event."""
    while not condition():  # noqa: ASYNC110 - see above
        await asyncio.sleep(0.001)


async def breathe() -> None:
    """Let everybody on the loop read what has arrived."""
    for _ in range(_STEPS):
        await asyncio.sleep(0)


def plain(body: bytes, *fields: bytes) -> bytes:
    """Return a reply with a content-length."""
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def echoing(connection: Connection) -> None:
    """Answer every request with its own target and body, so that no reply fits another request."""
    while True:
        await connection.say(echo(await connection.request()))


def echo(request: Message) -> bytes:
    """Return the reply of ``echoing``."""
    return plain(request.first_line.split(b" ")[1] + b" " + request.body)


def answering(*pieces: bytes) -> Scene:
    """Answer every request with the same pieces, and stay."""

    async def scene(connection: Connection) -> None:
        while True:
            await connection.request()
            await connection.say(*pieces)

    return scene


def answering_each(replies: Sequence[Sequence[bytes]]) -> Scene:
    """Answer the requests of one connection with one list of pieces each, then echo."""

    async def scene(connection: Connection) -> None:
        for pieces in replies:
            await connection.request()
            await connection.say(*pieces)
        await echoing(connection)

    return scene


def answering_once(*pieces: bytes, resets: bool = False) -> Scene:
    """Answer one request with these pieces, then hang up."""

    async def scene(connection: Connection) -> None:
        await connection.request()
        await connection.say(*pieces)
        if resets:
            connection.reset()

    return scene


async def silent(connection: Connection) -> None:
    """Read whatever comes, and never answer."""
    await connection.swallow()
