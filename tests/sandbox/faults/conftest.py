"""An exchange with scripted faults, reached over HTTP and over bare sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from kalshi_async.sandbox import Relay, Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.members import BASE, Member, new_order

ORDERS = "/portfolio/events/orders"


@pytest.fixture
async def alice(exchange: Sandbox, clock: VirtualClock) -> AsyncIterator[Member]:
    """A member on real sockets, who waits a minute for each answer."""
    origin = exchange.rest_url.removesuffix(BASE)
    async with httpx.AsyncClient(base_url=origin, timeout=60) as http:
        yield Member(http, exchange.accounts["alice"], clock)


@dataclass
class RawClient:
    """One connection and no HTTP library: every byte is sent and seen as it is."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    member: Member

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def create(self, **changes: object) -> bytes:
        """Send a create and return everything that comes until the connection ends."""
        await self.send(create_request(self.member, **changes))
        return await self.reader.read()

    async def reply(self) -> bytes:
        """Read one reply by its content-length."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        return head + await self.reader.readexactly(content_length(head))

    async def ends_by_reset(self) -> bool:
        """Tell how the connection ends: by RST or by FIN."""
        try:
            return await self.reader.read() is None
        except ConnectionResetError:
            return True


@pytest.fixture
async def raw(relay: Relay, alice: Member) -> AsyncIterator[RawClient]:
    """A bare connection to the relay."""
    async with connected(relay, alice) as client:
        yield client


@contextlib.asynccontextmanager
async def connected(relay: Relay, member: Member) -> AsyncIterator[RawClient]:
    parts = urlsplit(relay.environment.rest_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield RawClient(reader, writer, member)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def create_request(member: Member, **changes: object) -> bytes:
    """Return a signed create as bytes."""
    body = json.dumps(new_order(**changes)).encode()
    fields = {
        "host": "exchange",
        "content-type": "application/json",
        "content-length": str(len(body)),
        **member.headers("POST", ORDERS),
    }
    lines = [f"POST {BASE}{ORDERS} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise AssertionError(f"no content-length in {head!r}")


def orders_of(account: SandboxAccount) -> int:
    """How many orders have really been placed."""
    return len(account.account.orders)
