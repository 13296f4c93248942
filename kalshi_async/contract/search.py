"""What the catalog can be searched by: tags of categories, filters of sports."""

from __future__ import annotations

from kalshi_async.contract.fields import ReplyStruct
from kalshi_async.contract.operation import read


class TagsByCategories(ReplyStruct, frozen=True, kw_only=True):
    """The tags of the series of every category."""

    tags_by_categories: dict[str, list[str] | None]
    """Tags by category; None for a category without any."""


class Scopes(ReplyStruct, frozen=True, kw_only=True):
    """Kinds of markets of one competition."""

    scopes: list[str]
    """Scopes: "Game", "Futures" and the like."""


class SportFilters(ReplyStruct, frozen=True, kw_only=True):
    """What the markets of one sport can be searched by."""

    scopes: list[str]
    """Scopes of the sport."""
    competitions: dict[str, Scopes]
    """Scopes of each competition, by its name."""


class FiltersBySport(ReplyStruct, frozen=True, kw_only=True):
    """The filters of every sport."""

    filters_by_sports: dict[str, SportFilters]
    """Filters by sport."""
    sport_ordering: list[str]
    """The sports, in the order in which the exchange shows them."""


# OpenAPI 3.34.0, 2026-10-26.
GET_TAGS_FOR_SERIES_CATEGORIES = read(
    "get_tags_for_series_categories", "/search/tags_by_categories", TagsByCategories, signed=False
)
GET_FILTERS_FOR_SPORTS = read(
    "get_filters_for_sports", "/search/filters_by_sport", FiltersBySport, signed=False
)
