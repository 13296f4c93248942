"""Follow one request through the modules of the client, call by call, over a connection in memory."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import FrameType

import path as bench
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import kalshi_async
from kalshi_async import CreateOrder, Credentials, Environment, RateLimits, Session

PACKAGE = Path(kalshi_async.__file__).parent
PLENTY = (1e9, 1e9)
WARM_UP = 20


class Walk:
    """The modules that one call entered: ``steps`` holds each function call's module, in order."""

    def __init__(self, steps: list[str]) -> None:
        self.steps = steps

    @property
    def modules(self) -> list[str]:
        """Each module once, in the order in which it was entered first."""
        return list(dict.fromkeys(self.steps))

    @property
    def changes(self) -> int:
        """How often a call went into another module than the call before it."""
        return sum(1 for one, next_one in zip(self.steps, self.steps[1:], strict=False) if one != next_one)


def walked() -> dict[str, Walk]:
    """Return the walks of a create and of one page of a list."""
    with asyncio.Runner(loop_factory=bench.LoopInMemory) as runner:
        return runner.run(_walks())


async def _walks() -> dict[str, Walk]:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    limits = RateLimits(read=PLENTY, write=PLENTY)
    environment = Environment("canned", "http://127.0.0.1:1/trade-api/v2")
    async with Session(environment, Credentials("a-key", pem.decode()), rate_limits=limits) as session:

        async def create() -> None:
            order = CreateOrder("KXBTC-T1", "bid", 10, "0.44")
            await _followed(lambda: session.orders.create(order), found, "create")

        async def page() -> None:
            await _followed(first_page, found, "page")

        async def first_page() -> None:
            pages = session.orders.list().pages()
            kept.append(pages)  # its end is no part of the next walk
            await anext(pages)

        found: dict[str, Walk] = {}
        kept: list[AsyncIterator[object]] = []
        for _ in range(WARM_UP):  # caches fill, the connection opens
            await create()
            await page()
    return found


async def _followed(call: Callable[[], Awaitable[object]], found: dict[str, Walk], name: str) -> None:
    steps: list[str] = []

    def follow(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            file = Path(frame.f_code.co_filename)
            if file.is_relative_to(PACKAGE):
                steps.append(file.relative_to(PACKAGE).as_posix())

    sys.setprofile(follow)
    try:
        await call()
    finally:
        sys.setprofile(None)
    found[name] = Walk(steps)
