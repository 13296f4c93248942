"""Streams as an ASGI application serves them: for sessions in the same process, and other servers.

``StreamApp`` opens a local stream for each WebSocket, and passes texts in both directions. ASGI has no
pings and no cuts: pings are left out, and a stream that is cut ends without a close.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from kalshi_async.sandbox.streams.local import HandshakeRefused, LocalStream, LocalStreams


class StreamApp:
    """Serves WebSockets itself, and leaves everything else to the application of REST."""

    def __init__(self, app: ASGIApp, local: LocalStreams) -> None:
        self._app = app
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection. Raises ConnectionResetError where a fault cuts the handshake."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        await receive()  # websocket.connect
        mail = _Mail()
        try:
            stream = await self._local.open(_headers(scope), mail, scope["path"])
        except HandshakeRefused as refused:
            await _refuse(refused, scope, send)
            return
        await send({"type": "websocket.accept"})
        reading = asyncio.create_task(_read(receive, stream, mail), name="commands of a stream")
        try:
            await mail.deliver(send)
        finally:
            reading.cancel()
            stream.close()


class _Mail:
    """The frames that were not delivered yet, and the end of the stream. Owner of both."""

    def __init__(self) -> None:
        self._texts: list[bytes] = []
        self._code: int | None = None
        self._has_ended = False
        self._news = asyncio.Event()

    def texts_received(self, texts: Sequence[bytes]) -> None:
        self._texts += texts
        self._news.set()

    def ping_received(self, payload: bytes) -> None:
        """Leave it out: ASGI has none."""

    def closed(self, code: int | None) -> None:
        self._has_ended, self._code = True, code
        self._news.set()

    async def deliver(self, send: Send) -> None:
        """Send frames until the stream has ended."""
        while True:
            await self._news.wait()
            self._news.clear()
            texts, self._texts = self._texts, []
            for text in texts:
                await send({"type": "websocket.send", "text": text.decode()})
            if self._has_ended and not self._texts:
                if self._code is not None:
                    await send({"type": "websocket.close", "code": self._code})
                return


async def _read(receive: Receive, stream: LocalStream, mail: _Mail) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        if stream.is_open:
            text = message.get("text")
            stream.send(message["bytes"] if text is None else text)
    mail.closed(None)


async def _refuse(refused: HandshakeRefused, scope: Scope, send: Send) -> None:
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    headers = [(name.encode(), value.encode()) for name, value in refused.headers.items()]
    await send({"type": "websocket.http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": refused.body})


def _headers(scope: Scope) -> Mapping[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
