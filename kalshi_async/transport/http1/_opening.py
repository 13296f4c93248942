"""Open a connection to a host: name look-up, connecting, TLS. Knows nothing of requests.

The addresses of a host are tried in turn, and each gets an equal share of the time that is
left: an address that does not answer (a broken IPv6, a dead host) leaves time for the others.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeVar

import httpx

Protocol = TypeVar("Protocol", bound=asyncio.Protocol)


@dataclass(frozen=True, slots=True)
class Origin:
    """The server of a connection. ``server_name`` is sent in TLS (SNI), and its certificate verified."""

    scheme: str
    host: str
    port: int
    server_name: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


async def connected(
    origin: Origin, protocol: Callable[[], Protocol], context: ssl.SSLContext | None, timeout_s: float | None
) -> Protocol:
    """Connect to the first address that answers; raises ConnectError or ConnectTimeout."""
    loop = asyncio.get_running_loop()
    ends_s = None if timeout_s is None else loop.time() + timeout_s
    failure: OSError | None = None  # of the address that was tried last
    try:
        async with asyncio.timeout_at(ends_s):
            addresses = await _addresses(origin.host, origin.port)
            for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
                share_s = None if ends_s is None else (ends_s - loop.time()) / left
                try:
                    async with asyncio.timeout(share_s):
                        transport, opened = await loop.create_connection(
                            protocol,
                            address,
                            origin.port,
                            ssl=context,
                            server_hostname=origin.server_name if context else None,
                        )
                        _refuse_another_protocol(transport)
                        return opened
                except OSError as error:  # also TimeoutError and every error of TLS
                    failure = error
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that IDNA cannot encode
        failure = error if isinstance(error, OSError) else OSError(f"no such host: {error}")
    if isinstance(failure, TimeoutError):
        raise httpx.ConnectTimeout(f"no connection to {origin} in {timeout_s} s") from failure
    raise httpx.ConnectError(f"no connection to {origin}: {failure}") from failure


def _refuse_another_protocol(transport: asyncio.BaseTransport) -> None:
    """Close a connection on which the server has chosen HTTP/2: the ``ssl_context`` may offer it."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    chosen = tls.selected_alpn_protocol() if tls else None
    if chosen not in (None, "http/1.1"):
        transport.close()
        raise ConnectionAbortedError(f"TLS chose {chosen}: offer http/1.1 alone in the ssl_context")


async def _addresses(host: str, port: int) -> list[str]:
    try:
        return [str(ip_address(host))]  # needs no look-up, which would go through a thread
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[4][0]) for address in found))
