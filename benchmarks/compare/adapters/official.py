"""kalshi_python_async, the exchange's own SDK: aiohttp and pydantic. It signs every request twice."""

from __future__ import annotations

import uuid

from kalshi_python_async import Configuration, KalshiClient

from ..adapter import FILLS_A_PAGE, ORDER, ConstantKey, Target
from ..answers import ORDER_ID, TICKER


class Client:
    """Its convenience client as an adapter."""

    async def open(self, target: Target) -> None:
        configuration = Configuration(host=target.url)
        configuration.api_key_id = target.key_id
        configuration.private_key_pem = target.private_key_pem
        self._client = KalshiClient(configuration)
        if target.nosign:
            # Both signatures of a request are made with this one key.
            self._client.kalshi_auth.private_key = ConstantKey()

    async def create(self) -> object:
        return await self._client.create_order_v2(client_order_id=str(uuid.uuid4()), **ORDER)

    async def cancel(self) -> object:
        return await self._client.cancel_order_v2(ORDER_ID, market_ticker=TICKER)

    async def page(self, limit: int) -> int:
        return len((await self._client.get_orders(limit=limit)).orders)

    async def fills(self) -> int:
        rows, cursor = 0, None
        while True:
            page = await self._client.get_fills(limit=FILLS_A_PAGE, cursor=cursor)
            rows, cursor = rows + len(page.fills), page.cursor
            if not cursor:
                return rows

    async def close(self) -> None:
        await self._client.close()


adapter = Client()
