"""An ``httpx.AsyncBaseTransport`` for HTTP/1.1 on asyncio: request in, whole reply out.

A request is checked and encoded, takes a connection from the pool, and is written. The reply
is read whole before it is returned, so none of it is left on the connection.
``request.extensions`` may hold "timeout" (connect, read, write and pool, in seconds, as
httpx sets them), "sni_hostname", and the keys of ``kalshi_async.transport.progress``.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

import httpx

from kalshi_async.contract.operation import Priority
from kalshi_async.transport.addresses import Addresses
from kalshi_async.transport.http1._connection import Connection
from kalshi_async.transport.http1.message import Message, Reply, message_of
from kalshi_async.transport.http1.pool import Pool, PoolLimits
from kalshi_async.transport.opening import Origin, connected, default_tls_context
from kalshi_async.transport.progress import PRIORITY, PROGRESS, Progress
from kalshi_async.transport.proxy import Proxy

Place: TypeAlias = tuple[str, str, int | None, str | None]
"""Scheme, host, port (None: the scheme's default) and the server name for TLS (None: the host)."""


class Limits(NamedTuple):
    """The timeouts of one request, in seconds, as httpx names them; None means no limit."""

    connect: float | None = None
    """The longest time to open a connection, TLS included."""
    read: float | None = None
    """The longest wait for the next bytes of the reply."""
    write: float | None = None
    """The longest wait until the server takes any bytes of the request."""
    pool: float | None = None
    """The longest wait for a free connection of the pool."""


_PORTS = {"http": 80, "https": 443}


class Http1Transport(httpx.AsyncBaseTransport):
    """Sends requests over connections that it keeps open. Owner of one pool per origin.

    Works on one event loop: the first that uses it. Never sends a request twice.
    """

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext | None = None,
        max_connections: int = 100,
        reserved_connections: int = 10,
        keepalive_expiry_s: float = 30.0,
        proxy: str | Proxy | None = None,
    ) -> None:
        """Set the limits; no connection is opened before the first request.

        * ``ssl_context``: None verifies certificates against certifi's authorities
        * ``max_connections``: connections to one origin that are in use at a time, at most
        * ``reserved_connections``: how many of these only requests that reduce risk may use
        * ``keepalive_expiry_s``: seconds after which an idle connection is closed
        * ``proxy``: ``http://user:password@host:port`` leads all connections by CONNECT, except to this
          machine; no variable of the environment is read
        """
        if not 0 <= reserved_connections < max_connections:
            raise ValueError(
                "max_connections must be positive and more than reserved_connections, "
                f"were {max_connections} and {reserved_connections}"
            )
        self.proxy = Proxy.of(proxy)
        """What leads connections; its repr does not show the password."""
        self._context = ssl_context
        self._limits = PoolLimits(max_connections, reserved_connections, keepalive_expiry_s)
        self._pools: dict[Place, Pool] = {}
        self._addresses = Addresses()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return its reply, read whole. Raises httpx's errors."""
        extensions, url = request.extensions, request.url
        progress: Progress = extensions.get(PROGRESS) or Progress()
        progress.report()
        limits = extensions.get("timeout", {})
        message = message_of(request.method, url.raw_path, request.headers.raw, await _body_of(request))
        status, headers, body = await self.exchange(
            (url.scheme, url.raw_host.decode("ascii"), url.port, extensions.get("sni_hostname")),
            message,
            Limits(*[limits.get(name) for name in Limits._fields]),
            extensions.get(PRIORITY, Priority.RISK_ADDING),
            progress,
        )
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    async def exchange(
        self, place: Place, message: Message, limits: Limits, priority: Priority, progress: Progress
    ) -> Reply:
        """Send one encoded request; a session calls this and saves the objects of httpx.

        * ``place``: the origin, and the server name for TLS
        * ``progress``: marked directly before the first byte may leave
        """
        pool = self._pool_of(place)
        connection = await pool.take(priority, limits.pool, limits.connect)
        try:
            # Directly before the write: every failure up to here is certainly not sent.
            progress.leave()
            silence_s = progress.new_silence_s if connection.is_new else progress.silence_s
            reply = await connection.exchange(message, limits.read, limits.write, silence_s)
            progress.is_whole = not connection.is_cut_short
            return reply
        finally:
            pool.give_back(connection)

    async def aclose(self) -> None:
        """Close every connection; requests under way fail."""
        # Everything is closed before the first await: a cancellation of this task leaves none open,
        # and a request that arrives meanwhile gets a new pool.
        pools, self._pools, self._loop = self._pools, {}, None
        self._addresses.close()
        ends = [end for pool in pools.values() for end in pool.close()]
        if ends:
            await asyncio.wait(ends)

    @property
    def in_use(self) -> int:
        """Connections on which a request is under way, or which are being opened for one."""
        return sum(pool.in_use for pool in self._pools.values())

    def _pool_of(self, place: Place) -> Pool:
        pool = self._pools.get(place)
        if pool is None:
            pool = self._pools[place] = self._new_pool(*place)
        if self._loop is not asyncio.get_running_loop():
            raise httpx.LocalProtocolError("this transport belongs to another event loop: make one here")
        return pool

    def _new_pool(self, scheme: str, host: str, port: int | None, server_name: str | None) -> Pool:
        default_port = _PORTS.get(scheme)
        if default_port is None or not host:
            raise httpx.UnsupportedProtocol(
                f"the URL must have scheme http or https and a host, was {scheme!r} and {host!r}"
            )
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        origin = Origin(scheme, host, port or default_port, server_name or host)
        return Pool(partial(self._connect, origin), self._limits)

    async def _connect(
        self, origin: Origin, on_lost: Callable[[Connection], None], timeout_s: float | None
    ) -> Connection:
        loop = asyncio.get_running_loop()
        context = self._tls_context() if origin.scheme == "https" else None
        protocol = partial(Connection, loop, on_lost)
        return await connected(origin, self._addresses, protocol, context, timeout_s, self.proxy)

    def _tls_context(self) -> ssl.SSLContext:
        # Made for the first https request, because loading the authorities is slow.
        if self._context is None:
            self._context = default_tls_context()
        return self._context


async def _body_of(request: httpx.Request) -> bytes:
    """Return the whole body: read before a connection is taken, since it may come slowly."""
    stream = request.stream
    if isinstance(stream, httpx.ByteStream):
        (body,) = stream
        return body
    if isinstance(stream, httpx.AsyncByteStream):
        return b"".join([part async for part in stream])
    raise httpx.LocalProtocolError("the body of the request must be bytes or an AsyncByteStream")
