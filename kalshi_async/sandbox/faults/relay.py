"""A relay of bytes in front of the served exchange, where connections go wrong on purpose.

    async with Sandbox(accounts=["me"]) as exchange, Relay(exchange) as relay:
        relay.faults.on("create_order", Reset(applied=True))
        async with Session(relay.environment, exchange.credentials("me")) as session: ...

It reads just enough of each request to know its operation; what no fault touches is
passed on byte for byte. One connection of a client is one task here and at most one
connection to the exchange. Faults of the application (``sandbox.faults``) play behind it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Self
from urllib.parse import urlsplit

from kalshi_async.clock import Clock
from kalshi_async.environment import Environment
from kalshi_async.sandbox.edge.operations import OPERATION_NAMES, operation_of
from kalshi_async.sandbox.embedded import Sandbox
from kalshi_async.sandbox.faults._raw_http import Message, read_body, read_head
from kalshi_async.sandbox.faults.script import Script
from kalshi_async.sandbox.faults.wire import CONNECT, Onward, WireFault

# On, and zero seconds: close() sends RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)


class Relay:
    """Stands between clients and a started sandbox. ``faults`` is its script.

    Owns its listener, and every connection through it until ``__aexit__``.
    """

    def __init__(self, sandbox: Sandbox, *, seed: int = 0) -> None:
        self._generation = sandbox.profile.generation
        names = OPERATION_NAMES[self._generation]
        self.faults: Script[WireFault] = Script(names, seed, frozenset({CONNECT}))
        self._sandbox = sandbox
        self._address = ("127.0.0.1", 0)
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def environment(self) -> Environment:
        """The exchange behind the relay, as a client names it."""
        host, port = self._address
        path = urlsplit(self._sandbox.rest_url).path
        return Environment("sandbox", f"http://{host}:{port}{path}", generation=self._generation)

    async def __aenter__(self) -> Self:
        self._open_door()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close_door()
        for task in list(self._connections):
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse new connections in this block; those that are open stay."""
        self._close_door()
        try:
            # Bound and not listening: the port stays ours, and connecting is refused.
            with _bound(self._address):
                yield
        finally:
            self._open_door()

    def _open_door(self) -> None:
        self._listener = _bound(self._address)
        self._listener.listen(2048)
        self._address = self._listener.getsockname()[:2]
        self._accepting = asyncio.create_task(self._accept(self._listener), name="relay")

    def _close_door(self) -> None:
        if self._accepting is not None and self._listener is not None:
            self._accepting.cancel()
            # asyncio forgets the socket when the task is canceled, which is only later.
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
            task = asyncio.create_task(self._serve(accepted), name="relay connection")
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _serve(self, accepted: socket.socket) -> None:
        if self.faults.draw(CONNECT):
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            accepted.close()
            return
        client = _Peer(*await asyncio.open_connection(sock=accepted))
        exchange = _Exchange(self._sandbox)
        try:
            while client.is_open and (head := await read_head(client.reader)) is not None:
                await self._relay(_Call(client, exchange, head, self._sandbox.clock))
            await client.reader.read()  # half-closed: whatever still comes is not for us
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client or the exchange has hung up, and so does the relay
        finally:
            await exchange.close()
            await client.close()

    async def _relay(self, call: _Call) -> None:
        method, target, *_ = call.request.first_line.decode("latin-1").split(" ")
        way: Onward = call.onward
        operation = operation_of(method, target.partition("?")[0], self._generation)
        for fault in reversed(self.faults.draw(operation)):
            way = partial(_play, fault, call, way)
        with suppress(_CallIsOver):
            await call.send((await way()).raw)


class _CallIsOver(Exception):
    # A fault has said all that there was to say.
    pass


async def _play(fault: WireFault, call: _Call, onward: Onward) -> Message:
    answer = await fault.play(call, onward)
    if answer is None:
        raise _CallIsOver
    return answer


class _Peer:
    # One connection. is_open: whether calls may still be answered on it.

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.is_open = True

    async def close(self) -> None:
        self.is_open = False
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.writer.transport.abort()
        await self.close()


class _Exchange:
    # The way to the exchange behind one client: a connection when there is something to ask.

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._peer: _Peer | None = None

    async def ask(self, request: Message) -> Message:
        if self._peer is None or self._peer.reader.at_eof():
            await self.close()
            url = urlsplit(self._sandbox.rest_url)
            self._peer = _Peer(*await asyncio.open_connection(url.hostname, url.port))
        self._peer.writer.write(request.raw)
        head = await read_head(self._peer.reader)
        if head is None:
            raise ConnectionResetError("the exchange hung up")
        return await read_body(self._peer.reader, head)

    async def close(self) -> None:
        if self._peer is not None:
            await self._peer.close()


class _Call:
    # One request and its client, as a fault sees them (wire_faults.Wire).

    def __init__(self, client: _Peer, exchange: _Exchange, head: Message, clock: Clock) -> None:
        self.request = head
        self._client = client
        self._exchange = exchange
        self._clock = clock
        self._is_read = False

    async def onward(self) -> Message:
        await self.read_request()
        return await self._exchange.ask(self.request)

    async def read_request(self) -> None:
        if not self._is_read:
            self.request = await read_body(self._client.reader, self.request)
            self._is_read = True

    async def send(self, raw: bytes) -> None:
        self._client.writer.write(raw)
        await self._client.writer.drain()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    async def half_close(self) -> None:
        self._client.is_open = False
        self._client.writer.write_eof()

    async def close(self) -> None:
        await self._client.close()

    async def reset(self) -> None:
        await self._client.reset()


def _bound(address: tuple[str, int]) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.setblocking(False)
    return listener
