"""Settlers for settings of the account: the target of the rebalancer, and the upgrade of the tier."""

from __future__ import annotations

from dataclasses import dataclass

from kalshi_async.calls.call import Doubt, Settled, Settlement
from kalshi_async.calls.context import Context
from kalshi_async.contract.account import GET_ACCOUNT_LIMITS
from kalshi_async.contract.operation import Empty
from kalshi_async.contract.transfers import GET_TARGET_BALANCE_ALLOCATION
from kalshi_async.requests.transfers import TargetAllocation
from kalshi_async.requests.validation import given
from kalshi_async.resources.settling.proof import Span, read_as_of_ms

LOWEST_TIER = "basic"
"""The tier from which an account is upgraded (OpenAPI, read 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class AllocationSettler:
    """Settle a target by reading it, once reads are younger than the last attempt."""

    context: Context
    target: TargetAllocation

    async def look(self, doubt: Doubt) -> Settlement[Empty]:
        """Read the target once."""
        context = self.context.settling(doubt)
        if await read_as_of_ms(context) <= Span.of(doubt).proof_ms:
            return None
        stored = await context.call(GET_TARGET_BALANCE_ALLOCATION)
        shown = {row.exchange_index: row.percent for row in stored.allocations}
        wanted = {share.exchange_index: share.percent for share in self.target.allocations}
        reserved = given(self.target.resting_margin_reservation) or "sum"
        is_set = shown == wanted and stored.resting_margin_reservation == reserved
        return Settled(Empty()) if is_set else None


@dataclass(frozen=True, slots=True)
class UpgradeSettler:
    """Settle an upgrade by the tier: an account above the lowest one has it."""

    context: Context

    async def look(self, doubt: Doubt) -> Settlement[Empty]:
        """Read the tier once."""
        limits = await self.context.settling(doubt).call(GET_ACCOUNT_LIMITS)
        return None if limits.usage_tier == LOWEST_TIER else Settled(Empty())
