"""The operator's handle on one market: pause, close, decide, and let an anonymous member trade.

For tests and demos; no request reaches it. Prices and counts may be ``Decimal``,
``int`` or text. The anonymous counterparties are members of their own with enough cash for
any order, so that every contract still has two owners.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kalshi_async.contract.fields import BookSide
from kalshi_async.sandbox.accounts.accounts import Accounts
from kalshi_async.sandbox.engine.instructions import NewOrder
from kalshi_async.sandbox.engine.orders import Orders
from kalshi_async.sandbox.engine.state import Account, Placement, Side, TimeInForce
from kalshi_async.sandbox.fixed_point import Amount, exact_e2, exact_e4
from kalshi_async.sandbox.markets.markets import Markets

_SIDES: dict[str, Side] = {"bid": "bid", "ask": "ask"}
_HOUSE_CASH = Decimal(1_000_000_000)


class MarketControl:
    """Commands on one market, ``ticker``; ``Sandbox.market`` makes one."""

    def __init__(
        self, ticker: str, markets: Markets, orders: Orders, accounts: Accounts, shards: Sequence[int]
    ) -> None:
        if ticker not in markets:
            raise KeyError(ticker)
        self.ticker = ticker
        self._markets = markets
        self._orders = orders
        self._accounts = accounts
        self._shards = shards

    def pause(self) -> None:
        """Halt the market: placing answers 409, cancels work."""
        self._markets.pause(self.ticker)

    def resume(self) -> None:
        """End the halt; every resting order is canceled."""
        self._markets.resume(self.ticker)

    def close(self, *, in_s: int = 0) -> None:
        """Close the market now or at a new time; a time ahead opens a closed market again."""
        self._markets.close(self.ticker, in_s=in_s)

    def set_settlement_floor(self, floor: Amount) -> None:
        """Raise or lower what YES pays at least, in dollars; the real exchange has no floors yet.

        YES holders are paid, or charged, the difference at once, and what rests at or below the new
        floor is canceled (docs settlement_bounds, 2026-10). A lowered floor cancels orders that
        are no longer paid for, and may leave a negative balance, with which no order can be placed.

        Raises ValueError for a market that was not added with ``settlement_bounds="floor"``, for one that is
        decided, and for a floor of 1 dollar or more, or below 0.
        """
        self._markets.set_floor(self.ticker, floor)

    def determine(self, result: str | int) -> None:
        """Fix the result, "yes", "no" or cents per YES; the settlement timer pays out."""
        self._markets.determine(self.ticker, result)

    def settle(self, result: str | int) -> None:
        """Fix the result and pay out at once."""
        self._markets.settle(self.ticker, result)

    def trade(self, side: BookSide | Side, price: Amount, count: Amount) -> Placement:
        """Let an anonymous member take resting orders up to a price; the remainder is canceled."""
        return self._place("anonymous taker", "immediate_or_cancel", side, price, count)

    def quote(self, side: BookSide | Side, price: Amount, count: Amount) -> Placement:
        """Let an anonymous member rest an order (or trade, if it crosses)."""
        return self._place("anonymous maker", "good_till_canceled", side, price, count)

    def withdraw_quotes(self) -> None:
        """Cancel the orders of the anonymous maker in this market."""
        maker = self._house("anonymous maker")
        for order in [order for order in maker.resting.values() if order.ticker == self.ticker]:
            self._orders.cancel(maker, order.order_id, market_ticker=self.ticker)

    def _place(
        self, member: str, time_in_force: TimeInForce, side: str, price: Amount, count: Amount
    ) -> Placement:
        order = NewOrder(
            ticker=self.ticker,
            side=_SIDES[side],
            count_e2=exact_e2(count),
            price_e4=exact_e4(price),
            time_in_force=time_in_force,
            self_trade_prevention_type="taker_at_cross",
        )
        return self._orders.create(self._house(member), order)

    def _house(self, name: str) -> Account:
        for account in self._accounts.values():
            if account.name == name:
                return account
        account = self._accounts.open(name, tier="off", cash=Decimal(0))
        for shard in self._shards:
            self._accounts.deposit(account, _HOUSE_CASH, exchange_index=shard)
        return account
