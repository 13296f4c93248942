"""Which of two statements about the same thing is the newer one. Pure; nothing else decides it.

Statements come from six sources, in any order and with any delay. Each is given a *version*, and the
greatest version holds: the same statements in another order lead to the same state. That is why nothing
has to be held back. The table of precedence, each row with its reason:

**Orders** are compared by (is over, contracts filled, time of the change, place within its millisecond).
An order that is over never changes again, and fills never go back, whatever clocks say.

| statement | its place | reason |
|---|---|---|
| order frame | number of its arrival; of the placing: the first | the one channel is in order |
| own reply | after the frames heard before its request left | those are older than what the request did |
| own reply | before any later frame | such a frame is this change or a newer one: never overwrite it |
| own amend | after the frame of the last fill that it counts | the reply tells what was filled before it |
| own cancel | makes the order over | the exchange has confirmed the end |
| REST row, valid 2 s beyond the change | after all frames | the replica shows all of that millisecond |
| REST row, younger than that | before all frames | it may show the middle of that millisecond |
| fill frame | may raise ``fill_count`` of an older statement | order and fill frames come in any order |
| no row in a list | says nothing | only its own row is proof; it is asked for |

**Positions** are compared by (time, place).

| statement | its time | reason |
|---|---|---|
| fill frame | that of the fill, then its arrival | ``post_position`` is the position after it |
| REST row, or no row | the replica's age less 2 s | it shows every fill up to then, and perhaps more |
| position frame | none: never decides the count | it has no time, and can be older than a known fill |

A row's own time proves nothing: another writer sets it. A position frame that no fill explains is a doubt,
and is settled by reading.

**Groups** are compared by (time, place).

| statement | its time | reason |
|---|---|---|
| group frame | that of the change, then its arrival | the channel is numbered: no loss is silent |
| REST row, or no row | the replica's age less 2 s | as for positions; it does not tell of triggers |
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from kalshi_async.contract.fields import EXACT, OrderStatus
from kalshi_async.contract.frames.private import OrderEvent, UpdateReason
from kalshi_async.contract.order_rows import Order
from kalshi_async.mirror.model import ZERO, MirroredOrder
from kalshi_async.resources.settling.proof import MARGIN_MS

BEFORE_FRAMES, AFTER_FRAMES = -1.0, math.inf
"""Places of REST rows among the frames of one millisecond."""
PLACEMENT = 0.0
"""Place of the frame that tells of the placing: nothing of the order is older."""


def own_place(heard: int, sent: int) -> float:
    """Return the place of an own reply: after the frames that were heard before its request left.

    * ``sent``: number of the request, so that of two replies to the same frames the later one holds
    """
    return heard + 0.5 + sent % 1_000_000 / 10_000_000


_OVER = (OrderStatus.CANCELED, OrderStatus.EXECUTED)


class Version(NamedTuple):
    """How new a statement about an order is; the greater one holds."""

    is_over: bool
    fill_count: Decimal
    ts_ms: int
    place: float
    """Among the statements of one millisecond: the number of a frame's arrival, or see the table."""


class Statement(NamedTuple):
    """All about an order, as one source tells it."""

    order: MirroredOrder
    version: Version


