"""An hour of trading in virtual time: a crowd, a strategy with its faults, and an operator.

``python -m tests.sandbox.trading_hour`` runs it twice at full pace and prints the seconds.
All of it is in one process without sockets: requests go through signing, the throttle,
httpx, the faults, the gate and the engine, but not through a kernel.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from contextlib import suppress
from decimal import Decimal

import httpx
import msgspec

from kalshi_async import BookSide, CreateOrder, KalshiError, RetryPolicy, Session
from kalshi_async.calls.retry import jittered
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import Delay, LoseReply, ServerFailure, TooManyRequests
from kalshi_async.sandbox.traders.random_walk import SimulatedTraders
from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from tests.conftest import START_MS

HOUR_S = 3_600
MARKETS = ("KXHOUR-26NOV22-A", "KXHOUR-26NOV22-B", "KXHOUR-26NOV22-C", "KXHOUR-26NOV22-D")


async def trade(seed: int, *, crowd_s: float, strategy_s: float) -> bytes:
    """Trade for an hour and return the whole ledger; both act every so many seconds."""
    clock, dice = VirtualClock(START_MS), random.Random(seed)
    exchange = Sandbox(clock=clock, seed=seed, markets=MARKETS, accounts=["me"], read_lag_ms=400)
    exchange.faults.sometimes("create_order", LoseReply(), rate=0.02)
    exchange.faults.sometimes("create_order", TooManyRequests(), rate=0.02)
    exchange.faults.sometimes("cancel_order", ServerFailure(503, applied=True), rate=0.02)
    exchange.faults.sometimes("create_order", Delay(7.0), rate=0.02)
    crowd = SimulatedTraders(exchange.exchange, MARKETS, count=3, seed=seed)
    session = Session(
        exchange.environment,
        exchange.accounts["me"].credentials,
        base_transport=httpx.ASGITransport(exchange.app),
        retry=RetryPolicy(wait=jittered(0.1, 1.0, dice), refused_wait=jittered(0.01, 0.5, dice)),
        clock=clock,
    )
    async with session, asyncio.TaskGroup() as tasks:
        at_work = [
            tasks.create_task(crowd.run(clock, period_s=crowd_s)),
            tasks.create_task(quote(session, clock, crowd, random.Random(seed), strategy_s)),
        ]
        await operate(exchange, clock)
        for task in at_work:
            task.cancel()
    await exchange.stop()
    return ledger(exchange)


async def operate(exchange: Sandbox, clock: VirtualClock) -> None:
    """Pause and resume all that can be paused, and settle one market after the other."""
    venue, tenth_s = exchange.exchange, HOUR_S / 10
    await clock.sleep(tenth_s)
    venue.market(MARKETS[0]).pause()
    await clock.sleep(60)
    venue.market(MARKETS[0]).resume()
    await clock.sleep(tenth_s)
    venue.shards.pause_trading()
    await clock.sleep(60)
    venue.shards.resume()
    await clock.sleep(tenth_s)
    venue.shards.pause()
    await clock.sleep(60)
    venue.shards.resume()
    results: tuple[str | int, ...] = ("yes", "no", 37)
    for ticker, result in zip(MARKETS[1:], results, strict=True):
        await clock.sleep(tenth_s)
        venue.market(ticker).close()
        await clock.sleep(60)
        venue.market(ticker).determine(result)
    await clock.sleep(HOUR_S - (clock.now_ms() - START_MS) / 1_000)
    venue.advance()


async def quote(
    session: Session, clock: VirtualClock, crowd: SimulatedTraders, dice: random.Random, period_s: float
) -> None:
    """Quote both sides with orders that expire, take back some, and never mind an error."""
    for number in itertools.count():
        ticker = dice.choice(MARKETS)
        for side, offset_e4 in ((BookSide.BID, -300), (BookSide.ASK, 300)):
            order = CreateOrder(
                ticker,
                side,
                dice.randint(1, 9),
                Decimal((crowd.fair_e4[ticker] + offset_e4) // 100) / 100,
                client_order_id=f"hour-{number}-{side.value}",
                expiration_time=clock.now_ms() // 1_000 + 30,
            )
            with suppress(KalshiError):
                created = await session.orders.create(order)
                if dice.random() < 0.3:
                    await session.orders.cancel(created)
        await clock.sleep(period_s)


def ledger(exchange: Sandbox) -> bytes:
    """Every record of the exchange, as bytes."""
    venue = exchange.exchange
    records = [repr(account) for account in venue.accounts.values()]
    records += [repr(market) for market in venue.markets.values()]
    return msgspec.json.encode([venue.reads.snapshot(), records])


def run(seed: int, *, crowd_s: float, strategy_s: float) -> bytes:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(trade(seed, crowd_s=crowd_s, strategy_s=strategy_s))


def main() -> None:
    """Print what an hour costs, with a crowd that requotes every two seconds."""
    ledgers = []
    for _ in range(2):
        started_s, worked_s = time.perf_counter(), time.process_time()
        ledgers.append(run(7, crowd_s=2.0, strategy_s=3.0))
        passed_s, worked_s = time.perf_counter() - started_s, time.process_time() - worked_s
        accounts = msgspec.json.decode(ledgers[-1])[0]["accounts"].values()
        orders, fills = (sum(len(a["orders"]) for a in accounts), sum(a["fills"] for a in accounts))
        print(f"an hour, {orders} orders, {fills} fills: {passed_s:.1f} s ({worked_s:.1f} s of CPU)")
    print("the ledgers are", "equal" if ledgers[0] == ledgers[1] else "DIFFERENT")


if __name__ == "__main__":
    main()
