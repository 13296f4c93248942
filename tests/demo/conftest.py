"""A floor to try the market maker on: its exchange, its session, and no crowd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import httpx
import pytest

from kalshi_async import Credentials, Session
from kalshi_async.demo.audit import Row, audit, ledger_of
from kalshi_async.demo.market_maker import MarketMaker
from kalshi_async.demo.pricing import Plan
from kalshi_async.sandbox import RequestRecord, Sandbox
from kalshi_async.sandbox.control.market_control import MarketControl
from kalshi_async.sandbox.virtual_time import VirtualClock

TICKER = "KX-26-A"
NAME = "maker"

Network: TypeAlias = Callable[[httpx.ASGITransport], httpx.AsyncBaseTransport]


@dataclass
class Floor:
    """A market maker at work. ``leave`` ends it and returns what the books disagree on."""

    sandbox: Sandbox
    market: MarketControl
    session: Session
    maker: MarketMaker
    clock: VirtualClock
    requests: list[RequestRecord]
    stop: asyncio.Event
    work: asyncio.Task[None]

    async def leave(self) -> list[Row]:
        self.stop.set()
        await self.work
        balance = (await self.session.portfolio.balance()).balance
        ledger = ledger_of(self.sandbox.exchange.reads.snapshot(), NAME, TICKER)
        return audit(self.maker.books, ledger, balance, ledger.mark)

    @property
    def position_e2(self) -> int:
        position = self.sandbox.accounts[NAME].account.positions.get((TICKER, 0))
        return position.position_e2 if position else 0

    def statuses(self, method: str, ending: str) -> list[int]:
        return [
            record.status
            for record in self.requests
            if record.method == method and record.path.endswith(ending)
        ]


OpenFloor: TypeAlias = Callable[..., AbstractAsyncContextManager[Floor]]


@pytest.fixture
async def open_floor(clock: VirtualClock) -> OpenFloor:
    @asynccontextmanager
    async def opened(
        plan: Plan | None = None,
        *,
        tier: str = "basic",
        read_lag_ms: int | None = None,
        network: Network = lambda direct: direct,
    ) -> AsyncIterator[Floor]:
        requests: list[RequestRecord] = []
        sandbox = Sandbox(
            markets=[TICKER], tier=tier, clock=clock, read_lag_ms=read_lag_ms, observe=requests.append
        )
        member = sandbox.add_account(NAME)
        market = sandbox.exchange.market(TICKER)
        market.quote("bid", "0.40", 500)
        market.quote("ask", "0.60", 500)
        session = Session(
            sandbox.environment,
            Credentials(member.key_id, member.private_key_pem),
            base_transport=network(httpx.ASGITransport(sandbox.app)),
            clock=clock,
        )
        async with session:
            maker = MarketMaker(session, TICKER, clock, plan)
            stop = asyncio.Event()
            work = asyncio.create_task(maker.run(stop))
            try:
                yield Floor(sandbox, market, session, maker, clock, requests, stop, work)
            finally:
                work.cancel()
                await asyncio.wait([work])

    return opened
