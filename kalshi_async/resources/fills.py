"""session.fills: the executions of the account's orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract.fills import GET_FILLS, Fill
from kalshi_async.contract.historical import GET_HISTORICAL_FILLS
from kalshi_async.pagination.page import Page
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.resources._history import Stitched, query_of_both


class Fills:
    """Executions of one account's orders. Source of all methods: OpenAPI 3.34.0, read 2026-11-22.

    ``list`` reads the live tier, ``historical.fills`` the archive, ``history`` both.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(
        self,
        *,
        ticker: str | Sequence[str] | None = None,
        order_id: str | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        exchange_index: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Fill]:
        """List fills of the live tier, newest first.

        * ``ticker``: one market, or up to 100.
        * ``min_ts``, ``max_ts``: time bounds, as Unix seconds or aware datetimes.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``subaccount``: None means the view's; without one there, all subaccounts.
        * ``exchange_index``: one shard; None means the view's; without one there, all shards.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/fills, 10 read tokens a page.
        """
        fetch = self._context.fetching(
            GET_FILLS,
            {
                "ticker": ticker,
                "order_id": order_id,
                "min_ts": min_ts,
                "max_ts": max_ts,
                "limit": limit,
                "subaccount": self._context.scope(subaccount),
                "exchange_index": self._context.shard(exchange_index),
            },
        )

        async def fetch_and_learn(cursor: str | None) -> Page[Fill]:
            page = await fetch(cursor)
            self._context.fees.saw_fills(page.rows)
            return page

        return Paginator(fetch_and_learn, on_rejected=on_rejected)

    def history(
        self,
        *,
        ticker: str | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Fill]:
        """List all fills: those of the live tier, then the archived, each newest first.

        A fill that moves to the archive during the listing is neither lost nor doubled. The cursor
        names the tier, ``live:`` or ``historical:``, and goes on across both. When another process
        goes on from it, fills that moved since may come again: deduplicate by ``fill_id``. The
        filters are those of both tiers; all shards are read. The ids of the live fills are kept in
        memory.

        * ``min_ts``, ``max_ts``: time bounds, as Unix seconds or aware datetimes.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``subaccount``: None means the view's; without one there, all subaccounts.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/fills, then GET /historical/fills, 10 read tokens a page.
        """
        query = query_of_both(
            self._context, ticker=ticker, min_ts=min_ts, max_ts=max_ts, limit=limit, subaccount=subaccount
        )
        stitched = Stitched(
            self._context.fetching(GET_FILLS, query),
            self._context.fetching(GET_HISTORICAL_FILLS, query),
            lambda fill: fill.fill_id,
        )
        return Paginator(stitched.fetch, on_rejected=on_rejected)
