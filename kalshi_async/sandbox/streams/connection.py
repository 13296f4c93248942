"""A stream on a socket: websockets' Sans-I/O protocol between asyncio and ``Stream``.

uvicorn makes one for a request that asks for an upgrade, and hands over the bytes of its head.
ASGI is not used: it knows no pings, no aborted connections and no full buffers.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import cast

from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from kalshi_async.sandbox.streams.handshake import CUT, PING, SILENCE, Handshakes, Refusal
from kalshi_async.sandbox.streams.stream import Stream


class StreamConnection(asyncio.Protocol):
    """One connection. The methods without a docstring of their own are callbacks of asyncio."""

    def __init__(
        self,
        handshakes: Handshakes,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
    ) -> None:
        self._handshakes = handshakes
        self._loop = asyncio.get_running_loop()
        self._open = cast(set[object], server_state.connections)
        self._protocol = ServerProtocol(
            # Negotiated if a client offers it (update of 2026-11-28, 2.6).
            extensions=[ServerPerMessageDeflateFactory()],
            max_size=handshakes.rules.command_bytes,
        )
        self._parts: list[bytes] = []
        self._stream: Stream | None = None
        self._is_mute = False
        self._closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the socket."""
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)
        own = self._transport.get_extra_info("socket")
        if own is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._handshakes.rules.socket_bytes)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._open.discard(self)
        if self._closing is not None:
            self._closing.cancel()
        if self._stream is not None:
            self._stream.end()

    def data_received(self, data: bytes) -> None:
        """Answer the handshake, then carry out commands."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._answer(event)
            elif isinstance(event, Frame):
                self._take(event)
        self._send_pending()

    def eof_received(self) -> None:
        """Note that the client sends nothing more."""
        self._protocol.receive_eof()
        self._send_pending()

    def pause_writing(self) -> None:
        """Keep frames back: the client reads too slowly."""
        if self._stream is not None:
            self._stream.outbox.fill()

    def resume_writing(self) -> None:
        """Send what was kept back."""
        if self._stream is not None:
            self._stream.outbox.drain()

    def shutdown(self) -> None:
        """Close the connection, because the exchange stops. uvicorn calls it."""
        if self._stream is not None:
            self._stream.end()
        if self._protocol.state is State.OPEN and not self._transport.is_closing():
            self._protocol.send_close(CloseCode.GOING_AWAY)
            self._send_pending()
            self._closing = self._loop.call_later(self._handshakes.rules.closing_s, self._transport.abort)
        else:
            self._transport.abort()

    # The wire of a stream.

    def write(self, texts: Sequence[bytes]) -> None:
        """Send texts, one frame each."""
        if self._protocol.state is State.OPEN:
            for text in texts:
                self._protocol.send_text(text)
            self._send_pending()

    def ping(self) -> None:
        """Send the exchange's ping."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(PING)
            self._send_pending()

    def cut(self) -> None:
        """End the connection without a close frame."""
        self._transport.abort()

    def _answer(self, request: Request) -> None:
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        admitted = self._handshakes.admit("GET", request.path, headers)
        if isinstance(admitted, Refusal):
            self._refuse(admitted)
            return
        response = self._protocol.accept(request)
        self._protocol.send_response(response)
        if response.status_code == 101:
            self._stream = self._handshakes.open(admitted, self, self._loop)

    def _refuse(self, refusal: Refusal) -> None:
        if refusal is CUT:
            self.cut()
        elif refusal is SILENCE:
            self._is_mute = True
        else:
            response = self._protocol.reject(refusal.status, "")
            headers = Headers(response.headers)
            del headers["Content-Type"], headers["Content-Length"], headers["Date"]
            headers["Date"] = refusal.date  # websockets' is that of this machine
            headers["Content-Type"] = refusal.content_type
            headers["Content-Length"] = str(len(refusal.body))
            self._protocol.send_response(
                Response(response.status_code, response.reason_phrase, headers, refusal.body)
            )

    def _take(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT) or self._stream is None:
            return  # pings, pongs and closes are answered by the protocol
        self._parts.append(bytes(frame.data))
        if frame.fin:
            message, self._parts = b"".join(self._parts), []
            self._stream.receive(message)

    def _send_pending(self) -> None:
        is_mute = self._is_mute or (self._stream is not None and self._stream.is_silent)
        pieces = self._protocol.data_to_send()
        if is_mute or self._transport.is_closing():
            return
        data = b"".join(pieces)
        if data:
            self._transport.write(data)
        if b"" in pieces:  # the protocol's sign for the end
            self._transport.close()
