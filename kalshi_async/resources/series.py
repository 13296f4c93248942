"""session.series: series of events, and the fees of their markets."""

from __future__ import annotations

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

    async def get(self, series_ticker: str) -> Series:
        """Return one series with the fees that its markets have now.

        Raises NotFound for an unknown ticker.
        GET /series/{series_ticker}, 10 read tokens.
        """
        reply = await self._context.call(contract.GET_SERIES, path={"series_ticker": series_ticker})
        return reply.series

    async def fee_changes(
        self, *, series_ticker: str | None = None, show_historical: bool | None = None
    ) -> list[SeriesFeeChange]:
        """Return the changes of fees that are to come, of one series or of all.

        * ``show_historical``: True returns those of the past too.

        GET /series/fee_changes, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_SERIES_FEE_CHANGES,
            query={"series_ticker": series_ticker, "show_historical": show_historical},
        )
        return reply.rows or []
