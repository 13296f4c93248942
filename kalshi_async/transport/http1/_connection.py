"""One connection: one request at a time, its timer and its end.

Theory of operation. A connection is either *idle*, or one request is *under way* on it.
While a request is under way, ``_answered`` is a future; it is completed by the end of the
reply, or fails with one of httpx's errors. asyncio calls the connection when bytes arrive, when
the write buffer is full or empty again, and when the connection ends.

One timer serves all limits of time. ``_due_s`` is the moment by which the next event must
have happened; every event moves it on. The timer itself is moved only when the moment gets
earlier: if it fires before ``_due_s``, it is armed again. So a request costs no timer of its own.

A connection that has answered before may have died unnoticed: its path swallows bytes and reports
nothing. So the first bytes of a reply have a limit of their own on it, ``silence_s``. A new
connection (``is_new``) has just been answered by the server; its caller gives it more time. A
connection that ended by a timeout or an error of the socket is ``is_dead``: the pool then closes the
idle ones on which nothing has happened since ``last_event_s``.

An idle connection is unusable once the server has closed it or has sent something on it.
``is_usable`` asks the socket itself, because the event loop may not have been told yet.
A request that ends early (by an error, a timeout or a canceled task) closes its connection:
the bytes of a late reply must never be read as the reply to the next request.
"""

from __future__ import annotations

import asyncio
import math
import select
from collections.abc import Callable
from typing import cast

import httpx

from kalshi_async.transport.http1.message import Message, Reply, ReplyParser

REQUEST_TIMEOUT = 408
"""The status of a server that has stopped waiting for the rest of a request (RFC 9110 15.5.9)."""

SUSPECT_S = 0.25
"""A request that is canceled after so many seconds of silence leaves its connection for dead (ours)."""

# Ours: how patient the limit of silence is with an exchange that answers slowly.
_SLOW_ANSWERS = 3
_MOST_SILENCES = 2


