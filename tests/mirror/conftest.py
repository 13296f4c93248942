"""A mirror's surroundings: an exchange in the process, whose links fail as they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from kalshi_async import CreatedOrder, CreateOrder, Session
from kalshi_async.mirror import EventReader, Mirror, MirrorEvent
from kalshi_async.sandbox.engine.instructions import NewOrder
from kalshi_async.sandbox.engine.state import Placement, Side
from kalshi_async.sandbox.fixed_point import exact_e2, exact_e4
from tests.mirror.lives.world import TICKERS, World
from tests.stages.served import session_of

TICKER = TICKERS[0]


@dataclass
class Desk:
    """Alice's desk, and the hand of everybody else."""

    world: World
    session: Session
    exits: AsyncExitStack = field(repr=False)

    async def mirror(self, **options: Any) -> Mirror:
        """A mirror over alice's carrier, which closes with the test."""
        session = options.pop("session", self.session)
        stream = await self.exits.enter_async_context(session.stream(transport=self.world.carrier))
        return await self.exits.enter_async_context(session.mirror(stream=stream, **options))

    async def another_session(self, **options: Any) -> Session:
        session = session_of(self.world.sandbox, self.world.alice, self.world.clock, **options)
        return await self.exits.enter_async_context(session)

    async def rest(self, price: str = "0.40", count: int = 10, **options: Any) -> CreatedOrder:
        return await self.session.orders.create(CreateOrder(TICKER, "bid", count, price, **options))

    def place(self, side: Side, price: str, count: int, *, by: str = "bob", **options: Any) -> Placement:
        """Somebody places an order, seen by no session of alice's."""
        account = self.world.sandbox.accounts[by].account
        ticker = options.pop("ticker", TICKER)
        order = NewOrder(
            ticker, side, exact_e2(count), exact_e4(price), "good_till_canceled", "taker_at_cross", **options
        )
        return self.world.sandbox.exchange.orders.create(account, order)

    def cancel(self, order_id: str) -> None:
        """Alice's order is canceled by another program of hers."""
        account = self.world.alice.account
        order = account.orders[order_id]
        self.world.sandbox.exchange.orders.cancel(
            account, order_id, subaccount=order.subaccount, market_ticker=order.ticker
        )


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    world = World.of(7, lag_ms=400)
    async with AsyncExitStack() as exits:
        session = await exits.enter_async_context(
            session_of(world.sandbox, world.alice, world.clock, base_transport=world.network)
        )
        yield Desk(world, session, exits)


@pytest.fixture
async def account(desk: Desk) -> Mirror:
    return await desk.mirror()


async def told(events: EventReader, within_s: float = 0.2) -> list[MirrorEvent]:
    """What is told until nothing comes for a while."""
    found: list[MirrorEvent] = []
    try:
        while True:
            async with asyncio.timeout(within_s):
                found.append(await anext(events))
    except TimeoutError:
        return found


def is_current(account: Mirror) -> bool:
    """The property, which a type checker takes for constant once it was asserted."""
    return account.is_current


def kinds(found: list[MirrorEvent]) -> list[str]:
    return [type(event).__name__ for event in found]


D = Decimal
