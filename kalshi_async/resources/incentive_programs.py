"""session.incentive_programs: rewards for quoting and trading."""

from __future__ import annotations

from typing import Literal, get_args

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import incentive_programs as contract
from kalshi_async.contract.incentive_programs import IncentiveProgram
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.filters import checked_word_filter

ProgramFilter = Literal["all", "active", "upcoming", "closed", "paid_out"]
ProgramType = Literal["all", "liquidity", "volume", "margin_maker_volume", "margin_taker_volume"]

PAGE = 10_000
"""Rows of the longest page of programs (OpenAPI 3.34.0)."""


class IncentivePrograms:
    """Incentive programs; public and unsigned.

    Source of all methods: OpenAPI 3.34.0, 2026-10-26.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(
        self,
        *,
        status: ProgramFilter | None = None,
        type: ProgramType | None = None,
        incentive_description: str | None = None,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[IncentiveProgram]:
        """List incentive programs.

        * ``incentive_description``: keeps programs with this description.
        * ``limit``: rows per page, 1 to 10000.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /incentive_programs, 10 read tokens a page.
        """
        query = {
            "status": checked_word_filter("status", status, get_args(ProgramFilter)),
            "type": checked_word_filter("type", type, get_args(ProgramType)),
            "incentive_description": incentive_description,
            "limit": limit,
        }
        operation = contract.GET_INCENTIVE_PROGRAMS
        return self._context.paginate(operation, query, on_rejected=on_rejected, most=PAGE)
