"""Matching: an incoming order meets the book; ``executions.py`` moves money and positions of a match.

Theory of operation. An order is *incoming* until ``settle_incoming`` decides its fate:
executed, canceled or resting. While it is incoming it stands in no book and ties up
nothing. ``_match`` takes the first order of the opposite side again and again, so that
any order may leave the book between two matches (by self-trade prevention, or because a match
has triggered a group). ``account.resting`` holds exactly the orders that stand in a book.

Everything that one call does bears one time: the order, its fills on both sides, and what ends with
it (recorded, update 2026-11-28 §3.5). The public methods take that time, the private ones keep it.

Each change is told once, right after it: a match by one event of both sides, with all that it has moved,
the rest of an order by ``_end``, ``shrink`` and ``settle_incoming``. Why an order last changed stands on
the order.

The windows of order groups are counted here too, because only matches fill them. A group that trips
is triggered between two matches, but after the last one of a fill-or-kill order, which is filled whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from kalshi_async.contract.frames.private import GroupChange, UpdateReason
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.engine.book import OPPOSITE, Book
from kalshi_async.sandbox.engine.executions import Executions
from kalshi_async.sandbox.engine.state import (
    Fill,
    Group,
    Market,
    Order,
    OrderStatus,
)
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.reads.replica import Replica


class Matching:
    """Moves orders into, through and out of the books. The caller has decided on admission."""

    def __init__(self, venue: Venue, ledger: Ledger, replica: Replica) -> None:
        self._venue = venue
        self._rules = venue.rules
        self._accounts = venue.accounts
        self._books = venue.books
        self._events = venue.events
        self._ledger = ledger
        self._replica = replica
        self._executions = Executions(venue, ledger, replica)
        # Groups whose fills exceed their limit, until they are triggered.
        self._tripped: list[Group] = []

    def settle_incoming(
        self,
        order: Order,
        market: Market,
        *,
        may_rest: bool,
        is_whole: bool = False,
        reason: UpdateReason | None = None,
    ) -> None:
        """Match an order, then execute it, rest its remainder, or cancel its remainder.

        ``is_whole``: fill-or-kill; a group that trips, its own or a maker's, must not cut it short.
        ``reason``: why the order comes in; None for a new one.
        The caller has taken the time, with ``venue.stamp_us``.
        """
        book, filled_e2 = self._books[market.ticker], order.filled_e2
        order.last_update_reason = reason
        if book.crosses(order.side, order.price_e4):
            self._match(order, market, book, is_whole=is_whole)
        if order.status is not OrderStatus.RESTING:
            return
        if order.remaining_e2 == 0:
            if order.filled_e2 >= order.initial_e2:
                self._finish(order, OrderStatus.EXECUTED)  # the last match has told it
            else:
                self._end(order, UpdateReason.REDUCE_ONLY_CANCEL)
        elif may_rest:
            if order.filled_e2 == filled_e2:  # else the last match has told the same
                self._events.order(order)
            self._rest(order, market)
        else:
            self._end(order, None)

    def shrink(self, order: Order, resting_e2: int, reason: UpdateReason) -> None:
        """Lower the resting count of an order that keeps its place in the queue."""
        by_e2 = order.remaining_e2 - resting_e2
        self._books[order.ticker].sides[order.side].shrink(order, by_e2)
        market = self._venue.markets[order.ticker]
        holding = self._ledger.holding(self._accounts[order.user_id], order.subaccount, market)
        holding.change_resting(order.side, order.price_e4, -by_e2)
        order.updated_us = self._venue.stamp_us()
        order.last_update_reason = reason
        self._publish(order)
        self._events.order(order)
        self._events.level(order, order.price_e4, -by_e2)

    def requeue(self, order: Order, price_e4: int, resting_e2: int) -> None:
        """Send a resting order to the back of the queue under new terms; it may trade at once."""
        order.updated_us = self._venue.stamp_us()
        market = self._venue.markets[order.ticker]
        self._leave_book(order)
        self._note_top(market)
        self._events.level(order, order.price_e4, -order.remaining_e2)
        order.price_e4, order.remaining_e2 = price_e4, resting_e2
        self.settle_incoming(order, market, may_rest=True, reason=UpdateReason.AMEND)

    def cancel(self, order: Order, reason: UpdateReason | None = None) -> int:
        """Cancel a resting order; return the contracts that left the book.

        ``reason``: what members are told; None for a cancel of their own.
        """
        self._venue.stamp_us()
        return self._cancel(order, reason)

    def cancel_market(self, ticker: str, reason: UpdateReason) -> None:
        """Cancel every resting order of one market."""
        self.cancel_each(self._books[ticker].resting(), reason)

    def cancel_each(self, orders: Iterable[Order], reason: UpdateReason) -> None:
        """Cancel resting orders at one time; ``reason`` is what members are told."""
        self._venue.stamp_us()
        for order in orders:
            self._cancel(order, reason)

    def trigger(self, group: Group, change: GroupChange = GroupChange.TRIGGERED) -> None:
        """Trigger a group: cancel its members and refuse new ones until it is reset.

        ``change``: what members are told of the group, before its orders.
        """
        self._venue.stamp_us()
        self._trigger(group, change)

    def exceeds_limit(self, group: Group) -> bool:
        """Drop the fills that have left the window of a group; tell whether the rest triggers it."""
        oldest_us = self._venue.now_us - self._rules.group_window_ms * 1_000
        while group.fills and group.fills[0][0] <= oldest_us:
            group.window_e2 -= group.fills.popleft()[1]
        if self._rules.group_triggers_at_limit:
            return group.window_e2 >= group.limit_e2
        return group.window_e2 > group.limit_e2

    def _match(self, order: Order, market: Market, book: Book, *, is_whole: bool) -> None:
        while (
            order.remaining_e2
            and order.status is OrderStatus.RESTING
            and book.crosses(order.side, order.price_e4)
        ):
            maker = book.sides[OPPOSITE[order.side]].first()
            assert maker is not None, "a crossed side has a first order"
            if maker.user_id != order.user_id:
                self._trade(order, maker, market, book)
                if self._tripped and not is_whole:
                    self._trigger_tripped(order)
            elif order.self_trade_prevention_type == "maker":
                self._cancel(maker, UpdateReason.SELF_TRADE_CANCEL)
            else:
                self._end(order, UpdateReason.SELF_TRADE_CANCEL)
        if self._tripped:
            self._trigger_tripped(order)

    def _trade(self, taker: Order, maker: Order, market: Market, book: Book) -> None:
        count_e2 = min(taker.remaining_e2, maker.remaining_e2)
        price_e4 = maker.price_e4
        trade_id = self._venue.new_id()
        taker.remaining_e2 -= count_e2
        holding = self._ledger.holding(self._accounts[maker.user_id], maker.subaccount, market)
        if count_e2 == maker.remaining_e2:
            book.sides[maker.side].remove(maker)
            del holding.account.resting[maker.order_id]
            maker.remaining_e2 = 0
        else:
            book.sides[maker.side].shrink(maker, count_e2)
        holding.change_resting(maker.side, price_e4, -count_e2)
        market.last_price_e4 = price_e4
        market.turnover.add(self._venue.now_us, count_e2)
        made, taken = (
            self._executions.record(order, market, trade_id, price_e4, count_e2, is_taker=order is taker)
            for order in (maker, taker)
        )
        self._print(market, taken[0])
        if maker.remaining_e2 == 0:
            self._finish(maker, OrderStatus.EXECUTED)
        else:
            self._publish(maker)
        self._events.matched(market, (taker, *taken), (maker, *made))
        for order in (maker, taker):
            if order.order_group_id is not None:
                self._count_towards_group(order, count_e2)

    def _print(self, market: Market, trade: Fill) -> None:
        market.trades.append(trade)
        self._venue.trades.append(trade)
        market.candles.trade(trade.created_us, trade.price_e4, trade.count_e2, market.open_interest_e2)
        self._note_top(market)

    def _note_top(self, market: Market) -> None:
        sides = self._books[market.ticker].sides
        best_bid_e4, best_ask_e4 = sides["bid"].prices.best(), sides["ask"].prices.best()
        market.candles.quote(self._venue.last_stamp_us, best_bid_e4, best_ask_e4)

    def _rest(self, order: Order, market: Market) -> None:
        account = self._accounts[order.user_id]
        market.is_quoted = True
        self._books[market.ticker].sides[order.side].add(order)
        self._note_top(market)
        account.resting[order.order_id] = order
        holding = self._ledger.holding(account, order.subaccount, market)
        holding.change_resting(order.side, order.price_e4, order.remaining_e2)
        self._publish(order)
        self._events.level(order, order.price_e4, order.remaining_e2)

    def _cancel(self, order: Order, reason: UpdateReason | None) -> int:
        reduced_by_e2 = order.remaining_e2
        self._leave_book(order)
        self._note_top(self._venue.markets[order.ticker])
        self._end(order, reason)
        self._events.level(order, order.price_e4, -reduced_by_e2)
        return reduced_by_e2

    def _trigger(self, group: Group, change: GroupChange) -> None:
        account = self._accounts[group.user_id]
        group.is_triggered = True
        self._replica.group(group)
        self._events.group(group, change)
        for order_id in list(group.order_ids):
            order = account.resting.get(order_id)
            if order is not None:
                self._cancel(order, None)

    def _leave_book(self, order: Order) -> None:
        account = self._accounts[order.user_id]
        market = self._venue.markets[order.ticker]
        self._books[order.ticker].sides[order.side].remove(order)
        del account.resting[order.order_id]
        holding = self._ledger.holding(account, order.subaccount, market)
        holding.change_resting(order.side, order.price_e4, -order.remaining_e2)

    def _end(self, order: Order, reason: UpdateReason | None) -> None:
        # Cancels an order that stands in no book (any more), and tells it.
        order.last_update_reason = reason
        self._finish(order, OrderStatus.CANCELED)
        self._events.order(order)

    def _finish(self, order: Order, status: OrderStatus) -> None:
        # Ends the life of an order that stands in no book (any more).
        order.status = status
        order.remaining_e2 = 0
        order.updated_us = self._venue.last_stamp_us
        if order.order_group_id is not None:
            group = self._accounts[order.user_id].groups.get(order.order_group_id)
            if group is not None:
                group.order_ids.pop(order.order_id, None)
        self._publish(order)

    def _publish(self, order: Order) -> None:
        if self._replica.lag_us:
            self._replica.order(order)
        if self._rules.reserve_at_placement:
            account = self._accounts[order.user_id]
            self._ledger.show_cash(account, (order.subaccount, order.exchange_index))

    def _count_towards_group(self, order: Order, count_e2: int) -> None:
        group = self._accounts[order.user_id].groups.get(order.order_group_id or "")
        if group is None or group.is_triggered:
            return
        group.fills.append((self._venue.now_us, count_e2))
        group.window_e2 += count_e2
        if self.exceeds_limit(group):
            self._tripped.append(group)

    def _trigger_tripped(self, incoming: Order) -> None:
        tripped, self._tripped = self._tripped, []
        for group in tripped:
            if not group.is_triggered:
                self._trigger(group, GroupChange.TRIGGERED)
            ends = self._rules.trigger_cancels_incoming and incoming.order_group_id == group.order_group_id
            if ends and incoming.status is OrderStatus.RESTING and incoming.remaining_e2:
                # It stands in no book, so the trigger did not cancel it.
                self._end(incoming, None)
