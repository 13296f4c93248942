"""The trading engine: what it counts as at risk is what the ledger has filled, doubts included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from examples.trading_engine import momentum, trade
from kalshi_async import BookSide, CreateOrder
from kalshi_async.sandbox.faults import LoseReply, ServerFailure
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.examples.stage import OTHER_TICKER, TICKER, account, filled_contracts, trading


async def buys(count: int, price: str = "0.50") -> AsyncIterator[CreateOrder]:
    """Signal so many purchases, half a second apart."""
    for _ in range(count):
        yield CreateOrder(TICKER, "bid", 2, price, time_in_force="immediate_or_cancel")
        await asyncio.sleep(0.5)


async def test_an_order_whose_answer_was_lost_is_reconciled(
    clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    async with trading(clock) as (session, exchange):
        exchange.market(TICKER).quote("ask", "0.50", 100)
        exchange.faults.on("create_order", LoseReply(), call=2)
        exchange.faults.lag_reads(2_000)  # the call's deadline is over before reads show the order
        at_risk = await trade(session, buys(3), seconds=None)
        assert at_risk == {TICKER: 6}
        assert filled_contracts(exchange, TICKER) == 6
        assert len(account(exchange).orders) == 3
    printed = capsys.readouterr().out
    assert printed.count("in doubt: ") == 1
    assert "is placed" in printed


async def test_an_order_in_doubt_is_reconciled_although_the_time_is_over(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        exchange.market(TICKER).quote("ask", "0.50", 1)
        exchange.faults.on("create_order", LoseReply())
        exchange.faults.lag_reads(4_000)
        assert await trade(session, buys(100), seconds=0.4) == {TICKER: 1}


async def test_an_order_that_never_arrived_is_not_at_risk(clock: VirtualClock) -> None:
    # Proven absent once reads are valid beyond the last moment at which it could be accepted.
    async with trading(clock) as (session, exchange):
        exchange.faults.every("create_order", ServerFailure(502))
        assert await trade(session, buys(1), seconds=None) == {TICKER: 0}
        assert not account(exchange).orders


async def test_a_refused_order_is_not_at_risk(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        exchange.market(TICKER).pause()
        assert await trade(session, buys(2), seconds=None) == {TICKER: 0}


async def test_an_order_that_finds_nobody_is_not_at_risk(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        assert await trade(session, buys(2), seconds=None) == {TICKER: 0}
        assert not account(exchange).resting


async def test_the_limit_holds_while_orders_are_in_doubt(clock: VirtualClock) -> None:
    # Nobody knows yet what they filled, so all of it counts.
    async with trading(clock) as (session, exchange):
        exchange.market(TICKER).quote("ask", "0.50", 100)
        exchange.faults.every("create_order", LoseReply())
        exchange.faults.lag_reads(20_000)
        at_risk = await trade(session, buys(30), seconds=None)
        assert at_risk == {TICKER: 20}
        assert filled_contracts(exchange, TICKER) == 20


async def test_momentum_buys_what_rises_and_sells_what_falls(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        for ticker in (TICKER, OTHER_TICKER):
            exchange.market(ticker).quote("bid", "0.40", 10)
            exchange.market(ticker).quote("ask", "0.50", 10)
        signals = momentum(session, [TICKER, OTHER_TICKER])

        async def move() -> None:
            await asyncio.sleep(0.1)
            exchange.market(TICKER).quote("bid", "0.42", 10)
            exchange.market(OTHER_TICKER).quote("ask", "0.48", 10)

        moving = asyncio.create_task(move())
        first, second = await anext(signals), await anext(signals)
        await moving
        shown = {(order.ticker, order.side, order.price) for order in (first, second)}
        assert shown == {
            (TICKER, BookSide.BID, Decimal("0.50")),
            (OTHER_TICKER, BookSide.ASK, Decimal("0.40")),
        }
