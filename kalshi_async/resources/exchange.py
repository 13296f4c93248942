"""session.exchange: whether it trades, when it does, and how fresh its reads are."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.calls.context import View
from kalshi_async.contract import exchange as contract
from kalshi_async.contract.exchange import ExchangeStatus, Schedule


class ExchangeState:
    """Public state of the exchange."""

    __slots__ = ("_view",)

    def __init__(self, view: View) -> None:
        self._view = view

    async def status(self) -> ExchangeStatus:
        """Return whether the exchange and its shards trade, also when it answers 503.

        GET /exchange/status, 10 read tokens; public.
        """
        return await self._view.call(contract.GET_EXCHANGE_STATUS)

    async def schedule(self) -> Schedule:
        """Return trading hours (US Eastern) and planned maintenance.

        GET /exchange/schedule, 10 read tokens; public.
        """
        return (await self._view.call(contract.GET_EXCHANGE_SCHEDULE)).schedule

    async def user_data_timestamp(self) -> datetime:
        """Return the time up to which balance, orders, fills and positions are readable.

        GET /exchange/user_data_timestamp, 10 read tokens; public.
        """
        return (await self._view.call(contract.GET_USER_DATA_TIMESTAMP)).as_of_time
