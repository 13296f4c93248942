"""A strategy that sleeps, over real loopback sockets: the day is over at once."""

from __future__ import annotations

import asyncio

import pytest

from kalshi_async import CreateOrder, NotFound, Session
from kalshi_async.sandbox import Belief, Relay, Sandbox, assert_agreement
from kalshi_async.sandbox.faults.wire import CloseIdle
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.members import TICKER

HOUR_S = 3_600


async def test_a_day_of_hourly_quotes_over_sockets(exchange: Sandbox, clock: VirtualClock) -> None:
    """Orders expire, the server closes idle connections, and both ledgers agree in the end."""
    belief = Belief()
    async with Session(exchange.environment, exchange.credentials("alice"), clock=clock) as session:
        for _ in range(24):
            expires_s = clock.now_ms() // 1_000 + HOUR_S // 2
            order = await session.orders.create(
                CreateOrder(TICKER, "bid", 10, "0.44", expiration_time=expires_s)
            )
            exchange.market(TICKER).trade("ask", "0.44", 1)
            await asyncio.sleep(HOUR_S)
            with pytest.raises(NotFound):
                await session.orders.cancel(order)
        belief.saw(*await session.orders.list().collect(), *await session.fills.list().collect())
        belief.saw(await session.portfolio.balance())
    assert len(belief.fills) == 24
    assert_agreement(belief, exchange.accounts["alice"])


async def test_connections_that_end_while_idle_are_not_used_again(
    exchange: Sandbox, relay: Relay, clock: VirtualClock
) -> None:
    relay.faults.every("create_order", CloseIdle())
    async with Session(relay.environment, exchange.credentials("alice"), clock=clock) as session:
        for _ in range(5):
            await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.44"))
            await asyncio.sleep(1.0)
    assert len(exchange.accounts["alice"].account.orders) == 5
