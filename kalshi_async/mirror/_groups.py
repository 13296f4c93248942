"""Order groups out of frames and rows. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

import msgspec

from kalshi_async.contract.frames.private import GroupChange, GroupEvent
from kalshi_async.contract.order_groups import OrderGroup
from kalshi_async.mirror.events import GroupChanged, MirrorEvent
from kalshi_async.mirror.model import MirroredGroup, MirroredOrder
from kalshi_async.resources.settling.proof import MARGIN_MS

_NOW_TRIGGERED = {
    GroupChange.CREATED: False,
    GroupChange.TRIGGERED: True,
    GroupChange.RESET: False,
    GroupChange.DELETED: True,
}
"""What a change says of the trigger; another limit says nothing of it."""


class _Times:
    """When what is known of a group was last told, each as (time, place)."""

    __slots__ = ("change", "limit", "triggered_ms")

    def __init__(self) -> None:
        self.change: tuple[float, float] = (-1, -1)
        self.limit: tuple[float, float] = (-1, -1)
        self.triggered_ms: int | None = None
        """The newest trigger: orders that are older end."""


class Groups:
    """The groups of the account, or of the subaccounts in scope as far as those are known."""

    def __init__(self, tell: Callable[[MirrorEvent], None], *, is_for_all: bool) -> None:
        self.known: dict[str, MirroredGroup] = {}
        self.unplaced: dict[str, MirroredGroup] = {}
        """Groups of which no read has told yet whether they are in scope."""
        self._deleted: dict[str, int] = {}
        self._times: dict[str, _Times] = {}
        self._is_for_all = is_for_all
        self._tell = tell

    def frame(self, event: GroupEvent, heard: int) -> None:
        """Take a change of a group."""
        group_id, change = event.order_group_id, event.event_type
        if group_id in self._deleted:
            return
        known = self.known.get(group_id) or self.unplaced.get(group_id)
        if known is None:
            known = MirroredGroup(order_group_id=group_id)
        times, at = self._times_of(group_id), (event.ts_ms, float(heard))
        if change in _TRIGGERS:
            times.triggered_ms = max(event.ts_ms, times.triggered_ms or 0)
        if event.contracts_limit is not None and at > times.limit:
            times.limit = at
            known = msgspec.structs.replace(known, contracts_limit=event.contracts_limit)
        if change in _NOW_TRIGGERED and at > times.change:
            times.change = at
            known = msgspec.structs.replace(known, is_triggered=_NOW_TRIGGERED[change])
        self._put(known, is_new=group_id not in self.known)
        if change is GroupChange.DELETED:
            self._delete(group_id, event.ts_ms)
        if group_id not in self.unplaced:
            self._tell(GroupChanged(known, change, event.ts_ms))

    def place(self, group_id: str, subaccount: int, exchange_index: int | None, now_ms: int) -> None:
        """Take note of where a group is, from the reply to its creation or from one of its orders."""
        known = self.known.get(group_id)
        if group_id in self._deleted or (known is not None and known.subaccount == subaccount):
            return
        times = self._times_of(group_id)
        times.change = max(times.change, (now_ms, -1))  # a list that is older need not show it
        waiting = self.unplaced.pop(group_id, None)
        one = known or waiting or MirroredGroup(order_group_id=group_id)
        shard = one.exchange_index if exchange_index is None else exchange_index
        self.known[group_id] = msgspec.structs.replace(one, subaccount=subaccount, exchange_index=shard)
        if known is None and waiting is not None:
            self._tell(GroupChanged(self.known[group_id], GroupChange.CREATED, now_ms))

    def rows(self, rows: Mapping[str, tuple[OrderGroup, int | None]], as_of_ms: float, now_ms: int) -> None:
        """Take all groups in scope as a read shows them, by id, with the subaccount where it is known."""
        valid = (as_of_ms - MARGIN_MS, math.inf)
        for group_id, (row, subaccount) in rows.items():
            if group_id in self._deleted:
                continue
            known = self.known.get(group_id)
            one = known or self.unplaced.pop(group_id, None) or MirroredGroup(order_group_id=group_id)
            times = self._times_of(group_id)
            if row.contracts_limit is not None and valid > times.limit:
                times.limit = valid
                one = msgspec.structs.replace(one, contracts_limit=row.contracts_limit)
            place = one.subaccount if subaccount is None else subaccount
            shard = one.exchange_index if row.exchange_index is None else row.exchange_index
            now = self.known[group_id] = msgspec.structs.replace(one, subaccount=place, exchange_index=shard)
            if known is None or known.contracts_limit is None:  # the frame of its creation never came
                self._tell(GroupChanged(now, GroupChange.CREATED, now_ms))
            elif known.contracts_limit != now.contracts_limit:
                self._tell(GroupChanged(now, GroupChange.LIMIT_UPDATED, now_ms))
        for group_id in self._missing(rows, as_of_ms):
            gone = self.known[group_id]
            self._delete(group_id, now_ms)
            self._tell(GroupChanged(gone, GroupChange.DELETED, now_ms))
        for group_id in [one for one in self.unplaced if self._is_shown(one, as_of_ms)]:
            del self.unplaced[group_id]  # of another subaccount

    def differing(self, rows: Mapping[str, OrderGroup], as_of_ms: float) -> list[tuple[str, Decimal | None]]:
        """Return the groups that a read shows otherwise, with its limit; None: it does not show the group."""
        found: list[tuple[str, Decimal | None]] = [(name, None) for name in self._missing(rows, as_of_ms)]
        for group_id, row in rows.items():
            known = self.known.get(group_id)
            if group_id in self._deleted or not self._is_shown(group_id, as_of_ms):
                continue
            if known is None or (
                row.contracts_limit is not None and known.contracts_limit != row.contracts_limit
            ):
                found.append((group_id, row.contracts_limit))
        return found

    def doubt_triggers(self) -> None:
        """Take note that groups may have been triggered or reset unseen: reads do not tell it."""
        for group_id, known in self.known.items():
            self.known[group_id] = msgspec.structs.replace(known, is_triggered=None)

    def is_ending(self, order: MirroredOrder) -> bool:
        """Whether the group of a resting order was triggered after it was placed: the exchange cancels it."""
        group_id = order.order_group_id
        times = self._times.get(group_id) if group_id else None
        if group_id is None or times is None or times.triggered_ms is None:
            return False
        if order.created_ms != times.triggered_ms:
            return order.created_ms < times.triggered_ms
        known = self.known.get(group_id)  # of one millisecond: placed before the trigger, or after a reset
        return known is None or known.is_triggered is not False

    def forget(self, before_ms: int) -> None:
        """Forget groups that were deleted long ago."""
        for group_id in [name for name, gone_ms in self._deleted.items() if gone_ms < before_ms]:
            del self._deleted[group_id]
            self._times.pop(group_id, None)

    def _put(self, group: MirroredGroup, *, is_new: bool) -> None:
        if is_new and not self._is_for_all:
            self.unplaced[group.order_group_id] = group
        else:
            self.known[group.order_group_id] = group

    def _delete(self, group_id: str, at_ms: int) -> None:
        self._deleted[group_id] = at_ms
        self.known.pop(group_id, None)
        self.unplaced.pop(group_id, None)

    def _missing(self, shown: Collection[str], as_of_ms: float) -> list[str]:
        return [one for one in self.known if one not in shown and self._is_shown(one, as_of_ms)]

    def _is_shown(self, group_id: str, as_of_ms: float) -> bool:
        """Whether a read that is valid up to ``as_of_ms`` shows all that is known of a group."""
        times = self._times.get(group_id)
        return times is None or max(times.change[0], times.limit[0]) <= as_of_ms - MARGIN_MS

    def _times_of(self, group_id: str) -> _Times:
        times = self._times.get(group_id)
        if times is None:
            times = self._times[group_id] = _Times()
        return times


_TRIGGERS = (GroupChange.TRIGGERED, GroupChange.DELETED)
