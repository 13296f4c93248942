"""One connection: uvicorn's protocol with the limits of ``settings.py``.

A connection is IDLE, then in the HEAD of a request, then in its BODY, then ANSWERING, then IDLE
again. Each phase but ANSWERING has its own limit of time. A timer is set only where a phase does
not end within the bytes at hand, so an ordinary request, which arrives in one piece, sets none. A
limit that is met ends the connection: with 408 or 431 if no reply has begun, else without one.

The size of bodies is not limited here but where they are read, in ``app``. uvicorn discards the
rest of a body that has been answered, without keeping it.

A client may send requests before it has read the replies to earlier ones. The parser is given
``SLICE_BYTES`` at a time, and nothing while a request is queued: the bytes left over are held, and
the socket is not read. A client that sends and does not read costs one read of the socket (256 KB
in asyncio) and the requests of one slice.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from http import HTTPStatus

from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from kalshi_async.sandbox import settings


class _Phase(Enum):
    IDLE = "idle"
    HEAD = "head"
    BODY = "body"
    ANSWERING = "answering"


_LIMITS_S = {_Phase.IDLE: settings.IDLE_S, _Phase.HEAD: settings.HEAD_S, _Phase.BODY: settings.BODY_S}


class _Flow(FlowControl):
    # uvicorn resumes reading with every reply, and when a handler asks for a body.

    held = False

    def resume_reading(self) -> None:
        if not self.held:
            super().resume_reading()


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
        # What was read and not parsed yet. Invariant: empty, or a request is queued.
        self._unparsed = b""
        self._stopping = False
        self._unread_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Refuse the connection if too many are open."""
        super().connection_made(transport)
        self.flow = self._flow = _Flow(transport)
        if len(self.connections) > settings.CONNECTIONS:
            self._end(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers, and forget what is queued."""
        self._stop_timer()
        self._stop_unread_timer()
        self._forget_queued()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the bytes as far as no request is queued, then see how far the request has come."""
        self._unparsed += data
        self._parse()

    def pause_writing(self) -> None:
        """Give the client ``UNREAD_S`` to read its replies."""
        super().pause_writing()
        self._unread_timer = self.loop.call_later(settings.UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Note that the client has read its replies."""
        self._stop_unread_timer()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Start the next request, and parse what was held if no other is queued."""
        if self._stopping:
            self._forget_queued()
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._stopping:
            self.transport.close()
        elif not self.pipeline and (self._flow.held or self._phase is not _Phase.ANSWERING):
            self._parse()

    def shutdown(self) -> None:
        """Stop after the reply in flight; drop queued requests.

        ``STOP_S`` are left for a request that is still arriving, and for a reply that is not read.
        """
        self._stopping = True
        if self.pipeline:
            self._forget_queued()
        else:
            super().shutdown()
        self._stop_timer()
        self._timer = self.loop.call_later(settings.STOP_S, self._end_stopping)

    def handle_websocket_upgrade(self) -> None:
        """Hand the socket over to the stream's protocol; the limits of HTTP end here."""
        self._stopping = True
        self._stop_timer()
        super().handle_websocket_upgrade()

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

    def _parse(self) -> None:
        data, begin = self._unparsed, 0
        while begin < len(data) and not self.pipeline:
            piece = data[begin : begin + settings.SLICE_BYTES]
            begin += len(piece)
            self._framing_bytes += len(piece)
            super().data_received(piece)
            if self.transport.is_closing():
                self._forget_queued()
                return
            if self._framing_bytes > settings.FRAMING_BYTES:
                self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
        self._unparsed = data[begin:]
        was_held, self._flow.held = self._flow.held, bool(self.pipeline)
        if was_held and not self.pipeline:
            self.flow.resume_reading()
        self._watch()

    def _forget_queued(self) -> None:
        self.pipeline.clear()
        self._unparsed = b""

    def _watch(self) -> None:
        if self._stopping:
            return
        answered = self.cycle is None or self.cycle.response_complete
        if self._phase is _Phase.ANSWERING and answered:
            self._phase = _Phase.IDLE
        # The next request may be held up by this side as long as an earlier one is not answered.
        behind = bool(self.pipeline) or (self._phase is _Phase.HEAD and not answered)
        # A phase is timed from its start: bytes that drip in do not prolong it.
        timed = (self._message, _Phase.ANSWERING if behind else self._phase)
        if timed == self._timed:
            return
        self._timed = timed
        self._stop_timer()
        if timed[1] is not _Phase.ANSWERING:
            self._timer = self.loop.call_later(_LIMITS_S[timed[1]], self._end, HTTPStatus.REQUEST_TIMEOUT)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_unread_timer(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _end_stopping(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        elif self._phase is _Phase.BODY:
            self._end(HTTPStatus.REQUEST_TIMEOUT)

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
