"""Copies of the accounts that follow the engine at a fixed distance.

The engine hands over every change as a function on an account; the replica applies the
function to its copy once the change is ``lag_us`` old. Without a lag there are no copies, and
reads show the live account. A read as of some time includes every change up to that time and
no later one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from copy import copy, deepcopy

from kalshi_async.sandbox.engine.state import Account, Fill, Group, Order, OrderStatus, Position, Settlement
from kalshi_async.sandbox.engine.venue import Venue

Change = Callable[[Account], None]


class Replica:
    """Lagging copies of accounts: the engine writes them, ``Reads`` shows them."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.lag_us = venue.rules.read_lag_ms * 1_000
        self._copies: dict[str, Account] = {}
        self._pending: deque[tuple[int, str, Change]] = deque()

    def add_account(self, account: Account) -> None:
        """Start a copy of a new, still empty account."""
        self._copies[account.user_id] = Account(
            name=account.name,
            user_id=account.user_id,
            tier=account.tier,
            is_fcm=account.is_fcm,
            netting=dict(account.netting),
        )

    def show_all_of(self, user_id: str) -> None:
        """Show every change of one account now, whatever the lag."""
        hidden = [entry for entry in self._pending if entry[1] == user_id]
        self._pending = deque(entry for entry in self._pending if entry[1] != user_id)
        for _, _, change in hidden:
            change(self._copies[user_id])

    def set_lag(self, lag_us: int, shown_now: Callable[[], dict[str, Account]]) -> None:
        """Change the distance; new copies start from the accounts that ``shown_now`` returns."""
        if not self.lag_us and lag_us:
            self._copies = deepcopy(shown_now())
        if not lag_us:
            self._pending.clear()
        self.lag_us = lag_us

    def read(self, account: Account) -> Account:
        """Return the account as it was ``lag_us`` ago."""
        if not self.lag_us:
            return account
        self._catch_up()
        seen = self._copies[account.user_id]
        # The gate sets the tier, and does so without a lag.
        seen.tier = account.tier
        return seen

    def change(self, user_id: str, change: Change) -> None:
        """Hand over one change. The function must not refer to records that change later."""
        if self.lag_us:
            self._catch_up()
            self._pending.append((self._venue.now_us, user_id, change))

    def order(self, order: Order) -> None:
        """Hand over the present state of an order."""
        if not self.lag_us:
            return
        seen = copy(order)

        def put(account: Account) -> None:
            account.orders[seen.order_id] = seen
            if seen.client_order_id:
                account.client_order_ids[seen.client_order_id] = seen.order_id
            if seen.status is OrderStatus.RESTING:
                account.resting[seen.order_id] = seen
            else:
                account.resting.pop(seen.order_id, None)
            group = account.groups.get(seen.order_group_id or "")
            if group is not None and seen.status is OrderStatus.RESTING:
                group.order_ids[seen.order_id] = None
            elif group is not None:
                group.order_ids.pop(seen.order_id, None)

        self.change(order.user_id, put)

    def fill(self, fill: Fill) -> None:
        """Hand over a new fill."""
        if self.lag_us:
            self.change(fill.user_id, lambda account: account.fills.append(fill))

    def position(self, user_id: str, position: Position) -> None:
        """Hand over the present state of a position."""
        if self.lag_us:
            seen = copy(position)
            key = (seen.ticker, seen.subaccount)
            self.change(user_id, lambda account: account.positions.__setitem__(key, seen))

    def settlement(self, user_id: str, settlement: Settlement) -> None:
        """Hand over a new settlement."""
        self.change(user_id, lambda account: account.settlements.append(settlement))

    def cash(self, account: Account, key: tuple[int, int], shown_e6: int) -> None:
        """Hand over ``shown_e6``, the balance that one (subaccount, shard) shows."""
        updated_us = account.cash_updated_us.get(key, self._venue.now_us)

        def put(seen: Account) -> None:
            seen.cash_e6[key] = shown_e6
            seen.cash_updated_us[key] = updated_us

        self.change(account.user_id, put)

    def group(self, group: Group) -> None:
        """Hand over limit and trigger of a group; its members come with their orders."""
        shown = Group(
            order_group_id=group.order_group_id,
            user_id=group.user_id,
            subaccount=group.subaccount,
            exchange_index=group.exchange_index,
            limit_e2=group.limit_e2,
            is_triggered=group.is_triggered,
            name=group.name,  # api2025
            created_us=group.created_us,
        )

        def put(account: Account) -> None:
            seen = account.groups.setdefault(shown.order_group_id, shown)
            seen.limit_e2, seen.is_triggered = shown.limit_e2, shown.is_triggered

        self.change(group.user_id, put)

    def _catch_up(self) -> None:
        pending, as_of_us = self._pending, self._venue.now_us - self.lag_us
        while pending and pending[0][0] <= as_of_us:
            _, user_id, change = pending.popleft()
            change(self._copies[user_id])
