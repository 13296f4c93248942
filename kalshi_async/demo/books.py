"""The market maker's own books: cash, position and P&L from nothing but its fills.

Exact Decimals, fees included. Written from the venue's rules and sharing no code with
the exchange, so that their agreement means something (``audit``).
"""

from __future__ import annotations

from decimal import Decimal

from kalshi_async import BookSide, Fill

_ZERO = Decimal(0)
# Average cost is released in whole millionths of a dollar, the scale of money on the wire.
_MONEY_STEP = Decimal("0.000001")


class Books:
    """Everything that follows from a starting balance and a list of fills, oldest first.

    ``position`` > 0 is YES, < 0 is NO. ``cost`` is what the open position was bought
    for, ``realized`` is gross of ``fees``, ``cash`` is net of everything.
    """

    def __init__(self, cash: Decimal) -> None:
        self.starting_cash = cash
        self.cash = cash
        self.position = self.cost = self.realized = self.fees = _ZERO
        self.bought = self.sold = _ZERO
        self.fills: dict[str, Fill] = {}

    def add(self, fill: Fill) -> bool:
        """Enter one fill; return False, and change nothing, if it is known already."""
        if fill.fill_id in self.fills:
            return False
        self.fills[fill.fill_id] = fill
        is_bid = fill.book_side == BookSide.BID
        # A bid pays for YES or gives back NO; an ask pays for NO or gives back YES.
        paid = fill.yes_price if is_bid else 1 - fill.yes_price
        held = max(_ZERO, -self.position if is_bid else self.position)
        closing = min(fill.count, held)
        opening = fill.count - closing
        self._close(closing, held, 1 - paid)
        self.cost += opening * paid
        self.cash -= opening * paid + fill.fee_cost
        self.fees += fill.fee_cost
        self.position += fill.count if is_bid else -fill.count
        self.bought += fill.count if is_bid else _ZERO
        self.sold += _ZERO if is_bid else fill.count
        return True

    def value(self, mark: Decimal) -> Decimal:
        """Return what the open position is worth at a YES price."""
        return self.position * mark if self.position >= 0 else -self.position * (1 - mark)

    def profit(self, mark: Decimal) -> Decimal:
        """Return the P&L, open position included, at a YES price."""
        return self.cash + self.value(mark) - self.starting_cash

    def _close(self, closing: Decimal, held: Decimal, price: Decimal) -> None:
        if not closing:
            return
        released = self.cost * closing / _MONEY_STEP // held * _MONEY_STEP
        proceeds = closing * price
        self.cost -= released
        self.realized += proceeds - released
        self.cash += proceeds
