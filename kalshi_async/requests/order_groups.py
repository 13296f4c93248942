"""Requests about order groups."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from msgspec import UNSET, UnsetType

from kalshi_async.errors import InvalidRequest
from kalshi_async.requests._fields import set_fields
from kalshi_async.requests.validation import (
    Number,
    checked_count,
    checked_index,
    checked_subaccount,
    shown,
)


@dataclass(frozen=True, slots=True, init=False)
class OrderGroupLimit:
    """Contracts that a group may fill within 15 s, 1 to 1,000,000 (docs order_groups)."""

    contracts_limit: int | UnsetType
    """The limit in whole contracts; UNSET where it has decimals."""
    contracts_limit_fp: Decimal | UnsetType
    """The limit in contracts, to a hundredth; UNSET where it is whole."""
    subaccount: int | UnsetType
    """Subaccount of the group: 0 or UNSET for the primary, 1 to 63 for the others."""
    exchange_index: int | UnsetType
    """Shard of the group, from 0; UNSET means shard 0."""

    def __init__(
        self, limit: Number, *, subaccount: int | None = None, exchange_index: int | None = None
    ) -> None:
        """Check the ``limit``, in contracts, with at most 2 decimals."""
        count = checked_count(limit, "contracts_limit")
        if not 1 <= count <= 1_000_000:
            raise InvalidRequest(f"contracts_limit must be from 1 to 1000000, was {shown(limit)}")
        whole = count == count.to_integral_value()
        set_fields(
            self,
            contracts_limit=int(count) if whole else UNSET,
            contracts_limit_fp=UNSET if whole else count,
            subaccount=checked_subaccount("subaccount", subaccount),
            exchange_index=checked_index("exchange_index", exchange_index),
        )
