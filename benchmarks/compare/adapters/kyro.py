"""kyro: aiohttp and plain dicts. It speaks the order endpoints that were retired in June 2026."""

from __future__ import annotations

import uuid

from kyro import RestClient
from kyro._auth import _create_signer, _load_private_key
from kyro._config import KyroConfig
from kyro.rest.api import orders, portfolio

from ..adapter import FILLS_A_PAGE, ConstantKey, Target
from ..answers import ORDER_ID, TICKER


class Client:
    """Its client as an adapter."""

    async def open(self, target: Target) -> None:
        # Private names: the public way to a signer is through environment variables only.
        key = ConstantKey() if target.nosign else _load_private_key(target.private_key_pem)
        signer = _create_signer(target.key_id, key)
        self._client = RestClient(KyroConfig(base_url=target.url, auth_signer=signer))
        await self._client.__aenter__()

    async def create(self) -> object:
        return await orders.create_order(
            self._client,
            ticker=TICKER,
            side="yes",
            action="buy",
            count=10,
            type="limit",
            yes_price=48,
            client_order_id=str(uuid.uuid4()),
            time_in_force="good_till_canceled",
        )

    async def cancel(self) -> object:
        return await orders.cancel_order(self._client, ORDER_ID)

    async def page(self, limit: int) -> int:
        return len((await orders.get_orders(self._client, limit=limit))["orders"])

    async def fills(self) -> int:
        rows, cursor = 0, None
        while True:
            page = await portfolio.get_fills(self._client, limit=FILLS_A_PAGE, cursor=cursor)
            rows, cursor = rows + len(page["fills"]), page["cursor"]
            if not cursor:
                return rows

    async def close(self) -> None:
        await self._client.__aexit__(None, None, None)


adapter = Client()
