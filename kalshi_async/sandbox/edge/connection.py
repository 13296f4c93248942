"""One connection: uvicorn's protocol with the limits of ``limits.py``.

A connection is IDLE, then in the HEAD of a request, then in its BODY, then ANSWERING, then IDLE
again. Each phase but ANSWERING has its own limit of time. A timer is set only where a phase does
not end within the bytes at hand, so an ordinary request, which arrives in one piece, sets none. A
limit that is met ends the connection: with 408 or 431 if no reply has begun, else without one.

The size of bodies is not limited here but where they are read, in ``app``. uvicorn discards the
rest of a body that has been answered, without keeping it.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from http import HTTPStatus

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from kalshi_async.sandbox.edge import limits


class _Phase(Enum):
    IDLE = "idle"
    HEAD = "head"
    BODY = "body"
    ANSWERING = "answering"


_LIMITS_S = {_Phase.IDLE: limits.IDLE_S, _Phase.HEAD: limits.HEAD_S, _Phase.BODY: limits.BODY_S}


class LimitedConnection(HttpToolsProtocol):
    """A connection that ends at the limits. The overridden methods are callbacks of asyncio and httptools."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._phase = _Phase.IDLE
        self._message = 0
        self._timed: tuple[int, _Phase] | None = None
        self._timer: asyncio.TimerHandle | None = None
        # Bytes since the parser last began a message or handed over a part of a body: a head, a
        # trailer, or blank lines. The parser keeps them.
        self._framing_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Refuse the connection if too many are open."""
        super().connection_made(transport)
        if len(self.connections) > limits.CONNECTIONS:
            self._end(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the bytes, then see how far the request has come."""
        self._framing_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._framing_bytes > limits.FRAMING_BYTES:
            self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            self._watch()

    def shutdown(self) -> None:
        """Stop after the reply in flight; a request that is still arriving has ``STOP_S`` left."""
        super().shutdown()
        if self._phase is _Phase.BODY:
            self._start_timer(limits.STOP_S)

    def on_message_begin(self) -> None:
        """Note the start of a head."""
        self._phase = _Phase.HEAD
        self._message += 1
        self._framing_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note the end of the head."""
        self._phase = _Phase.BODY
        self._framing_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Note that the body goes on."""
        self._framing_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of the body."""
        self._phase = _Phase.ANSWERING
        super().on_message_complete()

    def _watch(self) -> None:
        answered = self.cycle is None or self.cycle.response_complete
        if self._phase is _Phase.ANSWERING and answered:
            self._phase = _Phase.IDLE
        # A phase is timed from its start: bytes that drip in do not prolong it.
        timed = (self._message, self._phase)
        if timed == self._timed:
            return
        self._timed = timed
        self._stop_timer()
        if self._phase is not _Phase.ANSWERING:
            self._start_timer(_LIMITS_S[self._phase])

    def _start_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._end, HTTPStatus.REQUEST_TIMEOUT)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, status: HTTPStatus) -> None:
        self._stop_timer()
        waits_for_reply = self.cycle is None or self._phase is _Phase.HEAD or not self.cycle.response_started
        if waits_for_reply and (self._message or status is HTTPStatus.SERVICE_UNAVAILABLE):
            self.transport.write(_bare_reply(status))
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # the client does not read: ``close`` would wait for it
        else:
            self.transport.close()


def _bare_reply(status: HTTPStatus) -> bytes:
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    return head.encode("ascii")
