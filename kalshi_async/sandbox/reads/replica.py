"""The read side: copies of the accounts that follow the engine at a fixed distance.

The engine hands over every change as a function on an account; the replica applies it
to its copy once the change is ``lag_us`` old. Without a lag there are no copies at all
and reads see the live account. A read never sees half of what ``as_of_us`` promises:
every change up to that time is in, and none after it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from copy import copy, deepcopy

from kalshi_async.sandbox.engine.state import Account, Fill, Group, Order, Position, Settlement

Change = Callable[[Account], None]


class Replica:
    """Lagging copies of accounts. The engine writes, the read side reads."""

    def __init__(self, lag_us: int) -> None:
        self.lag_us = lag_us
        self._copies: dict[str, Account] = {}
        self._pending: deque[tuple[int, str, Change]] = deque()

    def add_account(self, account: Account) -> None:
        """Start a copy of a new, still empty account."""
        self._copies[account.user_id] = Account(
            account.name, account.user_id, account.tier, account.is_fcm, netting=dict(account.netting)
        )

    def set_lag(self, lag_us: int, shown_now: Callable[[], dict[str, Account]]) -> None:
        """Change the distance; copies that begin to trail start from what is shown now."""
        if not self.lag_us and lag_us:
            self._copies = deepcopy(shown_now())
        if not lag_us:
            self._pending.clear()
        self.lag_us = lag_us

    def read(self, account: Account, now_us: int) -> Account:
        """Return the account as the read side knows it now."""
        if not self.lag_us:
            return account
        self._catch_up(now_us - self.lag_us)
        seen = self._copies[account.user_id]
        # The tier belongs to the gate, which does not lag.
        seen.tier = account.tier
        return seen

    def change(self, now_us: int, user_id: str, change: Change) -> None:
        """Hand over one change. It must not refer to records that change later."""
        if self.lag_us:
            self._catch_up(now_us - self.lag_us)
            self._pending.append((now_us, user_id, change))

    def order(self, now_us: int, order: Order) -> None:
        """Hand over the present state of an order."""
        if not self.lag_us:
            return
        seen = copy(order)

        def put(account: Account) -> None:
            account.orders[seen.order_id] = seen
            if seen.client_order_id:
                account.client_order_ids[seen.client_order_id] = seen.order_id
            if seen.status == "resting":
                account.resting[seen.order_id] = seen
            else:
                account.resting.pop(seen.order_id, None)
            group = account.groups.get(seen.order_group_id or "")
            if group is not None and seen.status == "resting":
                group.order_ids[seen.order_id] = None
            elif group is not None:
                group.order_ids.pop(seen.order_id, None)

        self.change(now_us, order.user_id, put)

    def fill(self, now_us: int, fill: Fill) -> None:
        """Hand over a new fill."""
        self.change(now_us, fill.user_id, lambda account: account.fills.append(fill))

    def position(self, now_us: int, user_id: str, position: Position) -> None:
        """Hand over the present state of a position."""
        if self.lag_us:
            seen = copy(position)
            key = (seen.ticker, seen.subaccount)
            self.change(now_us, user_id, lambda account: account.positions.__setitem__(key, seen))

    def settlement(self, now_us: int, user_id: str, settlement: Settlement) -> None:
        """Hand over a new settlement."""
        self.change(now_us, user_id, lambda account: account.settlements.append(settlement))

    def cash(self, now_us: int, account: Account, key: tuple[int, int], shown_e6: int) -> None:
        """Hand over what one (subaccount, shard) shows as its balance."""
        updated_us = account.cash_updated_us.get(key, now_us)

        def put(seen: Account) -> None:
            seen.cash_e6[key] = shown_e6
            seen.cash_updated_us[key] = updated_us

        self.change(now_us, account.user_id, put)

    def group(self, now_us: int, group: Group) -> None:
        """Hand over limit and trigger of a group; its members come with the orders."""
        group_id, limit_e2, is_triggered = group.order_group_id, group.limit_e2, group.is_triggered
        user_id, subaccount, exchange_index = group.user_id, group.subaccount, group.exchange_index
        name, created_us = group.name, group.created_us

        def put(account: Account) -> None:
            seen = account.groups.get(group_id)
            if seen is None:
                seen = Group(group_id, user_id, subaccount, exchange_index, limit_e2)
                seen.name, seen.created_us = name, created_us
                account.groups[group_id] = seen
            seen.limit_e2, seen.is_triggered = limit_e2, is_triggered

        self.change(now_us, user_id, put)

    def _catch_up(self, as_of_us: int) -> None:
        pending = self._pending
        while pending and pending[0][0] <= as_of_us:
            _, user_id, change = pending.popleft()
            change(self._copies[user_id])
