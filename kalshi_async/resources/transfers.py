"""session.transfers: cash that moves between shards and exchange instances."""

from __future__ import annotations

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import transfers as contract
from kalshi_async.contract.transfers import TargetBalanceAllocation, Transfer
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.transfers import TargetAllocation, TransferOrder
from kalshi_async.requests.validation import checked_request, given
from kalshi_async.resources.settling.account import TransferSettler
from kalshi_async.resources.settling.settings import AllocationSettler


class Transfers:
    """Transfers of one account. Collateral is per shard: cash must be on the shard of the orders.

    Source of all methods: OpenAPI 3.34.0, read 2026-11-22.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(self, transfer: TransferOrder) -> str:
        """Start a transfer and return its id; follow it with ``get``, because it is asynchronous.

        Raises Conflict for a client_transfer_id that another transfer from the same source shard has,
        whatever its destination. After a lost answer, and when the exchange says that the id is taken,
        the transfer is recognised by its id in the list of transfers. A late copy moves nothing. A
        transfer without an id (numbered subaccounts may have none) is sent once only: OutcomeUnknown when
        its answer is lost.
        POST /portfolio/intra_exchange_instance_transfer, 10 read tokens.
        """
        checked_request("transfer", transfer, TransferOrder)
        if given(transfer.client_transfer_id) is None:
            reply = await self._context.call(contract.INTRA_EXCHANGE_TRANSFER_UNKEYED, body=transfer)
            return reply.transfer_id
        reply = await self._context.call(
            contract.INTRA_EXCHANGE_TRANSFER,
            body=transfer,
            settler=TransferSettler(self._context, transfer),
        )
        return reply.transfer_id

    async def get(self, transfer_id: str) -> Transfer:
        """Return one transfer; its ``amount`` is in dollars.

        Raises NotFound for an unknown id.
        GET /portfolio/intra_exchange_instance_transfers/{transfer_id}, 10 read tokens.
        """
        operation = contract.GET_INTRA_EXCHANGE_TRANSFER
        return (await self._context.call(operation, path={"transfer_id": transfer_id})).transfer

    def list(self, *, limit: int | None = None, on_rejected: OnRejected = None) -> Paginator[Transfer]:
        """List transfers; amounts are in dollars.

        * ``limit``: rows per page, 1 to 500 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/intra_exchange_instance_transfers, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_INTRA_EXCHANGE_TRANSFERS,
            {"limit": limit},
            on_rejected=on_rejected,
            most=500,
        )

    async def target_allocation(self) -> TargetBalanceAllocation:
        """Return the stored target: the part of the cash that each shard shall have.

        GET /portfolio/target_balance_allocation, 10 read tokens.
        """
        return await self._context.call(contract.GET_TARGET_BALANCE_ALLOCATION)

    async def set_target_allocation(self, target: TargetAllocation) -> None:
        """Replace the stored target.

        Institutional opt-in; raises Forbidden for other accounts. After a lost answer a delayed copy may
        set its target for about 30 s, also after a newer one: read ``target_allocation`` again.
        POST /portfolio/target_balance_allocation, 10 read tokens.
        """
        checked_request("target", target, TargetAllocation)
        await self._context.call(
            contract.SET_TARGET_BALANCE_ALLOCATION,
            body=target,
            settler=AllocationSettler(self._context, target),
        )
