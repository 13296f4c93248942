"""The read side: accounts as the replica shows them, marks, depth, and a snapshot.

No read changes the state of the exchange.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.accounts.commitments import committed_by_scan_e6, floor_for
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Account, Market, Position
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.reads.replica import Replica
from kalshi_async.sandbox.settings import Mark

_CENT_E6 = 10_000

Json = str | int | bool | None | Mapping[str, "Json"] | list["Json"]


class Reads:
    """Reads of accounts, commitments, marks, books and the whole ledger."""

    def __init__(self, venue: Venue, ledger: Ledger, replica: Replica) -> None:
        self._venue = venue
        self._ledger = ledger
        self._replica = replica

    def account(self, account: Account) -> Account:
        """Return the account as of ``as_of_us``: for reading at once, not for keeping."""
        self._venue.tick()
        live = self._venue.live(account)
        seen = self._replica.read(live)
        if seen is live and self._venue.rules.reserve_at_placement:
            shown_e6 = {key: self._ledger.shown_cash_e6(live, key) for key in live.cash_e6}
            return replace(live, cash_e6=shown_e6)
        return seen

    def as_of_us(self) -> int:
        """Return the time up to which reads are complete."""
        return self._venue.tick() - self._replica.lag_us

    def set_lag(self, lag_ms: int) -> None:
        """Let reads trail writes by ``lag_ms`` from now on; 0 shows everything at once."""
        if lag_ms < 0:
            raise ValueError(f"read lag must not be negative, was {lag_ms} ms")
        self._venue.tick()
        accounts = self._venue.accounts
        self._replica.set_lag(
            lag_ms * 1_000,
            lambda: {user_id: self.account(account) for user_id, account in accounts.items()},
        )

    def resting_commitment_e6(self, account: Account, subaccount: int | None, exchange_index: int) -> int:
        """Return the money that resting orders tie up on one shard.

        ``subaccount``: None sums all of them.
        """
        self._venue.tick()
        live = self._venue.live(account)
        if account is not live and self._replica.lag_us:
            return committed_by_scan_e6(account, subaccount, exchange_index, self._venue.markets)
        numbers = range(live.subaccount_count + 1) if subaccount is None else [subaccount]
        return sum(self._ledger.wallet(live, number, exchange_index).committed_e6 for number in numbers)

    def portfolio_value_cents(self, account: Account, subaccount: int, exchange_index: int | None) -> int:
        """Return the open positions at their marks, in cents, rounded down."""
        self._venue.tick()
        total_e6 = 0
        for (_, number), position in account.positions.items():
            if number == subaccount and exchange_index in (None, position.exchange_index):
                total_e6 += self._marked_e6(position)
                # What the settlement floor has paid (``settings.CHOICES``: ``floor_value``).
                floor_e4 = floor_for(account, self._venue.markets[position.ticker])
                total_e6 -= floor_e4 * max(0, position.position_e2)
        return total_e6 // _CENT_E6

    def book_levels(self, ticker: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return YES bids and YES asks as (price_e4, count_e2), best first."""
        self._venue.tick()
        sides = self._venue.books[ticker].sides
        return sides["bid"].depth(), sides["ask"].depth()

    def snapshot(self) -> dict[str, Json]:
        """Return the whole ledger as plain JSON values, amounts as exact strings."""
        self._venue.tick()
        return {
            "income": fixed_point.cost(self._ledger.income_e6),
            "in_transit": fixed_point.cost(self._ledger.in_transit_e6),
            "accounts": {account.name: _account_json(account) for account in self._venue.accounts.values()},
            "markets": {ticker: self._market_json(market) for ticker, market in self._venue.markets.items()},
        }

    def _marked_e6(self, position: Position) -> int:
        if position.position_e2 == 0:
            return 0
        is_yes = position.position_e2 > 0
        for mark in self._venue.rules.marks:
            if mark is Mark.COST:
                break
            mark_e4 = self._venue.markets[position.ticker].last_price_e4
            if mark is Mark.BEST_BID:
                mark_e4 = self._venue.books[position.ticker].sides["bid" if is_yes else "ask"].prices.best()
            if mark_e4 is not None:
                return abs(position.position_e2) * (mark_e4 if is_yes else ONE_DOLLAR_E4 - mark_e4)
        return position.cost_e6

    def _market_json(self, market: Market) -> dict[str, Json]:
        last_e4 = market.last_price_e4
        return {
            "state": market.state.value,
            "result": market.result,
            "last_price": None if last_e4 is None else fixed_point.price(last_e4),
            "orders": [order.order_id for order in self._venue.books[market.ticker].resting()],
        }


def _account_json(account: Account) -> dict[str, Json]:
    return {
        "user_id": account.user_id,
        "cash": {
            f"{number}/{shard}": fixed_point.cost(cash_e6)
            for (number, shard), cash_e6 in account.cash_e6.items()
        },
        "positions": {
            f"{number}/{ticker}": {
                "position": fixed_point.count(position.position_e2),
                "cost": fixed_point.cost(position.cost_e6),
                "realized": fixed_point.cost(position.realized_e6),
                "fees": fixed_point.cost(position.fees_e6),
            }
            for (ticker, number), position in account.positions.items()
        },
        "orders": {
            order.order_id: {
                "client_order_id": order.client_order_id,
                "status": order.status,
                "side": order.side,
                "price": fixed_point.price(order.price_e4),
                "filled": fixed_point.count(order.filled_e2),
                "remaining": fixed_point.count(order.remaining_e2),
            }
            for order in account.orders.values()
        },
        "fills": len(account.fills),
        "settlements": len(account.settlements),
    }