class Connection(asyncio.Protocol):
    """Sends requests one after another. Owner of its asyncio transport and its timer."""

    __slots__ = (
        "_answer_s",
        "_answered",
        "_buffered",
        "_due_s",
        "_first_read_s",
        "_is_write_paused",
        "_loop",
        "_on_lost",
        "_parser",
        "_poll",
        "_read_s",
        "_timer",
        "_transport",
        "_write_s",
        "_written_s",
        "closed",
        "is_cut_short",
        "is_dead",
        "is_new",
        "is_open",
        "last_event_s",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, on_lost: Callable[[Connection], None]) -> None:
        self.is_open = self.is_dead = False
        self.is_new = True  # it has answered nothing yet
        self.is_cut_short = False  # a 408 came while part of the request had not left
        self.closed: asyncio.Future[None] = loop.create_future()  # done once the socket is closed
        self.last_event_s = 0.0  # the loop's time of the last write, of the last bytes, or of becoming idle
        self._loop = loop
        self._on_lost = on_lost
        self._parser = ReplyParser()
        self._transport: asyncio.Transport | None = None
        self._poll: Callable[[int], list[tuple[int, int]]] | None = None
        self._answered: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = math.inf
        self._read_s = self._first_read_s = self._write_s = math.inf
        self._written_s = 0.0
        self._answer_s = 0.0  # the seconds that the last answer took
        self._is_write_paused = False
        self._buffered = 0  # bytes in the write buffer when the write timeout was last started

    def is_usable(self) -> bool:
        """Whether a request may be written: the connection is open and nothing has arrived on it."""
        return self.is_open and (self._poll is None or not self._poll(0))

    async def exchange(
        self, message: Message, read_s: float | None, write_s: float | None, silence_s: float | None = None
    ) -> Reply:
        """Write a request and wait for the whole reply; raises httpx's errors.

        Bytes may have left as soon as this was called.

        * ``read_s``: the longest wait for the next bytes of the reply
        * ``write_s``: the longest wait until the server takes any bytes of the request
        * ``silence_s``: the longest wait for the first bytes of the reply, unless the connection has
          lately answered slowly
        """
        assert self._transport is not None, "a connection that is not open was handed out"
        self._parser.begin(message)
        self._read_s = math.inf if read_s is None else read_s
        self._write_s = math.inf if write_s is None else write_s
        self._first_read_s = self._read_s
        if silence_s is not None:
            self._first_read_s = self._silence_limit_s(silence_s)
        self._answered = self._loop.create_future()
        self._set_due(self._first_read_s)
        self._written_s = self.last_event_s
        try:
            self._transport.write(message.content)
            await self._answered
            return self._parser.reply()
        except BaseException as error:  # also a canceled task: its reply may still arrive
            # The deadline of a call may be shorter than the limit of silence.
            is_canceled = isinstance(error, asyncio.CancelledError)
            self.is_dead |= is_canceled and self._loop.time() >= self.last_event_s + SUSPECT_S
            self.abort()
            raise
        finally:
            self._answered = None
            # Paused: the reply came before the request was written, whose rest would go out
            # ahead of the next request.
            if self._parser.is_last or self._is_write_paused:
                self.abort()

    def stay_idle(self, expiry_s: float) -> None:
        """Wait for the next request, and close after ``expiry_s`` without one."""
        self._set_due(expiry_s)
        self._answer_s = self.last_event_s - self._written_s
        self.is_new = False

    def abort(self) -> None:
        """Close at once; a request under way fails."""
        self.is_open = False
        # Fail the request before aborting: otherwise ``connection_lost`` takes the EOF for the
        # end of a body without a length, and reports success.
        self._fail(httpx.ReadError("the connection was closed on this side"))
        if self._transport is not None:
            self._transport.abort()

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not isinstance: the transports of uvloop do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True
        opened = transport.get_extra_info("socket")
        if opened is not None and hasattr(select, "poll"):  # Windows has none
            # poll, not select: select fails for a file descriptor of 1024 or more.
            poll = select.poll()
            poll.register(opened.fileno(), select.POLLIN)
            self._poll = poll.poll

    def data_received(self, data: bytes) -> None:
        answered = self._answered
        if answered is None or answered.done():
            # No request is waiting: these bytes would be read as the reply to the next one.
            self.abort()
            return
        try:
            self._parser.feed(data)
        except httpx.RemoteProtocolError as error:
            answered.set_exception(error)
            return
        if self._parser.is_complete:
            answered.set_result(None)
            if self._parser.status == REQUEST_TIMEOUT and self._bytes_to_write():
                # Aborted here, in the same step: so what is left over never leaves.
                self.is_cut_short = True
                self.abort()
        else:
            # The limit of silence holds no longer. The new moment may be earlier only if ``silence_s``
            # is longer than ``read_s``, which it never is: so the armed timer may stay, and is armed
            # again if it fires early.
            self.last_event_s = self._loop.time()
            self._first_read_s = self._read_s
            self._due_s = self.last_event_s + self._read_s

    def eof_received(self) -> None:
        self.is_open = False
        answered = self._answered
        try:
            # The end of the connection may be the end of the body: the parser decides.
            self._parser.end()
        except httpx.RemoteProtocolError as error:
            self._fail(error)
        else:
            if answered is not None and not answered.done():
                answered.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = self._poll = None
        if self._timer is not None:
            self._timer.cancel()
        # Before eof_received: a body without a length that ends by a reset is not complete.
        if exc is not None:
            self.is_dead = True
            self._fail(httpx.ReadError(f"the connection broke: {exc!r}"))
        # asyncio calls it for an EOF from the server alone; a second call changes nothing.
        self.eof_received()
        self.closed.set_result(None)
        self._on_lost(self)

    def pause_writing(self) -> None:
        # The write buffer is full: from here on the write timeout holds, not the read timeout.
        self._is_write_paused = True
        self._buffered = self._bytes_to_write()
        self._set_due(self._write_s)

    def resume_writing(self) -> None:
        self._is_write_paused = False
        self._set_due(self._first_read_s)

    # The timer.

    def _silence_limit_s(self, silence_s: float) -> float:
        """Return the limit for the first bytes, within the limit for any bytes.

        An exchange that has just been slow is given three times as long as it took, and at most
        twice ``silence_s``: a request that is sent again would only add to its load.
        """
        patient_s = min(_SLOW_ANSWERS * self._answer_s, _MOST_SILENCES * silence_s)
        return min(self._read_s, max(silence_s, patient_s))

    def _set_due(self, within_s: float) -> None:
        """Require the next event within so many seconds."""
        self.last_event_s = self._loop.time()
        due_s = self._due_s = self.last_event_s + within_s
        if self._timer is None or due_s < self._timer.when():
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if self._due_s == math.inf else self._loop.call_at(self._due_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._loop.time() < self._due_s:
            self._arm()  # an event has moved the moment on since the timer was armed
        elif self._answered is None:
            self.abort()  # idle for the whole of ``expiry_s``
        elif not self._is_write_paused:
            self.is_dead = True
            self._fail(httpx.ReadTimeout(f"nothing arrived for {self._first_read_s:g} s"))
        elif (buffered := self._bytes_to_write()) < self._buffered:
            # A server that reads slowly is no timeout: some bytes went out, so the time starts anew.
            self._buffered = buffered
            self._set_due(self._write_s)
        else:
            self.is_dead = True
            self._fail(httpx.WriteTimeout(f"nothing could be written for {self._write_s:g} s"))

    def _bytes_to_write(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def _fail(self, error: httpx.TransportError) -> None:
        # ``exchange`` raises the error and closes the connection.
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)
