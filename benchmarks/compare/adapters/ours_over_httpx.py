"""kalshi_async over httpx's stock transport, as any base transport may be passed in."""

from __future__ import annotations

import httpx

from .ours import Client

# As many connections as are asked for, like our own: httpx's default would queue beyond 100.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=100)

adapter = Client(lambda: httpx.AsyncHTTPTransport(limits=_LIMITS))
