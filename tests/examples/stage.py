"""An exchange on loopback and virtual time, and the session of a member called "me"."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kalshi_async import Session
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.virtual_time import VirtualClock

TICKER = "KXHIGHNY-26NOV23-B52.5"
OTHER_TICKER = "KXHIGHNY-26NOV23-B54.5"
EVENT = "KXHIGHNY-26NOV23"


@asynccontextmanager
async def trading(clock: VirtualClock, *, tier: str = "advanced") -> AsyncIterator[tuple[Session, Sandbox]]:
    """Yield an open session and its exchange, on which nobody else trades and reads do not lag by themselves.

    A program that would never end is ended after an hour, which takes no time here.
    """
    async with (
        asyncio.timeout(3_600),
        Sandbox(clock=clock, accounts=["me"], tier=tier, seed=7, read_lag_ms=0) as exchange,
        Session(exchange.environment, exchange.credentials("me"), clock=clock) as session,
    ):
        yield session, exchange


def account(exchange: Sandbox) -> Account:
    """Return the member as the ledger has it."""
    return exchange.accounts["me"].account


def filled_contracts(exchange: Sandbox, ticker: str) -> int:
    """Return how many contracts the ledger has filled for the member in one market."""
    return sum(fill.count_e2 for fill in account(exchange).fills if fill.ticker == ticker) // 100
