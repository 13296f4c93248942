"""Settlers for changes of groups, netting flags and transfers: one class per kind of change."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kalshi_async.calls.call import Doubt, Refused, Settled, Settlement, Unprovable
from kalshi_async.calls.context import Context
from kalshi_async.contract.operation import Empty
from kalshi_async.contract.order_groups import GET_ORDER_GROUP, OrderGroupDetails
from kalshi_async.contract.subaccounts import GET_SUBACCOUNT_NETTING, GET_SUBACCOUNT_TRANSFERS
from kalshi_async.contract.transfers import GET_INTRA_EXCHANGE_TRANSFERS, CreateTransferReply
from kalshi_async.errors import Conflict, ExchangePaused, KalshiError, NotFound
from kalshi_async.requests.order_groups import OrderGroupLimit
from kalshi_async.requests.transfers import SubaccountNettingSetting, SubaccountTransferOrder, TransferOrder
from kalshi_async.requests.validation import given
from kalshi_async.resources.settling.resolve import HORIZON_S, read_as_of_ms

CENTICENTS = 10_000
"""In a dollar (portfolio-api 3.21, read 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class GroupSettler:
    """Settle a change of a group by reading the group.

    A delete is done if the group is not found and reads are younger than the first attempt. A limit is
    set if the group shows it.
    """

    context: Context
    order_group_id: str
    is_deletion: bool
    limit: OrderGroupLimit | None = None

    async def look(self, doubt: Doubt) -> Settlement[Empty]:
        """Read the group once."""
        as_of_ms = await read_as_of_ms(self.context)
        group = await self._read()
        if group is None:
            if as_of_ms <= doubt.first_sent_ms:
                return None
            return Settled(Empty()) if self.is_deletion else Refused(doubt.refusal)
        is_set = self.limit is not None and group.contracts_limit == _contracts(self.limit)
        return Settled(Empty()) if is_set else None

    async def _read(self) -> OrderGroupDetails | None:
        try:
            return await self.context.call(GET_ORDER_GROUP, path={"order_group_id": self.order_group_id})
        except NotFound:
            return None


@dataclass(frozen=True, slots=True)
class NettingSettler:
    """Settle a netting flag by reading it. Reads lag, so that another value proves nothing."""

    context: Context
    setting: SubaccountNettingSetting

    async def look(self, _: Doubt) -> Settlement[Empty]:
        """Read the flags once."""
        rows = (await self.context.call(GET_SUBACCOUNT_NETTING)).netting_configs
        mine = [row.enabled for row in rows if row.subaccount_number == self.setting.subaccount_number]
        is_set = bool(mine) and all(enabled == self.setting.enabled for enabled in mine)
        return Settled(Empty()) if is_set else None


@dataclass(frozen=True, slots=True)
class SubaccountTransferSettler:
    """Settle a transfer whose client_transfer_id is taken, by an equal one that is listed.

    The list does not show the ids of callers, so that after any other refusal the outcome stays unknown.
    """

    context: Context
    transfer: SubaccountTransferOrder

    async def look(self, doubt: Doubt) -> Settlement[Empty]:
        """Read the list once."""
        if not _is_taken(doubt.refusal):
            return Unprovable()
        transfer = self.transfer
        wanted = (
            transfer.from_subaccount,
            transfer.to_subaccount,
            transfer.amount_cents,
            given(transfer.exchange_index) or 0,
        )
        async for row in self.context.paginate(GET_SUBACCOUNT_TRANSFERS, {"limit": 1000}):
            shown = (row.from_subaccount, row.to_subaccount, row.amount_cents, row.exchange_index)
            if shown == wanted and _is_ours(row.created_ts, doubt):
                return Settled(Empty())
        return None


@dataclass(frozen=True, slots=True)
class TransferSettler:
    """Settle a transfer between shards, as ``SubaccountTransferSettler`` does."""

    context: Context
    transfer: TransferOrder

    async def look(self, doubt: Doubt) -> Settlement[CreateTransferReply]:
        """Read the list once."""
        if not _is_taken(doubt.refusal):
            return Unprovable()
        transfer = self.transfer
        wanted = (
            transfer.source,
            transfer.destination,
            given(transfer.source_exchange_shard) or 0,
            given(transfer.destination_exchange_shard) or 0,
            Decimal(transfer.amount) / CENTICENTS,
        )
        async for row in self.context.paginate(GET_INTRA_EXCHANGE_TRANSFERS, {"limit": 500}):
            shards = row.source_exchange_shard, row.destination_exchange_shard
            shown = (row.source, row.destination, *shards, row.amount)
            if shown == wanted and _is_ours(row.created_ts, doubt):
                return Settled(CreateTransferReply(transfer_id=row.transfer_id))
        return None


def _contracts(limit: OrderGroupLimit) -> Decimal:
    return Decimal(given(limit.contracts_limit) or given(limit.contracts_limit_fp) or 0)


def _is_taken(refusal: KalshiError) -> bool:
    return isinstance(refusal, Conflict) and not isinstance(refusal, ExchangePaused)


def _is_ours(created_s: int, doubt: Doubt) -> bool:
    """Whether something was made no earlier than the first attempt, less the skew of clocks."""
    return created_s >= doubt.first_sent_ms / 1000 - HORIZON_S
