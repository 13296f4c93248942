"""The records of cash that moves: transfers, deposits and withdrawals. Knows no account.

Units and times are those of ``engine.state``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

PaymentStatus = Literal["pending", "applied", "failed", "returned"]


class TransferStatus(StrEnum):
    """Life of a transfer between shards."""

    PENDING = "pending"
    COMPLETE = "complete"


@dataclass(slots=True)
class SubaccountTransfer:
    """Cents moved between two subaccounts of one shard."""

    transfer_id: str
    from_subaccount: int
    to_subaccount: int
    amount_cents: int
    exchange_index: int
    created_us: int


@dataclass(slots=True)
class ShardTransfer:
    """Money moved between shards or exchange instances."""

    transfer_id: str
    source: str
    destination: str
    source_shard: int
    destination_shard: int
    amount_e6: int
    status: TransferStatus
    created_us: int
    client_transfer_id: str | None = None


@dataclass(frozen=True, slots=True)
class FloorEntry:
    """Cash that a change of a settlement floor moved; ``residue_e6`` is what rounding took from the member.

    ``is_cover``: moved from, or to, another subaccount to make good what a lowered floor took.
    """

    ticker: str
    subaccount: int
    exchange_index: int
    amount_e6: int
    residue_e6: int
    is_cover: bool
    created_us: int


@dataclass(slots=True)
class Payment:
    """A deposit or a withdrawal."""

    id: str
    status: PaymentStatus
    type: str
    amount_cents: int
    fee_cents: int
    created_us: int
    finalized_us: int | None = None
