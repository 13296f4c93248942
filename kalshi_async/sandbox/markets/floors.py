"""Settlement floors: what happens when the operator raises or lowers one.

The floor is what a YES contract pays at least. The exchange pays it to YES holders as soon as it
is certain, so that from then on YES is bought, sold and settled at the price, or the value, less
the floor. For members behind an FCM nothing changes until the settlement, which pays them whole.
Source: docs settlement_bounds, 2026-10; floors are not live yet. What the page leaves open is
``settings.CHOICES``: ``floor_rounding``, ``floor_unpaid``, ``floor_cover``.
"""

from __future__ import annotations

from kalshi_async.contract.frames.private import UpdateReason
from kalshi_async.sandbox.accounts.commitments import Holding, floor_for
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.accounts.movements import FloorEntry
from kalshi_async.sandbox.engine.matching import Matching
from kalshi_async.sandbox.engine.state import Account, Market
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.reads.replica import Replica


class Floors:
    """Changes the settlement floors of markets. The caller has checked that the market can have one."""

    def __init__(self, venue: Venue, ledger: Ledger, matching: Matching, replica: Replica) -> None:
        self._venue = venue
        self._ledger = ledger
        self._matching = matching
        self._replica = replica

    def change(self, market: Market, floor_e4: int) -> None:
        """Set the floor of a market, pay the difference, and cancel what may not rest any more."""
        resting = self._venue.books[market.ticker].resting()
        below = [order for order in resting if order.price_e4 <= floor_e4]
        self._matching.cancel_each(below, UpdateReason.SETTLEMENT_BOUNDS_CANCEL)
        is_lowered = floor_e4 < market.floor_e4
        market.floor_e4 = floor_e4
        market.updated_us = self._venue.now_us
        holdings = self._ledger.holdings_in(market.ticker)
        for holding in holdings:
            self._pay(holding, market)
        if is_lowered:
            for holding in holdings:
                self._make_good(holding.account, holding.cash_key, market)

    def _pay(self, holding: Holding, market: Market) -> None:
        floor_e4 = floor_for(holding.account, market)
        rise_e4 = floor_e4 - holding.floor_e4
        holding.set_floor(floor_e4)
        if holding.position is not None and holding.position.position_e2 > 0 and rise_e4:
            exact_e6 = rise_e4 * holding.position.position_e2
            precision_e6 = self._ledger.precision_e6(holding.account)
            amount_e6 = exact_e6 // precision_e6 * precision_e6
            residue_e6 = exact_e6 - amount_e6
            holding.position.fees_e6 += residue_e6
            self._replica.position(holding.account.user_id, holding.position)
            self._ledger.income_e6 += residue_e6
            self._move(holding.account, holding.cash_key, market, amount_e6, residue_e6)

    def _make_good(self, account: Account, key: tuple[int, int], market: Market) -> None:
        # First by orders, then by the other subaccounts; what is still missing stays on the primary.
        subaccount, shard = key
        self._cancel_unpaid(account, key)
        missing_e6 = -account.cash_e6.get(key, 0)
        if missing_e6 <= 0:
            return
        precision_e6 = self._ledger.precision_e6(account)
        for number in range(account.subaccount_count + 1):
            free_e6 = max(0, self._ledger.free_e6(account, number, shard))
            part_e6 = min(missing_e6, free_e6 // precision_e6 * precision_e6)
            if number != subaccount and part_e6:
                self._cover(account, (number, shard), key, market, part_e6)
                missing_e6 -= part_e6
        if missing_e6 and subaccount:
            self._cover(account, (0, shard), key, market, missing_e6)
            self._cancel_unpaid(account, (0, shard))

    def _cancel_unpaid(self, account: Account, key: tuple[int, int]) -> None:
        mine = [
            order for order in account.resting.values() if (order.subaccount, order.exchange_index) == key
        ]
        for order in sorted(mine, key=lambda order: order.created_us, reverse=True):
            if self._ledger.free_e6(account, *key) >= 0:
                return
            market = self._venue.markets[order.ticker]
            if self._ledger.holding(account, order.subaccount, market).committed_e6:
                self._matching.cancel_each([order], UpdateReason.MARGIN_CANCEL)

    def _cover(
        self, account: Account, source: tuple[int, int], to: tuple[int, int], market: Market, amount_e6: int
    ) -> None:
        self._move(account, source, market, -amount_e6, is_cover=True)
        self._move(account, to, market, amount_e6, is_cover=True)

    def _move(
        self,
        account: Account,
        key: tuple[int, int],
        market: Market,
        amount_e6: int,
        residue_e6: int = 0,
        *,
        is_cover: bool = False,
    ) -> None:
        now_us = self._venue.now_us
        entry = FloorEntry(market.ticker, *key, amount_e6, residue_e6, is_cover, now_us)
        account.floor_entries.append(entry)
        self._ledger.add_cash(account, key, amount_e6)
