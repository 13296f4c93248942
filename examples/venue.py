"""Open a session on the embedded exchange, on demo or on production.

Teaches: one program for three environments, and a question before real orders. Run an example
as ``python -m examples.market_maker [--environment demo] [--seconds 30]``.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from examples.flags import LIVE, arguments, new_file
from examples.markets import buy_everywhere, chosen
from kalshi_async import Credentials, Session

if TYPE_CHECKING:
    import httpx

    from kalshi_async.sandbox import Sandbox

__all__ = ["LIVE", "arguments", "buy_everywhere", "chosen", "confirm", "new_file", "venue"]

MARKETS = ("KXHIGHNY-26NOV23-B52.5", "KXHIGHNY-26NOV23-B54.5", "KXHIGHCHI-26NOV23-B38.5")


@asynccontextmanager
async def venue(
    environment: str, *, base_transport: httpx.AsyncBaseTransport | None = None, confirmed: bool = False
) -> AsyncIterator[tuple[Session, Sandbox | None]]:
    """Yield an open session, and the exchange if it is the embedded one; ``confirmed`` skips the question."""
    if environment in LIVE:
        if not confirmed:
            confirm(environment)
        credentials = Credentials.from_env()
        async with Session(LIVE[environment], credentials, base_transport=base_transport) as session:
            yield session, None
        return
    from kalshi_async.sandbox import Sandbox  # here: it needs an extra, and a live session does not

    async with Sandbox(accounts=["me"], markets=MARKETS, traders=6) as exchange:
        keys = exchange.credentials("me")
        async with Session(exchange.environment, keys, base_transport=base_transport) as session:
            yield session, exchange


def confirm(environment: str) -> None:
    """Ask the user to type the environment's name; end the program on any other answer."""
    # asyncio handles Ctrl-C by canceling the task, which cannot interrupt ``input``.
    asyncio_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        answer = input(f"This trades on {environment}. Type {environment!r} to go on: ")
    except (EOFError, KeyboardInterrupt):
        answer = ""
    finally:
        signal.signal(signal.SIGINT, asyncio_handler)
    if answer.strip() != environment:
        raise SystemExit("not confirmed: nothing was sent")
