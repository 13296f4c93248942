"""Open a connection to a host: addresses, connecting, TLS. Knows nothing of requests.

With a proxy (``proxy``, ``tunnel``) the tunnel comes between: the addresses are the proxy's, TLS and its
certificate are the host's.

The addresses of a host are raced, as RFC 8305 says. The first is tried alone; each further one is
tried when the one before has failed or after ``STAGGER_S``. All go on until the first has finished
TLS, and each has all the time that is left. So an address that does not answer costs a quarter of
a second, and an exchange that is far away is given the time that it takes.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Generic, NamedTuple, TypeVar

import httpx

from kalshi_async.transport.addresses import Addresses
from kalshi_async.transport.proxy import Proxy, TunnelRefused
from kalshi_async.transport.tunnel import tunneled

Protocol = TypeVar("Protocol", bound=asyncio.Protocol)

STAGGER_S = 0.25
"""Seconds until the next address is tried beside one that has not answered (RFC 8305 5: 250 ms)."""

# Ours. Idle connections are probed, so that one whose path has died ends by itself after some 20 s.
# TCP_USER_TIMEOUT (Linux): the same for bytes that the other side does not acknowledge. Names that
# this platform does not have are left out; macOS calls TCP_KEEPIDLE TCP_KEEPALIVE.
_SOCKET_OPTIONS = [
    (level, getattr(socket, name), value)
    for level, name, value in (
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 10),
        (socket.IPPROTO_TCP, "TCP_KEEPALIVE", 10),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 5),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 2),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 10_000),
    )
    if hasattr(socket, name)
]


@dataclass(frozen=True, slots=True)
class Origin:
    """The server of a connection. ``server_name`` is sent in TLS (SNI), and its certificate verified."""

    scheme: str
    host: str
    port: int
    server_name: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Opened(NamedTuple, Generic[Protocol]):
    """A connection and the protocol that it feeds."""

    transport: asyncio.Transport
    protocol: Protocol


def default_tls_context() -> ssl.SSLContext:
    """Verify certificates against certifi's authorities; raises LocalProtocolError if they cannot be read."""
    try:
        context = httpx.create_ssl_context()
    except OSError as error:  # also every error of ssl
        raise httpx.LocalProtocolError(_unreadable_authorities(error)) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def _unreadable_authorities(error: OSError) -> str:
    reason = error.strerror or str(error)
    path = os.environ.get("SSL_CERT_FILE")
    if path is None:
        return f"the certificates of the authorities cannot be read: {reason}"
    return f"SSL_CERT_FILE names {path!r}, which cannot be read ({reason}): correct or unset it"


async def connected(
    origin: Origin,
    addresses: Addresses,
    protocol: Callable[[], Protocol],
    context: ssl.SSLContext | None,
    timeout_s: float | None,
    proxy: Proxy | None = None,
) -> Protocol:
    """Connect to the first address that answers; raises ConnectError, ConnectTimeout or ProxyError.

    ``proxy``: leads to the origin, if it serves that.
    """
    place, name, port = str(origin), origin.host, origin.port
    if proxy is not None and proxy.serves(origin.host, origin.port):
        place, name, port = f"{origin} through the proxy {proxy}", proxy.host, proxy.port
    else:
        proxy = None
    try:
        async with asyncio.timeout(timeout_s):
            found = await addresses.of(name, port)
            address, opened = await _raced(found, partial(_opened, origin, protocol, context, proxy=proxy))
    except TimeoutError as error:
        raise httpx.ConnectTimeout(f"no connection to {place} in {timeout_s} s") from error
    except TunnelRefused as error:
        raise httpx.ProxyError(f"no connection to {place}: {error}") from error
    except UnicodeError as error:  # a name that IDNA cannot encode
        raise httpx.ConnectError(f"no connection to {place}: no such host: {error}") from error
    except OSError as error:  # also every error of TLS
        raise httpx.ConnectError(f"no connection to {place}: {error}") from error
    addresses.prefer(name, address)
    return opened.protocol


async def _raced(
    addresses: Sequence[str], open_to: Callable[[str], Coroutine[object, object, Opened[Protocol]]]
) -> tuple[str, Opened[Protocol]]:
    """Return the first address that answers, with its connection; raises OSError if none does."""
    if len(addresses) == 1:
        return addresses[0], await open_to(addresses[0])
    left = list(addresses)
    under_way: dict[asyncio.Task[Opened[Protocol]], str] = {}
    failures: list[str] = []
    try:
        while left or under_way:
            if left:
                address = left.pop(0)
                under_way[asyncio.create_task(open_to(address))] = address
            limit_s = STAGGER_S if left else None
            done, _ = await asyncio.wait(under_way, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                address = under_way.pop(task)
                try:
                    return address, task.result()
                except OSError as error:
                    failures.append(str(error))
    finally:
        for task in under_way:
            task.cancel()
            task.add_done_callback(_close)
    raise OSError("; ".join(dict.fromkeys(failures)) or "it has no address")


def _close(loser: asyncio.Task[Opened[Protocol]]) -> None:
    """Close a connection that was finished in the same step of the loop as the one that is used."""
    if not loser.cancelled() and loser.exception() is None:
        loser.result().transport.abort()


async def _opened(
    origin: Origin,
    protocol: Callable[[], Protocol],
    context: ssl.SSLContext | None,
    address: str,
    proxy: Proxy | None = None,
) -> Opened[Protocol]:
    if proxy is not None:
        transport = await tunneled(proxy, address, origin.host, origin.port, context, origin.server_name)
        _refuse_another_protocol(transport)
        opened = protocol()
        transport.set_protocol(opened)
        opened.connection_made(transport)
        transport.resume_reading()
    else:
        transport, opened = await asyncio.get_running_loop().create_connection(
            protocol,
            address,
            origin.port,
            ssl=context,
            server_hostname=origin.server_name if context else None,
        )
        _refuse_another_protocol(transport)
    for option in _SOCKET_OPTIONS:
        with suppress(OSError):  # they are a help only: a system that refuses one is used without it
            transport.get_extra_info("socket").setsockopt(*option)
    return Opened(transport, opened)


def _refuse_another_protocol(transport: asyncio.Transport) -> None:
    """Close a connection on which the server has chosen HTTP/2: the ``ssl_context`` may offer it."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    chosen = tls.selected_alpn_protocol() if tls else None
    if chosen not in (None, "http/1.1"):
        transport.close()
        raise ConnectionAbortedError(f"TLS chose {chosen}: offer http/1.1 alone in the ssl_context")
