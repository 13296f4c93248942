"""session.portfolio: cash, settlements, deposits and withdrawals."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import portfolio as contract
from kalshi_async.contract.portfolio import Balance, Deposit, RestingOrderValue, Settlement, Withdrawal
from kalshi_async.pagination.paginator import Paginator


class Portfolio:
    """Money of one account. Source of all methods: OpenAPI 3.34.0, read 2026-11-22."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def balance(self, *, subaccount: int | None = None, exchange_index: int | None = None) -> Balance:
        """Return cash and portfolio value of a subaccount.

        * ``subaccount``: None means the view's; without one there, the primary, or that of a restricted key.
        * ``exchange_index``: one shard; None means the view's; without one there, all shards.

        It is not known whether the exchange deducts the collateral of resting orders from the balance.
        Its bucket is its own, and counts calls: one a second on the tiers Basic and Advanced, five above.
        Later ones wait, and draw on no other bucket.
        GET /portfolio/balance, 1 balance token.
        """
        balance = await self._context.call(
            contract.GET_BALANCE,
            query={
                "subaccount": self._context.scope(subaccount),
                "exchange_index": self._context.shard(exchange_index),
            },
        )
        self._context.fees.saw_balance(balance.balance)
        return balance

    def settlements(
        self,
        *,
        ticker: str | None = None,
        event_ticker: str | None = None,
        min_ts: datetime | int | None = None,
        max_ts: datetime | int | None = None,
        limit: int | None = None,
        subaccount: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Settlement]:
        """List the payouts of settled markets; ``Settlement.profit_and_loss`` is what each has brought.

        * ``min_ts``, ``max_ts``: time bounds, as Unix seconds or aware datetimes.
        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``subaccount``: None means the view's; without one there, all subaccounts.
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/settlements, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_SETTLEMENTS,
            {
                "ticker": ticker,
                "event_ticker": event_ticker,
                "min_ts": min_ts,
                "max_ts": max_ts,
                "limit": limit,
                "subaccount": self._context.scope(subaccount),
            },
            on_rejected=on_rejected,
        )

    async def resting_order_value(self) -> RestingOrderValue:
        """Return the value of all resting orders.

        Meant for FCM members; raises Forbidden for other accounts.
        GET /portfolio/summary/total_resting_order_value, 10 read tokens.
        """
        return await self._context.call(contract.GET_TOTAL_RESTING_ORDER_VALUE)

    def deposits(self, *, limit: int | None = None, on_rejected: OnRejected = None) -> Paginator[Deposit]:
        """List deposits.

        * ``limit``: rows per page, 1 to 500 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/deposits, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_DEPOSITS,
            {"limit": limit},
            on_rejected=on_rejected,
            most=500,
        )

    def withdrawals(
        self, *, limit: int | None = None, on_rejected: OnRejected = None
    ) -> Paginator[Withdrawal]:
        """List withdrawals.

        * ``limit``: rows per page, 1 to 500 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /portfolio/withdrawals, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_WITHDRAWALS,
            {"limit": limit},
            on_rejected=on_rejected,
            most=500,
        )
