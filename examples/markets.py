"""Find the markets to trade: those of ``--ticker``, else open ones.

Teaches: refusing a market that is not open before the first order, with an error that names others.
"""

from __future__ import annotations

import asyncio

from kalshi_async import CreateOrder, InvalidRequest, Market, Session


async def chosen(session: Session, tickers: list[str] | None, most: int = 1) -> list[Market]:
    """Return the markets of ``tickers``, or, for None, the first ``most`` open markets.

    Ends the program with a hint if one of ``tickers`` is no open market.
    """
    try:
        listed = session.markets.list(tickers=tickers, status="open")
        markets = await listed.collect(None if tickers else most)
        unknown = sorted(set(tickers or ()) - {market.ticker for market in markets})
        if unknown or not markets:
            others = [market.ticker for market in await session.markets.list(status="open").collect(3)]
            hint = f"open are {', '.join(others)}, for example" if others else "no market is open now"
            raise SystemExit(
                f"--ticker {unknown[0]}: no open market has this ticker; {hint}" if unknown else hint
            )
    except InvalidRequest as error:  # in lower case, or with a blank in it
        raise SystemExit(f"--ticker: {error}") from None
    return markets


async def buy_everywhere(session: Session, times: int = 2) -> None:
    """Buy a little in every open market, ``times`` over, so that an example has fills to show."""
    bought_ms = 0
    for _ in range(times):
        async for market in session.markets.list(status="open"):
            order = CreateOrder(market.ticker, "bid", 10, "0.97", time_in_force="immediate_or_cancel")
            bought_ms = (await session.orders.create(order)).ts_ms
            await asyncio.sleep(0.2)
    await session.settled(after_ms=bought_ms)  # wait until reads show the last one
