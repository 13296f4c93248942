"""Frames of an ASGI application's WebSocket, without a socket: for exchanges in the same process.

    session.stream(transport=InProcessTransport(sandbox.app))

A session whose ``base_transport`` is an ``httpx.ASGITransport`` uses it by itself, with the same
application. The application runs as a task of the loop. ASGI has no pings: the sign of life is the
answer to ``list_subscriptions``. An application that returns without a close has cut the connection.
Source: ASGI, "WebSocket" and "Websocket Denial Response", read 2026-11-28.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from kalshi_async.streams.seam import LEAVE_S, Closed, HandshakeRefused, Received
from kalshi_async.wire.incoming import Incoming

Message: TypeAlias = MutableMapping[str, Any]
Application: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
"""An ASGI application."""

_NORMAL = 1000
"""The code of a close without a fault. RFC 6455, 7.4.1."""
_FORBIDDEN = 403
"""The status of an application that closes before it has accepted. ASGI."""


class InProcessTransport:
    """Connections to one ASGI application; see ``StreamTransport``."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._connection: _Connection | None = None

    async def open(self, url: str, headers: Mapping[str, str], received: Received, closed: Closed) -> None:
        """Connect and shake hands."""
        connection = _Connection(self._app, _scope(url, headers), received, closed)
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
        """Close the connection; an application that does not end in ``LEAVE_S`` is canceled."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.leave()


class _Connection:
    """Owner of one run of the application."""

    def __init__(self, app: Application, scope: Message, received: Received, closed: Closed) -> None:
        self.shaken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received, self._closed = received, closed
        self._is_open = False
        self._refusal: tuple[int, tuple[tuple[bytes, bytes], ...]] = (_FORBIDDEN, ())
        self._body = b""
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._sent.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._run(app, scope), name="kalshi_async stream in process")

    def send(self, frame: bytes) -> None:
        if self._is_open:
            self._sent.put_nowait({"type": "websocket.receive", "text": frame.decode()})

    async def leave(self) -> None:
        self._is_open = False
        self._sent.put_nowait({"type": "websocket.disconnect", "code": _NORMAL})
        try:
            await asyncio.wait([self._task], timeout=LEAVE_S)
        finally:
            self.abort()

    def abort(self) -> None:
        """End the application; nothing more is handed on."""
        self._is_open = False
        self._task.cancel()

    async def _run(self, app: Application, scope: Message) -> None:
        try:
            await app(scope, self._sent.get, self._take)
        except Exception as error:  # whatever an application raises: the next connection may do better
            self._end(error)
        else:
            self._end(ConnectionResetError("the application ended the connection without a close"))

    async def _take(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.send":
            if self._is_open:
                text = message.get("text")
                self._received([message["bytes"] if text is None else text.encode()])
        elif kind == "websocket.accept":
            self._is_open = True
            self.shaken.set_result(None)
        elif kind == "websocket.http.response.start":
            self._refusal = message["status"], tuple(message["headers"])
        elif kind == "websocket.http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._end(None)
        elif kind == "websocket.close":
            self._end(None)

    def _end(self, reason: Exception | None) -> None:
        """Tell of the end, once: an application may go on after it."""
        if self._is_open:
            self._is_open = False
            self._closed(reason)
        elif not self.shaken.done():
            self.shaken.set_exception(reason or HandshakeRefused(Incoming(*self._refusal, self._body)))


def _scope(url: str, headers: Mapping[str, str]) -> Message:
    parts = urlsplit(url)
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": parts.scheme,
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", parts.netloc.encode()), *pairs],
        "client": None,
        "server": None,
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
