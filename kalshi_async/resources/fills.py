"""session.fills: every execution of the account's orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract.fills import GET_FILLS, Fill
from kalshi_async.contract.historical import GET_HISTORICAL_FILLS
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.resources._history import Stitched, query_of_both


class Fills:
    """Fills: ``list`` shows the live tier, ``historical.fills`` older ones, ``history`` both."""

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
        """List fills, newest first; ``limit`` is the page size, 1 to 1000 (100).

        Up to 100 tickers. Without a subaccount, those of all. Times in Unix seconds
        or aware datetimes. GET /portfolio/fills, 10 read tokens a page.
        """
        return self._context.paginate(
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
            on_rejected=on_rejected,
        )

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

        A fill that moves to the archive meanwhile is neither lost nor doubled. The cursor
        names the tier, ``live:`` or ``historical:``, and goes on across both; in another
        process fills that moved since may come again: ``fill_id`` tells. Filters are those
        that both tiers know; ``limit`` is the page size, 1 to 1000 (100). All shards;
        without a subaccount, all of them. Remembers the ids of live fills.
        GET /portfolio/fills, then GET /historical/fills, 10 read tokens a page.
        """
        query = query_of_both(self._context, ticker, min_ts, max_ts, limit, subaccount)
        stitched = Stitched(
            self._context.fetching(GET_FILLS, query),
            self._context.fetching(GET_HISTORICAL_FILLS, query),
            lambda fill: fill.fill_id,
        )
        return Paginator(stitched.fetch, on_rejected=on_rejected)
