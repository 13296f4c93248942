"""The operator's handle on one market: pause, close, decide, and make somebody trade.

For tests and demos, never reached over the wire. Prices and counts may be ``Decimal``,
``int`` or text. The anonymous counterparties are members of their own with deep
pockets, so that every contract still has two owners.
"""

from __future__ import annotations

from decimal import Decimal

from kalshi_async.sandbox.accounts.members import Members
from kalshi_async.sandbox.engine.instructions import NewOrder
from kalshi_async.sandbox.engine.order_entry import OrderEntry
from kalshi_async.sandbox.engine.state import Account, Placement
from kalshi_async.sandbox.fixed_point import Amount, exact_e2, exact_e4
from kalshi_async.sandbox.markets.lifecycle import Lifecycle

_HOUSE_CASH = Decimal(1_000_000_000)


class MarketControl:
    """Commands on one market, ``ticker``; ``Sandbox.market`` makes one."""

    def __init__(self, markets: Lifecycle, orders: OrderEntry, members: Members, ticker: str) -> None:
        if ticker not in markets.markets:
            raise KeyError(ticker)
        self._markets = markets
        self._orders = orders
        self._members = members
        self.ticker = ticker

    def pause(self) -> None:
        """Halt the market: placing answers 409, cancels work."""
        self._markets.pause_market(self.ticker)

    def resume(self) -> None:
        """End the halt; every resting order is canceled."""
        self._markets.resume_market(self.ticker)

    def close(self, *, in_s: int = 0) -> None:
        """Close the market now or at a new time; a time ahead opens a closed market again."""
        self._markets.close_market(self.ticker, in_s=in_s)

    def determine(self, result: str | int) -> None:
        """Fix the result, "yes", "no" or cents per YES; the settlement timer pays out."""
        self._markets.determine_market(self.ticker, result)

    def settle(self, result: str | int) -> None:
        """Fix the result and pay out at once."""
        self._markets.settle_market(self.ticker, result)

    def trade(self, side: str, price: Amount, count: Amount) -> Placement:
        """Let an anonymous member take what rests up to a price; what is missing is dropped."""
        return self._place("anonymous taker", "immediate_or_cancel", side, price, count)

    def quote(self, side: str, price: Amount, count: Amount) -> Placement:
        """Let an anonymous member rest an order (or trade, if it crosses)."""
        return self._place("anonymous maker", "good_till_canceled", side, price, count)

    def withdraw_quotes(self) -> None:
        """Cancel what the anonymous maker rests in this market."""
        maker = self._house("anonymous maker")
        for order in [order for order in maker.resting.values() if order.ticker == self.ticker]:
            self._orders.cancel_order(maker, order.order_id, market_ticker=self.ticker)

    def _place(self, member: str, time_in_force: str, side: str, price: Amount, count: Amount) -> Placement:
        order = NewOrder(self.ticker, side, exact_e2(count), exact_e4(price), time_in_force, "taker_at_cross")
        return self._orders.create_order(self._house(member), order)

    def _house(self, name: str) -> Account:
        members = self._members
        for account in members.accounts.values():
            if account.name == name:
                return account
        account = members.add_account(name, tier="off", cash=Decimal(0))
        for shard in members.shards:
            members.deposit(account, _HOUSE_CASH, exchange_index=shard)
        return account
