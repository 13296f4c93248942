"""httpx alone, as one would use it without an SDK: dicts and constant headers."""

from __future__ import annotations

import uuid

import httpx

from ..adapter import CONSTANT_HEADERS, FILLS_A_PAGE, ORDER, Target
from ..answers import ORDER_ID


class Client:
    """An asynchronous client as an adapter."""

    async def open(self, target: Target) -> None:
        self._client = httpx.AsyncClient(base_url=target.url, headers=CONSTANT_HEADERS)

    async def create(self) -> object:
        body = {**ORDER, "client_order_id": str(uuid.uuid4())}
        reply = await self._client.post("/portfolio/events/orders", json=body)
        return reply.raise_for_status().json()

    async def cancel(self) -> object:
        reply = await self._client.delete(f"/portfolio/events/orders/{ORDER_ID}")
        return reply.raise_for_status().json()

    async def page(self, limit: int) -> int:
        reply = await self._client.get("/portfolio/orders", params={"limit": limit})
        return len(reply.raise_for_status().json()["orders"])

    async def fills(self) -> int:
        rows, cursor = 0, ""
        while True:
            reply = await self._client.get(
                "/portfolio/fills", params={"limit": FILLS_A_PAGE, "cursor": cursor}
            )
            page = reply.raise_for_status().json()
            rows, cursor = rows + len(page["fills"]), page["cursor"]
            if not cursor:
                return rows

    async def close(self) -> None:
        await self._client.aclose()


adapter = Client()
