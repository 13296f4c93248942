"""Which transport a session makes for itself in the tests: ours, or the one of httpx.

``pytest --base-transport=stock`` and the same argument of the long runs play everything
over httpx's own, whose behavior is anybody's but ours.
"""

from __future__ import annotations

import ssl

import httpx

from kalshi_async.transport import base as transport

NAMES = ("ours", "stock")
HELP = "what a session sends through unless a test says so: our transport, or that of httpx"


def choose(name: str) -> None:
    """Decide for this process, before anything is sent; no name means ours."""
    if name == "stock":
        transport.default_base = _stock


def _stock() -> httpx.AsyncBaseTransport:
    # No limit on connections, and no certificates: to load them would take longer than a test.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=30.0)
    return httpx.AsyncHTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), limits=limits)
