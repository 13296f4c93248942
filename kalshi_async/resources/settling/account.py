"""What to read after a change of the account in doubt was refused: groups, netting, transfers.

As in ``settling``: the reply, or the error that is certain now, or None when nothing is.
"""

from __future__ import annotations

from decimal import Decimal

from kalshi_async.calls.call import Call
from kalshi_async.calls.context import View
from kalshi_async.contract.operation import Empty
from kalshi_async.contract.order_groups import DELETE_ORDER_GROUP, GET_ORDER_GROUP, OrderGroupDetails
from kalshi_async.contract.subaccounts import GET_SUBACCOUNT_NETTING, GET_SUBACCOUNT_TRANSFERS
from kalshi_async.contract.transfers import GET_INTRA_EXCHANGE_TRANSFERS, CreateTransferReply
from kalshi_async.errors import Conflict, ExchangePaused, KalshiError, NotFound
from kalshi_async.requests.order_groups import OrderGroupLimit
from kalshi_async.requests.transfers import SubaccountNettingSetting, SubaccountTransferOrder, TransferOrder
from kalshi_async.requests.validation import given
from kalshi_async.resources.settling.orders import polled
from kalshi_async.resources.settling.resolve import HORIZON_S, read_as_of_ms

CENTICENTS = 10_000
"""In a dollar (portfolio-api 3.21, read 2026-11-22)."""


async def settle_group(
    view: View,
    order_group_id: str,
    call: Call[Empty],
    refusal: KalshiError,
    limit: OrderGroupLimit | None,
) -> Empty | KalshiError:
    """Settle a change of a group: gone is deleted, a limit that reads as asked was set.

    A group that the caller knew and that reads do not show any more, though they are
    younger than the first attempt, is gone.
    """
    wanted = (
        None
        if limit is None
        else Decimal(given(limit.contracts_limit) or given(limit.contracts_limit_fp) or 0)
    )
    is_deletion = call.outgoing.operation is DELETE_ORDER_GROUP

    async def look() -> Empty | KalshiError | None:
        as_of_ms = await read_as_of_ms(view)
        group = await _group(view, order_group_id)
        if group is None and as_of_ms > (call.first_sent_ms or 0):
            return Empty() if is_deletion else refusal
        is_set = group is not None and wanted is not None and group.contracts_limit == wanted
        return Empty() if is_set else None

    return await polled(view, look)


async def settle_netting(
    view: View, setting: SubaccountNettingSetting, refusal: KalshiError
) -> Empty | KalshiError:
    """Settle a netting flag by how it reads; reads lag, so that another value proves nothing."""

    async def look() -> Empty | None:
        rows = (await view.call(GET_SUBACCOUNT_NETTING)).netting_configs
        mine = [row.enabled for row in rows if row.subaccount_number == setting.subaccount_number]
        return Empty() if mine and all(enabled == setting.enabled for enabled in mine) else None

    return await polled(view, look)


async def settle_subaccount_transfer(
    view: View, transfer: SubaccountTransferOrder, call: Call[Empty], refusal: KalshiError
) -> Empty | KalshiError | None:
    """Settle a transfer whose id is taken: the same one, listed since our first attempt, is ours.

    Lists do not show the caller's ids, so that after any other refusal nothing can be said.
    """
    wanted = (
        transfer.from_subaccount,
        transfer.to_subaccount,
        transfer.amount_cents,
        given(transfer.exchange_index) or 0,
    )

    async def look() -> Empty | None:
        rows = view.paginate(
            GET_SUBACCOUNT_TRANSFERS, lambda page: page.transfers, lambda page: page.cursor, {"limit": 1000}
        )
        async for row in rows:
            shown = (row.from_subaccount, row.to_subaccount, row.amount_cents, row.exchange_index)
            if shown == wanted and _is_ours(row.created_ts, call.first_sent_ms):
                return Empty()
        return None

    return await polled(view, look) if _is_taken(refusal) else None


async def settle_transfer(
    view: View, transfer: TransferOrder, call: Call[CreateTransferReply], refusal: KalshiError
) -> CreateTransferReply | KalshiError | None:
    """Settle a transfer between shards, as ``settle_subaccount_transfer`` does."""
    wanted = (
        transfer.source,
        transfer.destination,
        given(transfer.source_exchange_shard) or 0,
        given(transfer.destination_exchange_shard) or 0,
        Decimal(transfer.amount) / CENTICENTS,
    )

    async def look() -> CreateTransferReply | None:
        rows = view.paginate(
            GET_INTRA_EXCHANGE_TRANSFERS,
            lambda page: page.transfers,
            lambda page: page.cursor,
            {"limit": 500},
        )
        async for row in rows:
            shards = row.source_exchange_shard, row.destination_exchange_shard
            shown = (row.source, row.destination, *shards, row.amount)
            if shown == wanted and _is_ours(row.created_ts, call.first_sent_ms):
                return CreateTransferReply(transfer_id=row.transfer_id)
        return None

    return await polled(view, look) if _is_taken(refusal) else None


def _is_taken(refusal: KalshiError) -> bool:
    return isinstance(refusal, Conflict) and not isinstance(refusal, ExchangePaused)


def _is_ours(created_s: int, first_sent_ms: int | None) -> bool:
    """Whether something was made no earlier than the first attempt, less the skew of clocks."""
    return created_s >= (first_sent_ms or 0) / 1000 - HORIZON_S


async def _group(view: View, order_group_id: str) -> OrderGroupDetails | None:
    try:
        return await view.call(GET_ORDER_GROUP, path={"order_group_id": order_group_id})
    except NotFound:
        return None
