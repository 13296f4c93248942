"""Read the exchange once for everybody who watches.

Teaches: sparing the token budget. Ten open pages cost what one costs, and no page costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from examples.fastapi_backend.statuses import problem
from kalshi_async import KalshiError


class SharedRead:
    """What ``fetch`` returned, as JSON, about ``every_s`` seconds old at most; read when asked for."""

    def __init__(self, name: str, fetch: Callable[[], Awaitable[object]], every_s: float) -> None:
        self.name = name
        self._fetch = fetch
        self._every_s = every_s
        self._turn = asyncio.Lock()  # its holder alone changes what follows
        self._begun_s = 0.0
        self._latest: tuple[str, bytes] | None = None

    async def latest(self) -> tuple[str, bytes]:
        """Return an event, name and JSON: what was read, or ``trouble`` and why it was not."""
        async with self._turn:
            now_s = asyncio.get_running_loop().time()
            if self._latest is None or now_s - self._begun_s >= self._every_s:
                self._begun_s, self._latest = now_s, None  # None stays if the asking task is canceled
                self._latest = await self._read()
            return self._latest

    async def _read(self) -> tuple[str, bytes]:
        try:
            return self.name, msgspec.json.encode(await self._fetch())
        except KalshiError as error:
            return "trouble", msgspec.json.encode({"of": self.name, **problem(error)})
