"""A stream without a socket. Sessions of the same process come by ``asgi``, a test can come by itself.

    class Printer:                                       # a ``Receiver``
        def texts_received(self, texts): print(texts)
        def ping_received(self, payload): ...
        def closed(self, code): ...

    headers = await session.signer.websocket_headers()
    stream = await exchange.streams.open(headers, Printer())
    stream.send('{"id": 1, "cmd": "subscribe", "params": {"channels": ["fill"]}}')
    stream.close()

What the exchange sends comes from the event loop, never from within ``send`` or from a call on the
exchange. Handshakes and frames have the faults of ``Sandbox.streams.faults``; a text is one frame,
with its newline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from kalshi_async.sandbox.streams.handshake import CUT, PING, SILENCE, STREAM_PATH, Handshakes, Refusal
from kalshi_async.sandbox.streams.stream import Stream

GOING_AWAY = 1001
"""The code with which the exchange closes a stream when it stops. RFC 6455, 7.4.1."""


class Receiver(Protocol):
    """The client's side of a stream without a socket."""

    def texts_received(self, texts: Sequence[bytes]) -> None:
        """Take the frames of one turn of the loop."""
        ...

    def ping_received(self, payload: bytes) -> None:
        """Take a ping; it needs no answer."""
        ...

    def closed(self, code: int | None) -> None:
        """Take the end: the code of the close frame, or None for an end without one. Nothing follows."""
        ...


class HandshakeRefused(Exception):
    """The exchange refused a handshake with ``status``, ``headers`` and ``body``."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"the handshake was refused with status {refusal.status}: {refusal.body!r}")
        self.status = refusal.status
        self.headers = {"content-type": refusal.content_type, "date": refusal.date}
        self.body = refusal.body


class LocalStream:
    """A stream without a socket; ``LocalStreams.open`` makes one."""

    def __init__(self, streams: LocalStreams, receiver: Receiver, loop: asyncio.AbstractEventLoop) -> None:
        self._streams = streams
        self._receiver = receiver
        self._loop = loop
        self._stream: Stream | None = None

    def attach(self, stream: Stream) -> None:
        """Begin."""
        self._stream = stream

    @property
    def is_open(self) -> bool:
        """Whether commands still reach the exchange."""
        return self._stream is not None

    def send(self, text: str | bytes) -> None:
        """Send a command. Raises ConnectionError once the stream has ended."""
        if self._stream is None:
            raise ConnectionError("the stream has ended")
        self._stream.receive(text)

    def pause_reading(self) -> None:
        """Take no frames for now, as a slow reader: the exchange keeps them, up to its limit."""
        if self._stream is not None:
            self._stream.outbox.fill()

    def resume_reading(self) -> None:
        """Take frames again."""
        if self._stream is not None:
            self._stream.outbox.drain()

    def close(self, code: int | None = None) -> None:
        """End the stream. With a code it is the exchange that ends it, and the receiver hears of it."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.end()
            self._streams.forget(self)
            if code is not None:
                self._loop.call_soon(self._receiver.closed, code)

    # The wire of a stream.

    def write(self, texts: Sequence[bytes]) -> None:
        """Hand over texts."""
        self._receiver.texts_received(texts)

    def ping(self) -> None:
        """Hand over the exchange's ping."""
        self._receiver.ping_received(PING)

    def cut(self) -> None:
        """End without a close frame."""
        self._stream = None
        self._streams.forget(self)
        self._loop.call_soon(self._receiver.closed, None)


class LocalStreams:
    """Opens streams without sockets, and owns those that are open."""

    def __init__(self, handshakes: Handshakes) -> None:
        self._handshakes = handshakes
        self._open: set[LocalStream] = set()

    async def open(
        self, headers: Mapping[str, str], receiver: Receiver, path: str = STREAM_PATH
    ) -> LocalStream:
        """Open a stream.

        Raises ``HandshakeRefused``, and ConnectionResetError where a fault cuts the handshake; with
        ``GoSilent`` it never returns.
        """
        lowered = {name.lower(): value for name, value in headers.items()}
        admitted = self._handshakes.admit("GET", path, lowered)
        if admitted is SILENCE:
            await asyncio.get_running_loop().create_future()
        if admitted is CUT:
            raise ConnectionResetError("the exchange cut the connection before it answered the handshake")
        if isinstance(admitted, Refusal):
            raise HandshakeRefused(admitted)
        loop = asyncio.get_running_loop()
        stream = LocalStream(self, receiver, loop)
        self._open.add(stream)
        stream.attach(self._handshakes.open(admitted, stream, loop))
        return stream

    def forget(self, stream: LocalStream) -> None:
        """Note that a stream has ended."""
        self._open.discard(stream)

    def close(self) -> None:
        """End every stream, because the exchange stops."""
        for stream in list(self._open):
            stream.close(GOING_AWAY)
