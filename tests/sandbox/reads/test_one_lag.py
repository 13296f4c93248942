"""One read lag: the same in this process, in the demo and in a process of its own.

``tests/plugin`` has the pytest plugin's.
"""

from __future__ import annotations

from functools import partial

import httpx
import pytest

from kalshi_async import CreateOrder, Session
from kalshi_async.demo.runner import DemoRunner
from kalshi_async.sandbox import DEFAULT_MARKETS, Rules, Sandbox
from kalshi_async.sandbox.process.options import read_options
from kalshi_async.sandbox.virtual_time import VirtualClock

LAG_MS = 400


def lag_ms(sandbox: Sandbox) -> int:
    return sandbox.exchange.venue.rules.read_lag_ms


async def test_it_is_400_ms_wherever_the_exchange_runs(clock: VirtualClock) -> None:
    assert Rules().read_lag_ms == LAG_MS
    assert read_options([]).read_lag_ms == LAG_MS
    assert lag_ms(Sandbox(clock=clock)) == lag_ms(DemoRunner(clock=clock).sandbox) == LAG_MS


async def test_zero_restores_reads_that_show_every_write_at_once(clock: VirtualClock) -> None:
    assert lag_ms(Sandbox(clock=clock, read_lag_ms=0)) == 0
    assert lag_ms(Sandbox(clock=clock, rules=Rules(read_lag_ms=0))) == 0
    assert read_options(["--read-lag-ms", "0"]).read_lag_ms == 0


@pytest.mark.parametrize("lag_ms", [LAG_MS, 0])
async def test_a_confirmed_switch_shows_once_reads_have_caught_up(clock: VirtualClock, lag_ms: int) -> None:
    # As the process had it for long: three orders were listed for 0.4 s after the switch had confirmed.
    sandbox = Sandbox(clock=clock, accounts=["me"], read_lag_ms=lag_ms)
    inner = httpx.ASGITransport(sandbox.app)
    keys = sandbox.credentials("me")
    async with Session(sandbox.environment, keys, clock=clock, base_transport=inner) as session:

        async def resting() -> int:
            return len(await session.orders.list(status="resting").collect())

        assert (await session.portfolio.balance()).balance == 10_000, "an opening is shown at once"
        group = await session.order_groups.create(contracts_limit=50)
        async with session.dead_man(order_group_id=group):
            bid = partial(CreateOrder, DEFAULT_MARKETS[0], "bid", 1, order_group_id=group.order_group_id)
            placed = [await session.orders.create(bid(price=price)) for price in ("0.10", "0.11", "0.12")]
            await session.settled(after_ms=placed[-1].ts_ms)
            assert await resting() == 3
        assert await resting() == (3 if lag_ms else 0)
        await session.settled(after_ms=session.clock.now_ms())
        assert await resting() == 0
