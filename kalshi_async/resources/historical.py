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
    """The archive of one account, in the shapes of the live lists.

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
