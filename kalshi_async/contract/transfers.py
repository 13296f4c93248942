"""Cash between shards and exchange instances: collateral is held per shard."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import (
    ExchangeInstance,
    FixedPoint,
    ReplyStruct,
    RestingMarginReservation,
    TransferStatus,
)
from kalshi_async.contract.operation import Bucket, Empty, Idempotency, read, write


class TargetBalanceShare(ReplyStruct, frozen=True, kw_only=True):
    """Part of the cash that the rebalancer keeps on one shard."""

    exchange_index: int
    """Shard, from 0."""
    percent: int
    """Whole percent of the cash."""


class TargetBalanceAllocation(ReplyStruct, frozen=True, kw_only=True):
    """The stored rebalancing target."""

    allocations: list[TargetBalanceShare]
    """Part of each shard; an empty list means that rebalancing is off."""
    resting_margin_reservation: RestingMarginReservation
    """How much cash the rebalancer keeps back for resting orders."""


class CreateTransferReply(ReplyStruct, frozen=True, kw_only=True):
    """A transfer that was started; it runs asynchronously."""

    transfer_id: str
    """The exchange's id of the transfer, to follow it by."""


class Transfer(ReplyStruct, frozen=True, kw_only=True):
    """Cash that moves between shards or exchange instances."""

    transfer_id: str
    """The exchange's id of the transfer."""
    source: ExchangeInstance
    """Exchange instance that the cash leaves."""
    destination: ExchangeInstance
    """Exchange instance that the cash reaches."""
    source_exchange_shard: int
    """Shard that the cash leaves, from 0."""
    destination_exchange_shard: int
    """Shard that the cash reaches, from 0."""
    amount: FixedPoint
    """Amount in dollars."""
    status: TransferStatus
    """Where the transfer stands."""
    created_ts: int
    """When the transfer was started, in Unix seconds."""
    client_transfer_id: str | None = None
    """The caller's id of the transfer, unique per source shard; None without one."""


class TransferReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one transfer."""

    transfer: Transfer
    """The transfer."""


class TransfersPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of transfers."""

    rows: list[Transfer] = field(name="transfers")
    """Transfers, newest first."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


_ALLOCATION = "/portfolio/target_balance_allocation"
_TRANSFERS = "/portfolio/intra_exchange_instance_transfers"

GET_TARGET_BALANCE_ALLOCATION = read("get_target_balance_allocation", _ALLOCATION, TargetBalanceAllocation)
SET_TARGET_BALANCE_ALLOCATION = write(
    "set_target_balance_allocation",
    "POST",
    _ALLOCATION,
    Empty,
    Idempotency.REPEATABLE,
    bucket=Bucket.READ,
)
INTRA_EXCHANGE_TRANSFER = write(
    "intra_exchange_transfer",
    "POST",
    "/portfolio/intra_exchange_instance_transfer",
    CreateTransferReply,
    Idempotency.REPEATABLE,
    bucket=Bucket.READ,
)
# Without a client_transfer_id (numbered subaccounts may not have one) nothing tells two apart.
INTRA_EXCHANGE_TRANSFER_UNKEYED = write(
    "intra_exchange_transfer",
    "POST",
    "/portfolio/intra_exchange_instance_transfer",
    CreateTransferReply,
    Idempotency.ONCE,
    bucket=Bucket.READ,
)
GET_INTRA_EXCHANGE_TRANSFER = read(
    "get_intra_exchange_transfer", _TRANSFERS + "/{transfer_id}", TransferReply
)
GET_INTRA_EXCHANGE_TRANSFERS = read(
    "get_intra_exchange_transfers", _TRANSFERS, TransfersPage, rows=("transfers",)
)
