"""One read of the exchange for all open pages.

Teaches: saving tokens. Ten open pages cost the same as one, and without a page nothing is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from examples.fastapi_backend.statuses import problem
from kalshi_async import KalshiError


class SharedRead:
    """The result of ``fetch`` as JSON, fetched again on demand once it is ``every_s`` seconds old."""

    def __init__(self, name: str, fetch: Callable[[], Awaitable[object]], every_s: float) -> None:
        self.name = name
        self._fetch = fetch
        self._every_s = every_s
        self._lock = asyncio.Lock()  # guards the two attributes below
        self._begun_s = 0.0
        self._latest: tuple[str, bytes] | None = None

    async def latest(self) -> tuple[str, bytes]:
        """Return an event, name and JSON: the result, or ``trouble`` and the error of the read."""
        async with self._lock:
            now_s = asyncio.get_running_loop().time()
            if self._latest is None or now_s - self._begun_s >= self._every_s:
                # If this task is canceled meanwhile, None makes the next one read again.
                self._begun_s, self._latest = now_s, None
                self._latest = await self._read()
            return self._latest

    async def _read(self) -> tuple[str, bytes]:
        try:
            return self.name, msgspec.json.encode(await self._fetch())
        except KalshiError as error:
            return "trouble", msgspec.json.encode({"of": self.name, **problem(error)})
