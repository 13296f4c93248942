"""The quickstart: what it shows is there although reads lag, and it leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from examples import quickstart
from kalshi_async import Session
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.examples.stage import account, trading


@pytest.fixture
async def exchange(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """The exchange that the program finds: somebody offers, and reads lag by two seconds."""
    async with trading(clock) as (session, exchange):

        @asynccontextmanager
        async def venue(_: str) -> AsyncIterator[tuple[Session, Sandbox]]:
            yield session, exchange

        monkeypatch.setattr(quickstart, "venue", venue)
        monkeypatch.setattr(sys, "argv", ["quickstart"])
        market = (await session.markets.list(status="open").collect(1))[0]
        exchange.market(market.ticker).quote("ask", "0.50", 5)
        exchange.faults.lag_reads(2_000)
        yield exchange


async def test_it_shows_its_fill_and_cancels_what_rests(
    exchange: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    await quickstart.main()
    printed = capsys.readouterr().out
    assert "bought 2.00 YES at 0.5000" in printed
    assert "canceled 10.00 contracts" in printed
    assert not account(exchange).resting


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_in_the_middle_leaves_nothing_resting(
    exchange: Sandbox, number: signal.Signals
) -> None:
    program = asyncio.create_task(quickstart.main())
    await asyncio.sleep(1)
    assert len(account(exchange).resting) == 1
    os.kill(os.getpid(), number)
    with pytest.raises(asyncio.CancelledError):
        await program
    assert not account(exchange).resting
