"""session.exchange: trading status and hours, and the time up to which reads are valid."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.calls.context import Context
from kalshi_async.contract import exchange as contract
from kalshi_async.contract.exchange import ExchangeStatus, Schedule


class ExchangeState:
    """Public state of the exchange. Source of all methods: OpenAPI 3.34.0, read 2026-11-22."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def status(self) -> ExchangeStatus:
        """Return the trading status of the exchange and of its shards.

        A status that comes with HTTP 500, 503 or 504 is returned and not raised.
        GET /exchange/status, 10 read tokens; public.
        """
        return await self._context.call(contract.GET_EXCHANGE_STATUS)

    async def schedule(self) -> Schedule:
        """Return trading hours (US Eastern) and planned maintenance.

        GET /exchange/schedule, 10 read tokens; public.
        """
        return (await self._context.call(contract.GET_EXCHANGE_SCHEDULE)).schedule

    async def user_data_timestamp(self) -> datetime:
        """Return the time up to which reads of balance, orders, fills and positions are valid.

        GET /exchange/user_data_timestamp, 10 read tokens; public.
        """
        return (await self._context.call(contract.GET_USER_DATA_TIMESTAMP)).as_of_time
