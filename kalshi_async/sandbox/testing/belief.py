"""What a client can know of its account from the replies it has had, and from them alone.

Replies are noted in the order of their arrival. Fills that come after the last reply on
an order take from what rests, as every client must count. Nothing here knows the exchange.
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
    """A reply that shows an order whole: created or read."""

    @property
    def order_id(self) -> str:
        """The exchange's id."""
        ...

    @property
    def book_side(self) -> BookSide:
        """Which side of the book."""
        ...

    @property
    def yes_price(self) -> Decimal:
        """Its limit price."""
        ...

    @property
    def fill_count(self) -> Decimal:
        """Filled so far."""
        ...

    @property
    def remaining_count(self) -> Decimal:
        """Resting now."""
        ...


@dataclass(frozen=True, slots=True)
class BelievedOrder:
    """An order as its replies show it; None is what no reply has told.

    ``filled`` and ``remaining`` contracts, the ``price`` in dollars on the YES leg, and the
    ``side``, "bid" or "ask".
    """

    filled: Decimal | None
    remaining: Decimal | None
    price: Decimal | None = None
    side: str | None = None


@dataclass(slots=True)
class Belief:
    """A client's own ledger: ``saw`` every reply, then compare.

    ``cash`` is the last balance seen, in dollars, or None; ``fills`` are by their id.
    """

    cash: Decimal | None = None
    fills: dict[str, Fill] = field(default_factory=dict)
    _orders: dict[str, BelievedOrder] = field(default_factory=dict)
    _positions: dict[str, Decimal] = field(default_factory=dict)

    def saw(self, *replies: object) -> None:
        """Note replies: created, read and changed orders, fills, positions, balances.

        Raises TypeError for anything else.
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
                raise TypeError(f"a belief is made of orders, fills, positions and balances, was {reply!r}")

    @property
    def orders(self) -> Mapping[str, BelievedOrder]:
        """Every known order by id, with the fills taken into account."""
        filled: dict[str, Decimal] = {}
        for fill in self.fills.values():
            filled[fill.order_id] = filled.get(fill.order_id, _NONE) + fill.count
        return {
            order_id: _counted(order, filled.get(order_id, _NONE)) for order_id, order in self._orders.items()
        }

    @property
    def positions(self) -> Mapping[str, Decimal]:
        """Signed contracts by ticker: as read, or where no position was read, by the fills."""
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
        # Of an order that was never shown whole, only what the change itself tells is known.
        order = self.orders.get(reply.order_id, BelievedOrder(None, None))
        if isinstance(reply, CancelOrderReply):
            order = replace(order, remaining=_NONE)
        elif isinstance(reply, DecreaseOrderReply):
            order = replace(order, remaining=reply.remaining_count)
        else:
            filled = None if order.filled is None else order.filled + (reply.fill_count or _NONE)
            remaining = order.remaining if reply.remaining_count is None else reply.remaining_count
            # The reply does not tell the new price.
            order = replace(order, filled=filled, remaining=remaining, price=None)
        self._orders[reply.order_id] = order


def _counted(order: BelievedOrder, by_fills: Decimal) -> BelievedOrder:
    if order.filled is None or by_fills <= order.filled:
        return order
    rest = None if order.remaining is None else max(_NONE, order.remaining - (by_fills - order.filled))
    return replace(order, filled=by_fills, remaining=rest)
