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
    """Percent of the cash that the rebalancer keeps on one shard."""

    exchange_index: int
    percent: int


class TargetBalanceAllocation(ReplyStruct, frozen=True, kw_only=True):
    """The stored rebalancing target; no allocations means rebalancing is off."""

    allocations: list[TargetBalanceShare]
    resting_margin_reservation: RestingMarginReservation


class CreateTransferReply(ReplyStruct, frozen=True, kw_only=True):
    """Id under which an asynchronous transfer can be followed."""

    transfer_id: str


class Transfer(ReplyStruct, frozen=True, kw_only=True):
    """``amount`` dollars moved between shards or instances; ``created_ts`` in Unix seconds."""

    transfer_id: str
    source: ExchangeInstance
    destination: ExchangeInstance
    source_exchange_shard: int
    destination_exchange_shard: int
    amount: FixedPoint
    status: TransferStatus
    created_ts: int


class TransferReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one transfer."""

    transfer: Transfer


class TransfersPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of transfers."""

    rows: list[Transfer] = field(name="transfers")
    cursor: str | None = None


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
