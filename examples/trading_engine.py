"""Turn signals into orders and know what became of each, even if its answer was lost.

Teaches: one task group, orders that fail rather than wait, counting a doubt as filled until it is settled.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal

from examples.venue import arguments, venue
from kalshi_async import CreateOrder, Fate, KalshiError, OutcomeUnknown, Session, cancel_on_signals
from kalshi_async.sandbox.faults import LoseReply

SIZE, MOST_AT_RISK = 2, 20  # contracts: of one order, and of all in one market
Risk = dict[str, Decimal]  # contracts by market that are filled, under way, or in doubt


async def momentum(session: Session, tickers: list[str] | None) -> AsyncIterator[CreateOrder]:
    """Yield a signal when a market moves, as an order to buy what rises or sell what falls."""
    before: dict[str, Decimal] = {}
    while True:
        for market in await session.markets.list(tickers=tickers, status="open").collect(3):
            bid, ask = market.yes_bid or Decimal(0), market.yes_ask or Decimal(1)
            moved = bid + ask - before.get(market.ticker, bid + ask)
            before[market.ticker] = bid + ask
            if moved > 0 and ask < 1:
                yield CreateOrder(market.ticker, "bid", SIZE, ask, time_in_force="immediate_or_cancel")
            elif moved < 0 and bid > 0:
                yield CreateOrder(market.ticker, "ask", SIZE, bid, time_in_force="immediate_or_cancel")
        await asyncio.sleep(0.25)


async def trade(session: Session, signals: AsyncIterator[CreateOrder], seconds: float | None) -> Risk:
    """Follow signals for so long, or until Ctrl-C, then see every order to its end."""
    at_risk: Risk = {}
    hasty = session.with_options(max_queue_s=0.2, deadline_s=1)

    async def execute(order: CreateOrder) -> None:
        try:
            filled = (await hasty.orders.create(order)).fill_count
        except OutcomeUnknown as error:
            filled = await reconcile(session, order, error)
        except KalshiError as error:
            print(f"not executed: {error}")
            filled = Decimal(0)
        at_risk[order.ticker] -= order.count - filled
        print(f"{order.ticker}: {order.side} at {order.price}, {filled} of {order.count} filled")

    async with asyncio.TaskGroup() as executions:
        with suppress(TimeoutError, asyncio.CancelledError):
            async with cancel_on_signals(), asyncio.timeout(seconds):
                async for order in signals:
                    if at_risk.get(order.ticker, 0) + order.count <= MOST_AT_RISK:
                        at_risk[order.ticker] = at_risk.get(order.ticker, 0) + order.count
                        executions.create_task(execute(order))
    return at_risk


async def reconcile(session: Session, order: CreateOrder, error: OutcomeUnknown) -> Decimal:
    """Return what an order in doubt filled; all of it, if even reading does not tell."""
    print(f"in doubt: {error.as_record()}")
    found = await session.orders.resolve(error, timeout_s=60)
    print(f"reconciled: {order.client_order_id} is {found.fate.value}")
    if found.fate is Fate.PLACED and found.order:
        return found.order.fill_count
    return Decimal(0) if found.fate is Fate.ABSENT else order.count


async def main() -> None:
    options = arguments(__doc__).parse_args()
    async with venue(options.environment) as (session, exchange):
        if exchange:  # lose one answer, and let reads lag too far to tell at once what it said
            exchange.faults.on("create_order", LoseReply())
            exchange.faults.lag_reads(2_000)
        print(f"at risk: {await trade(session, momentum(session, options.ticker), options.seconds)}")


if __name__ == "__main__":
    asyncio.run(main())
