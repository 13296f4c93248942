"""session.positions: contracts that the account holds, by market or by event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract.fields import SettlementStatus
from kalshi_async.contract.positions import (
    GET_POSITIONS,
    EventPosition,
    EventPositionsPage,
    MarketPosition,
)
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.filters import checked_word_filter, words_of
from kalshi_async.wire.outgoing import QueryValue

CountFilter = Literal["position", "total_traded"]

_SETTLEMENT_STATUSES = words_of(SettlementStatus)

_GET_EVENT_POSITIONS = GET_POSITIONS.reading(EventPositionsPage)


class Positions:
    """Positions of one subaccount: the view's, else the primary.

    Source of all methods: OpenAPI 3.34.0, read 2026-11-22.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(
        self,
        *,
        ticker: str | None = None,
        event_ticker: str | None = None,
        count_filter: CountFilter | Sequence[CountFilter] | None = None,
        settlement_status: SettlementStatus | Literal["unsettled", "settled", "all"] | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        exchange_index: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[MarketPosition]:
        """List positions by market.

        * ``count_filter``: keeps the rows where one of the named numbers is not zero.
        * ``settlement_status``: None means unsettled; settled positions are paged by event.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``exchange_index``: one shard; None means the view's; without one there, all shards.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/positions, 10 read tokens a page.
        """
        return self._context.paginate(
            GET_POSITIONS,
            self._query(
                ticker=ticker,
                event_ticker=event_ticker,
                count_filter=count_filter,
                settlement_status=settlement_status,
                limit=limit,
                subaccount=subaccount,
                exchange_index=exchange_index,
            ),
            on_rejected=on_rejected,
        )

    def events(
        self,
        *,
        event_ticker: str | None = None,
        count_filter: CountFilter | Sequence[CountFilter] | None = None,
        settlement_status: SettlementStatus | Literal["unsettled", "settled", "all"] | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        exchange_index: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[EventPosition]:
        """List positions summed by event; the parameters are those of ``list``.

        GET /portfolio/positions, 10 read tokens a page.
        """
        return self._context.paginate(
            _GET_EVENT_POSITIONS,
            self._query(
                ticker=None,
                event_ticker=event_ticker,
                count_filter=count_filter,
                settlement_status=settlement_status,
                limit=limit,
                subaccount=subaccount,
                exchange_index=exchange_index,
            ),
            on_rejected=on_rejected,
        )

    def _query(
        self,
        *,
        ticker: str | None,
        event_ticker: str | None,
        count_filter: str | Sequence[str] | None,
        settlement_status: str | None,
        limit: int | None,
        subaccount: int | None,
        exchange_index: int | None,
    ) -> dict[str, QueryValue]:
        return {
            "ticker": ticker,
            "event_ticker": event_ticker,
            "count_filter": checked_word_filter(
                "count_filter", count_filter, get_args(CountFilter), several=True
            ),
            "settlement_status": checked_word_filter(
                "settlement_status", settlement_status, _SETTLEMENT_STATUSES
            ),
            "limit": limit,
            "subaccount": self._context.scope(subaccount),
            "exchange_index": self._context.shard(exchange_index),
        }
