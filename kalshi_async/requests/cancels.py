"""Requests that cancel several orders at once: an order with its routing, and the batch."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from kalshi_async.errors import InvalidRequest
from kalshi_async.requests._fields import set_fields
from kalshi_async.requests.validation import (
    checked_index,
    checked_reference,
    checked_subaccount,
    checked_ticker,
)


@dataclass(frozen=True, slots=True, init=False)
class CancelItem:
    """One order of a batch cancel, with the routing that finds it."""

    order_id: str
    """The exchange's id of the order."""
    subaccount: int | UnsetType
    """Subaccount of the order: 0 or UNSET for the primary, 1 to 63 for the others."""
    exchange_index: int | UnsetType
    """Shard, from 0; -1 or UNSET: the exchange routes by ``market_ticker``."""
    market_ticker: str | UnsetType
    """Ticker of the order's market; without it and a shard the exchange looks on shard 0."""

    def __init__(
        self,
        order_id: str,
        *,
        subaccount: int | None = None,
        exchange_index: int | None = None,
        market_ticker: str | None = None,
    ) -> None:
        """Check every field; what is None is not sent."""
        if order_id is None:
            raise InvalidRequest("order_id must be given, was None")
        set_fields(
            self,
            order_id=checked_reference("order_id", order_id),
            subaccount=checked_subaccount("subaccount", subaccount),
            exchange_index=checked_index("exchange_index", exchange_index),
            market_ticker=UNSET if market_ticker is None else checked_ticker(market_ticker, "market_ticker"),
        )


@dataclass(frozen=True, slots=True)
class BatchCancel:
    """Body of a batch cancel."""

    orders: tuple[CancelItem, ...]
    """Orders to cancel."""
