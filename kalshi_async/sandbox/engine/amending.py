"""Changing an order that rests: amend and decrease, and who keeps the place in the queue.

A smaller size at the same price and a new expiry keep the place; a new price or a
larger size goes to the back, and may trade at once (docs amend-order-v2, 2026-08).
"""

from __future__ import annotations

from kalshi_async.sandbox.engine.instructions import Amendment
from kalshi_async.sandbox.engine.order_entry import OrderEntry
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Account, Market, Order, Placement, Rejected


class Amending(OrderEntry):
    """Amend and decrease."""

    def amend_order(self, account: Account, amendment: Amendment) -> Placement:
        """Give a resting order new terms. Raises ``Rejected``; then nothing has changed."""
        now_us = self._tick()
        account = self._account(account)
        shard = self._route(amendment.ticker, amendment.exchange_index)
        order = self._amendable_order(account, amendment, shard)
        market = self.markets[order.ticker]
        self._refuse_placing(market)
        resting_e2 = self._new_resting_e2(order, market, amendment)
        self._refuse_used_client_order_id(account, order, amendment)
        requeued = amendment.price_e4 != order.price_e4 or resting_e2 > order.remaining_e2
        if not requeued and resting_e2 == order.remaining_e2 and not _changes_terms(order, amendment):
            raise Rejected("AMEND_ORDER_NO_OP")
        if requeued and resting_e2:
            self._refuse_unfunded_amend(account, order, market, amendment.price_e4, resting_e2)
        before = (order.filled_e2, order.taker_cost_e6, order.taker_fees_e6, order.remaining_e2)
        self._apply_terms(account, order, amendment)
        self._resize(order, market, amendment.price_e4, resting_e2, requeued)
        return _placement_since(order, before, now_us // 1_000)

    def decrease_order(
        self,
        account: Account,
        order_id: str,
        *,
        reduce_by_e2: int | None,
        reduce_to_e2: int | None,
        subaccount: int = 0,
        exchange_index: int | None = None,
        market_ticker: str | None = None,
    ) -> tuple[Order, int]:
        """Shrink a resting order in its place; return it and the time (ms).

        Exactly one of the two sizes; ``reduce_by_e2`` beyond what rests cancels.
        """
        now_us = self._tick()
        shard = self._route(market_ticker, exchange_index)
        order = self._resting_order(self._account(account), order_id, subaccount, shard)
        market = self.markets[order.ticker]
        self._refuse_canceling(market)
        resting_e2 = _decreased_e2(order, reduce_by_e2, reduce_to_e2)
        self._resize(order, market, order.price_e4, resting_e2, requeued=False)
        return order, now_us // 1_000

    def _amendable_order(self, account: Account, amendment: Amendment, shard: int) -> Order:
        order = account.orders.get(amendment.order_id)
        if order is None or (order.subaccount, order.exchange_index) != (amendment.subaccount, shard):
            raise Rejected("not_found")
        if order.status != "resting":
            raise Rejected(self.rules.amend_of_filled_code if order.status == "executed" else "not_found")
        if order.ticker != amendment.ticker:
            raise Rejected("order_ticker_mismatch")
        if order.side != amendment.side:
            raise Rejected("order_side_mismatch")
        if amendment.client_order_id and amendment.client_order_id != order.client_order_id:
            raise Rejected("order_id_and_client_order_id_mismatch")
        return order

    def _new_resting_e2(self, order: Order, market: Market, amendment: Amendment) -> int:
        if amendment.count_e2 <= 0 or amendment.count_e2 < order.filled_e2:
            raise Rejected("invalid_amend_qty_for_order")
        if amendment.price_e4 not in market.prices_e4:
            raise Rejected("invalid_price")
        if amendment.expiration_s:
            self._refuse_past_expiry(amendment.expiration_s)
        return amendment.count_e2 - order.filled_e2

    def _refuse_used_client_order_id(self, account: Account, order: Order, amendment: Amendment) -> None:
        wanted = amendment.updated_client_order_id
        if wanted and account.client_order_ids.get(wanted, order.order_id) != order.order_id:
            raise Rejected("order_already_exists")

    def _refuse_unfunded_amend(
        self, account: Account, order: Order, market: Market, price_e4: int, resting_e2: int
    ) -> None:
        # The old terms step aside in the commitments only; the queue is not touched.
        holding = self._holding(account, order.subaccount, market)
        holding.change_resting(order.side, order.price_e4, -order.remaining_e2)
        try:
            self._require_funds(account, market, order.subaccount, order.side, price_e4, resting_e2)
        finally:
            holding.change_resting(order.side, order.price_e4, order.remaining_e2)

    def _apply_terms(self, account: Account, order: Order, amendment: Amendment) -> None:
        if amendment.updated_client_order_id:
            # The old id stays used: ids are unique forever (contract §13).
            account.client_order_ids[amendment.updated_client_order_id] = order.order_id
            order.client_order_id = amendment.updated_client_order_id
        if amendment.expiration_s is not None:
            order.expiration_s = amendment.expiration_s or None
            self._plan_expiry(order)
        order.initial_e2 = amendment.count_e2

    def _resize(self, order: Order, market: Market, price_e4: int, resting_e2: int, requeued: bool) -> None:
        if resting_e2 == 0:
            self._cancel(order)
        elif requeued:
            self._leave_book(order)
            order.price_e4, order.remaining_e2 = price_e4, resting_e2
            order.updated_us = self._stamp_us()
            may_rest = True
            self._settle_incoming(order, market, may_rest)
        else:
            by_e2 = order.remaining_e2 - resting_e2
            self._books[order.ticker].sides[order.side].shrink(order, by_e2)
            holding = self._holding(self.accounts[order.user_id], order.subaccount, market)
            holding.change_resting(order.side, order.price_e4, -by_e2)
            order.updated_us = self._stamp_us()
            self._publish(order)


def _decreased_e2(order: Order, reduce_by_e2: int | None, reduce_to_e2: int | None) -> int:
    if (reduce_by_e2 is None) == (reduce_to_e2 is None):
        raise Rejected("invalid_parameters", "exactly one of reduce_by and reduce_to must be given")
    if reduce_by_e2 is not None:
        if reduce_by_e2 <= 0:
            raise Rejected("invalid_parameters", "reduce_by must be positive")
        return max(0, order.remaining_e2 - reduce_by_e2)
    assert reduce_to_e2 is not None, "one of the two is given"
    if reduce_to_e2 < 0:
        raise Rejected("invalid_parameters", "reduce_to must not be negative")
    if reduce_to_e2 >= order.remaining_e2:
        raise Rejected("AMEND_ORDER_NO_OP")
    return reduce_to_e2


def _changes_terms(order: Order, amendment: Amendment) -> bool:
    new_expiry = amendment.expiration_s is not None and (amendment.expiration_s or None) != order.expiration_s
    new_id = amendment.updated_client_order_id
    return new_expiry or bool(new_id and new_id != order.client_order_id)


def _placement_since(order: Order, before: tuple[int, int, int, int], ts_ms: int) -> Placement:
    filled_e2, cost_e6, fees_e6, remaining_e2 = before
    fill_count_e2 = order.filled_e2 - filled_e2
    fill_cost_e6 = order.taker_cost_e6 - cost_e6
    if order.side == "ask":
        fill_cost_e6 = fill_count_e2 * ONE_DOLLAR_E4 - fill_cost_e6
    return Placement(
        order=order,
        fill_count_e2=fill_count_e2,
        remaining_e2=order.remaining_e2,
        fill_cost_yes_e6=fill_cost_e6,
        fees_e6=order.taker_fees_e6 - fees_e6,
        ts_ms=ts_ms,
        resized=order.remaining_e2 != remaining_e2,
    )
