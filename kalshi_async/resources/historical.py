"""session.historical: rows that have left the live endpoints."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import historical as contract
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.historical import HistoricalCutoff
from kalshi_async.contract.orders import Order
from kalshi_async.contract.positions import MarketPosition
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.resources._history import query_of_both


class Historical:
    """The archive of one account: the same shapes as the live lists."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def cutoff(self) -> HistoricalCutoff:
        """Return where the live tier begins.

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
        """List finished orders of the archive; ``limit`` is the page size, 1 to 1000 (100).

        GET /historical/orders, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_HISTORICAL_ORDERS,
            query_of_both(self._context, ticker, min_ts, max_ts, limit, subaccount),
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
        """List fills of the archive; ``limit`` is the page size, 1 to 1000 (100).

        GET /historical/fills, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_HISTORICAL_FILLS,
            query_of_both(self._context, ticker, min_ts, max_ts, limit, subaccount),
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
        """List positions of the archive; ``limit`` is the page size, 1 to 1000 (100).

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
