"""One WebSocket connection over ``websockets``' protocol without I/O, in an ``asyncio.Protocol`` of our own.

It reads as fast as the exchange sends, whatever readers do: pings are answered before anything is
handed on.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import partial
from typing import cast
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.extensions import ClientExtensionFactory
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from kalshi_async.environment import DEFAULT_PORTS
from kalshi_async.streams.seam import LEAVE_S, Closed, HandshakeRefused, Received
from kalshi_async.transport.addresses import Addresses
from kalshi_async.transport.opening import Origin, connected, default_tls_context
from kalshi_async.transport.proxy import Proxy
from kalshi_async.transport.tunnel import read_error
from kalshi_async.wire.incoming import Incoming

LARGEST_MESSAGE = 64 * 1024 * 1024
"""Bytes of a frame, at most (update of 2026-11-28, 2.6)."""


class WebSocketTransport:
    """Connections by look-up, racing, proxy and TLS like those of REST."""

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext | None = None,
        compression: str | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._context = ssl_context
        self._proxy = proxy
        self._extensions: list[ClientExtensionFactory] | None = None
        if compression == "deflate":
            self._extensions = [ClientPerMessageDeflateFactory()]
        self._addresses = Addresses()
        self._connection: _Connection | None = None

    async def open(self, url: str, headers: Mapping[str, str], received: Received, closed: Closed) -> None:
        """Connect and shake hands; see ``StreamTransport``."""
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        host = parts.hostname or ""
        context = None
        if parts.scheme == "wss":
            context = self._context = self._context or default_tls_context()
        protocol = ClientProtocol(parse_uri(url), extensions=self._extensions, max_size=LARGEST_MESSAGE)
        make = partial(_Connection, protocol, headers, received, closed)
        origin = Origin(parts.scheme, host, port, host)
        connection = await connected(origin, self._addresses, make, context, None, self._proxy)
        try:
            await connection.shaken
        except BaseException:
            connection.abort()
            raise
        self._connection = connection

    def send(self, frame: bytes) -> None:
        """Send a text frame."""
        if self._connection is not None:
            self._connection.send(frame)

    async def close(self) -> None:
        """Close the connection; after ``LEAVE_S`` without an answer it is cut."""
        connection, self._connection = self._connection, None
        self._addresses.close()
        if connection is not None:
            await connection.leave()


class _Connection(asyncio.Protocol):
    """Owner of one socket, and of the state of its WebSocket."""

    def __init__(
        self, protocol: ClientProtocol, headers: Mapping[str, str], received: Received, closed: Closed
    ) -> None:
        self.shaken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.shaken.add_done_callback(read_error)
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._protocol = protocol
        self._headers = headers
        self._received = received
        self._closed = closed
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._is_open = False  # after the handshake, until ``open`` was given up

    def send(self, frame: bytes) -> None:
        if self._transport is not None and self._protocol.state is State.OPEN:
            self._protocol.send_text(frame)
            self._write()

    async def leave(self) -> None:
        if self._transport is None:
            return
        try:
            if self._protocol.state is State.OPEN:
                self._protocol.send_close(1000)
                self._write()
                await asyncio.wait([self._ended], timeout=LEAVE_S)
        finally:
            self.abort()

    def abort(self) -> None:
        """Cut the connection; nothing more is handed on."""
        self._is_open = False
        if self._transport is not None:
            self._transport.abort()

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        request = self._protocol.connect()
        for name, value in self._headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        self._write()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        self._write()  # pongs first: they wait for nobody
        events = self._protocol.events_received()
        if not self.shaken.done() and events:
            self._shake(events.pop(0))
        frames: list[bytes] = []
        for event in events:
            if type(event) is Frame and event.opcode is Opcode.TEXT and event.fin:  # nearly always: no call
                frames.append(bytes(event.data))
            elif (whole := self._assembled(event)) is not None:
                frames.append(whole)
        if self._is_open:
            self._received(frames)
        if self._protocol.close_rcvd is not None and self._transport is not None:
            # It is the exchange that ends the connection after a close; one that stays is cut.
            asyncio.get_running_loop().call_later(LEAVE_S, self._transport.abort)

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._write()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._ended.set_result(None)
        reason = exc or self._protocol.parser_exc
        if self._is_open:
            self._closed(reason)
        elif not self.shaken.done():
            self.shaken.set_exception(
                self._protocol.handshake_exc or reason or ConnectionResetError("the connection ended")
            )
            self.shaken.exception()  # nobody awaits it if the opening was canceled: it is no error then

    # The WebSocket.

    def _shake(self, response: object) -> None:
        if self._protocol.handshake_exc is None:
            self.shaken.set_result(None)
            self._is_open = True
        elif isinstance(response, Response) and isinstance(self._protocol.handshake_exc, InvalidStatus):
            headers = tuple((n.lower().encode(), v.encode()) for n, v in response.headers.raw_items())
            refused = Incoming(response.status_code, headers, bytes(response.body or b""))
            self.shaken.set_exception(HandshakeRefused(refused))
        else:
            self.shaken.set_exception(self._protocol.handshake_exc)

    def _assembled(self, event: object) -> bytes | None:
        """Return a whole message; None for a part of one, and for what is none."""
        if not isinstance(event, Frame) or event.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return None
        self._parts.append(bytes(event.data))
        if not event.fin:
            return None
        whole, self._parts = b"".join(self._parts), []
        return whole

    def _write(self) -> None:
        assert self._transport is not None, "a connection that has ended writes nothing"
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:  # the protocol has nothing more to say
                self._transport.close()
