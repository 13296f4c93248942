"""session.historical: rows and markets that have left the live endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import candlesticks, historical as contract, markets, trades
from kalshi_async.contract.candlesticks import HistoricalCandlestick
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.historical import HistoricalCutoff
from kalshi_async.contract.markets import Market
from kalshi_async.contract.orders import Order
from kalshi_async.contract.positions import MarketPosition
from kalshi_async.contract.trades import Trade
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.resources._candles import PeriodInterval, candle_query, trade_query
from kalshi_async.resources._history import query_of_both


class Historical:
    """The archive: of one account and of all markets, in the shapes of the live lists.

    Source of all methods: OpenAPI 3.34.0, read 2026-11-22.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def cutoff(self) -> HistoricalCutoff:
        """Return the times from which rows are live, per kind of row.

        GET /historical/cutoff, 10 read tokens; public.
        """
        return await self._context.call(contract.GET_HISTORICAL_CUTOFF)

    def orders(
        self,
        *,
        ticker: str | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Order]:
        """List finished orders of the archive, newest first.

        * ``min_ts``, ``max_ts``: time bounds, as Unix seconds or aware datetimes.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``subaccount``: None means the view's; without one there, all subaccounts.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /historical/orders, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_HISTORICAL_ORDERS,
            query_of_both(
                self._context, ticker=ticker, min_ts=min_ts, max_ts=max_ts, limit=limit, subaccount=subaccount
            ),
            on_rejected=on_rejected,
        )

    def fills(
        self,
        *,
        ticker: str | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Fill]:
        """List fills of the archive, newest first.

        * ``min_ts``, ``max_ts``: time bounds, as Unix seconds or aware datetimes.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``subaccount``: None means the view's; without one there, all subaccounts.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /historical/fills, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_HISTORICAL_FILLS,
            query_of_both(
                self._context, ticker=ticker, min_ts=min_ts, max_ts=max_ts, limit=limit, subaccount=subaccount
            ),
            on_rejected=on_rejected,
        )

    def positions(
        self,
        *,
        ticker: str | None = None,
        event_ticker: str | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[MarketPosition]:
        """List positions of the archive, by market.

        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``subaccount``: None means the view's; without one there, the primary, or that of a restricted key.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /historical/positions, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_HISTORICAL_POSITIONS,
            {
                "ticker": ticker,
                "event_ticker": event_ticker,
                "limit": limit,
                "subaccount": self._context.scope(subaccount),
            },
            on_rejected=on_rejected,
        )

    async def market(self, ticker: str) -> Market:
        """Return one market that was settled before ``cutoff().market_settled_ts``.

        Raises NotFound for an unknown ticker, and for a market of the live tier.
        GET /historical/markets/{ticker}, 10 read tokens; public.
        """
        return (await self._context.call(markets.GET_HISTORICAL_MARKET, path={"ticker": ticker})).market

    def markets(
        self,
        *,
        tickers: Sequence[str] | None = None,
        event_ticker: str | None = None,
        series_ticker: str | None = None,
        without_combos: bool = False,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Market]:
        """List the markets that were settled before ``cutoff().market_settled_ts``.

        * ``without_combos``: True leaves out combos (multivariate events).
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /historical/markets, 10 read tokens a page; public.
        """
        query = {
            "tickers": tickers,
            "event_ticker": event_ticker,
            "series_ticker": series_ticker,
            "mve_filter": "exclude" if without_combos else None,
            "limit": limit,
        }
        return self._context.paginate(markets.GET_HISTORICAL_MARKETS, query, on_rejected=on_rejected)

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
        """List the trades of all members from before ``cutoff().trades_created_ts``, newest first.

        * ``min_ts``, ``max_ts``: time bounds, as Unix seconds or aware datetimes.
        * ``is_block_trade``: True lists trades that were agreed outside the book, False the others.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /historical/trades, 10 read tokens a page; public.
        """
        query = trade_query(ticker, min_ts, max_ts, is_block_trade, limit)
        return self._context.paginate(trades.GET_TRADES_HISTORICAL, query, on_rejected=on_rejected)

    async def candlesticks(
        self,
        ticker: str,
        *,
        start_ts: datetime | int,
        end_ts: datetime | int,
        period_interval: PeriodInterval,
    ) -> list[HistoricalCandlestick]:
        """Return the candles of a market of the archive that end from ``start_ts`` to ``end_ts``.

        They are those of ``markets.candlesticks``, under other names of the wire, oldest first.

        * ``start_ts``, ``end_ts``: Unix seconds or aware datetimes.
        * ``period_interval``: minutes of a candle: 1, 60 or 1440.

        Raises NotFound for an unknown ticker, and for a market of the live tier.
        GET /historical/markets/{ticker}/candlesticks, 10 read tokens; public.
        """
        query = candle_query(start_ts, end_ts, period_interval)
        reply = await self._context.call(
            candlesticks.GET_MARKET_CANDLESTICKS_HISTORICAL, path={"ticker": ticker}, query=query
        )
        return reply.candlesticks
