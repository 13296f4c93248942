"""session.search: what the catalog can be searched by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kalshi_async.calls.context import Context
from kalshi_async.contract import search as contract
from kalshi_async.contract.search import FiltersBySport


class Search:
    """Tags and filters; public and unsigned.

    Source of all methods: OpenAPI 3.34.0, 2026-10-26.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def tags_by_categories(self) -> Mapping[str, Sequence[str]]:
        """Return the tags of the series of every category.

        GET /search/tags_by_categories, 10 read tokens.
        """
        reply = await self._context.call(contract.GET_TAGS_FOR_SERIES_CATEGORIES)
        return {category: tags or [] for category, tags in reply.tags_by_categories.items()}

    async def filters_by_sport(self) -> FiltersBySport:
        """Return the competitions and scopes of every sport.

        GET /search/filters_by_sport, 10 read tokens.
        """
        return await self._context.call(contract.GET_FILTERS_FOR_SPORTS)
