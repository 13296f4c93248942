"""Orders from birth to end, out of statements, patches and fills in any order. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from kalshi_async.contract.fields import EXACT, OrderStatus
from kalshi_async.contract.frames.private import UpdateReason
from kalshi_async.mirror.events import Amended, Canceled, Expired, Filled, MirrorEvent, Placed
from kalshi_async.mirror.model import ZERO, MirroredOrder
from kalshi_async.mirror.precedence import (
    Patch,
    Statement,
    applies,
    at_least_filled,
    is_quiet,
    patched,
)


class Record:
    """All that is known of one order. Owned by ``Orders``."""

    __slots__ = (
        "filled",
        "has_ended",
        "is_born",
        "is_ours",
        "last_fill_ms",
        "patches",
        "statement",
        "told",
        "waiting",
    )

    def __init__(self) -> None:
        self.statement: Statement | None = None
        """The newest statement; None while only a part of the order is known."""
        self.patches: list[Patch] = []
        """Own replies that are newer than the statement."""
        self.filled: Decimal = ZERO
        """Contracts of all known fills."""
        self.last_fill_ms = 0
        self.is_born = False
        """Whether all its fills are known or will be: it was placed under the mirror's eyes."""
        self.is_ours = False
        self.told: MirroredOrder | None = None
        """The order as it was last told."""
        self.has_ended = False
        """Whether its end was told."""
        self.waiting: list[Filled] = []
        """Fills that came before the order itself."""


