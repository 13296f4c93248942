"""kalshi_async over httpx's own transport, passed in as its base transport."""

from __future__ import annotations

import httpx

from .ours import Client

# No limit on connections, like our own transport: with httpx's default, requests beyond 100 wait.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=100)

adapter = Client(lambda: httpx.AsyncHTTPTransport(limits=_LIMITS))
