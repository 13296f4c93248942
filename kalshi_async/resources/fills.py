"""session.fills: every execution of the account's orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kalshi_async.contract.fills import GET_FILLS, Fill
from kalshi_async.pagination import Paginator
from kalshi_async.resources.view import OnRejected, View


class Fills:
    """Fills of the live tier; older ones are ``historical.fills``."""

    __slots__ = ("_view",)

    def __init__(self, view: View) -> None:
        self._view = view

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
        return self._view.paginate(
            GET_FILLS,
            lambda page: page.fills,
            lambda page: page.cursor,
            {
                "ticker": ticker,
                "order_id": order_id,
                "min_ts": min_ts,
                "max_ts": max_ts,
                "limit": limit,
                "subaccount": self._view.scope(subaccount),
                "exchange_index": self._view.shard(exchange_index),
            },
            on_rejected=on_rejected,
        )
