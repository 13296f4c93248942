"""The money that resting orders tie up, as running totals: no call scans the orders.

A resting bid at p ties up p per contract, less the settlement floor of its market, an ask 1 - p;
contracts that would close a position tie up nothing (contract §10). The position covers the
orders that trade first, which are the dearest to hold, so the totals stay right as they fill
one after the other.

Totals are kept per (member, subaccount, market) in a ``Holding`` and summed per (member,
subaccount, shard) in a ``Wallet``. ``Ledger`` makes both; matching, amending and settlement
change them.
"""

from __future__ import annotations

from collections.abc import Mapping

from kalshi_async.sandbox.engine.book import SortedPrices
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Account, Market, Position, Side


def unit_commitment_e4(side: Side, price_e4: int, floor_e4: int = 0) -> int:
    """Return the money that one contract of a resting order ties up, unless a position covers it.

    ``floor_e4``: the settlement floor, which the buyer of YES does not pay.
    """
    return price_e4 - floor_e4 if side == "bid" else ONE_DOLLAR_E4 - price_e4


def floor_for(account: Account, market: Market) -> int:
    """Return the settlement floor that holds for a member: none behind an FCM (docs settlement_bounds)."""
    return 0 if account.is_fcm else market.floor_e4


class RestingSide:
    """One member's resting bids (or asks) in one market, added up per price."""

    __slots__ = ("_counts_e2", "_floor_e4", "_prices", "_side", "count_e2", "value_e6")

    def __init__(self, side: Side) -> None:
        self._side = side
        self._floor_e4 = 0
        self._counts_e2: dict[int, int] = {}
        self._prices = SortedPrices(side)
        self.count_e2 = 0
        self.value_e6 = 0

    def change(self, price_e4: int, by_e2: int) -> None:
        """Add contracts at a price; a negative count takes them away."""
        before_e2 = self._counts_e2.get(price_e4, 0)
        after_e2 = before_e2 + by_e2
        if after_e2 == 0:
            del self._counts_e2[price_e4]
            self._prices.remove(price_e4)
        else:
            self._counts_e2[price_e4] = after_e2
            if before_e2 == 0:
                self._prices.add(price_e4)
        self.count_e2 += by_e2
        self.value_e6 += self._unit_e4(price_e4) * by_e2

    def covered_e6(self, quantity_e2: int) -> int:
        """Return the money that an opposite position of ``quantity_e2`` frees, best price first."""
        if quantity_e2 >= self.count_e2:
            return self.value_e6
        freed_e6 = 0
        for price_e4 in self._prices.best_first():
            part_e2 = min(quantity_e2, self._counts_e2[price_e4])
            freed_e6 += self._unit_e4(price_e4) * part_e2
            quantity_e2 -= part_e2
            if quantity_e2 == 0:
                break
        return freed_e6

    def set_floor(self, floor_e4: int) -> None:
        """Value every contract anew, under another settlement floor."""
        self._floor_e4 = floor_e4
        self.value_e6 = sum(
            self._unit_e4(price_e4) * count_e2 for price_e4, count_e2 in self._counts_e2.items()
        )

    def _unit_e4(self, price_e4: int) -> int:
        return unit_commitment_e4(self._side, price_e4, self._floor_e4)


class Wallet:
    """The sum of commitments of one (member, subaccount, shard)."""

    __slots__ = ("committed_e6",)

    def __init__(self) -> None:
        self.committed_e6 = 0


class Holding:
    """One member's stake in one market from one subaccount: position and resting orders.

    ``floor_e4``: the settlement floor that holds for the member; ``set_floor`` changes it.
    """

    __slots__ = (
        "account",
        "asks",
        "bids",
        "cash_key",
        "committed_e6",
        "floor_e4",
        "position",
        "subaccount",
        "wallet",
    )

    def __init__(
        self, account: Account, cash_key: tuple[int, int], wallet: Wallet, floor_e4: int = 0
    ) -> None:
        self.account = account
        self.subaccount = cash_key[0]
        self.cash_key = cash_key
        self.wallet = wallet
        self.bids = RestingSide("bid")
        self.asks = RestingSide("ask")
        self.position: Position | None = None
        self.committed_e6 = 0
        self.set_floor(floor_e4)

    def set_floor(self, floor_e4: int) -> None:
        """Set the settlement floor that holds for the member."""
        self.floor_e4 = floor_e4
        self.bids.set_floor(floor_e4)
        self.asks.set_floor(floor_e4)
        self.recommit()

    def change_resting(self, side: Side, price_e4: int, by_e2: int) -> None:
        """Count contracts that join the book; a negative count leaves it."""
        (self.bids if side == "bid" else self.asks).change(price_e4, by_e2)
        self.recommit()

    def recommit(self) -> None:
        """Recompute the commitment after a change, and correct the sum of the wallet."""
        committed_e6 = self.bids.value_e6 + self.asks.value_e6
        position_e2 = 0 if self.position is None else self.position.position_e2
        if position_e2 > 0:
            committed_e6 -= self.asks.covered_e6(position_e2)
        elif position_e2 < 0:
            committed_e6 -= self.bids.covered_e6(-position_e2)
        self.wallet.committed_e6 += committed_e6 - self.committed_e6
        self.committed_e6 = committed_e6

    def added_commitment_e6(self, side: Side, price_e4: int, count_e2: int) -> int:
        """Return the growth of the commitment if one more order rested."""
        if self.position is None or self.position.position_e2 == 0:
            return unit_commitment_e4(side, price_e4, self.floor_e4) * count_e2
        before_e6 = self.committed_e6
        self.change_resting(side, price_e4, count_e2)
        grown_e6 = self.committed_e6 - before_e6
        self.change_resting(side, price_e4, -count_e2)
        return grown_e6


def committed_by_scan_e6(
    account: Account, subaccount: int | None, exchange_index: int, markets: Mapping[str, Market]
) -> int:
    """Return the commitments of an account from its orders and positions alone.

    ``subaccount``: None sums all of them. ``markets``: for their settlement floors.

    Slow and independent of the running totals: for copies of an account, and for tests.
    """
    resting: dict[tuple[str, int, Side], list[tuple[int, int]]] = {}
    for order in account.resting.values():
        if order.exchange_index == exchange_index and subaccount in (None, order.subaccount):
            floor_e4 = floor_for(account, markets[order.ticker])
            # Of a copy that lags behind, an order may stand below a floor that has risen since.
            unit_e4 = max(0, unit_commitment_e4(order.side, order.price_e4, floor_e4))
            key = (order.ticker, order.subaccount, order.side)
            resting.setdefault(key, []).append((unit_e4, order.remaining_e2))
    total_e6 = 0
    for (ticker, number, side), orders in resting.items():
        position = account.positions.get((ticker, number))
        signed_e2 = 0 if position is None else position.position_e2
        covered_e2 = max(0, -signed_e2 if side == "bid" else signed_e2)
        for unit_e4, count_e2 in sorted(orders, reverse=True):
            free_e2 = min(covered_e2, count_e2)
            covered_e2 -= free_e2
            total_e6 += unit_e4 * (count_e2 - free_e2)
    return total_e6
