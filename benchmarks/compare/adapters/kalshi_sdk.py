"""kalshi-sdk: httpx and pydantic, RSA on two threads."""

from __future__ import annotations

import uuid

from kalshi import AsyncKalshiClient, KalshiConfig
from kalshi.models.orders import CreateOrderV2Request

from ..adapter import FILLS_A_PAGE, ORDER, ConstantKey, Target
from ..answers import ORDER_ID, TICKER


class Client:
    """Its client as an adapter."""

    async def open(self, target: Target) -> None:
        self._client = AsyncKalshiClient(
            key_id=target.key_id,
            private_key=target.private_key_pem,
            config=KalshiConfig(base_url=target.url),
        )
        await self._client.__aenter__()
        if target.nosign:
            self._client._auth._private_key = ConstantKey()

    async def create(self) -> object:
        request = CreateOrderV2Request(client_order_id=str(uuid.uuid4()), **ORDER)
        return await self._client.orders.create_v2(request=request)

    async def cancel(self) -> object:
        return await self._client.orders.cancel_v2(ORDER_ID, market_ticker=TICKER)

    async def page(self, limit: int) -> int:
        return len(await self._client.orders.list(limit=limit))

    async def fills(self) -> int:
        rows, cursor = 0, None
        while True:
            page = await self._client.portfolio.fills(limit=FILLS_A_PAGE, cursor=cursor)
            rows, cursor = rows + len(page), page.cursor
            if not cursor:
                return rows

    async def close(self) -> None:
        await self._client.__aexit__(None, None, None)


adapter = Client()
