"""session.structured_targets: the teams, persons and things that markets are about."""

from __future__ import annotations

from collections.abc import Sequence

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import structured_targets as contract
from kalshi_async.contract.structured_targets import StructuredTarget
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.validation import checked_whole

PAGE = 2000
"""Rows of the longest page of targets (OpenAPI 3.34.0)."""


class StructuredTargets:
    """Structured targets; public and unsigned.

    Source of all methods: OpenAPI 3.34.0, 2026-10-26.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, structured_target_id: str) -> StructuredTarget | None:
        """Return one target; None if the exchange sends none.

        Raises NotFound for an unknown id.
        GET /structured_targets/{structured_target_id}, 10 read tokens.
        """
        path = {"structured_target_id": structured_target_id}
        return (await self._context.call(contract.GET_STRUCTURED_TARGET, path=path)).structured_target

    def list(
        self,
        *,
        ids: Sequence[str] | None = None,
        type: str | None = None,
        competition: str | None = None,
        page_size: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[StructuredTarget]:
        """List targets.

        * ``ids``: keeps these, up to 2000.
        * ``page_size``: rows per page, 1 to 2000 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /structured_targets, 10 read tokens a page.
        """
        if page_size is not None:
            checked_whole("page_size", page_size, least=1, most=PAGE)
        query = {"ids": ids, "type": type, "competition": competition, "page_size": page_size}
        return self._context.paginate(contract.GET_STRUCTURED_TARGETS, query, on_rejected=on_rejected)
