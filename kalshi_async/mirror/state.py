"""The account as a pure state machine: fed with facts in any order, it tells events. No I/O and no clock.

    frame, own reply, reading  ->  ``AccountState``  ->  events, doubts

``precedence`` decides which of two facts is the newer one; ``_orders``, ``_positions`` and ``_groups``
keep what follows from that. Where the facts prove that one is missing, ``doubts`` says so: the keeper
reads then.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from kalshi_async.contract.fields import OrderStatus
from kalshi_async.contract.frames.private import FillEvent, GroupEvent, OrderEvent, PositionEvent
from kalshi_async.contract.order_rows import Order
from kalshi_async.mirror._cash import Balanced, Purse, tied_up_by
from kalshi_async.mirror._groups import Groups
from kalshi_async.mirror._orders import Orders
from kalshi_async.mirror._positions import Positions
from kalshi_async.mirror.events import Absent, DriftKind, Filled, MirrorEvent, Settled
from kalshi_async.mirror.model import MirroredOrder, UnresolvedOrder
from kalshi_async.mirror.precedence import Statement, is_quiet, of_frame, of_row, time_ms
from kalshi_async.mirror.reading import Difference, Reading, described, fill_ms, filled_of
from kalshi_async.mirror.scope import Scope
from kalshi_async.resources.settling.proof import MARGIN_MS

_KNOWN = (OrderStatus.RESTING, OrderStatus.CANCELED, OrderStatus.EXECUTED)


class AccountState:
    """Everything that is known of the account. Owner of all of it; used on the event loop alone."""

    def __init__(
        self,
        scope: Scope,
        owner: str | None,
        now_ms: Callable[[], int],
        tell: Callable[[MirrorEvent], None],
        doubt: Callable[[str], None],
    ) -> None:
        """Take where events go, and whom to tell that a fact is missing."""
        self.scope = scope
        self.orders = Orders(tell, owner)
        self.positions = Positions(tell)
        self.groups = Groups(tell, is_for_all=scope.numbers is None)
        self.purses: dict[int, Purse] = {}
        """Cash by subaccount."""
        self.unresolved: dict[str, UnresolvedOrder] = {}
        self.heard = 0
        """Frames of orders, fills and groups so far: the number of the newest."""
        self.fills: dict[tuple[str, str], int] = {}
        """Fills that were told, by (trade id, order id), with their time."""
        self._read_only: set[tuple[str, str]] = set()
        self._settled: dict[tuple[str, int], int] = {}
        self._now_ms = now_ms
        self._tell = tell
        self._doubt = doubt

    # Frames.

    def order_frame(self, event: OrderEvent) -> None:
        """Take an order after a change."""
        self.heard += 1
        if not self.scope.has(event.subaccount):
            return
        if event.status not in _KNOWN:
            self._doubt(f"order {event.order_id} is told to be {event.status}")
            return
        self._state(of_frame(event, self.heard))

    def fill_frame(self, event: FillEvent) -> None:
        """Take a fill."""
        self.heard += 1
        subaccount = event.subaccount or 0
        key = (event.trade_id, event.order_id)
        if not self.scope.has(subaccount):
            return
        if key in self.fills:
            if key in self._read_only:  # a read has told the fill, and not the position after it
                self._read_only.discard(key)
                self.positions.fill(event, self.heard)
            return
        self.fills[key] = event.ts_ms
        fill = Filled(
            trade_id=event.trade_id,
            order_id=event.order_id,
            ticker=event.market_ticker,
            book_side=event.book_side,
            yes_price=event.yes_price,
            count=event.count,
            fee_cost=event.fee_cost,
            is_taker=event.is_taker,
            ts_ms=event.ts_ms,
            subaccount=subaccount,
            client_order_id=event.client_order_id or "",
            exchange_index=event.exchange_index,
            post_position=event.post_position,
        )
        self.purse(subaccount).fill(fill)
        self.orders.fill(fill, self._now_ms())
        if not self.positions.fill(event, self.heard):
            self._doubt(f"a fill is missing in {event.market_ticker} before {event.trade_id}")

    def position_frame(self, event: PositionEvent) -> None:
        """Take a position."""
        if self.scope.has(event.subaccount):
            self.positions.frame(event, self._now_ms())

    def group_frame(self, event: GroupEvent) -> None:
        """Take a change of a group."""
        self.heard += 1
        self.groups.frame(event, self.heard)

    # Own writes.

    def sending(self, order: UnresolvedOrder) -> None:
        """Take note of a create that is about to be sent, or whose call ended without certainty."""
        if self.scope.has(order.subaccount):
            self.unresolved[order.client_order_id] = order

    def refused(self, client_order_id: str) -> None:
        """Take note that a create has certainly placed no order."""
        self.unresolved.pop(client_order_id, None)

    def absent(self, client_order_id: str) -> None:
        """Take note that reads prove that a create in doubt has placed no order."""
        order = self.unresolved.pop(client_order_id, None)
        if order is not None:
            self._tell(Absent(order))

    def placed(self, statement: Statement) -> None:
        """Take the reply to an own create, or the row that stands for it."""
        if self.scope.has(statement.order.subaccount):
            self._state(statement, is_ours=True)

    def take_row(self, row: Order) -> None:
        """Take the row that has settled a create in doubt."""
        self._state(of_row(row, 0.0))

    def _state(self, statement: Statement, *, is_ours: bool = False) -> None:
        order = statement.order
        known = self.unresolved.pop(order.client_order_id, None) if self.unresolved else None
        self.orders.state(statement, self._now_ms(), is_ours=is_ours or known is not None)
        if order.order_group_id is not None and not order.is_over:
            group, shard = order.order_group_id, order.exchange_index
            self.groups.place(group, order.subaccount, shard, order.created_ms)

    # Readings.

    def merge(self, reading: Reading) -> None:
        """Take a reading: each of its rows counts as far as it is newer than what is known."""
        as_of_ms, now_ms, has = reading.as_of_ms, reading.read_ms, self.scope.has
        for row in reading.rows():
            if has(row.subaccount) and row.status in _KNOWN:
                self._state(of_row(row, as_of_ms))
        for fill in map(filled_of, reading.fills):
            key = (fill.trade_id, fill.order_id)
            if key not in self.fills and has(fill.subaccount):
                self.fills[key] = fill.ts_ms
                self._read_only.add(key)
                self.purse(fill.subaccount).fill(fill)
                self.orders.fill(fill, now_ms)
        for subaccount, rows in reading.positions.items():
            self.positions.rows(subaccount, rows, as_of_ms, now_ms)
        self.groups.rows(reading.groups, as_of_ms, now_ms)
        for order_id in reading.gone:
            self.orders.drop(order_id)
        self.settle(reading)
        self.orders.settle(as_of_ms)

    def purse(self, subaccount: int) -> Purse:
        """Return the cash of a subaccount."""
        purse = self.purses.get(subaccount)
        if purse is None:
            purse = self.purses[subaccount] = Purse(subaccount)
        return purse

    def balance(self, subaccount: int, amount: Decimal, as_of_ms: float, read_ms: int) -> Balanced:
        """Compare a balance with the arithmetic."""
        held = {
            key[0]: one.position
            for key, one in self.positions.known.items()
            if key[1] == subaccount and one.position
        }
        orders = [one for one in self.orders.resting.values() if one.subaccount == subaccount]
        purse = self.purse(subaccount)
        purse.start_with(held.items())
        is_still = self.orders.changed_ms <= as_of_ms - MARGIN_MS
        return purse.compare(amount, as_of_ms, read_ms, tied_up_by(orders, held) if is_still else None)

    def settle(self, reading: Reading) -> None:
        """Tell the settlements that were not told."""
        for subaccount, row in reading.settlements:
            key, settled_ms = (row.ticker, subaccount), time_ms(row.settled_time)
            if self._settled.get(key, -1) < settled_ms:
                self._settled[key] = settled_ms
                self.purse(subaccount).settle(row)
                self._tell(Settled(row, subaccount))

    def compare(self, reading: Reading) -> list[Difference]:
        """Return how a reading differs; what has changed since the replica's time is left out."""
        return [
            *self._other_orders(reading),
            *self._other_fills(reading),
            *self._other_positions(reading),
            *self._other_groups(reading),
        ]

    def correct(self, difference: Difference, as_of_ms: float) -> None:
        """Let the exchange's row of an order hold, although others seemed newer."""
        if difference.row is not None:
            self.orders.correct(of_row(difference.row, as_of_ms), self._now_ms())

    def forget(self, before_ms: int) -> None:
        """Forget what ended before a moment, of which no statement is under way any more."""
        for key in [key for key, ts_ms in self.fills.items() if ts_ms < before_ms]:
            del self.fills[key]
            self._read_only.discard(key)
        for name in [name for name, ts_ms in self._settled.items() if ts_ms < before_ms]:
            del self._settled[name]
        for purse in self.purses.values():
            purse.forget(before_ms)
        self.orders.forget(before_ms)
        self.positions.forget(before_ms)
        self.groups.forget(before_ms)

    def missing(self, reading: Reading) -> list[MirroredOrder]:
        """Return the orders that rest here and in none of a reading's lists: their own rows must tell."""
        listed = [row.order_id for row in (*reading.resting, *reading.others)]
        return self.orders.unlisted(listed, reading.as_of_ms)

    def _other_orders(self, reading: Reading) -> list[Difference]:
        found: list[Difference] = []
        for row in (*reading.resting, *reading.others):
            statement = of_row(row, reading.as_of_ms)
            shown, known = statement.order, self.orders.known(row.order_id)
            if not self.scope.has(row.subaccount) or not is_quiet(shown.updated_ms, reading.as_of_ms):
                continue
            held = None if known is None else known.order
            if held is None:
                is_other = not shown.is_over
            else:
                is_other = is_quiet(held.updated_ms, reading.as_of_ms) and _compared(held) != _compared(shown)
            if is_other:
                mirror = "no such order" if held is None else _text(held)
                found.append(Difference(DriftKind.ORDER, row.order_id, mirror, described(row), row))
        return found

    def _other_fills(self, reading: Reading) -> list[Difference]:
        return [
            Difference(DriftKind.FILL, f"{row.fill_id} of {row.order_id}", "no such fill", f"{row.count}")
            for row in reading.fills
            if (row.fill_id, row.order_id) not in self.fills
            and self.scope.has(row.subaccount)
            and is_quiet(fill_ms(row), reading.as_of_ms)
        ]

    def _other_positions(self, reading: Reading) -> list[Difference]:
        found: list[Difference] = []
        for subaccount, rows in reading.positions.items():
            counts = {row.ticker: row.position for row in rows if row.position is not None}
            for key, shown in self.positions.differing(subaccount, counts, reading.as_of_ms):
                held = self.positions.known_count(key)
                name = f"{key[0]} of subaccount {key[1]}"
                found.append(Difference(DriftKind.POSITION, name, f"{held}", f"{shown}"))
        return found

    def _other_groups(self, reading: Reading) -> list[Difference]:
        rows = {name: row for name, (row, _) in reading.groups.items()}
        found: list[Difference] = []
        for name, limit in self.groups.differing(rows, reading.as_of_ms):
            known = self.groups.known.get(name)
            held = "no such group" if known is None else f"limit {known.contracts_limit}"
            shown = "no such group" if limit is None else f"limit {limit}"
            found.append(Difference(DriftKind.GROUP, name, held, shown))
        return found


def _compared(order: MirroredOrder) -> tuple[object, ...]:
    return order.is_over, order.remaining_count, order.fill_count, order.yes_price


def _text(order: MirroredOrder) -> str:
    if order.is_over:
        return f"{order.status}, {order.fill_count} filled"
    return f"{order.remaining_count} rest at {order.yes_price}, {order.fill_count} filled"
