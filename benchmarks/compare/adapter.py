"""The interface that a worker uses for every library."""

from __future__ import annotations

import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Protocol

from .answers import TICKER

KEY_ID = "0b5d0f3e-7a4c-4d2b-9a39-5b5f3f6f2a10"
PRICE, COUNT = "0.4800", "10.00"
FILLS_A_PAGE = 1000
CONSTANT_SIGNATURE = bytes(range(256))
"""The signature of "nosign": a constant as long as an RSA-2048 signature."""

ORDER = {
    "ticker": TICKER,
    "side": "bid",
    "count": COUNT,
    "price": PRICE,
    "time_in_force": "good_till_canceled",
    "self_trade_prevention_type": "taker_at_cross",
}
"""The body of a create without its client_order_id, for libraries without a type for it."""


def unsigned_headers(method: str, path: str) -> dict[str, str]:
    """Return new authentication headers with the constant signature, for clients that do not sign."""
    timestamp = str(time.time_ns() // 1_000_000)
    signature = ConstantKey().sign(f"{timestamp}{method}{path}".encode("ascii"))
    return {
        "KALSHI-ACCESS-KEY": KEY_ID,
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
        "KALSHI-ACCESS-SIGNATURE": b64encode(signature).decode("ascii"),
    }


class ConstantKey:
    """Replaces the private key of a library. The rest of its work on a signature is still measured."""

    def sign(self, *_: object) -> bytes:
        return CONSTANT_SIGNATURE


@dataclass(frozen=True, slots=True)
class Target:
    """The exchange to call and the key to use."""

    url: str
    key_id: str
    private_key_pem: str
    nosign: bool
    """Whether a constant replaces the signature."""


class Adapter(Protocol):
    """One library. It is opened once; then each method makes one whole call and is measured.

    ``page`` and ``fills`` return the number of rows, which are decoded into the library's own types.
    ``fills`` reads page by page and keeps no page, if the library allows that.
    """

    async def open(self, target: Target) -> None: ...
    async def create(self) -> object: ...
    async def cancel(self) -> object: ...
    async def page(self, limit: int) -> int: ...
    async def fills(self) -> int: ...
    async def close(self) -> None: ...
