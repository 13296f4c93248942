"""One connection: one request at a time, its timers and its end.

Theory of operation. A connection is *idle* or it *carries* one request: then
``_answered`` is the future that gets the reply or one of httpx's errors. asyncio tells
it what arrives and when writing stalls. One timer watches it all: it is armed for the
moment by which something must have happened and, when it fires early because something
did, armed again. So a request costs no timer of its own.

An idle connection that the server closed, or sends something on, is of no use any more;
``is_usable`` looks at the socket itself, since the news may not have reached the event
loop. Whatever ends a request early (an error, a timeout, a canceled task) ends the
connection too: bytes of a late reply must never meet the next request.
"""

from __future__ import annotations

import asyncio
import math
import select
from collections.abc import Callable
from typing import cast

import httpx

from kalshi_async.transport.http1.message import Message, Reply, ReplyParser


class Connection(asyncio.Protocol):
    """Carries requests one after another. Owner of its asyncio transport and its timer."""

    __slots__ = (
        "_answered",
        "_due_s",
        "_is_writing",
        "_loop",
        "_on_lost",
        "_parser",
        "_poll",
        "_read_s",
        "_timer",
        "_transport",
        "_unwritten",
        "_write_s",
        "closed",
        "is_open",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, on_lost: Callable[[Connection], None]) -> None:
        self.is_open = False
        self.closed: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._on_lost = on_lost
        self._parser = ReplyParser()
        self._transport: asyncio.Transport | None = None
        self._poll: Callable[[int], list[tuple[int, int]]] | None = None
        self._answered: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = math.inf
        self._read_s = self._write_s = math.inf
        self._is_writing = False
        self._unwritten = 0

    def is_usable(self) -> bool:
        """Whether a request may be written: open, and nothing has arrived unasked."""
        return self.is_open and (self._poll is None or not self._poll(0))

    async def carry(self, message: Message, read_s: float | None, write_s: float | None) -> Reply:
        """Write a request and wait for the whole reply; raises httpx's errors.

        ``read_s`` bounds the wait for the next bytes, ``write_s`` that for any of ours
        to be taken. Bytes may have left once this was called.
        """
        assert self._transport is not None, "a connection that is not open was handed out"
        self._parser.begin(message)
        self._read_s = math.inf if read_s is None else read_s
        self._write_s = math.inf if write_s is None else write_s
        self._answered = self._loop.create_future()
        self._expect(self._read_s)
        try:
            self._transport.write(message.content)
            await self._answered
            return self._parser.reply()
        except BaseException:
            self.abort()
            raise
        finally:
            self._answered = None
            if self._parser.is_last or self._is_writing:
                self.abort()

    def rest(self, expiry_s: float) -> None:
        """Stay idle, for ``expiry_s`` at most."""
        self._expect(expiry_s)

    def abort(self) -> None:
        """Close at once; a request under way has failed."""
        self.is_open = False
        # Before the end is heard of, which would make a body whole that lasts until the close.
        self._fail(httpx.ReadError("the connection was closed on this side"))
        if self._transport is not None:
            self._transport.abort()

    # What asyncio tells us.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # No isinstance: those of uvloop do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True
        opened = transport.get_extra_info("socket")
        if opened is not None and hasattr(select, "poll"):  # Windows has none
            poll = select.poll()
            poll.register(opened.fileno(), select.POLLIN)
            self._poll = poll.poll

    def data_received(self, data: bytes) -> None:
        answered = self._answered
        if answered is None or answered.done():
            self.abort()  # nobody asked: the next reply on it would be someone else's
            return
        try:
            self._parser.feed(data)
        except httpx.RemoteProtocolError as error:
            answered.set_exception(error)
            return
        if self._parser.is_complete:
            answered.set_result(None)
        else:
            self._due_s = self._loop.time() + self._read_s

    def eof_received(self) -> None:
        self.is_open = False
        answered = self._answered
        try:
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
        if exc is not None:
            self._fail(httpx.ReadError(f"the connection broke: {exc!r}"))
        self.eof_received()
        self.closed.set_result(None)
        self._on_lost(self)

    def pause_writing(self) -> None:
        self._is_writing = True
        self._unwritten = self._left_to_write()
        self._expect(self._write_s)

    def resume_writing(self) -> None:
        self._is_writing = False
        self._expect(self._read_s)

    # The timer.

    def _expect(self, within_s: float) -> None:
        """Something must happen within so many seconds."""
        due_s = self._due_s = self._loop.time() + within_s
        if self._timer is None or due_s < self._timer.when():
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if self._due_s == math.inf else self._loop.call_at(self._due_s, self._watch)

    def _watch(self) -> None:
        self._timer = None
        if self._loop.time() < self._due_s:
            self._arm()
        elif self._answered is None:
            self.abort()  # idle for long enough
        elif not self._is_writing:
            self._fail(httpx.ReadTimeout(f"nothing arrived for {self._read_s:g} s"))
        elif (unwritten := self._left_to_write()) < self._unwritten:
            self._unwritten = unwritten
            self._expect(self._write_s)
        else:
            self._fail(httpx.WriteTimeout(f"nothing could be written for {self._write_s:g} s"))

    def _left_to_write(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def _fail(self, error: httpx.TransportError) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)
