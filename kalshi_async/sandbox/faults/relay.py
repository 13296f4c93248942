"""A TCP relay in front of the served exchange that breaks connections on purpose.

    async with Sandbox(accounts=["me"]) as exchange, Relay(exchange) as relay:
        relay.faults.on("create_order", Reset(applied=True))
        async with Session(relay.environment, exchange.credentials("me")) as session: ...

The relay reads the head of each request to find its operation. A request without a fault,
and its reply, are passed on byte for byte, and so is a stream once it is open, in both directions.
Every client connection has at most one connection to the exchange. The faults of
``Sandbox.faults`` and of ``Sandbox.streams`` happen behind the relay, in the exchange.
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
from kalshi_async.sandbox.faults.wire import CONNECT, STREAM, UPGRADE, Onward, WireFault

# SO_LINGER switched on with zero seconds: close() sends RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)


_READ_BYTES = 65_536


class Relay:
    """A relay between clients and a sandbox that has been started.

    ``seed`` decides on which calls ``sometimes`` of the script plays its faults.

    Owns its listening socket, and every connection through it until ``__aexit__``.
    """

    def __init__(self, sandbox: Sandbox, *, seed: int = 0) -> None:
        self._generation = sandbox.profile.generation
        names = OPERATION_NAMES[self._generation]
        self.faults: Script[WireFault] = Script(names, seed, frozenset({CONNECT, UPGRADE, STREAM}))
        """The script of this relay: its methods ``on``, ``every`` and ``sometimes`` add faults."""
        self._sandbox = sandbox
        self._address = ("127.0.0.1", 0)
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def environment(self) -> Environment:
        """The address of the relay, for the ``Session`` of a client."""
        host, port = self._address
        rest, stream = urlsplit(self._sandbox.rest_url), urlsplit(self._sandbox.stream_url)
        stream_url = f"ws://{host}:{port}{stream.path}" if stream.path else ""
        rest_url = f"http://{host}:{port}{rest.path}"
        return Environment("sandbox", rest_url, stream_url, generation=self._generation)

    async def __aenter__(self) -> Self:
        self._start_listening()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop_listening()
        for task in list(self._connections):
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse new connections while the block runs; open connections stay open."""
        self._stop_listening()
        try:
            # A socket that is bound but does not listen keeps the port and refuses connections.
            with _bound(self._address):
                yield
        finally:
            self._start_listening()

    def _start_listening(self) -> None:
        # On the first call the port is 0 and the kernel picks one; later calls use the same port.
        self._listener = _bound(self._address)
        self._listener.listen(2048)
        self._address = self._listener.getsockname()[:2]
        self._accepting = asyncio.create_task(self._accept(self._listener), name="relay")

    def _stop_listening(self) -> None:
        if self._accepting is not None and self._listener is not None:
            self._accepting.cancel()
            # The canceled task deregisters the socket only at the loop's next turn. Closing the
            # socket before would leave the loop watching a closed descriptor.
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
        client = _Connection(*await asyncio.open_connection(sock=accepted))
        upstream = _Upstream(self._sandbox)
        try:
            while client.is_open and (head := await read_head(client.reader)) is not None:
                await self._relay(_Call(client, upstream, head, self._sandbox.clock))
            # Read on until the client closes, and discard: after a half-close its direction stays
            # open, and closing with unread bytes would send RST, and the client could lose the reply.
            await client.reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client or the exchange has closed its connection: close the other one
        finally:
            await upstream.close()
            await client.close()

    async def _relay(self, call: _Call) -> None:
        method, target, *_ = call.request.first_line.decode("latin-1").split(" ")
        onward: Onward = call.onward
        operation = operation_of(method, target.partition("?")[0], self._generation)
        if call.request.field(b"upgrade") is not None:
            operation = UPGRADE
        # Each fault wraps the one after it: the last asks the exchange, the first answers.
        for fault in reversed(self.faults.draw(operation)):
            onward = partial(_play, fault, call, onward)
        with suppress(_NothingToSend):
            answer = await onward()
            await call.send(answer.raw)
            if answer.first_line.split(b" ")[1:2] == [b"101"]:
                await self._pass_stream(call)

    async def _pass_stream(self, call: _Call) -> None:
        # Ends as the connection does, with ConnectionError.
        both = [asyncio.create_task(pump) for pump in (call.pass_commands(), self._pass_frames(call))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.wait(both)
        raise ConnectionResetError("the stream has ended")

    async def _pass_frames(self, call: _Call) -> None:
        while call.is_open and (piece := await call.read_stream()):
            onward: Onward = piece.onward
            for fault in reversed(self.faults.draw(STREAM)):
                onward = partial(_play, fault, piece, onward)
            with suppress(_NothingToSend):
                await piece.send((await onward()).raw)


class _NothingToSend(Exception):
    # A fault has sent its bytes itself. Raised, so that the faults around it are skipped.
    pass


async def _play(fault: WireFault, call: _Call, onward: Onward) -> Message:
    answer = await fault.play(call, onward)
    if answer is None:
        raise _NothingToSend
    return answer


class _Connection:
    # is_open: whether the relay may still send on it.

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


class _Upstream:
    # The exchange's side of one client: a connection that is opened at the first request.

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._connection: _Connection | None = None

    async def ask(self, request: Message) -> Message:
        # The exchange closes connections too: after an EOF the next request opens a new one.
        if self._connection is None or self._connection.reader.at_eof():
            await self.close()
            url = urlsplit(self._sandbox.rest_url)
            self._connection = _Connection(*await asyncio.open_connection(url.hostname, url.port))
        self._connection.writer.write(request.raw)
        head = await read_head(self._connection.reader)
        if head is None:
            raise ConnectionResetError("the exchange closed the connection without a reply")
        return await read_body(self._connection.reader, head)

    async def read(self) -> bytes:
        assert self._connection is not None, "a stream is open"
        with suppress(ConnectionError):
            return await self._connection.reader.read(_READ_BYTES)
        return b""

    def write(self, raw: bytes) -> None:
        assert self._connection is not None, "a stream is open"
        self._connection.writer.write(raw)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


class _Call:
    # One request and the connection it came on: the ``wire.Wire`` that faults get.

    def __init__(
        self,
        client: _Connection,
        upstream: _Upstream,
        head: Message,
        clock: Clock,
        *,
        is_piece: bool = False,
    ) -> None:
        self.request = head
        self._is_piece = is_piece
        self._client = client
        self._upstream = upstream
        self._clock = clock
        self._is_read = is_piece

    @property
    def is_open(self) -> bool:
        return self._client.is_open

    async def onward(self) -> Message:
        if self._is_piece:
            return self.request
        await self.read_request()
        return await self._upstream.ask(self.request)

    async def pass_commands(self) -> None:
        while raw := await self._client.reader.read(_READ_BYTES):
            self._upstream.write(raw)

    async def read_stream(self) -> _Call | None:
        # What one read brings, as a call of its own whose reply it is; None at the end.
        raw = await self._upstream.read()
        return _Call(self._client, self._upstream, Message(raw), self._clock, is_piece=True) if raw else None

    async def read_request(self) -> None:
        # May be called twice: a fault can read the request before ``onward`` does.
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
