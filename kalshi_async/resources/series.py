"""session.series: series of events, and the fees of their markets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kalshi_async.calls.context import Context
from kalshi_async.contract import series as contract
from kalshi_async.contract.series import Series, SeriesFeeChange


class SeriesReads:
    """Series and their fees; public and unsigned.

    Source of all methods: OpenAPI 3.34.0, 2026-10-26.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, series_ticker: str, *, include_volume: bool | None = None) -> Series:
        """Return one series with the fees that its markets have now.

        * ``include_volume``: True fills ``Series.volume``.

        Raises NotFound for an unknown ticker.
        GET /series/{series_ticker}, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_SERIES,
            path={"series_ticker": series_ticker},
            query={"include_volume": include_volume},
        )
        return reply.series

    async def list(
        self,
        *,
        category: str | None = None,
        tags: Sequence[str] | None = None,
        min_updated_ts: datetime | int | None = None,
        include_product_metadata: bool | None = None,
        include_volume: bool | None = None,
    ) -> Sequence[Series]:
        """Return all series in one reply, which at the real exchange has thousands of rows.

        * ``category``: keeps the series of one category, as ``search.tags_by_categories`` has them.
        * ``tags``: keeps series with one of these tags.
        * ``min_updated_ts``: keeps series whose facts changed no earlier; Unix seconds or a datetime.
        * ``include_product_metadata``: True fills ``Series.product_metadata``.
        * ``include_volume``: True fills ``Series.volume``.

        GET /series, 10 read tokens.
        """
        query = {
            "category": category,
            "tags": tags,
            "min_updated_ts": min_updated_ts,
            "include_product_metadata": include_product_metadata,
            "include_volume": include_volume,
        }
        return (await self._context.call(contract.GET_SERIES_LIST, query=query)).rows

    async def fee_changes(
        self, *, series_ticker: str | None = None, show_historical: bool | None = None
    ) -> Sequence[SeriesFeeChange]:
        """Return the changes of fees that are to come, of one series or of all.

        * ``show_historical``: True returns those of the past too.

        GET /series/fee_changes, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_SERIES_FEE_CHANGES,
            query={"series_ticker": series_ticker, "show_historical": show_historical},
        )
        return reply.rows or []
