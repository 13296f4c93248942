"""An exchange with members on it: what the tests of a session are played on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from kalshi_async import CreatedOrder, CreateOrder, Credentials, Session
from kalshi_async.sandbox import RequestRecord, Sandbox, SandboxAccount
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.virtual_time import VirtualClock

TICKER = "KXHIGHNY-26NOV23-B52.5"
OTHER_TICKER = "KXHIGHNY-26NOV23-B54.5"
EVENT = "KXHIGHNY-26NOV23"
BASE_PATH = "/trade-api/v2"
CREATE_PATH = BASE_PATH + "/portfolio/events/orders"

WRITE_CAPACITY = 900
"""Tokens in a full write bucket of the tier Advanced, which members of a stage have."""
ONE_PIECE = 81
"""Creates that fit it at once: a tenth is kept for what reduces risk."""

D = Decimal


def session_of(sandbox: Sandbox, member: SandboxAccount, clock: VirtualClock, **options: Any) -> Session:
    """A session of a member, not opened yet; ``options`` are those of Session."""
    credentials = Credentials(member.key_id, member.private_key_pem)
    return Session(sandbox.environment, credentials, clock=clock, **options)


@asynccontextmanager
async def with_members(
    sandbox: Sandbox, clock: VirtualClock, wire: list[RequestRecord], *, is_fcm: bool = False
) -> AsyncIterator[Stage]:
    """Open the sessions of alice and bob on a served sandbox; ``wire`` is what it observes into."""
    alice, bob = (sandbox.add_account(name, is_fcm=is_fcm) for name in ("alice", "bob"))
    async with AsyncExitStack() as exits:
        session = await exits.enter_async_context(session_of(sandbox, alice, clock))
        other = await exits.enter_async_context(session_of(sandbox, bob, clock))
        yield Stage(sandbox, clock, alice, session, other, wire, exits)


@dataclass
class Stage:
    """A sandbox on loopback, alice's session and bob's, and all that went over the wire."""

    sandbox: Sandbox
    clock: VirtualClock
    alice: SandboxAccount
    session: Session
    other: Session
    wire: list[RequestRecord]
    exits: AsyncExitStack = field(repr=False)

    @property
    def account(self) -> Account:
        """Alice as the exchange knows her."""
        return self.alice.account

    async def member(self, name: str, *, is_fcm: bool = False, tier: str = "advanced") -> Session:
        """An open session for one more member; it closes with the test."""
        keys = self.sandbox.add_account(name, tier=tier, is_fcm=is_fcm)
        return await self.exits.enter_async_context(session_of(self.sandbox, keys, self.clock))

    def market_on_shard(self, exchange_index: int, *, cash: int = 1_000) -> str:
        """A new market on a shard, and money of alice's to trade it with."""
        ticker = f"KXSHARD{exchange_index}-26NOV23-T100"
        self.sandbox.exchange.markets.add(ticker, exchange_index=exchange_index)
        self.sandbox.exchange.accounts.deposit(self.account, Decimal(cash), exchange_index=exchange_index)
        return ticker

    def subaccounts(self, count: int, *, cash: int = 1_000) -> None:
        """Open alice's subaccounts 1 to ``count``, each with dollars on shard 0."""
        exchange = self.sandbox.exchange
        for number in range(1, count + 1):
            assert exchange.accounts.create_subaccount(self.account) == number
            exchange.transfers.between_subaccounts(self.account, f"for {number}", 0, number, cash * 100)

    async def rest(self, price: str = "0.40", count: int | str = 10, **options: Any) -> CreatedOrder:
        """Alice places a bid that rests."""
        order = await self.session.orders.create(CreateOrder(TICKER, "bid", count, price, **options))
        assert order.remaining_count == D(count)
        return order

    async def trade(self, price: str = "0.40", count: int | str = 3) -> CreatedOrder:
        """Alice rests a bid and bob fills all of it."""
        order = await self.rest(price, count)
        taken = await self.other.orders.create(CreateOrder(TICKER, "ask", count, price))
        assert taken.fill_count == D(count)
        return order

    def archive(self) -> None:
        """Let everything that has ended by now leave the live endpoints."""
        self.sandbox.exchange.historical_cutoff_us = (self.clock.now_ms() + 1) * 1_000

    def requests(self, method: str, path: str = "") -> list[RequestRecord]:
        """What reached the exchange of one method, below a path."""
        return [
            record
            for record in self.wire
            if record.method == method and record.path.startswith(BASE_PATH + path)
        ]

    def statuses(self, method: str, path: str = "") -> list[int]:
        return [record.status for record in self.requests(method, path)]

    def statuses_of_route(self, method: str, template: str) -> list[int]:
        """What was answered on one route, in order."""
        route = re.compile(BASE_PATH + re.sub(r"\{\w+\}", "[^/]+", template))
        return [
            record.status for record in self.wire if record.method == method and route.fullmatch(record.path)
        ]

    def another_session(self, name: str = "alice", **options: Any) -> Session:
        """One more session of a member, not opened yet."""
        return session_of(self.sandbox, self.sandbox.accounts[name], self.clock, **options)

    def client_of(self, session: Session) -> httpx.AsyncClient:
        """An httpx client on the session's transport, at the exchange's own base URL."""
        return httpx.AsyncClient(transport=session.transport, base_url=self.sandbox.rest_url)
