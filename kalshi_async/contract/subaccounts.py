"""Subaccounts: 0 is the primary, 1 to 63 are numbered; balances, transfers, netting."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, ReplyStruct
from kalshi_async.contract.operation import Bucket, Empty, Idempotency, read, write


class CreateSubaccountReply(ReplyStruct, frozen=True, kw_only=True):
    """A new subaccount."""

    subaccount_number: int
    """Number of the new subaccount, 1 to 63."""


class SubaccountBalance(ReplyStruct, frozen=True, kw_only=True):
    """Cash of one subaccount on one shard."""

    subaccount_number: int
    """Number of the subaccount: 0 for the primary, 1 to 63 for the others."""
    exchange_index: int
    """Shard on which the cash is, from 0."""
    balance: FixedPoint
    """Cash in dollars."""
    updated_ts: int
    """Time of the figure, in Unix seconds."""


class SubaccountBalancesReply(ReplyStruct, frozen=True, kw_only=True):
    """Cash of all subaccounts; not paged."""

    subaccount_balances: list[SubaccountBalance]
    """One row per subaccount and shard."""


class SubaccountTransfer(ReplyStruct, frozen=True, kw_only=True):
    """Cash that was moved between two subaccounts."""

    transfer_id: str
    """The exchange's id of the transfer."""
    from_subaccount: int
    """Subaccount that the cash left, 0 for the primary."""
    to_subaccount: int
    """Subaccount that the cash reached, 0 for the primary."""
    amount_cents: int
    """Amount in whole cents."""
    created_ts: int
    """When the cash was moved, in Unix seconds."""
    exchange_index: int
    """Shard on which the cash was moved, from 0."""


class SubaccountTransfersPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of transfers between subaccounts."""

    rows: list[SubaccountTransfer] = field(name="transfers")
    """Transfers, newest first."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


class SubaccountNetting(ReplyStruct, frozen=True, kw_only=True):
    """Netting flag of one subaccount."""

    subaccount_number: int
    """Number of the subaccount: 0 for the primary, 1 to 63 for the others."""
    enabled: bool
    """Whether netting is on; its precise effect is not documented."""
    exchange_index: int
    """Shard for which the flag holds, from 0."""


class SubaccountNettingReply(ReplyStruct, frozen=True, kw_only=True):
    """Netting flags of all subaccounts."""

    netting_configs: list[SubaccountNetting]
    """The flag of every subaccount."""


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
