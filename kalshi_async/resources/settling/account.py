"""Settlers for changes of groups, netting flags and transfers: one class per kind of change."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kalshi_async.calls.call import Doubt, Refused, Settled, Settlement, Unprovable
from kalshi_async.calls.context import Context
from kalshi_async.contract.operation import Empty
from kalshi_async.contract.order_groups import GET_ORDER_GROUP, GET_ORDER_GROUPS, OrderGroup
from kalshi_async.contract.subaccounts import GET_SUBACCOUNT_NETTING, GET_SUBACCOUNT_TRANSFERS
from kalshi_async.contract.transfers import GET_INTRA_EXCHANGE_TRANSFERS, CreateTransferReply, Transfer
from kalshi_async.errors import ApiError, Conflict, ExchangePaused, KalshiError, NotFound
from kalshi_async.requests.order_groups import OrderGroupLimit
from kalshi_async.requests.transfers import SubaccountNettingSetting, SubaccountTransferOrder, TransferOrder
from kalshi_async.requests.validation import given
from kalshi_async.resources.settling.proof import MARGIN_MS, SECOND_MS, Span, read_as_of_ms, refused_at_ms

CENTICENTS = 10_000
"""In a dollar (portfolio-api 3.21, read 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class GroupSettler:
    """Settle a change of a group by reading the group, once reads are younger than the last attempt.

    A delete is done if the group is not found. A limit is set if the list of groups shows it: a row of
    the list has the id of its group, which the reply about one group lacks.
    """

    context: Context
    order_group_id: str
    is_deletion: bool
    limit: OrderGroupLimit | None = None

    async def look(self, doubt: Doubt) -> Settlement[Empty]:
        """Read the group once."""
        context = self.context.settling(doubt)
        if await read_as_of_ms(context) <= Span.of(doubt).proof_ms:
            return None
        if await self._is_gone(context):
            return Settled(Empty()) if self.is_deletion else Refused(_gone(doubt.refusal))
        if self.limit is None:
            return None
        row = await self._row(context)
        is_set = row is not None and row.contracts_limit == _contracts(self.limit)
        return Settled(Empty()) if is_set else None

    async def _is_gone(self, context: Context) -> bool:
        try:
            await context.call(GET_ORDER_GROUP, path={"order_group_id": self.order_group_id})
        except NotFound:
            return True
        return False

    async def _row(self, context: Context) -> OrderGroup | None:
        groups = (await context.call(GET_ORDER_GROUPS)).order_groups or []
        return next((row for row in groups if row.order_group_id == self.order_group_id), None)


@dataclass(frozen=True, slots=True)
class NettingSettler:
    """Settle a netting flag by reading it, once reads are younger than the last attempt.

    Another value proves nothing: a delayed copy may still arrive.
    """

    context: Context
    setting: SubaccountNettingSetting

    async def look(self, doubt: Doubt) -> Settlement[Empty]:
        """Read the flags once."""
        context = self.context.settling(doubt)
        if await read_as_of_ms(context) <= Span.of(doubt).proof_ms:
            return None
        rows = (await context.call(GET_SUBACCOUNT_NETTING)).netting_configs
        mine = [row.enabled for row in rows if row.subaccount_number == self.setting.subaccount_number]
        is_set = bool(mine) and all(enabled == self.setting.enabled for enabled in mine)
        return Settled(Empty()) if is_set else None


@dataclass(frozen=True, slots=True)
class SubaccountTransferSettler:
    """Settle a transfer whose client_transfer_id is taken, by an equal one that is listed.

    The list does not show the ids of callers, so that after any other refusal the outcome stays unknown.
    If no equal one has been made since the first attempt, once reads are younger than the refusal, then
    the id belongs to an older transfer, and the refusal holds.
    """

    context: Context
    transfer: SubaccountTransferOrder

    async def look(self, doubt: Doubt) -> Settlement[Empty]:
        """Read the list once."""
        if not _is_taken(doubt.refusal):
            return Unprovable()
        context = self.context.settling(doubt)
        refused_ms, as_of_ms = refused_at_ms(doubt), await read_as_of_ms(context)
        transfer = self.transfer
        wanted = (
            transfer.from_subaccount,
            transfer.to_subaccount,
            transfer.amount_cents,
            given(transfer.exchange_index) or 0,
        )
        async for row in context.paginate(GET_SUBACCOUNT_TRANSFERS, {"limit": 1000}):
            shown = (row.from_subaccount, row.to_subaccount, row.amount_cents, row.exchange_index)
            if shown == wanted and _is_ours(row.created_ts, doubt):
                return Settled(Empty())
        # The Date header is cut to whole seconds.
        is_proven = refused_ms is not None and as_of_ms > refused_ms + SECOND_MS + MARGIN_MS
        return Refused(doubt.refusal) if is_proven else None


@dataclass(frozen=True, slots=True)
class TransferSettler:
    """Settle a transfer between shards by the row with its client_transfer_id.

    The id is unique per source shard (OpenAPI, 2026-10-26). A row with our id that moves something
    else, or that is older than our first attempt, is a Conflict.
    """

    context: Context
    transfer: TransferOrder

    async def look(self, doubt: Doubt) -> Settlement[CreateTransferReply]:
        """Read the list once."""
        key, shard = given(self.transfer.client_transfer_id), given(self.transfer.source_exchange_shard) or 0
        context = self.context.settling(doubt)
        async for row in context.paginate(GET_INTRA_EXCHANGE_TRANSFERS, {"limit": 500}):
            if (row.client_transfer_id, row.source, row.source_exchange_shard) == (
                key,
                self.transfer.source,
                shard,
            ):
                if self._matches(row) and _is_ours(row.created_ts, doubt):
                    return Settled(CreateTransferReply(transfer_id=row.transfer_id))
                return Refused(_other_transfer(row))
        return None

    def _matches(self, row: Transfer) -> bool:
        transfer = self.transfer
        return (row.destination, row.destination_exchange_shard, row.amount) == (
            transfer.destination,
            given(transfer.destination_exchange_shard) or 0,
            Decimal(transfer.amount) / CENTICENTS,
        )


def _contracts(limit: OrderGroupLimit) -> Decimal:
    return Decimal(given(limit.contracts_limit) or given(limit.contracts_limit_fp) or 0)


def _is_taken(refusal: KalshiError) -> bool:
    return isinstance(refusal, Conflict) and not isinstance(refusal, ExchangePaused)


def _is_ours(created_s: int, doubt: Doubt) -> bool:
    """Whether something was made no earlier than the first attempt, less the skew of clocks."""
    return created_s * SECOND_MS >= Span.of(doubt).earliest_ms - SECOND_MS  # cut to whole seconds


def _gone(refusal: KalshiError) -> KalshiError:
    """Return the refusal of a change of a group that does not exist."""
    if isinstance(refusal, ApiError) and refusal.status < 500:
        return refusal
    return NotFound(404, code="not_found", message="the group does not exist any more")


def _other_transfer(row: Transfer) -> Conflict:
    return Conflict(
        409,
        code="transfer_already_applied",
        message=f"client_transfer_id {row.client_transfer_id} belongs to another transfer, {row.transfer_id}",
        details=f"{row.amount} from shard {row.source_exchange_shard} to {row.destination_exchange_shard}, "
        f"created {row.created_ts}",
    )
