"""The risk watch: its numbers against sums by hand, and a picture that is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kalshi_async import CreateOrder, Session
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.examples.stage import EVENT, OTHER_TICKER, TICKER, account, trading

pytest.importorskip("matplotlib", reason="the extra 'examples' is not installed")

from examples.risk_watch import Risk, assess, draw  # after the check that it can be imported

D = Decimal


async def risk(session: Session) -> Risk:
    (event,) = await session.positions.events().collect()
    assert event.event_ticker == EVENT
    return await assess(session, event)


def fees(exchange: Sandbox) -> Decimal:
    return D(sum(fill.fee_e6 for fill in account(exchange).fills)) / 1_000_000


async def test_profit_is_what_closing_at_once_would_leave(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        exchange.market(TICKER).quote("ask", "0.40", 10)
        await session.orders.create(CreateOrder(TICKER, "bid", 10, "0.40"))
        exchange.market(TICKER).quote("bid", "0.45", 100)
        _, exposure, profit = await risk(session)
        assert exposure == D("4.00")
        assert profit == 10 * (D("0.45") - D("0.40")) - fees(exchange)


async def test_no_is_marked_at_what_no_would_bring(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        exchange.market(OTHER_TICKER).quote("bid", "0.70", 10)
        await session.orders.create(CreateOrder(OTHER_TICKER, "ask", 10, "0.70"))
        exchange.market(OTHER_TICKER).quote("ask", "0.60", 100)
        _, exposure, profit = await risk(session)
        assert exposure == D("3.00")
        assert profit == 10 * (D("0.40") - D("0.30")) - fees(exchange)


async def test_what_is_closed_counts_as_made(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        exchange.market(TICKER).quote("ask", "0.40", 10)
        await session.orders.create(CreateOrder(TICKER, "bid", 10, "0.40"))
        exchange.market(TICKER).quote("bid", "0.55", 10)
        await session.orders.create(CreateOrder(TICKER, "ask", 10, "0.55"))
        _, exposure, profit = await risk(session)
        assert exposure == 0
        assert profit == D("1.50") - fees(exchange)


async def test_what_nobody_would_buy_is_worth_nothing(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        exchange.market(TICKER).quote("ask", "0.40", 10)
        await session.orders.create(CreateOrder(TICKER, "bid", 10, "0.40"))
        _, _, profit = await risk(session)
        assert profit == D("-4.00") - fees(exchange)


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    begin = datetime(2026, 11, 22, 12, tzinfo=UTC)
    path = tmp_path / "risk.png"
    rows = [(begin + timedelta(seconds=second), D(second), D(-second) / 3) for second in range(5)]
    draw({EVENT: rows}, path)
    assert path.read_bytes().startswith(b"\x89PNG\r\n")
