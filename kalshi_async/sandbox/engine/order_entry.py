"""Placing and canceling orders: what the order endpoints call.

A request is routed to a shard, checked, and carried out within the call; the answer
is final at once. Amending and decreasing are in ``amending.py``.
"""

from __future__ import annotations

from functools import partial
from itertools import islice

from kalshi_async.sandbox.engine.admission import Admission
from kalshi_async.sandbox.engine.instructions import NewOrder
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Account, Market, Order, Placement, Rejected


class OrderEntry(Admission):
    """Create, cancel, cancel-all and the queue."""

    def create_order(self, account: Account, order: NewOrder) -> Placement:
        """Place one order. Raises ``Rejected``; then nothing has changed."""
        now_us = self._tick()
        account = self.accounts[account.user_id]
        self._route(order.ticker, order.exchange_index)
        market = self.markets[order.ticker]
        self._admit(account, market, order)
        record = self._record(account, market, order)
        may_rest = order.time_in_force == "good_till_canceled"
        self._settle_incoming(record, market, may_rest)
        if record.expiration_s is not None and record.status == "resting":
            self._plan_expiry(record)
        cost_e6 = record.taker_cost_e6
        if record.side == "ask":
            cost_e6 = record.filled_e2 * ONE_DOLLAR_E4 - cost_e6
        return Placement(
            record, record.filled_e2, record.remaining_e2, cost_e6, record.taker_fees_e6, now_us // 1_000
        )

    def cancel_order(
        self,
        account: Account,
        order_id: str,
        *,
        subaccount: int = 0,
        exchange_index: int | None = None,
        market_ticker: str | None = None,
    ) -> tuple[Order, int, int]:
        """Cancel a resting order; return it, the contracts removed (e2) and the time (ms)."""
        now_us = self._tick()
        shard = self._route(market_ticker, exchange_index)
        order = self._resting_order(self._account(account), order_id, subaccount, shard)
        self._refuse_canceling(self.markets[order.ticker])
        return order, self._cancel(order), now_us // 1_000

    def cancel_all(self, account: Account, subaccount: int | None) -> None:
        """Cancel the resting orders of one subaccount, or of all (None), on every shard.

        Later passes within the following minute take what was placed meanwhile, as the
        venue's asynchronous operation may (``Rules.cancel_all_passes_s``).
        """
        now_us = self._tick()
        account = self._account(account)
        if account.is_fcm:
            raise Rejected("permission_denied")
        if not any(self._running.values()):
            raise Rejected("exchange_is_paused")
        self._cancel_pass(account, subaccount)
        for after_s in self.rules.cancel_all_passes_s:
            self._agenda.at(now_us + after_s * 1_000_000, partial(self._cancel_pass, account, subaccount))

    def queue_position_e2(self, account: Account, order_id: str) -> int:
        """Return the contracts ahead of a resting order; ``Rejected("not_found")`` otherwise."""
        self._tick()
        order = self._account(account).resting.get(order_id)
        if order is None:
            raise Rejected("not_found")
        return self._books[order.ticker].ahead_e2(order)

    def _record(self, account: Account, market: Market, order: NewOrder) -> Order:
        stamp_us = self._stamp_us()
        # By position: keywords would cost more than all the rest of this function.
        record = Order(
            self._new_id(),
            account.user_id,
            order.client_order_id,
            order.ticker,
            order.side,
            order.price_e4,
            order.count_e2,
            self._reducible_e2(account, order) if order.reduce_only else order.count_e2,
            "resting",
            order.self_trade_prevention_type,
            order.subaccount,
            market.exchange_index,
            stamp_us,
            stamp_us,
            0,
            order.order_group_id,
            order.expiration_s,
            order.cancel_order_on_pause,
            order.spelling,
        )
        account.orders[record.order_id] = record
        if order.client_order_id:
            account.client_order_ids[order.client_order_id] = record.order_id
        if order.order_group_id is not None:
            account.groups[order.order_group_id].order_ids[record.order_id] = None
        return record

    def _resting_order(self, account: Account, order_id: str, subaccount: int, exchange_index: int) -> Order:
        # One 404 for unknown, canceled, executed and foreign orders (demo recording 2026-06).
        order = account.resting.get(order_id)
        if order is None or (order.subaccount, order.exchange_index) != (subaccount, exchange_index):
            raise Rejected("not_found")
        return order

    def _plan_expiry(self, order: Order) -> None:
        if order.expiration_s:
            self._agenda.at(order.expiration_s * 1_000_000, partial(self._expire, order, order.expiration_s))

    def _expire(self, order: Order, expiration_s: int) -> None:
        # An amend may have moved or removed the expiry since this was planned.
        if order.status == "resting" and order.expiration_s == expiration_s:
            self._cancel(order)

    def _cancel_pass(self, account: Account, subaccount: int | None) -> None:
        mine = (
            order
            for order in account.resting.values()
            if subaccount in (None, order.subaccount) and self._running[order.exchange_index]
        )
        for order in list(islice(mine, self.rules.cancel_all_ceiling)):
            self._cancel(order)
