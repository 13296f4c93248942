"""session.multivariate: collections of events, and the combos that are made of their markets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import multivariate as contract
from kalshi_async.contract.multivariate import Collection, CreatedMarket
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.combos import ComboLeg, NewCombo
from kalshi_async.requests.filters import checked_word_filter

CollectionFilter = Literal["unopened", "open", "closed"]

PAGE = 200
"""Rows of the longest page of collections (OpenAPI 3.34.0)."""


class Multivariate:
    """Multivariate event collections; the reads are public and unsigned.

    Source of all methods: OpenAPI 3.34.0, 2026-10-26.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, collection_ticker: str) -> Collection:
        """Return one collection.

        Raises NotFound for an unknown ticker.
        GET /multivariate_event_collections/{collection_ticker}, 10 read tokens.
        """
        path = {"collection_ticker": collection_ticker}
        reply = await self._context.call(contract.GET_MULTIVARIATE_EVENT_COLLECTION, path=path)
        return reply.multivariate_contract

    def list(
        self,
        *,
        status: CollectionFilter | None = None,
        associated_event_ticker: str | None = None,
        series_ticker: str | None = None,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Collection]:
        """List collections.

        * ``associated_event_ticker``: keeps collections of which this event is a part.
        * ``limit``: rows per page, 1 to 200.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /multivariate_event_collections, 10 read tokens a page.
        """
        query = {
            "status": checked_word_filter("status", status, get_args(CollectionFilter)),
            "associated_event_ticker": associated_event_ticker,
            "series_ticker": series_ticker,
            "limit": limit,
        }
        operation = contract.GET_MULTIVARIATE_EVENT_COLLECTIONS
        return self._context.paginate(operation, query, on_rejected=on_rejected, most=PAGE)

    async def create_market(
        self,
        collection_ticker: str,
        selected_markets: Sequence[ComboLeg],
        *,
        with_market_payload: bool | None = None,
    ) -> CreatedMarket:
        """Make a combo of some legs tradable, and return its market: the one that there is, if any.

        A combo must be made once before it can be traded. No order is placed.

        * ``selected_markets``: the legs: a market each, its event, and the side on which the leg wins
        * ``with_market_payload``: True fills ``CreatedMarket.market``

        One account may make 5000 a week (docs, 2026-03). Sent again after an unknown outcome: the same
        legs are the same market. Raises NotFound for an unknown collection.
        POST /multivariate_event_collections/{collection_ticker}, 10 read tokens.
        """
        call = self._context.call(
            contract.CREATE_MARKET_IN_MULTIVARIATE_EVENT_COLLECTION,
            path={"collection_ticker": collection_ticker},
            body=NewCombo(selected_markets, with_market_payload=with_market_payload),
        )
        call.asks_again = True  # the same legs are the same market, and its answer alone tells
        return await call
