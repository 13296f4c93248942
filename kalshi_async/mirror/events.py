"""What a mirror tells: each fact once, in an order that is consistent with itself.

Of one order ``Placed`` comes first, then its fills and amends, its end last. Between ``OutOfDate`` and
``UpToDate`` facts of the gap come as they are found, so that a younger one can precede an older one:
every event has the exchange's time.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

import msgspec

from kalshi_async.contract.fields import BookSide
from kalshi_async.contract.frames.private import GroupChange, UpdateReason
from kalshi_async.contract.portfolio import Settlement
from kalshi_async.mirror.model import MirroredGroup, MirroredOrder, MirroredPosition, UnresolvedOrder


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An order is there: it rests, or has been placed and is over already."""

    order: MirroredOrder
    """The order as it was first known."""


class Filled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One execution of an order of the account."""

    trade_id: str
    """Id of the fill; unique with ``order_id``."""
    order_id: str
    """The exchange's id of the order."""
    ticker: str
    """Ticker of the market."""
    book_side: BookSide
    """Direction on the YES book: a bid bought YES, an ask sold it."""
    yes_price: Decimal
    """Price on the YES leg, in dollars."""
    count: Decimal
    """Contracts of the fill."""
    fee_cost: Decimal
    """Fee of the whole fill, in dollars."""
    is_taker: bool
    """Whether the account's order took an order that rested."""
    ts_ms: int
    """When it happened, in Unix milliseconds of the exchange."""
    subaccount: int = 0
    """Subaccount of the fill."""
    client_order_id: str = ""
    """The caller's id of the order."""
    exchange_index: int | None = None
    """Shard of the fill."""
    post_position: Decimal | None = None
    """Position of the market after the fill; None where a read found the fill: rows do not tell it."""
    order: MirroredOrder | None = None
    """The order as it is known by now, with this fill and perhaps later ones; None: it is not known."""


class Amended(msgspec.Struct, frozen=True, gc=False):
    """An order has other terms: price, count, expiry or client_order_id. A decrease is one too."""

    order: MirroredOrder
    """The order now."""
    before: MirroredOrder
    """The order before, as it was last told."""


class Canceled(msgspec.Struct, frozen=True, gc=False):
    """An order is over without having filled whole."""

    order: MirroredOrder
    """The order at its end."""
    reason: UpdateReason | None
    """The exchange's word; None for a member's own cancel, and where a read found it."""


class Expired(msgspec.Struct, frozen=True, gc=False):
    """An order has ended by its expiry."""

    order: MirroredOrder
    """The order at its end."""


class PositionChanged(msgspec.Struct, frozen=True, gc=False):
    """A position has another count."""

    position: MirroredPosition
    """The position now."""
    before: Decimal
    """Contracts before."""


class GroupChanged(msgspec.Struct, frozen=True, gc=False):
    """An order group was created, changed, triggered, reset or deleted."""

    group: MirroredGroup
    """The group now; of a deleted one as it was."""
    change: GroupChange
    """What happened."""
    ts_ms: int
    """When, in Unix milliseconds of the exchange; where a read found it, when it was read."""


class Settled(msgspec.Struct, frozen=True, gc=False):
    """A market was paid out to a subaccount. ``profit_and_loss`` of the row is the whole of it."""

    settlement: Settlement
    """The exchange's row."""
    subaccount: int
    """Subaccount that was paid."""


class Absent(msgspec.Struct, frozen=True, gc=False):
    """A create in doubt has certainly placed no order."""

    order: UnresolvedOrder
    """What was in doubt."""


class DriftKind(StrEnum):
    """What differed between mirror and exchange."""

    ORDER = "order"
    FILL = "fill"
    POSITION = "position"
    GROUP = "group"
    CASH = "cash"


class Drift(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Two equal readings differed from the mirror, with a backfill between. The exchange's word holds now."""

    kind: DriftKind
    """What differed."""
    key: str
    """Its id: of an order, a fill or a group, or ticker and subaccount of a position."""
    mirror: str
    """What the mirror held, for the log."""
    exchange: str
    """What the exchange shows."""


class OutOfDate(msgspec.Struct, frozen=True, gc=False):
    """From here on the account may differ from what the mirror shows."""

    since_ms: int
    """The last moment up to which nothing is missing, in Unix milliseconds of the exchange."""
    reason: str
    """Why."""


class ClosedGap(msgspec.Struct, frozen=True, gc=False):
    """A gap that has been closed by reading."""

    since_ms: int
    """When it began, in Unix milliseconds of the exchange."""
    until_ms: int
    """When it ended."""
    reason: str
    """Why it was there."""
    found: int
    """Events that reading has brought."""


class UpToDate(msgspec.Struct, frozen=True, gc=False):
    """The mirror is current again: all that happened in the gap has been told."""

    gap: ClosedGap
    """What was closed."""


MirrorEvent: TypeAlias = (
    Placed
    | Filled
    | Amended
    | Canceled
    | Expired
    | PositionChanged
    | GroupChanged
    | Settled
    | Absent
    | Drift
    | OutOfDate
    | UpToDate
)
"""Whatever a mirror tells."""
