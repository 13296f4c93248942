"""pykalshi: httpx and pydantic. Its page of fills has no cursor, so it must read all fills at once."""

from __future__ import annotations

import tempfile
import uuid

from pykalshi.aclient import AsyncKalshiClient
from pykalshi.enums import BookSide

from ..adapter import COUNT, FILLS_A_PAGE, PRICE, ConstantKey, Target
from ..answers import ORDER_ID, TICKER


class Client:
    """Its client as an adapter."""

    async def open(self, target: Target) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(target.private_key_pem)
            file.flush()
            self._client = AsyncKalshiClient(target.key_id, file.name, api_base=target.url)
        if target.nosign:
            self._client.private_key = ConstantKey()

    async def create(self) -> object:
        return await self._client.portfolio.place_order(
            TICKER,
            count_fp=COUNT,
            book_side=BookSide.BID,
            price_dollars=PRICE,
            client_order_id=str(uuid.uuid4()),
        )

    async def cancel(self) -> object:
        return await self._client.portfolio.cancel_order(ORDER_ID)

    async def page(self, limit: int) -> int:
        return len(await self._client.portfolio.get_orders(limit=limit))

    async def fills(self) -> int:
        return len(await self._client.portfolio.get_fills(limit=FILLS_A_PAGE, fetch_all=True))

    async def close(self) -> None:
        await self._client.aclose()


adapter = Client()
