"""Multivariate event collections: of which markets a combo may be made, and the combos made so."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import ReplyStruct, Time
from kalshi_async.contract.markets import Market, PriceRange
from kalshi_async.contract.operation import Bucket, Idempotency, Priority, read, write


class AssociatedEvent(ReplyStruct, frozen=True, kw_only=True):
    """An event whose markets may be legs of a combo."""

    ticker: str
    """Ticker of the event."""
    is_yes_only: bool
    """Whether its legs can win on YES alone."""
    active_quoters: list[str]
    """Who quotes combos with it."""
    size_min: int | None = None
    """Fewest legs of this event in a combo; None is no bound."""
    size_max: int | None = None
    """Most legs of this event in a combo; None is no bound."""


class Collection(ReplyStruct, frozen=True, kw_only=True):
    """A collection: the events of whose markets combos are made, and how."""

    collection_ticker: str
    """Ticker of the collection."""
    series_ticker: str
    """Series to which the events of its combos belong."""
    title: str
    """Its name, in words."""
    description: str
    """What it is, in words."""
    open_date: Time
    """From when on combos can be made, in UTC."""
    close_date: Time
    """Until when combos can be made, in UTC."""
    associated_events: list[AssociatedEvent]
    """The events of whose markets legs are taken."""
    associated_event_tickers: list[str]
    """Deprecated by the exchange: the tickers of ``associated_events``."""
    is_ordered: bool
    """Whether the order of the legs makes another combo."""
    is_single_market_per_event: bool
    """Whether a combo has one leg of an event at most."""
    is_all_yes: bool
    """Whether legs can win on YES alone."""
    size_min: int
    """Fewest legs of a combo."""
    size_max: int
    """Most legs of a combo."""
    functional_description: str
    """How the legs decide a combo, in words."""
    price_level_structure: str | None = None
    """Label of the price grid of its combos."""
    price_ranges: list[PriceRange] | None = None
    """Prices that orders on its combos may have."""
    exchange_index: int | None = None
    """Shard on which its combos trade, from 0."""


class CollectionReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one collection."""

    multivariate_contract: Collection
    """The collection."""


class CollectionsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of collections."""

    rows: list[Collection] = field(name="multivariate_contracts")
    """Collections."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


class CreatedMarket(ReplyStruct, frozen=True, kw_only=True):
    """A combo that can be traded from now on: made just now, or before."""

    event_ticker: str
    """Ticker of its event."""
    market_ticker: str
    """Ticker of its market."""
    market: Market | None = None
    """The market; None unless it was asked for."""


# OpenAPI 3.34.0, 2026-10-26. The same legs are the same market: a second delivery makes nothing.
GET_MULTIVARIATE_EVENT_COLLECTION = read(
    "get_multivariate_event_collection",
    "/multivariate_event_collections/{collection_ticker}",
    CollectionReply,
    signed=False,
)
GET_MULTIVARIATE_EVENT_COLLECTIONS = read(
    "get_multivariate_event_collections",
    "/multivariate_event_collections",
    CollectionsPage,
    rows=("multivariate_contracts",),
    signed=False,
)
CREATE_MARKET_IN_MULTIVARIATE_EVENT_COLLECTION = write(
    "create_market_in_multivariate_event_collection",
    "POST",
    "/multivariate_event_collections/{collection_ticker}",
    CreatedMarket,
    Idempotency.REPEATABLE,
    bucket=Bucket.READ,
    priority=Priority.BACKGROUND,
)
