"""session.account: limits, costs and tier of the account."""

from __future__ import annotations

from collections.abc import Sequence

from kalshi_async.calls.context import Context
from kalshi_async.contract import account as contract
from kalshi_async.contract.account import AccountLimits, EndpointCosts, VolumeProgress
from kalshi_async.resources.settling.settings import UpgradeSettler


class Account:
    """Limits, costs and tier of one account.

    Source of all methods: OpenAPI 3.34.0, read 2026-11-22.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def limits(self) -> AccountLimits:
        """Return the tier and the buckets of reads and writes. GET /account/limits, 10 read tokens."""
        return await self._context.call(contract.GET_ACCOUNT_LIMITS)

    async def endpoint_costs(self) -> EndpointCosts:
        """Return the tokens that each endpoint costs. GET /account/endpoint_costs, 10 read tokens; public."""
        return await self._context.call(contract.GET_ENDPOINT_COSTS)

    async def volume_progress(self) -> Sequence[VolumeProgress]:
        """Return the trailing volume in contracts, and the volumes that earn and keep each tier.

        One row per exchange instance.
        GET /account/api_usage_level/volume_progress, 10 read tokens.
        """
        return (await self._context.call(contract.GET_VOLUME_PROGRESS)).volume_progress

    async def upgrade(self) -> None:
        """Ask for the Advanced tier.

        Raises Forbidden until an order was placed through the API.
        POST /account/api_usage_level/upgrade, 30 write tokens.
        """
        await self._context.call(contract.UPGRADE_API_USAGE_LEVEL, settler=UpgradeSettler(self._context))
