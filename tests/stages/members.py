"""Members of an exchange who sign with a few lines of their own."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kalshi_async.clock import Clock
from kalshi_async.sandbox import SandboxAccount

BASE = "/trade-api/v2"
TICKER = "KXHIGHNY-26NOV23-B52.5"
OTHER_TICKER = "KXHIGHNY-26NOV23-B54.5"

Json = dict[str, Any]


def sign(private_key_pem: str, message: bytes, salt_bytes: int = 32) -> str:
    key = load_pem_private_key(private_key_pem.encode(), None)
    if isinstance(key, Ed25519PrivateKey):
        return base64.b64encode(key.sign(message)).decode()
    assert isinstance(key, RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_bytes)
    return base64.b64encode(key.sign(message, pss, hashes.SHA256())).decode()


@dataclass
class Member:
    """Somebody with a key; every request is signed with the clock of the exchange."""

    http: httpx.AsyncClient
    keys: SandboxAccount
    clock: Clock
    extra_headers: dict[str, str] = field(default_factory=dict)

    def headers(self, method: str, path: str, *, skew_ms: int = 0) -> dict[str, str]:
        timestamp = str(self.clock.now_ms() + skew_ms)
        return {
            "KALSHI-ACCESS-KEY": self.keys.key_id,
            "KALSHI-ACCESS-TIMESTAMP": timestamp,
            "KALSHI-ACCESS-SIGNATURE": sign(
                self.keys.private_key_pem, f"{timestamp}{method}{BASE}{path}".encode()
            ),
        }

    async def send(self, method: str, path: str, body: object = None, **query: object) -> httpx.Response:
        headers = self.headers(method, path) | self.extra_headers
        params = {key: str(value) for key, value in query.items()}
        return await self.http.request(method, BASE + path, params=params, json=body, headers=headers)

    async def get(self, path: str, **query: object) -> httpx.Response:
        return await self.send("GET", path, None, **query)

    async def create(self, **changes: object) -> httpx.Response:
        return await self.send("POST", "/portfolio/events/orders", new_order(**changes))

    async def rest(self, **changes: object) -> Json:
        """Create an order that must be accepted, and return the reply."""
        reply = await self.create(**changes)
        assert reply.status_code == 201, reply.text
        body: Json = reply.json()
        return body


def new_order(**changes: object) -> Json:
    body: Json = {
        "ticker": TICKER,
        "side": "bid",
        "count": "10.00",
        "price": "0.4800",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }
    body.update(changes)
    return {key: value for key, value in body.items() if value is not ...}
