"""Place an order, read its queue position, buy at the best ask, print the fills, cancel the order.

Teaches: a session, Decimal prices, reads that lag behind writes, paging, cleaning up.
"""

import asyncio
from contextlib import suppress

from examples.venue import arguments, chosen, venue
from kalshi_async import CreateOrder, cancel_on_signals


async def main() -> None:
    options = arguments(__doc__, "ticker").parse_args()
    async with venue(options.environment) as (session, _), cancel_on_signals():
        market = (await chosen(session, options.ticker))[0]
        book = await session.markets.orderbook(market.ticker)
        print(f"{market.ticker}: bid {book.best_bid}, ask {book.best_ask}")

        resting = await session.orders.create(CreateOrder(market.ticker, "bid", 10, "0.02"))
        try:
            print(f"resting, with {await session.orders.queue_position(resting)} contracts ahead of it")

            if book.best_ask is not None:
                bought = await session.orders.create(CreateOrder(market.ticker, "bid", 2, book.best_ask))
                await session.settled(after_ms=bought.ts_ms)  # wait until reads show the order
            async for fill in session.fills.list(ticker=market.ticker):
                print(f"bought {fill.count} YES at {fill.yes_price}, fee {fill.fee_cost}")
        finally:
            canceled = await session.orders.cancel(resting)
        await session.settled(after_ms=canceled.ts_ms)
        balance = await session.portfolio.balance()
        print(f"canceled {canceled.reduced_by} contracts; cash is {balance.balance} dollars")


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):  # ended by a signal
        asyncio.run(main())
