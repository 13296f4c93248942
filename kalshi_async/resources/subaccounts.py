"""session.subaccounts: numbered parts of an account, their cash and their netting."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import subaccounts as contract
from kalshi_async.contract.subaccounts import SubaccountBalance, SubaccountNetting, SubaccountTransfer
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.transfers import (
    CreateSubaccount,
    SubaccountNettingSetting,
    SubaccountTransferOrder,
)
from kalshi_async.requests.validation import checked_request
from kalshi_async.resources.settling.account import NettingSettler, SubaccountTransferSettler


class Subaccounts:
    """Subaccounts 1 to 63 of one account; 0 is the primary.

    Source of all methods: OpenAPI 3.34.0, read 2026-11-22.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(self, *, exchange_index: int | None = None) -> int:
        """Open the next subaccount and return its number.

        Needs the Advanced tier; raises Forbidden below it. Raises OutcomeUnknown when the answer is lost:
        a second request would open a second subaccount.
        POST /portfolio/subaccounts, 10 read tokens (by the venue's rule for buckets).
        """
        shard = self._context.shard(exchange_index)
        body = CreateSubaccount(UNSET if shard is None else shard)
        reply = await self._context.call(contract.CREATE_SUBACCOUNT, body=body)
        return reply.subaccount_number

    async def balances(self) -> Sequence[SubaccountBalance]:
        """Return the cash of every subaccount on every shard, in dollars.

        To a key that is restricted to one subaccount, the exchange shows that one alone.

        GET /portfolio/subaccounts/balances, 10 read tokens.
        """
        return (await self._context.call(contract.GET_SUBACCOUNT_BALANCES)).subaccount_balances

    async def transfer(self, transfer: SubaccountTransferOrder) -> None:
        """Move cents between two subaccounts, once per client_transfer_id.

        Raises Conflict for a client_transfer_id that was used before: a late copy moves nothing. An equal
        transfer that was made since this request is this one: a proxy on the way has delivered it twice.
        POST /portfolio/subaccounts/transfer, 10 read tokens.
        """
        checked_request("transfer", transfer, SubaccountTransferOrder)
        await self._context.call(
            contract.TRANSFER_BETWEEN_SUBACCOUNTS,
            body=transfer,
            settler=SubaccountTransferSettler(self._context, transfer),
        )

    def transfers(
        self, *, limit: int | None = None, on_rejected: OnRejected = None
    ) -> Paginator[SubaccountTransfer]:
        """List transfers between subaccounts.

        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/subaccounts/transfers, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_SUBACCOUNT_TRANSFERS,
            {"limit": limit},
            on_rejected=on_rejected,
        )

    async def netting(self) -> Sequence[SubaccountNetting]:
        """Return the netting flag of every subaccount.

        GET /portfolio/subaccounts/netting, 10 read tokens.
        """
        return (await self._context.call(contract.GET_SUBACCOUNT_NETTING)).netting_configs

    async def set_netting(self, subaccount: int, *, enabled: bool) -> None:
        """Set the netting flag of one subaccount.

        A request whose answer is lost is sent again, and a delayed copy may set its value for about 30 s
        after it was signed, also after a newer one. Nothing fences it off: read ``netting`` again if you
        set the flag twice within 30 s.
        PUT /portfolio/subaccounts/netting, 10 read tokens.
        """
        setting = SubaccountNettingSetting(subaccount, enabled)
        await self._context.call(
            contract.UPDATE_SUBACCOUNT_NETTING,
            body=setting,
            settler=NettingSettler(self._context, setting),
        )
