"""Place an order, read its place in the queue, see fills, and leave nothing behind.

Runs against the embedded exchange. Teaches: a session, Decimal prices, paging, cleaning up.
"""

import asyncio

from kalshi_async import CreateOrder, Session
from kalshi_async.sandbox import Sandbox


async def main() -> None:
    async with (
        Sandbox(accounts=["me"], traders=3) as exchange,
        Session(exchange.environment, exchange.credentials("me")) as session,  # live: Session.from_env()
    ):
        market = (await session.markets.list(status="open").collect(1))[0]
        book = await session.markets.orderbook(market.ticker)
        print(f"{market.ticker}: bid {book.best_bid}, ask {book.best_ask}")

        patient = await session.orders.create(CreateOrder(market.ticker, "bid", 10, "0.02"))
        print(f"resting, with {await session.orders.queue_position(patient)} contracts ahead of it")

        if book.best_ask is not None:
            await session.orders.create(CreateOrder(market.ticker, "bid", 2, book.best_ask))
        async for fill in session.fills.list(ticker=market.ticker):
            print(f"bought {fill.count} YES at {fill.yes_price}, fee {fill.fee_cost}")

        canceled = await session.orders.cancel(patient)
        balance = await session.portfolio.balance()
        print(f"canceled {canceled.reduced_by} contracts; cash is {balance.balance} dollars")


if __name__ == "__main__":
    asyncio.run(main())
