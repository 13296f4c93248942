"""Turn signals into orders, and find out how much of each filled, even if its reply was lost.

Teaches: one task group, orders that do not wait, counting an order as filled until its outcome is known.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal

from examples.venue import arguments, chosen, venue
from kalshi_async import CreateOrder, Fate, KalshiError, OutcomeUnknown, Session, cancel_on_signals
from kalshi_async.sandbox.faults import LoseReply

SIZE, MOST_AT_RISK = 2, 20  # contracts: of one order, and of all orders in one market
Risk = dict[str, Decimal]  # by market: contracts that are filled, in flight, or of unknown outcome


async def momentum(session: Session, tickers: list[str]) -> AsyncIterator[CreateOrder]:
    """Yield an order each time a market moves: buy after a rise, sell after a fall."""
    before: dict[str, Decimal] = {}
    while True:
        for market in await session.markets.list(tickers=tickers, status="open").collect():
            bid, ask = market.yes_bid or Decimal(0), market.yes_ask or Decimal(1)
            moved = bid + ask - before.get(market.ticker, bid + ask)
            before[market.ticker] = bid + ask
            if moved > 0 and ask < 1:
                yield CreateOrder(market.ticker, "bid", SIZE, ask, time_in_force="immediate_or_cancel")
            elif moved < 0 and bid > 0:
                yield CreateOrder(market.ticker, "ask", SIZE, bid, time_in_force="immediate_or_cancel")
        await asyncio.sleep(0.25)


async def trade(session: Session, signals: AsyncIterator[CreateOrder], seconds: float | None) -> Risk:
    """Execute signals for so many seconds, or until Ctrl-C; return when every outcome is known."""
    at_risk: Risk = {}
    impatient = session.with_options(max_queue_s=0.2, deadline_s=1)  # a late order has a stale price

    async def execute(order: CreateOrder) -> None:
        try:
            filled = (await impatient.orders.create(order)).fill_count
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
    """Return the fill of an order of unknown outcome: its whole count if that stays unknown."""
    print(f"in doubt: {error.as_record()}")
    found = await session.orders.resolve(error, timeout_s=60)
    print(f"reconciled: {order.client_order_id} is {found.fate.value}")
    most = found.order.fill_count if found.order else order.count
    return Decimal(0) if found.fate is Fate.ABSENT else most


async def main() -> None:
    options = arguments(__doc__, "tickers", "seconds").parse_args()
    async with venue(options.environment) as (session, exchange):
        tickers = [market.ticker for market in await chosen(session, options.ticker, most=3)]
        if exchange:  # lose one reply, and let reads lag, so that the order is not found at once
            exchange.faults.on("create_order", LoseReply())
            exchange.faults.lag_reads(2_000)
        print(f"at risk: {await trade(session, momentum(session, tickers), options.seconds)}")


if __name__ == "__main__":
    asyncio.run(main())
