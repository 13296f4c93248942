"""session.exchange: whether it trades, when it does, and how fresh its reads are."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.calls.context import Context
from kalshi_async.contract import exchange as contract
from kalshi_async.contract.exchange import ExchangeStatus, Schedule


class ExchangeState:
    """Public state of the exchange."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def status(self) -> ExchangeStatus:
        """Return whether the exchange and its shards trade, also when it answers 503.

        GET /exchange/status, 10 read tokens; public.
        """
        return await self._context.call(contract.GET_EXCHANGE_STATUS)

    async def schedule(self) -> Schedule:
        """Return trading hours (US Eastern) and planned maintenance.

        GET /exchange/schedule, 10 read tokens; public.
        """
        return (await self._context.call(contract.GET_EXCHANGE_SCHEDULE)).schedule

    async def user_data_timestamp(self) -> datetime:
        """Return the time up to which balance, orders, fills and positions are readable.

        GET /exchange/user_data_timestamp, 10 read tokens; public.
        """
        return (await self._context.call(contract.GET_USER_DATA_TIMESTAMP)).as_of_time
