"""session.markets: the public reads that trading needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import markets as contract
from kalshi_async.contract.markets import Market, OrderBookLevels
from kalshi_async.pagination.page import Page
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.filters import checked_word_filter

MarketFilter = Literal["unopened", "open", "paused", "closed", "settled"]
ComboFilter = Literal["only", "exclude"]


class Markets:
    """Markets and their order books; public and unsigned.

    Source of all methods: OpenAPI 3.34.0, read 2026-11-22.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, ticker: str) -> Market:
        """Return one market with its best prices and its price grid.

        Prices are in dollars, sizes in contracts. Raises NotFound for an unknown ticker.
        GET /markets/{ticker}, 10 read tokens.
        """
        market = (await self._context.call(contract.GET_MARKET, path={"ticker": ticker})).market
        self._context.pipeline.grids.learn([market])
        return market

    def list(
        self,
        *,
        tickers: Sequence[str] | None = None,
        event_ticker: str | None = None,
        series_ticker: str | None = None,
        status: MarketFilter | Sequence[MarketFilter] | None = None,
        mve_filter: ComboFilter | None = None,
        min_created_ts: datetime | int | None = None,
        max_created_ts: datetime | int | None = None,
        min_updated_ts: datetime | int | None = None,
        max_updated_ts: datetime | int | None = None,
        min_close_ts: datetime | int | None = None,
        max_close_ts: datetime | int | None = None,
        min_settled_ts: datetime | int | None = None,
        max_settled_ts: datetime | int | None = None,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Market]:
        """List markets.

        Without ``mve_filter`` a list of open markets is mostly combos (update 2026-11-28 §1.7).

        * ``status``: these words are not those of ``Market.status``: ``open`` keeps the active markets.
        * ``mve_filter``: ``exclude`` leaves out combos (multivariate events), ``only`` keeps nothing else.
        * ``min_created_ts`` to ``max_settled_ts``: bounds of the time at which a market was listed,
          last updated, closes or was settled, as Unix seconds or aware datetimes.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /markets, 10 read tokens a page.
        """
        fetch = self._context.fetching(
            contract.GET_MARKETS,
            {
                "tickers": tickers,
                "event_ticker": event_ticker,
                "series_ticker": series_ticker,
                "status": checked_word_filter("status", status, get_args(MarketFilter), several=True),
                "mve_filter": checked_word_filter("mve_filter", mve_filter, get_args(ComboFilter)),
                "min_created_ts": min_created_ts,
                "max_created_ts": max_created_ts,
                "min_updated_ts": min_updated_ts,
                "max_updated_ts": max_updated_ts,
                "min_close_ts": min_close_ts,
                "max_close_ts": max_close_ts,
                "min_settled_ts": min_settled_ts,
                "max_settled_ts": max_settled_ts,
                "limit": limit,
            },
        )

        async def fetch_and_learn(cursor: str | None) -> Page[Market]:
            page = await fetch(cursor)
            self._context.pipeline.grids.learn(page.rows)
            return page

        return Paginator(fetch_and_learn, on_rejected=on_rejected)

    async def orderbook(self, ticker: str, *, depth: int | None = None) -> OrderBookLevels:
        """Return the order book: the bids of both legs, in ascending order of price.

        * ``depth``: price levels per leg; None or 0 means all.

        Raises NotFound for an unknown ticker.
        GET /markets/{ticker}/orderbook, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_MARKET_ORDERBOOK, path={"ticker": ticker}, query={"depth": depth}
        )
        return reply.orderbook
