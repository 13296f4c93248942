"""Subaccounts: 0 is the primary, 1 to 63 are numbered; balances, transfers, netting."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, ReplyStruct
from kalshi_async.contract.operation import Bucket, Empty, Idempotency, read, write


class CreateSubaccountReply(ReplyStruct, frozen=True, kw_only=True):
    """The number of the new subaccount."""

    subaccount_number: int


class SubaccountBalance(ReplyStruct, frozen=True, kw_only=True):
    """Dollars of one subaccount on one shard; ``updated_ts`` in Unix seconds."""

    subaccount_number: int
    exchange_index: int
    balance: FixedPoint
    updated_ts: int


class SubaccountBalancesReply(ReplyStruct, frozen=True, kw_only=True):
    """One row per subaccount and shard; not paged."""

    subaccount_balances: list[SubaccountBalance]


class SubaccountTransfer(ReplyStruct, frozen=True, kw_only=True):
    """Cents moved between two subaccounts; ``created_ts`` in Unix seconds."""

    transfer_id: str
    from_subaccount: int
    to_subaccount: int
    amount_cents: int
    created_ts: int
    exchange_index: int


class SubaccountTransfersPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of transfers between subaccounts."""

    rows: list[SubaccountTransfer] = field(name="transfers")
    cursor: str | None = None


class SubaccountNetting(ReplyStruct, frozen=True, kw_only=True):
    """Whether netting is ``enabled`` for one subaccount; its precise effect is not documented."""

    subaccount_number: int
    enabled: bool
    exchange_index: int


class SubaccountNettingReply(ReplyStruct, frozen=True, kw_only=True):
    """Netting flags of all subaccounts."""

    netting_configs: list[SubaccountNetting]


_SUBACCOUNTS = "/portfolio/subaccounts"

# Bucket: docs rate_limits (2026-08) count everything outside order flow as reads.
CREATE_SUBACCOUNT = write(
    "create_subaccount",
    "POST",
    _SUBACCOUNTS,
    CreateSubaccountReply,
    Idempotency.ONCE,
    bucket=Bucket.READ,
)
GET_SUBACCOUNT_BALANCES = read(
    "get_subaccount_balances",
    _SUBACCOUNTS + "/balances",
    SubaccountBalancesReply,
    rows=("subaccount_balances",),
)
TRANSFER_BETWEEN_SUBACCOUNTS = write(
    "transfer_between_subaccounts",
    "POST",
    _SUBACCOUNTS + "/transfer",
    Empty,
    Idempotency.REPEATABLE,
    bucket=Bucket.READ,
)
GET_SUBACCOUNT_TRANSFERS = read(
    "get_subaccount_transfers",
    _SUBACCOUNTS + "/transfers",
    SubaccountTransfersPage,
    rows=("transfers",),
)
GET_SUBACCOUNT_NETTING = read(
    "get_subaccount_netting",
    _SUBACCOUNTS + "/netting",
    SubaccountNettingReply,
    rows=("netting_configs",),
)
UPDATE_SUBACCOUNT_NETTING = write(
    "update_subaccount_netting",
    "PUT",
    _SUBACCOUNTS + "/netting",
    Empty,
    Idempotency.REPEATABLE,
    bucket=Bucket.READ,
)
