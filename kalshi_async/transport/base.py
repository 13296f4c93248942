"""Send a request through any httpx transport, and turn every failure into one of two errors.

The base transport is our own, ``http1``, or any other ``httpx.AsyncBaseTransport``. It is
called directly, never through ``AsyncClient``. This module knows nothing of operations,
tokens or retries. A failure becomes ``NotSent`` if certainly no byte was sent, and else
``ReplyLost``:

* our own transport marks in ``Progress`` when the first byte leaves, and httpx's own
  reports it by ``trace`` events: a failure before that is ``NotSent``;
* an error that time does not mend (authorities that cannot be read, a scheme that the transport does
  not speak) is ``InvalidRequest``: sending again would not help;
* with any other transport, errors of connecting, of the pool and of a proxy are ``NotSent``; every other
  exception is ``ReplyLost`` with ``sent=None``, unknown exceptions included.

Do not pass a transport that retries by itself: it would repeat orders. Do not pass one that
reports a broken connection as a failure to connect. httpx-aiohttp does so; it and its
subclasses are recognised and their errors are ``ReplyLost``, but a transport that wraps one
is not recognised. A transport that speaks HTTP/2 may log headers, signatures included, when
its own DEBUG log is on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

import httpx

from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.environment import Environment
from kalshi_async.errors import (
    CredentialsError,
    InvalidRequest,
    KalshiError,
    NotSent,
    ReplyLost,
    TransportError,
)
from kalshi_async.timeouts import Timeouts
from kalshi_async.transport.http1 import Http1Transport
from kalshi_async.transport.http1.message import message_of
from kalshi_async.transport.http1.transport import Limits
from kalshi_async.transport.progress import PRIORITY, PROGRESS, Progress
from kalshi_async.transport.proxy import Proxy
from kalshi_async.wire.incoming import BODY_LIMIT, Incoming
from kalshi_async.wire.outgoing import Outgoing

USER_AGENT = b"kalshi-async"
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


# httpx_aiohttp raises ConnectTimeout for every ClientConnectionError, also for a reset after the
# request was sent (as of 2026-11-22).
_MISREPORT = ("httpx_aiohttp",)

Deliver: TypeAlias = Callable[[Outgoing, HeaderPairs, Progress], Awaitable[Incoming]]


def default_base() -> httpx.AsyncBaseTransport:
    """Return the transport of a session that was given none."""
    return Http1Transport()


class Transport:
    """Sends requests of one environment through a base transport."""

    def __init__(
        self,
        environment: Environment,
        timeouts: Timeouts,
        base: httpx.AsyncBaseTransport | None = None,
        proxy: str | Proxy | None = None,
    ) -> None:
        """Send through ``base``, which its owner closes; None makes one of our own, with ``proxy``."""
        self._given = base
        self.proxy = base.proxy if isinstance(base, Http1Transport) else Proxy.of(proxy)
        """What leads connections of our own."""
        self._base: httpx.AsyncBaseTransport | None = None
        self._owned = False
        self._reports = self._misreports = False
        self._lasting: tuple[type[httpx.TransportError], ...] = ()
        self._opened_in: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._deliver: Deliver | None = None
        scheme, host, port = environment.origin
        self._origin = httpx.URL(scheme=scheme, host=host, port=port)
        # The host as httpx encodes it: the socket module would encode a name that is not ASCII by
        # older rules (IDNA 2003).
        self._place = (scheme, self._origin.raw_host.decode("ascii"), port, None)
        self._headers = (
            (b"Host", self._origin.netloc),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"gzip"),
            (b"User-Agent", USER_AGENT),
        )
        self._limits = Limits(timeouts.connect_s, timeouts.read_s, timeouts.write_s, timeouts.pool_s)

    async def send(self, outgoing: Outgoing, headers: HeaderPairs, progress: Progress) -> Incoming:
        """Send one request and read the whole reply; raises NotSent or ReplyLost."""
        if self._deliver is None:
            raise InvalidRequest("the session is not open: use it inside 'async with session:'")
        try:
            return await self._deliver(outgoing, headers, progress)
        except _UnsendableHeaders as error:
            # The signer's headers are the only ones from outside. Their values are not shown.
            reason = type(error.__cause__).__name__
            raise CredentialsError(f"the signer's headers cannot be sent: {reason}") from None
        except _UnsendableRequest as error:
            raise InvalidRequest(f"the request cannot be sent: {error.__cause__}") from error.__cause__
        except KalshiError:
            raise
        except self._lasting as error:
            raise InvalidRequest(f"nothing can be sent: {error}") from error
        except httpx.TransportError as error:
            never_sent = isinstance(error, _NEVER_SENT) and not self._misreports
            raise _lost(error, progress, never_sent) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # This task was not canceled: the error comes from a task inside the transport.
            raise _lost(error, progress, never_sent=False) from error
        except Exception as error:  # the base transport may be the user's code, with its own exceptions
            raise _lost(error, progress, never_sent=False) from error

    @property
    def in_process(self) -> Callable[..., Awaitable[None]] | None:
        """The ASGI application that answers in this process; None for all others."""
        return self._given.app if isinstance(self._given, httpx.ASGITransport) else None

    def open(self) -> None:
        """Begin to send, on this event loop."""
        if self._base is not None:
            raise InvalidRequest("the session is open already: do not enter it a second time")
        self._opened_in = os.getpid(), asyncio.get_running_loop()
        self._owned = self._given is None
        own = default_base if self.proxy is None else partial(Http1Transport, proxy=self.proxy)
        self._base = own() if self._given is None else self._given
        # Not isinstance: a subclass may repeat requests, or report its progress wrongly.
        kind = type(self._base)
        self._reports = kind in (Http1Transport, httpx.AsyncHTTPTransport)
        self._misreports = any(each.__module__.partition(".")[0] in _MISREPORT for each in kind.__mro__)
        # Errors for which nothing was sent and never will be. httpx's own raises LocalProtocolError also
        # for a connection that the server has just closed.
        self._lasting = () if self._misreports else (httpx.UnsupportedProtocol,)
        if isinstance(self._base, Http1Transport) and kind is Http1Transport:
            self._lasting = httpx.UnsupportedProtocol, httpx.LocalProtocolError
            self._deliver = partial(self._through_http1, self._base)
        else:
            self._deliver = partial(self._through_httpx, self._base)

    def refuse_other_loop(self) -> None:
        """Refuse another process or event loop than the one in which the session was opened."""
        if self._opened_in is None:
            return
        process, loop = self._opened_in
        if os.getpid() != process:
            raise InvalidRequest(
                "the session was opened before a fork, and a connection cannot be shared by two processes: "
                "open a session in the new process"
            )
        if asyncio.get_running_loop() is not loop:
            raise InvalidRequest(
                "the session was opened on another event loop: keep to one 'asyncio.run' for all of it, or "
                "open a session in each"
            )

    async def aclose(self) -> None:
        """Stop sending, and close the base transport if it was made here."""
        base, self._base, self._deliver = self._base, None, None
        if base is not None and self._owned:
            await base.aclose()

    async def _through_http1(
        self,
        base: Http1Transport,
        outgoing: Outgoing,
        headers: HeaderPairs,
        progress: Progress,
    ) -> Incoming:
        """Send through our own transport, without building the objects of httpx."""
        target, body = outgoing.target.encode("ascii"), outgoing.body
        try:
            message = message_of(
                outgoing.operation.method,
                target,
                (*self._headers, *headers, *(() if body is None else _JSON)),
                body or b"",
            )
        except httpx.LocalProtocolError as error:
            raise _UnsendableRequest from error
        except _HEADER_ERRORS as error:
            raise _UnsendableHeaders from error
        status, received, content = await base.exchange(
            self._place, message, self._limits, outgoing.priority, progress
        )
        return Incoming(status, tuple(received), content, progress.is_whole)

    async def _through_httpx(
        self,
        base: httpx.AsyncBaseTransport,
        outgoing: Outgoing,
        headers: HeaderPairs,
        progress: Progress,
    ) -> Incoming:
        """Send through any other transport, as an ``httpx.Request``."""
        method, target, body = outgoing.operation.method, outgoing.target.encode("ascii"), outgoing.body
        length = () if body is None else ((b"Content-Length", b"%d" % len(body)),)
        extensions = {
            "timeout": self._limits._asdict(),
            "trace": progress.trace,
            PROGRESS: progress,
            PRIORITY: outgoing.priority,
        }
        try:
            claimed = (*self._headers, *headers, *(() if body is None else _JSON))
            # Called for its checks: the error of another transport would show the header that it
            # refuses, which may be a signature.
            message_of(method, target, claimed, b"")
            request = httpx.Request(
                method,
                self._origin.copy_with(raw_path=target),
                headers=[*claimed, *length],
                stream=httpx.ByteStream(body or b""),
                extensions=extensions,
            )
        except httpx.LocalProtocolError as error:
            raise _UnsendableRequest from error
        except _HEADER_ERRORS as error:
            raise _UnsendableHeaders from error
        if not self._reports:
            progress.sent = None  # from here on a byte may leave without a report
        return await _read(await base.handle_async_request(request), progress)


class _UnsendableHeaders(Exception):
    """The signer's headers cannot be sent; the cause tells why."""


class _UnsendableRequest(Exception):
    """The request would be misread; the cause tells why. It is no failure that time could mend."""


# Raised by message_of and httpx for headers that are not pairs of bytes.
_HEADER_ERRORS = (TypeError, ValueError, AttributeError)
_JSON = ((b"Content-Type", b"application/json"),)


async def _read(response: httpx.Response, progress: Progress) -> Incoming:
    """Collect the body as received: ``response.aread`` would undo its content encoding."""
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise ReplyLost("the base transport returned a body that cannot be read here", sent=True)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in stream:
            size += len(chunk)
            if size > BODY_LIMIT:
                raise ReplyLost(f"the reply is larger than {BODY_LIMIT} bytes", sent=True)
            chunks.append(chunk)
    finally:
        await stream.aclose()
    return Incoming(response.status_code, tuple(response.headers.raw), b"".join(chunks), progress.is_whole)


def _lost(error: BaseException, progress: Progress, never_sent: bool) -> TransportError:
    # ``never_sent``: the kind of the error says that no byte has left.
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if never_sent and progress.sent is None:
        progress.sent = False
    if progress.sent is False:
        return NotSent(f"not sent: {reason}")
    return ReplyLost(f"no usable answer: {reason}", sent=progress.sent)
