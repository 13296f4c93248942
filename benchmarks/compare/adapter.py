"""What every library must do here, and what it is told: all that a worker knows of it."""

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
"""What "nosign" has in place of the private key's work: as long as an RSA-2048 signature."""

ORDER = {
    "ticker": TICKER,
    "side": "bid",
    "count": COUNT,
    "price": PRICE,
    "time_in_force": "good_till_canceled",
    "self_trade_prevention_type": "taker_at_cross",
}
"""The body of a create, but for its client_order_id; for whoever has no type for it."""


def unsigned_headers(method: str, path: str) -> dict[str, str]:
    """Return the authentication headers, made anew but for the work of the key: for bare clients."""
    timestamp = str(time.time_ns() // 1_000_000)
    signature = ConstantKey().sign(f"{timestamp}{method}{path}".encode("ascii"))
    return {
        "KALSHI-ACCESS-KEY": KEY_ID,
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
        "KALSHI-ACCESS-SIGNATURE": b64encode(signature).decode("ascii"),
    }


class ConstantKey:
    """Stands where a library holds its private key; its other work on a signature stays."""

    def sign(self, *_: object) -> bytes:
        return CONSTANT_SIGNATURE


@dataclass(frozen=True, slots=True)
class Target:
    """Where to and as whom. ``nosign`` replaces the work of the private key by a constant."""

    url: str
    key_id: str
    private_key_pem: str
    nosign: bool


class Adapter(Protocol):
    """One library. It is opened once, then its calls are measured; each must be a whole call.

    ``page`` and ``fills`` return the number of rows that were read into the library's own
    types; ``fills`` goes page by page and keeps none, where the library lets one.
    """

    async def open(self, target: Target) -> None: ...
    async def create(self) -> object: ...
    async def cancel(self) -> object: ...
    async def page(self, limit: int) -> int: ...
    async def fills(self) -> int: ...
    async def close(self) -> None: ...
