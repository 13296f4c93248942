"""Order groups: a limit on contracts filled within 15 s, and a switch that cancels all.

A group belongs to one subaccount and one shard; any other scope sees nothing (404).
Filling the window and triggering on fills is the work of ``matching.py``.
"""

from __future__ import annotations

from kalshi_async.sandbox.engine.amending import Amending
from kalshi_async.sandbox.engine.state import ONE_CONTRACT_E2, Account, Group, Rejected

# docs order_groups, 2026-08: 1 to 1,000,000 contracts.
_LOWEST_LIMIT_E2 = ONE_CONTRACT_E2
_HIGHEST_LIMIT_E2 = 1_000_000 * ONE_CONTRACT_E2


class OrderGroups(Amending):
    """The order group endpoints."""

    def create_group(
        self,
        account: Account,
        limit_e2: int,
        *,
        subaccount: int = 0,
        exchange_index: int = 0,
        name: str = "",
    ) -> Group:
        """Create a group that cancels its orders once more than ``limit_e2`` fills in 15 s."""
        now_us = self._tick()
        account = self._account(account)
        self._require_subaccount(account, subaccount)
        if exchange_index not in self._running:
            raise Rejected("invalid_parameters", f"exchange_index {exchange_index} does not exist")
        self._refuse_exchange_pause(exchange_index)
        _refuse_limit(limit_e2)
        if len(account.groups) >= self.rules.groups_per_user:
            raise Rejected("invalid_parameters", "too many order groups")
        group = Group(self._new_id(), account.user_id, subaccount, exchange_index, limit_e2)
        group.name, group.created_us = name, now_us
        account.groups[group.order_group_id] = group
        self._replica.group(self._now_us, group)
        return group

    def delete_group(
        self, account: Account, group_id: str, *, subaccount: int = 0, exchange_index: int = 0
    ) -> None:
        """Cancel the members and forget the group."""
        group = self._group(account, group_id, subaccount, exchange_index)
        self._trigger(group)
        account = self._account(account)
        del account.groups[group_id]
        self._replicate(account, lambda seen: seen.groups.__delitem__(group_id))

    def reset_group(
        self, account: Account, group_id: str, *, subaccount: int = 0, exchange_index: int = 0
    ) -> None:
        """Arm a triggered group again with an empty window; its orders do not come back."""
        group = self._group(account, group_id, subaccount, exchange_index)
        group.is_triggered = False
        group.fills.clear()
        group.window_e2 = 0
        self._replica.group(self._now_us, group)

    def trigger_group(
        self, account: Account, group_id: str, *, subaccount: int = 0, exchange_index: int = 0
    ) -> None:
        """Cancel the members now and refuse new ones until a reset."""
        self._trigger(self._group(account, group_id, subaccount, exchange_index))

    def set_group_limit(
        self,
        account: Account,
        group_id: str,
        limit_e2: int,
        *,
        subaccount: int = 0,
        exchange_index: int = 0,
    ) -> None:
        """Change the limit; below what the window holds already, the group triggers."""
        group = self._group(account, group_id, subaccount, exchange_index)
        _refuse_limit(limit_e2)
        group.limit_e2 = limit_e2
        self._replica.group(self._now_us, group)
        if not group.is_triggered and group.fills and self._exceeds_limit(group):
            self._trigger(group)

    def _group(self, account: Account, group_id: str, subaccount: int, exchange_index: int) -> Group:
        self._tick()
        group = self._account(account).groups.get(group_id)
        if group is None or (group.subaccount, group.exchange_index) != (subaccount, exchange_index):
            raise Rejected("not_found")
        self._refuse_exchange_pause(exchange_index)
        return group


def _refuse_limit(limit_e2: int) -> None:
    if not _LOWEST_LIMIT_E2 <= limit_e2 <= _HIGHEST_LIMIT_E2:
        raise Rejected("invalid_parameters", "contracts_limit must be between 1 and 1000000")
