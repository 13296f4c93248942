"""Servers that misbehave below HTTP, on loopback: what a real socket does to a real client."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from kalshi_async import Environment
from kalshi_async.contract.operation import HeaderPairs
from tests.stages.served import BASE_PATH

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Anybody:
    """A signer for servers that verify nothing; it adds the headers that it was given."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        self._headers = headers

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        return self._headers


@asynccontextmanager
async def serving(*handlers: Handler) -> AsyncIterator[Environment]:
    """Serve each connection by the next handler; the last one serves all that follow."""
    queue = list(handlers)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handler = queue.pop(0) if len(queue) > 1 else queue[0]
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            pass  # the test is over, or the client hung up: both end a connection
        finally:
            tasks.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Environment("raw", f"http://127.0.0.1:{port}{BASE_PATH}")
    finally:
        server.close()
        under_way = list(tasks)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Read one whole request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head + await reader.readexactly(length)


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read, and never answer."""
    while await reader.read(65_536):
        pass


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read one request and hang up on it."""
    await read_request(reader)
    reset(writer)


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read one request and end the connection in good order, without a reply."""
    await read_request(reader)


def saying(raw: bytes) -> Handler:
    """Answer every request with the same bytes."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(raw)
            await writer.drain()

    return say


def saying_once(raw: bytes) -> Handler:
    """Answer one request with these bytes, then hang up."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(raw)
        await writer.drain()

    return say


def http(status: int, body: bytes, *headers: bytes) -> bytes:
    """A whole reply."""
    lines = [b"HTTP/1.1 %d Whatever" % status, b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
