"""kalshi_async with its defaults, except rate limits so large that no request waits for tokens."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import httpx

from kalshi_async import CreateOrder, Credentials, Environment, KeySigner, RateLimits, Session
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.signing.signer import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

from ..adapter import CONSTANT_SIGNATURE, COUNT, FILLS_A_PAGE, PRICE, Target
from ..answers import ORDER_ID, TICKER

ENDLESS = (10.0**9, 10.0**9)


class ConstantSigner:
    """Does all the work of a signer except the signature itself."""

    def __init__(self, key_id: str) -> None:
        self._key_id = key_id.encode("ascii")

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        timestamp = str(now_ms).encode("ascii")
        self.sign(timestamp + method.encode("ascii") + path.encode("ascii"))
        return (
            (KEY_HEADER, self._key_id),
            (TIMESTAMP_HEADER, timestamp),
            (SIGNATURE_HEADER, b64encode(CONSTANT_SIGNATURE)),
        )

    def sign(self, message: bytes) -> bytes:
        return CONSTANT_SIGNATURE


class Client:
    """A session as an adapter. ``base`` makes its transport; None leaves it the default one."""

    def __init__(self, base: Callable[[], httpx.AsyncBaseTransport] | None = None) -> None:
        self._base = base

    async def open(self, target: Target) -> None:
        credentials = Credentials(target.key_id, target.private_key_pem)
        self._session = Session(
            Environment("benchmark", target.url),
            ConstantSigner(target.key_id) if target.nosign else KeySigner(credentials),
            rate_limits=RateLimits(read=ENDLESS, write=ENDLESS),
            base_transport=self._base() if self._base else None,
        )
        await self._session.__aenter__()

    async def create(self) -> object:
        return await self._session.orders.create(CreateOrder(TICKER, "bid", COUNT, PRICE))

    async def cancel(self) -> object:
        return await self._session.orders.cancel(ORDER_ID, ticker=TICKER)

    async def page(self, limit: int) -> int:
        return len(await self._session.orders.list(limit=limit).collect())

    async def fills(self) -> int:
        rows = 0
        async for page in self._session.fills.list(limit=FILLS_A_PAGE).pages():
            rows += len(page.rows)
        return rows

    async def close(self) -> None:
        await self._session.aclose()


adapter = Client()
