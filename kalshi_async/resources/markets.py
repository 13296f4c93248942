"""session.markets: the public reads that trading needs."""

from __future__ import annotations

from collections.abc import Sequence

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import markets as contract
from kalshi_async.contract.markets import Market, OrderBookLevels
from kalshi_async.pagination.paginator import Paginator


class Markets:
    """Markets and their order books; public and unsigned."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, ticker: str) -> Market:
        """Return one market with its best prices and its price grid.

        GET /markets/{ticker}, 10 read tokens.
        """
        return (await self._context.call(contract.GET_MARKET, path={"ticker": ticker})).market

    def list(
        self,
        *,
        tickers: Sequence[str] | None = None,
        event_ticker: str | None = None,
        series_ticker: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Market]:
        """List markets; ``status`` is one of unopened, open, paused, closed, settled.

        ``limit`` is the page size, 1 to 1000 (100). GET /markets, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_MARKETS,
            {
                "tickers": tickers,
                "event_ticker": event_ticker,
                "series_ticker": series_ticker,
                "status": status,
                "limit": limit,
            },
            on_rejected=on_rejected,
        )

    async def orderbook(self, ticker: str, *, depth: int | None = None) -> OrderBookLevels:
        """Return the order book: bids of both legs, the best last.

        GET /markets/{ticker}/orderbook, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_MARKET_ORDERBOOK, path={"ticker": ticker}, query={"depth": depth}
        )
        return reply.orderbook
