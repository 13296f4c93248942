"""Trade once with the package as it was installed; the session ``build`` runs it far from the tree."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import kalshi_async
from kalshi_async import CreateOrder, Session
from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox


async def trade() -> None:
    package = Path(kalshi_async.__file__).parent
    assert package.parent.name == "site-packages", f"this is the source tree: {package}"
    assert (package / "py.typed").exists(), "type checkers would not look at it"
    async with (
        Sandbox(accounts=["me"]) as exchange,
        Session(exchange.environment, exchange.credentials("me")) as session,
    ):
        exchange.market(DEFAULT_MARKETS[0]).quote("ask", "0.44", 5)
        order = await session.orders.create(CreateOrder(DEFAULT_MARKETS[0], "bid", 2, "0.44"))
        await session.settled(after_ms=order.ts_ms)
        (fill,) = await session.fills.list().collect()
        assert fill.order_id == order.order_id
        assert fill.count == 2
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {python}: kalshi_async {kalshi_async.__version__} bought {fill.count} at {fill.yes_price}")


if __name__ == "__main__":
    asyncio.run(trade())
