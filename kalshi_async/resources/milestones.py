"""session.milestones: the dated happenings to which events and live data belong."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import milestones as contract
from kalshi_async.contract.milestones import Milestone
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.filters import rfc_3339

PAGE = 500
"""Rows of the longest page of milestones (OpenAPI 3.34.0)."""


class Milestones:
    """Milestones; public and unsigned.

    Source of all methods: OpenAPI 3.34.0, 2026-10-26.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, milestone_id: str) -> Milestone:
        """Return one milestone.

        Raises NotFound for an unknown id.
        GET /milestones/{milestone_id}, 10 read tokens.
        """
        path = {"milestone_id": milestone_id}
        return (await self._context.call(contract.GET_MILESTONE, path=path)).milestone

    def list(
        self,
        *,
        related_event_ticker: str | None = None,
        category: str | None = None,
        competition: str | None = None,
        type: str | None = None,
        source_id: str | None = None,
        minimum_start_date: datetime | None = None,
        min_updated_ts: datetime | int | None = None,
        limit: int = PAGE,
        on_rejected: OnRejected = None,
    ) -> Paginator[Milestone]:
        """List milestones, of one event or of all.

        * ``minimum_start_date``: keeps milestones that begin no earlier; an aware datetime.
        * ``min_updated_ts``: keeps milestones whose facts changed no earlier; Unix seconds or a datetime.
        * ``limit``: rows per page, 1 to 500.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /milestones, 10 read tokens a page.
        """
        query = {
            "related_event_ticker": related_event_ticker,
            "category": category,
            "competition": competition,
            "type": type,
            "source_id": source_id,
            "minimum_start_date": rfc_3339("minimum_start_date", minimum_start_date),
            "min_updated_ts": min_updated_ts,
            "limit": limit,
        }
        return self._context.paginate(contract.GET_MILESTONES, query, on_rejected=on_rejected, most=PAGE)
