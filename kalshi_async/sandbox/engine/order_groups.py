"""Order groups: a limit on contracts filled within 15 s, and a switch that cancels all.

A group belongs to one subaccount and one shard; any other scope sees nothing (404).
``matching.py`` counts the fills and triggers the group.
"""

from __future__ import annotations

from kalshi_async.contract.frames.private import GroupChange
from kalshi_async.sandbox.engine.matching import Matching
from kalshi_async.sandbox.engine.state import ONE_CONTRACT_E2, Account, Group, Rejected
from kalshi_async.sandbox.engine.venue import Venue, require_subaccount
from kalshi_async.sandbox.markets.shards import Shards
from kalshi_async.sandbox.reads.replica import Replica

# docs order_groups, 2026-08: 1 to 1,000,000 contracts.
_LOWEST_LIMIT_E2 = ONE_CONTRACT_E2
_HIGHEST_LIMIT_E2 = 1_000_000 * ONE_CONTRACT_E2


class Groups:
    """The order groups of all members."""

    def __init__(self, venue: Venue, replica: Replica, matching: Matching, shards: Shards) -> None:
        self._venue = venue
        self._replica = replica
        self._matching = matching
        self._shards = shards

    def create(
        self,
        account: Account,
        limit_e2: int,
        *,
        subaccount: int = 0,
        exchange_index: int = 0,
        name: str = "",  # api2025
    ) -> Group:
        """Create a group that cancels its orders once more than ``limit_e2`` fills in 15 s."""
        now_us = self._venue.tick()
        account = self._venue.live(account)
        require_subaccount(account, subaccount)
        self._venue.require_shard(exchange_index)
        self._shards.refuse_paused(exchange_index)
        _refuse_limit(limit_e2)
        if len(account.groups) >= self._venue.rules.groups_per_user:
            raise Rejected("invalid_parameters", "too many order groups")
        group = Group(
            order_group_id=self._venue.new_id(),
            user_id=account.user_id,
            subaccount=subaccount,
            exchange_index=exchange_index,
            limit_e2=limit_e2,
            name=name,  # api2025
            created_us=now_us,
        )
        account.groups[group.order_group_id] = group
        self._replica.group(group)
        self._venue.events.group(group, GroupChange.CREATED)
        return group

    def delete(
        self, account: Account, group_id: str, *, subaccount: int = 0, exchange_index: int = 0
    ) -> None:
        """Cancel the members and forget the group."""
        group = self._group(account, group_id, subaccount, exchange_index)
        self._matching.trigger(group, GroupChange.DELETED)
        del self._venue.live(account).groups[group_id]
        self._replica.change(account.user_id, lambda seen: seen.groups.__delitem__(group_id))

    def reset(self, account: Account, group_id: str, *, subaccount: int = 0, exchange_index: int = 0) -> None:
        """Arm a triggered group again with an empty window; its orders stay canceled."""
        group = self._group(account, group_id, subaccount, exchange_index)
        group.is_triggered = False
        group.fills.clear()
        group.window_e2 = 0
        self._replica.group(group)
        self._venue.events.group(group, GroupChange.RESET)

    def trigger(
        self, account: Account, group_id: str, *, subaccount: int = 0, exchange_index: int = 0
    ) -> None:
        """Cancel the members now and refuse new ones until a reset."""
        self._matching.trigger(self._group(account, group_id, subaccount, exchange_index))

    def set_limit(
        self, account: Account, group_id: str, limit_e2: int, *, subaccount: int = 0, exchange_index: int = 0
    ) -> None:
        """Change the limit; a limit below the fills of the window triggers the group."""
        group = self._group(account, group_id, subaccount, exchange_index)
        _refuse_limit(limit_e2)
        group.limit_e2 = limit_e2
        self._replica.group(group)
        self._venue.events.group(group, GroupChange.LIMIT_UPDATED)
        if not group.is_triggered and group.fills and self._matching.exceeds_limit(group):
            self._matching.trigger(group)

    def _group(self, account: Account, group_id: str, subaccount: int, exchange_index: int) -> Group:
        self._venue.tick()
        group = self._venue.live(account).groups.get(group_id)
        if group is None or (group.subaccount, group.exchange_index) != (subaccount, exchange_index):
            raise Rejected("not_found")
        self._shards.refuse_paused(exchange_index)
        return group


def _refuse_limit(limit_e2: int) -> None:
    if not _LOWEST_LIMIT_E2 <= limit_e2 <= _HIGHEST_LIMIT_E2:
        raise Rejected("invalid_parameters", "contracts_limit must be between 1 and 1000000")