class Patch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part of an order that an own reply tells; the rest is as before."""

    ts_ms: int
    place: float
    status: OrderStatus | None = None
    fill_count: Decimal | None = None
    """Contracts filled in all; None: the reply does not tell."""
    remaining_count: Decimal | None = None
    yes_price: Decimal | None = None
    initial_count: Decimal | None = None
    client_order_id: str | None = None
    expiration_ms: int | UnsetType | None = UNSET


def of_frame(event: OrderEvent, heard: int) -> Statement:
    """Return what a frame tells; ``heard`` is its number of arrival."""
    ts_ms = event.last_updated_ts_ms or event.created_ts_ms or 0
    order = MirroredOrder(
        order_id=event.order_id,
        ticker=event.ticker,
        book_side=event.book_side,
        yes_price=event.yes_price,
        initial_count=event.initial_count,
        fill_count=event.fill_count,
        remaining_count=event.remaining_count,
        status=event.status,
        client_order_id=event.client_order_id or "",
        subaccount=event.subaccount or 0,
        exchange_index=event.exchange_index,
        order_group_id=event.order_group_id,
        created_ms=event.created_ts_ms or ts_ms,
        updated_ms=ts_ms,
        expiration_ms=event.expiration_ts_ms,
        reason=event.last_update_reason,
    )
    is_placement = event.last_update_reason is None and event.status not in _OVER and not event.fill_count
    place = PLACEMENT if is_placement else float(heard)
    return Statement(order, Version(event.status in _OVER, event.fill_count, ts_ms, place))


def of_row(row: Order, as_of_ms: float) -> Statement:
    """Return what a row tells; ``as_of_ms`` is up to when reads showed everything before it was read."""
    created_ms = _ms(row.created_time) or 0
    ts_ms = _ms(row.last_update_time) or created_ms
    order = MirroredOrder(
        order_id=row.order_id,
        ticker=row.ticker,
        book_side=row.book_side,
        yes_price=row.yes_price,
        initial_count=row.initial_count,
        fill_count=row.fill_count,
        remaining_count=row.remaining_count,
        status=row.status,
        client_order_id=row.client_order_id or "",
        subaccount=row.subaccount or 0,
        exchange_index=row.exchange_index,
        order_group_id=row.order_group_id,
        created_ms=created_ms,
        updated_ms=ts_ms,
        expiration_ms=_ms(row.expiration_time),
    )
    place = AFTER_FRAMES if is_quiet(ts_ms, as_of_ms) else BEFORE_FRAMES
    return Statement(order, Version(row.status in _OVER, row.fill_count, ts_ms, place))


def is_quiet(ts_ms: int, as_of_ms: float) -> bool:
    """Whether a read that is valid up to ``as_of_ms`` shows all that happened up to ``ts_ms``."""
    return ts_ms <= as_of_ms - MARGIN_MS


def applies(patch: Patch, statement: Statement) -> bool:
    """Whether a patch tells something newer than a statement."""
    order, version = statement
    if version.is_over:
        return False
    if patch.status in _OVER:
        return True
    if patch.fill_count is not None:
        if patch.fill_count != version.fill_count:
            return patch.fill_count > version.fill_count
        if order.reason is UpdateReason.TRADE and patch.ts_ms == version.ts_ms:
            return True  # it counts the fill that the frame tells: it came after it
    return (patch.ts_ms, patch.place) > (version.ts_ms, version.place)


def patched(statement: Statement, patches: Sequence[Patch]) -> MirroredOrder:
    """Return the order with the patches that are newer than the statement, the oldest first."""
    for patch in sorted(patches, key=_age):
        if applies(patch, statement):
            order = _with(statement.order, patch)
            version = Version(order.is_over, order.fill_count, patch.ts_ms, patch.place)
            statement = Statement(order, version)
    return statement.order


def _age(patch: Patch) -> tuple[int, float, bool]:
    return patch.ts_ms, patch.place, patch.status in _OVER


def _with(order: MirroredOrder, patch: Patch) -> MirroredOrder:
    status = patch.status or order.status
    fill_count = order.fill_count if patch.fill_count is None else patch.fill_count
    remaining = order.remaining_count if patch.remaining_count is None else patch.remaining_count
    return msgspec.structs.replace(
        order,
        status=status,
        fill_count=fill_count,
        remaining_count=ZERO if status in _OVER else remaining,
        yes_price=order.yes_price if patch.yes_price is None else patch.yes_price,
        initial_count=order.initial_count if patch.initial_count is None else patch.initial_count,
        client_order_id=patch.client_order_id or order.client_order_id,
        expiration_ms=order.expiration_ms if patch.expiration_ms is UNSET else patch.expiration_ms,
        updated_ms=max(order.updated_ms, patch.ts_ms),
        reason=None,
    )


def at_least_filled(order: MirroredOrder, filled: Decimal, last_ms: int) -> MirroredOrder:
    """Return the order with fills that its own statements do not show yet.

    filled: contracts of all its known fills; last_ms: when the newest of them happened.
    """
    if filled <= order.fill_count or last_ms <= order.updated_ms or order.is_over:
        return order
    left = max(ZERO, EXACT.subtract(order.remaining_count, EXACT.subtract(filled, order.fill_count)))
    is_done = not left and filled >= order.initial_count
    return msgspec.structs.replace(
        order,
        fill_count=filled,
        remaining_count=left,
        status=OrderStatus.EXECUTED if is_done else order.status,
        updated_ms=last_ms,
    )


def _ms(time: datetime | None) -> int | None:
    return None if time is None else time_ms(time)


def time_ms(time: datetime) -> int:
    """Return a time of the exchange in whole Unix milliseconds, cut as its frames are."""
    return int(time.replace(microsecond=0).timestamp()) * 1000 + time.microsecond // 1000
