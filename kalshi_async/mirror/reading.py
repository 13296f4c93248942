"""What one reading of the account by REST has shown, and how it differs from what a mirror holds. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kalshi_async.contract.fields import OrderStatus
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.order_groups import OrderGroup
from kalshi_async.contract.order_rows import Order
from kalshi_async.contract.portfolio import Settlement
from kalshi_async.contract.positions import MarketPosition
from kalshi_async.mirror.events import DriftKind, Filled
from kalshi_async.mirror.precedence import time_ms


@dataclass(slots=True)
class Reading:
    """One reading. Every list in it is whole: a read that failed in part is none."""

    as_of_ms: float
    """Up to when reads showed everything before the first list was read."""
    since_ms: int
    """From when on fills were read."""
    read_ms: int = 0
    """When the last list was answered, on the exchange's clock as far as it is known."""
    resting: Sequence[Order] = ()
    """All orders that rest."""
    others: list[Order] = field(default_factory=list)
    """Further orders: those placed since, and those that were looked up."""
    fills: Sequence[Fill] = ()
    """All fills since, the oldest first."""
    positions: Mapping[int, Sequence[MarketPosition]] = field(default_factory=dict)
    """All positions that have not settled, by subaccount."""
    groups: Mapping[str, tuple[OrderGroup, int | None]] = field(default_factory=dict)
    """All groups by id, each with its subaccount where that is known."""
    settlements: Sequence[tuple[int, Settlement]] = ()
    """Settlements since, each with its subaccount, the oldest first."""
    gone: Sequence[str] = ()
    """Orders that were looked for and are in no list, live or archived."""

    def rows(self) -> Iterator[Order]:
        """Iterate over all orders that were read, in the order in which they were placed."""
        return iter(sorted((*self.resting, *self.others), key=_placed))


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that a reading shows otherwise than the mirror."""

    kind: DriftKind
    key: str
    mirror: str
    exchange: str
    row: Order | None = None
    """The order, where the difference is one."""


def described(order: Order | None) -> str:
    """Return what is compared of an order."""
    if order is None:
        return "no such order"
    if order.status is not OrderStatus.RESTING:
        return f"{order.status}, {order.fill_count} filled"
    return f"{order.remaining_count} rest at {order.yes_price}, {order.fill_count} filled"


def filled_of(row: Fill) -> Filled:
    """Return the event for a row, which has neither client_order_id nor position."""
    return Filled(
        trade_id=row.fill_id,
        order_id=row.order_id,
        ticker=row.ticker,
        book_side=row.book_side,
        yes_price=row.yes_price,
        count=row.count,
        fee_cost=row.fee_cost,
        is_taker=row.is_taker,
        ts_ms=fill_ms(row),
        subaccount=row.subaccount or 0,
        exchange_index=row.exchange_index,
    )


def fill_ms(row: Fill) -> int:
    """Return when a fill happened; rows without a time have seconds."""
    return (row.ts or 0) * 1000 if row.created_time is None else time_ms(row.created_time)


def _placed(order: Order) -> tuple[float, str]:
    created = order.created_time
    return 0.0 if created is None else created.timestamp(), order.order_id
