"""A client's own ledger, built only from the replies that it received.

Replies are entered in the order of their arrival. A fill that is newer than the last reply on
its order reduces the order's remaining count, as a real client must count it. This module
does not know the exchange.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from kalshi_async.contract.fields import BookSide
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.orders import AmendOrderReply, CancelOrderReply, DecreaseOrderReply
from kalshi_async.contract.portfolio import Balance
from kalshi_async.contract.positions import MarketPosition

_NONE = Decimal("0.00")


@runtime_checkable
class Placed(Protocol):
    """A reply with all fields of an order: the reply to a create or to a read."""

    @property
    def order_id(self) -> str:
        """The exchange's id of the order."""
        ...

    @property
    def book_side(self) -> BookSide:
        """The side of the book."""
        ...

    @property
    def yes_price(self) -> Decimal:
        """The limit price, in dollars on the YES leg."""
        ...

    @property
    def fill_count(self) -> Decimal:
        """Contracts filled so far."""
        ...

    @property
    def remaining_count(self) -> Decimal:
        """Contracts that rest now."""
        ...


@dataclass(frozen=True, slots=True)
class BelievedOrder:
    """An order as the replies show it. A field is None until a reply contains it."""

    filled: Decimal | None
    """Contracts filled so far."""
    remaining: Decimal | None
    """Contracts that rest."""
    price: Decimal | None = None
    """The limit price, in dollars on the YES leg."""
    side: str | None = None
    """The side of the book, "bid" or "ask"."""


@dataclass(slots=True)
class Belief:
    """A client's own ledger: pass every reply to ``saw``, then compare it with the exchange's."""

    cash: Decimal | None = None
    """The last balance that was read, in dollars; None before the first."""
    fills: dict[str, Fill] = field(default_factory=dict)
    """Every fill that was read, by its id."""
    _orders: dict[str, BelievedOrder] = field(default_factory=dict)
    _positions: dict[str, Decimal] = field(default_factory=dict)

    def saw(self, *replies: object) -> None:
        """Enter replies: created, read and changed orders, fills, positions, balances.

        Raises TypeError for any other object.
        """
        for reply in replies:
            if isinstance(reply, Placed):
                self._saw_order(reply)
            elif isinstance(reply, Fill):
                self.fills[reply.fill_id] = reply
            elif isinstance(reply, Balance):
                self.cash = reply.balance
            elif isinstance(reply, MarketPosition):
                self._positions[reply.ticker] = reply.position or _NONE
            elif isinstance(reply, CancelOrderReply | DecreaseOrderReply | AmendOrderReply):
                self._saw_change(reply)
            else:
                raise TypeError(f"saw takes orders, fills, positions and balances, was {reply!r}")

    @property
    def orders(self) -> Mapping[str, BelievedOrder]:
        """Every known order by its id, with later fills taken into account."""
        filled: dict[str, Decimal] = {}
        for fill in self.fills.values():
            filled[fill.order_id] = filled.get(fill.order_id, _NONE) + fill.count
        return {
            order_id: _counted(order, filled.get(order_id, _NONE)) for order_id, order in self._orders.items()
        }

    @property
    def positions(self) -> Mapping[str, Decimal]:
        """Contracts held by ticker, positive for YES: as read, or summed from fills if none was read."""
        if self._positions:
            return MappingProxyType(self._positions)
        sums: dict[str, Decimal] = {}
        for fill in self.fills.values():
            signed = fill.count if fill.book_side == BookSide.BID else -fill.count
            sums[fill.ticker] = sums.get(fill.ticker, _NONE) + signed
        return sums

    def _saw_order(self, reply: Placed) -> None:
        self._orders[reply.order_id] = BelievedOrder(
            reply.fill_count, reply.remaining_count, reply.yes_price, reply.book_side
        )

    def _saw_change(self, reply: CancelOrderReply | DecreaseOrderReply | AmendOrderReply) -> None:
        # An order of which no reply had all fields: only the fields of the change are known.
        order = self.orders.get(reply.order_id, BelievedOrder(None, None))
        if isinstance(reply, CancelOrderReply):
            order = replace(order, remaining=_NONE)
        elif isinstance(reply, DecreaseOrderReply):
            order = replace(order, remaining=reply.remaining_count)
        else:
            filled = None if order.filled is None else order.filled + (reply.fill_count or _NONE)
            remaining = order.remaining if reply.remaining_count is None else reply.remaining_count
            # The reply to an amend does not contain the new price.
            order = replace(order, filled=filled, remaining=remaining, price=None)
        self._orders[reply.order_id] = order


def _counted(order: BelievedOrder, by_fills: Decimal) -> BelievedOrder:
    if order.filled is None or by_fills <= order.filled:
        return order
    rest = None if order.remaining is None else max(_NONE, order.remaining - (by_fills - order.filled))
    return replace(order, filled=by_fills, remaining=rest)
