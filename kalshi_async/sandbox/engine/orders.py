"""The order endpoints: create, amend, decrease, cancel, cancel-all and the place in the queue.

A request is routed to a shard, checked, and carried out within the call; the answer
is final at once. ``amending.py`` decides on amends and decreases.
"""

from __future__ import annotations

from copy import copy
from functools import partial
from itertools import islice

from kalshi_async.contract.frames.private import UpdateReason
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.engine import amending
from kalshi_async.sandbox.engine.admission import Admission, reducible_e2, require_funds
from kalshi_async.sandbox.engine.instructions import Amendment, NewOrder
from kalshi_async.sandbox.engine.matching import Matching
from kalshi_async.sandbox.engine.state import (
    ONE_DOLLAR_E4,
    Account,
    Market,
    Order,
    OrderStatus,
    Placement,
    Rejected,
)
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.markets.shards import Shards


class Orders:
    """The orders of all members. A request that raises ``Rejected`` has changed nothing."""

    def __init__(
        self, venue: Venue, ledger: Ledger, matching: Matching, shards: Shards, admission: Admission
    ) -> None:
        self._venue = venue
        self._rules = venue.rules
        self._ledger = ledger
        self._matching = matching
        self._shards = shards
        self._admission = admission

    def create(self, account: Account, order: NewOrder) -> Placement:
        """Place one order."""
        venue = self._venue
        now_us = venue.tick()
        account = venue.accounts[account.user_id]
        venue.route(order.ticker, order.exchange_index)
        market = venue.markets[order.ticker]
        self._admission.admit(account, market, order)
        record = self._record(account, market, order)
        self._matching.settle_incoming(
            record,
            market,
            may_rest=order.time_in_force == "good_till_canceled",
            is_whole=order.time_in_force == "fill_or_kill",
        )
        if record.expiration_s is not None and record.status is OrderStatus.RESTING:
            self._plan_expiry(record)
        cost_e6 = record.taker_cost_e6
        if record.side == "ask":
            cost_e6 = record.filled_e2 * ONE_DOLLAR_E4 - cost_e6
        return Placement(
            record,
            fill_count_e2=record.filled_e2,
            remaining_e2=record.remaining_e2,
            fill_cost_yes_e6=cost_e6,
            fees_e6=record.taker_fees_e6,
            ts_ms=now_us // 1_000,
        )

    def amend(self, account: Account, amendment: Amendment) -> Placement:
        """Give a resting order new terms.

        A smaller count at the same price and a new expiry keep the place in the queue; a new
        price or a larger count sends the order to the back (docs amend-order-v2, 2026-08).
        """
        now_us = self._venue.tick()
        account = self._venue.live(account)
        shard = self._venue.route(amendment.ticker, amendment.exchange_index)
        order = amending.order_to_amend(account, amendment, shard, self._rules)
        market = self._venue.markets[order.ticker]
        self._shards.refuse_placing(market)
        resting_e2 = amending.new_resting_e2(order, market, amendment)
        if amendment.expiration_s:
            self._admission.refuse_past_expiry(amendment.expiration_s)
        amending.refuse_used_client_order_id(account, order, amendment)
        requeued = amendment.price_e4 != order.price_e4 or resting_e2 > order.remaining_e2
        if not requeued and resting_e2 == order.remaining_e2 and not amending.changes_terms(order, amendment):
            raise Rejected("AMEND_ORDER_NO_OP")
        if requeued and resting_e2:
            self._refuse_unfunded(account, order, market, amendment.price_e4, resting_e2)
        before = copy(order)
        self._apply_terms(account, order, amendment)
        if resting_e2 and requeued:
            self._matching.requeue(order, amendment.price_e4, resting_e2)
        else:
            self._lower(order, resting_e2, UpdateReason.AMEND)
        return amending.placement_since(before, order, now_us // 1_000)

    def decrease(
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
        """Lower the count of a resting order in its place; return it and the time (ms).

        Exactly one of the two sizes must be given; ``reduce_by_e2`` beyond the resting count
        cancels the order.
        """
        now_us = self._venue.tick()
        shard = self._venue.route(market_ticker, exchange_index)
        order = _resting_order(self._venue.live(account), order_id, subaccount, shard)
        is_cancel = self._rules.decrease_counts_as_cancel
        refuse = self._shards.refuse_canceling if is_cancel else self._shards.refuse_placing
        refuse(self._venue.markets[order.ticker])
        self._lower(order, amending.decreased_e2(order, reduce_by_e2, reduce_to_e2), UpdateReason.DECREASE)
        return order, now_us // 1_000

    def cancel(
        self,
        account: Account,
        order_id: str,
        *,
        subaccount: int = 0,
        exchange_index: int | None = None,
        market_ticker: str | None = None,
    ) -> tuple[Order, int, int]:
        """Cancel a resting order; return it, the contracts removed (e2) and the time (ms)."""
        now_us = self._venue.tick()
        shard = self._venue.route(market_ticker, exchange_index)
        order = _resting_order(self._venue.live(account), order_id, subaccount, shard)
        self._shards.refuse_canceling(self._venue.markets[order.ticker])
        return order, self._matching.cancel(order), now_us // 1_000

    def cancel_all(self, account: Account, subaccount: int | None) -> None:
        """Cancel the resting orders of one subaccount, or of all (None), on every shard.

        Later passes within the following minute cancel the orders placed meanwhile, as the
        venue's asynchronous operation may (``Rules.cancel_all_passes_s``).
        """
        now_us = self._venue.tick()
        account = self._venue.live(account)
        if account.is_fcm:
            raise Rejected("permission_denied")
        if not any(map(self._shards.is_running, self._shards.numbers)):
            raise Rejected("exchange_is_paused")
        self._cancel_pass(account, subaccount)
        for after_s in self._rules.cancel_all_passes_s:
            due_us = now_us + after_s * 1_000_000
            self._venue.agenda.at(due_us, partial(self._cancel_pass, account, subaccount))

    def queue_position_e2(self, account: Account, order_id: str) -> int:
        """Return the contracts ahead of a resting order; ``Rejected("not_found")`` otherwise."""
        self._venue.tick()
        order = self._venue.live(account).resting.get(order_id)
        if order is None:
            raise Rejected("not_found")
        book = self._venue.books[order.ticker]
        return book.ahead_e2(order, counts_better=self._rules.queue_counts_better_prices)

    def _record(self, account: Account, market: Market, order: NewOrder) -> Order:
        stamp_us = self._venue.stamp_us()
        # The first five by position: a keyword for every field would make a struct nine times
        # as slow (msgspec 0.22).
        record = Order(
            self._venue.new_id(),
            account.user_id,
            order.ticker,
            order.side,
            order.price_e4,
            client_order_id=order.client_order_id,
            initial_e2=order.count_e2,
            remaining_e2=reducible_e2(account, order) if order.reduce_only else order.count_e2,
            self_trade_prevention_type=order.self_trade_prevention_type,
            subaccount=order.subaccount,
            exchange_index=market.exchange_index,
            created_us=stamp_us,
            updated_us=stamp_us,
            order_group_id=order.order_group_id,
            expiration_s=order.expiration_s,
            cancel_order_on_pause=order.cancel_order_on_pause,
            spelling=order.spelling,  # api2025
        )
        account.orders[record.order_id] = record
        if order.client_order_id:
            account.client_order_ids[order.client_order_id] = record.order_id
        if order.order_group_id is not None:
            account.groups[order.order_group_id].order_ids[record.order_id] = None
        return record

    def _refuse_unfunded(
        self, account: Account, order: Order, market: Market, price_e4: int, resting_e2: int
    ) -> None:
        # Takes the old terms out of the commitments for the check; the queue stays as it is.
        holding = self._ledger.holding(account, order.subaccount, market)
        holding.change_resting(order.side, order.price_e4, -order.remaining_e2)
        try:
            require_funds(holding, market, order.side, price_e4, resting_e2)
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

    def _lower(self, order: Order, resting_e2: int, reason: UpdateReason) -> None:
        if resting_e2:
            self._matching.shrink(order, resting_e2, reason)
        else:
            self._matching.cancel(order, reason)

    def _plan_expiry(self, order: Order) -> None:
        if order.expiration_s:
            expire = partial(self._expire, order, order.expiration_s)
            self._venue.agenda.at(order.expiration_s * 1_000_000, expire)

    def _expire(self, order: Order, expiration_s: int) -> None:
        # An amend may have moved or removed the expiry since this was planned.
        if order.status is OrderStatus.RESTING and order.expiration_s == expiration_s:
            self._matching.cancel(order, UpdateReason.EXPIRY_CANCEL)

    def _cancel_pass(self, account: Account, subaccount: int | None) -> None:
        mine = (
            order
            for order in account.resting.values()
            if subaccount in (None, order.subaccount) and self._shards.is_running(order.exchange_index)
        )
        for order in list(islice(mine, self._rules.cancel_all_ceiling)):
            self._matching.cancel(order)


def _resting_order(account: Account, order_id: str, subaccount: int, exchange_index: int) -> Order:
    # One 404 for unknown, canceled, executed and foreign orders (demo recording 2026-06).
    order = account.resting.get(order_id)
    if order is None or (order.subaccount, order.exchange_index) != (subaccount, exchange_index):
        raise Rejected("not_found")
    return order
