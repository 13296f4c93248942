"""The market maker's books: cash, position and P&L, computed only from its fills.

All amounts are exact Decimals, fees included. The code follows the exchange's published rules
and shares nothing with the embedded exchange, so that an agreement of the two proves something
(see ``audit``).
"""

from __future__ import annotations

from decimal import Decimal

from kalshi_async import BookSide, Fill

_ZERO = Decimal(0)
# The cost of a closed part is rounded to millionths of a dollar, the scale of money on the wire.
_MONEY_STEP = Decimal("0.000001")


class Books:
    """Cash, position and P&L after a starting balance and a list of fills, oldest first.

    * ``cash``: the balance, after costs and fees
    * ``position``: contracts held, above 0 of YES, below 0 of NO
    * ``cost``: the price paid for the open position
    * ``realized``: the profit of closed positions, before ``fees``
    * ``bought``, ``sold``: contracts of all bids, and of all asks
    """

    def __init__(self, cash: Decimal) -> None:
        self.starting_cash = cash
        self.cash = cash
        self.position = self.cost = self.realized = self.fees = _ZERO
        self.bought = self.sold = _ZERO
        self.fills: dict[str, Fill] = {}

    def add(self, fill: Fill) -> bool:
        """Enter one fill. Return False, and change nothing, if it has been entered before."""
        if fill.fill_id in self.fills:
            return False
        self.fills[fill.fill_id] = fill
        is_bid = fill.book_side == BookSide.BID
        # A bid buys YES and closes NO first; an ask buys NO and closes YES first.
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
        """Return the value of the open position at a YES price."""
        return self.position * mark if self.position >= 0 else -self.position * (1 - mark)

    def profit(self, mark: Decimal) -> Decimal:
        """Return the P&L with the open position valued at a YES price."""
        return self.cash + self.value(mark) - self.starting_cash

    def _close(self, closing: Decimal, held: Decimal, price: Decimal) -> None:
        if not closing:
            return
        released = self.cost * closing / _MONEY_STEP // held * _MONEY_STEP
        proceeds = closing * price
        self.cost -= released
        self.realized += proceeds - released
        self.cash += proceeds
