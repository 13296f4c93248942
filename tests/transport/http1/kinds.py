"""The transports under test, built alike: ours, and the one that comes with httpx."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from kalshi_async.http1 import Http1Transport


def ours(
    ssl_context: ssl.SSLContext | None = None, max_connections: int = 100, keepalive_expiry_s: float = 30.0
) -> httpx.AsyncBaseTransport:
    """Open the transport of this package."""
    return Http1Transport(
        ssl_context=ssl_context,
        max_connections=max_connections,
        reserved_connections=0,
        keepalive_expiry_s=keepalive_expiry_s,
    )


def stock(
    ssl_context: ssl.SSLContext | None = None, max_connections: int = 100, keepalive_expiry_s: float = 30.0
) -> httpx.AsyncBaseTransport:
    """Open the transport of httpx. Its idle connections expire by the real clock."""
    limits = httpx.Limits(
        max_connections=max_connections,
        max_keepalive_connections=max_connections,
        keepalive_expiry=keepalive_expiry_s,
    )
    return httpx.AsyncHTTPTransport(verify=ssl_context or True, limits=limits, retries=0)


@dataclass(frozen=True)
class Kind:
    """A way to make transports."""

    name: str
    open: Callable[..., httpx.AsyncBaseTransport]


KINDS = (Kind("ours", ours), Kind("stock", stock))
