"""aiohttp without an SDK."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from ..adapter import Target
from .bare import BareClient


class Client(BareClient):
    """aiohttp as an adapter."""

    async def open(self, target: Target) -> None:
        self.aim(target)
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        await self._session.close()

    async def request(
        self,
        method: str,
        url: str,
        json: Mapping[str, str] | None,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str],
    ) -> dict[str, str]:
        async with self._session.request(method, url, json=json, params=params, headers=headers) as reply:
            reply.raise_for_status()
            answered: dict[str, str] = await reply.json()
            return answered


adapter = Client()