class Orders:
    """The orders of the account. Owner of the records, and of what rests."""

    def __init__(self, tell: Callable[[MirrorEvent], None], owner: str | None) -> None:
        self.resting: dict[str, MirroredOrder] = {}
        self.by_client_id: dict[str, str] = {}
        self.changed_ms = 0
        """When an order last changed."""
        self.fills_since_ms = 0
        """From when on all fills are known."""
        self.late: dict[str, int] = {}
        """Orders whose statements and fills do not agree yet, each with when that was first noticed."""
        self._tell = tell
        self._owner = owner
        self._records: dict[str, Record] = {}

    def __len__(self) -> int:
        return len(self._records)

    def state(self, statement: Statement, now_ms: int, *, is_ours: bool = False) -> None:
        """Take a statement about a whole order."""
        order, version = statement
        record = self._record(order.order_id)
        was_ours, record.is_ours = record.is_ours, record.is_ours or is_ours
        if record.statement is not None and version <= record.statement.version:
            if record.is_ours and not was_ours:
                self._show(record, order.order_id, now_ms)
            return
        record.statement = statement
        if record.patches:
            record.patches = [patch for patch in record.patches if applies(patch, statement)]
        if record.told is None:
            record.is_born = order.created_ms > self.fills_since_ms
        self._show(record, order.order_id, now_ms)

    def patch(self, order_id: str, patch: Patch, now_ms: int) -> None:
        """Take an own reply about a part of an order."""
        record = self._record(order_id)
        if record.statement is None:
            record.patches.append(patch)
        elif applies(patch, record.statement):
            record.patches.append(patch)
            self._show(record, order_id, now_ms)

    def fill(self, fill: Filled, now_ms: int) -> None:
        """Take a fill that was not known."""
        record = self._record(fill.order_id)
        record.filled = EXACT.add(record.filled, fill.count)
        record.last_fill_ms = max(record.last_fill_ms, fill.ts_ms)
        if record.told is None:
            record.waiting.append(fill)
            self.late.setdefault(fill.order_id, now_ms)
            return
        if record.is_born and record.filled > record.told.fill_count:
            self._show(record, fill.order_id, now_ms)
        self._tell(msgspec.structs.replace(fill, order=record.told))
        if record.is_born and record.filled >= record.told.fill_count:
            self.late.pop(fill.order_id, None)
            if record.told.is_over:
                self._end(record, record.told)

    def correct(self, statement: Statement, now_ms: int) -> None:
        """Take a statement although others seem newer: two readings have shown it."""
        record = self._record(statement.order.order_id)
        record.statement, record.patches = statement, []
        record.filled = min(record.filled, statement.order.fill_count)
        self._show(record, statement.order.order_id, now_ms)

    def drop(self, order_id: str) -> None:
        """Forget an order of which the exchange knows nothing: no list shows it, live or archived."""
        record = self._records[order_id]
        if record.told is not None:
            gone = msgspec.structs.replace(record.told, status=OrderStatus.CANCELED, remaining_count=ZERO)
            self._rest(record.told, gone)
            record.told = gone
            self._end(record, gone)

    def settle(self, as_of_ms: float) -> None:
        """Tell the ends that wait for fills which a whole read did not show."""
        for order_id in list(self.late):
            record = self._records[order_id]
            newest_ms = record.last_fill_ms if record.told is None else record.told.updated_ms
            if is_quiet(newest_ms, as_of_ms):
                del self.late[order_id]
                if record.told is not None and record.told.is_over:
                    self._end(record, record.told)

    # What is compared with reads.

    def known(self, order_id: str) -> Statement | None:
        """Return the newest statement about an order, with what patches add to it."""
        record = self._records.get(order_id)
        if record is None or record.statement is None:
            return None
        order = self._view(record, record.statement)
        return Statement(order, record.statement.version)

    def unlisted(self, listed: Iterable[str], as_of_ms: float) -> list[MirroredOrder]:
        """Return the orders that should be among the resting ones of a read, and are not."""
        names = frozenset(listed)
        return [
            order
            for order_id, order in self.resting.items()
            if order_id not in names and is_quiet(order.updated_ms, as_of_ms)
        ]

    def forget(self, before_ms: int) -> None:
        """Forget orders that ended long ago: no statement about them is under way any more."""
        gone = [
            order_id
            for order_id, record in self._records.items()
            if record.told is not None and record.has_ended and record.told.updated_ms < before_ms
        ]
        for order_id in gone:
            del self._records[order_id]

    # Showing.

    def _record(self, order_id: str) -> Record:
        record = self._records.get(order_id)
        if record is None:
            record = self._records[order_id] = Record()
        return record

    def _view(self, record: Record, statement: Statement) -> MirroredOrder:
        order = patched(statement, record.patches) if record.patches else statement.order
        if record.is_born and record.filled > order.fill_count:
            order = at_least_filled(order, record.filled, record.last_fill_ms)
        if self._owner is None:
            is_external = not record.is_ours
        else:
            is_external = not order.client_order_id.startswith(self._owner)
        return msgspec.structs.replace(order, is_external=True) if is_external else order

    def _show(self, record: Record, order_id: str, now_ms: int) -> None:
        assert record.statement is not None, "a part alone is not shown"
        now, told = self._view(record, record.statement), record.told
        if now == told:
            return
        record.told = now
        self.changed_ms = max(self.changed_ms, now.updated_ms)
        if told is not None and told.status is not now.status:
            record.has_ended = False  # fills alone seemed to have executed it, before an amend was known
        self._rest(told, now)
        if told is None:
            self._tell(Placed(now))
            self.late.pop(order_id, None)
            for fill in record.waiting:
                self._tell(msgspec.structs.replace(fill, order=now))
            record.waiting.clear()
        elif _has_other_terms(told, now):
            self._tell(Amended(now, told))
        if record.is_born and record.filled < now.fill_count:
            self.late.setdefault(order_id, now_ms)
        elif now.is_over:
            self._end(record, now)

    def _rest(self, told: MirroredOrder | None, now: MirroredOrder) -> None:
        if told is not None and told.client_order_id != now.client_order_id:
            self.by_client_id.pop(told.client_order_id, None)
        if not now.is_over:
            self.resting[now.order_id] = now
            if now.client_order_id:
                self.by_client_id[now.client_order_id] = now.order_id
        elif self.resting.pop(now.order_id, None) is not None:
            self.by_client_id.pop(now.client_order_id, None)

    def _end(self, record: Record, order: MirroredOrder) -> None:
        if record.has_ended:
            return
        record.has_ended = True
        if order.status is not OrderStatus.CANCELED:
            return
        if order.reason is UpdateReason.EXPIRY_CANCEL or _has_run_out(order):
            self._tell(Expired(order))
        else:
            self._tell(Canceled(order, order.reason))


def _has_other_terms(told: MirroredOrder, now: MirroredOrder) -> bool:
    return (
        told.yes_price != now.yes_price
        or told.initial_count != now.initial_count
        or told.client_order_id != now.client_order_id
        or told.expiration_ms != now.expiration_ms
        or (not now.is_over and told.total_count != now.total_count)
    )


def _has_run_out(order: MirroredOrder) -> bool:
    """Whether an order ended at its expiry, by its times: rows have no word for it."""
    return (
        order.reason is None and order.expiration_ms is not None and order.updated_ms >= order.expiration_ms
    )
