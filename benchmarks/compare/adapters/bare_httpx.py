"""httpx without an SDK."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from ..adapter import Target
from .bare import BareClient


class Client(BareClient):
    """httpx as an adapter."""

    async def open(self, target: Target) -> None:
        self.aim(target)
        self._client = httpx.AsyncClient()

    async def close(self) -> None:
        await self._client.aclose()

    async def request(
        self,
        method: str,
        url: str,
        json: Mapping[str, str] | None,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str],
    ) -> dict[str, str]:
        reply = await self._client.request(method, url, json=json, params=params, headers=headers)
        answered: dict[str, str] = reply.raise_for_status().json()
        return answered


adapter = Client()
