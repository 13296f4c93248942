"""aiohttp alone, as one would use it without an SDK: dicts and constant headers."""

from __future__ import annotations

import uuid

import aiohttp

from ..adapter import CONSTANT_HEADERS, FILLS_A_PAGE, ORDER, Target
from ..answers import ORDER_ID


class Client:
    """A client session as an adapter."""

    async def open(self, target: Target) -> None:
        self._url = target.url
        self._session = aiohttp.ClientSession(headers=CONSTANT_HEADERS)

    async def create(self) -> object:
        body = {**ORDER, "client_order_id": str(uuid.uuid4())}
        async with self._session.post(self._url + "/portfolio/events/orders", json=body) as reply:
            reply.raise_for_status()
            return await reply.json()

    async def cancel(self) -> object:
        async with self._session.delete(f"{self._url}/portfolio/events/orders/{ORDER_ID}") as reply:
            reply.raise_for_status()
            return await reply.json()

    async def page(self, limit: int) -> int:
        return len((await self._get("/portfolio/orders", limit=limit))["orders"])

    async def fills(self) -> int:
        rows, cursor = 0, ""
        while True:
            page = await self._get("/portfolio/fills", limit=FILLS_A_PAGE, cursor=cursor)
            rows, cursor = rows + len(page["fills"]), page["cursor"]
            if not cursor:
                return rows

    async def close(self) -> None:
        await self._session.close()

    async def _get(self, path: str, **query: str | int) -> dict[str, str]:
        async with self._session.get(self._url + path, params=query) as reply:
            reply.raise_for_status()
            page: dict[str, str] = await reply.json()
            return page


adapter = Client()
