"""session.markets: markets, their order books, and what was traded in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Unpack, get_args

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import candlesticks as candles, markets as contract, trades
from kalshi_async.contract.candlesticks import Candlestick
from kalshi_async.contract.markets import Market, OrderBookLevels
from kalshi_async.contract.trades import Trade
from kalshi_async.pagination.page import Page
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.filters import checked_most, checked_word_filter
from kalshi_async.resources._candles import PeriodInterval, candle_query, series_of, trade_query
from kalshi_async.resources._finding import MarketFilter, MarketFilters

ComboFilter = Literal["only", "exclude"]

MOST_MARKETS = 100
"""Markets of one call for order books or candles (docs get-market-orderbooks, 2026-10)."""
PAGE = 1000
"""Rows of the longest page of markets (OpenAPI 3.34.0)."""


class Markets:
    """Markets, their order books, trades and candles; public and unsigned.

    A market that was settled before ``historical.cutoff`` is in ``session.historical`` alone.
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

    async def orderbooks(self, tickers: Sequence[str]) -> dict[str, OrderBookLevels]:
        """Return the order books of up to 100 markets, by ticker; an unknown ticker has none.

        GET /markets/orderbooks, 10 read tokens.
        """
        checked_most("tickers", tickers, MOST_MARKETS)
        reply = await self._context.call(contract.GET_MARKET_ORDERBOOKS, query={"tickers": tickers})
        return {row.ticker: row.orderbook for row in reply.orderbooks}

    def find(
        self,
        where: Callable[[Market], bool] | None = None,
        *,
        mve_filter: ComboFilter | None = "exclude",
        limit: int = PAGE,
        **filters: Unpack[MarketFilters],
    ) -> Paginator[Market]:
        """Find markets: the exchange filters first, then ``where`` does, page by page.

            quiet = session.markets.find(lambda market: market.volume_24h == 0, status="open")
            three = await quiet.collect(3)

        A loop that ends, and ``Paginator.collect(3)``, read no further page.

        * ``where``: tells whether a market is one; None takes all that the exchange lists
        * ``mve_filter``: unlike ``list``, ``find`` leaves out combos unless told otherwise
        * ``filters``: the other filters of ``list``
        * ``limit``: rows per page; the longest page costs the fewest tokens

        GET /markets, 10 read tokens a page.
        """
        listing = self.list(mve_filter=mve_filter, limit=limit, **filters)
        return listing if where is None else listing.where(where)

    def trades(
        self,
        *,
        ticker: str | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        is_block_trade: bool | None = None,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Trade]:
        """List the trades of all members, newest first, in one market or in all.

        Older ones than ``historical.cutoff`` are in ``historical.trades``.

        * ``min_ts``, ``max_ts``: time bounds, as Unix seconds or aware datetimes.
        * ``is_block_trade``: True lists trades that were agreed outside the book, False the others.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /markets/trades, 10 read tokens a page.
        """
        query = trade_query(ticker, min_ts, max_ts, is_block_trade, limit)
        return self._context.paginate(trades.GET_TRADES, query, on_rejected=on_rejected)

    async def candlesticks(
        self,
        ticker: str,
        *,
        start_ts: datetime | int,
        end_ts: datetime | int,
        period_interval: PeriodInterval,
        series_ticker: str | None = None,
        include_latest_before_start: bool | None = None,
    ) -> Sequence[Candlestick]:
        """Return the candles of a market that end from ``start_ts`` to ``end_ts``, oldest first.

        Periods in which nothing moved have none. The exchange refuses more than 5000 periods.

        * ``start_ts``, ``end_ts``: Unix seconds or aware datetimes.
        * ``period_interval``: minutes of a candle: 1, 60 or 1440.
        * ``series_ticker``: None takes the part of the ticker before the first "-".
        * ``include_latest_before_start``: True prepends what held before: a candle without trades,
          whose ``price`` has the last price before ``start_ts`` as its ``previous``.

        Raises NotFound for an unknown ticker, a wrong series, and a market of the archive.
        GET /series/{series_ticker}/markets/{ticker}/candlesticks, 10 read tokens.
        """
        series = series_of(ticker) if series_ticker is None else series_ticker
        query = candle_query(start_ts, end_ts, period_interval)
        query["include_latest_before_start"] = include_latest_before_start
        path = {"series_ticker": series, "ticker": ticker}
        reply = await self._context.call(candles.GET_MARKET_CANDLESTICKS, path=path, query=query)
        return reply.candlesticks

    async def candlesticks_of(
        self,
        market_tickers: Sequence[str],
        *,
        start_ts: datetime | int,
        end_ts: datetime | int,
        period_interval: PeriodInterval,
        include_latest_before_start: bool | None = None,
    ) -> dict[str, Sequence[Candlestick]]:
        """Return the candles of up to 100 markets by ticker, as ``candlesticks``; an unknown one has none.

        The exchange refuses more than 10000 periods, those of all markets together.

        GET /markets/candlesticks, 10 read tokens.
        """
        checked_most("market_tickers", market_tickers, MOST_MARKETS)
        query = candle_query(start_ts, end_ts, period_interval)
        query["market_tickers"] = market_tickers
        query["include_latest_before_start"] = include_latest_before_start
        reply = await self._context.call(candles.BATCH_GET_MARKET_CANDLESTICKS, query=query)
        return {row.market_ticker: row.candlesticks for row in reply.markets}
