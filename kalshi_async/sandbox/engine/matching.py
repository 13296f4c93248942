"""Matching: an incoming order meets the book, money and positions move with every match.

Theory of operation. An order is *incoming* until ``_settle_incoming`` decides its fate:
executed, canceled or resting. While it is incoming it stands in no book and ties up
nothing. ``_match`` takes the first order of the opposite side again and again, so that
anything may leave the book between two matches (self-trade prevention, a group that a
match has triggered). ``account.resting`` holds exactly the orders that stand in a book.

Group windows live here too, because only matches fill them.
"""

from __future__ import annotations

from kalshi_async.sandbox.accounts.commitments import unit_commitment_e4
from kalshi_async.sandbox.accounts.ledger import apply_fill, revenue_of_fill_e6
from kalshi_async.sandbox.engine.book import OPPOSITE, Book
from kalshi_async.sandbox.engine.fees import model_fee, settle_fee
from kalshi_async.sandbox.engine.state import Account, Fill, Group, Market, Order, Position
from kalshi_async.sandbox.markets.pauses import Pauses


class Matching(Pauses):
    """Moves orders through books. Admission has been decided by the caller."""

    def _settle_incoming(self, order: Order, market: Market, may_rest: bool) -> None:
        """Match an order, then execute, rest or cancel what it is left with."""
        book = self._books[market.ticker]
        if book.crosses(order.side, order.price_e4):
            self._match(order, market, book)
        if order.status != "resting":
            return
        if order.remaining_e2 == 0:
            self._finish(order, "executed" if order.filled_e2 >= order.initial_e2 else "canceled")
        elif may_rest:
            self._rest(order, market)
        else:
            self._finish(order, "canceled")

    def _match(self, order: Order, market: Market, book: Book) -> None:
        while order.remaining_e2 and order.status == "resting" and book.crosses(order.side, order.price_e4):
            maker = book.sides[OPPOSITE[order.side]].first()
            assert maker is not None, "a crossed side has a first order"
            if maker.user_id != order.user_id:
                self._trade(order, maker, market, book)
            elif order.self_trade_prevention_type == "maker":
                self._cancel(maker)
            else:
                self._finish(order, "canceled")

    def _trade(self, taker: Order, maker: Order, market: Market, book: Book) -> None:
        count_e2 = min(taker.remaining_e2, maker.remaining_e2)
        price_e4 = maker.price_e4
        trade_id = self._new_id()
        taker.remaining_e2 -= count_e2
        holding = self._holding(self.accounts[maker.user_id], maker.subaccount, market)
        if count_e2 == maker.remaining_e2:
            book.sides[maker.side].remove(maker)
            del holding.account.resting[maker.order_id]
            maker.remaining_e2 = 0
        else:
            book.sides[maker.side].shrink(maker, count_e2)
        holding.change_resting(maker.side, price_e4, -count_e2)
        market.last_price_e4 = price_e4
        for order in (maker, taker):
            self._fill(order, market, trade_id, price_e4, count_e2, is_taker=order is taker)
        if maker.remaining_e2 == 0:
            self._finish(maker, "executed")
        else:
            self._publish(maker)
        for order in (maker, taker):
            if order.order_group_id is not None:
                self._count_towards_group(order, count_e2)

    def _fill(
        self, order: Order, market: Market, trade_id: str, price_e4: int, count_e2: int, *, is_taker: bool
    ) -> None:
        account = self.accounts[order.user_id]
        stamp_us = self._stamp_us()
        fee_e6 = self._move_stake(account, order, market, price_e4, count_e2, is_taker)
        self._book_order_fill(order, price_e4, count_e2, fee_e6, is_taker)
        order.updated_us = stamp_us
        fill = Fill(
            fill_id=trade_id,
            order_id=order.order_id,
            user_id=order.user_id,
            ticker=market.ticker,
            side=order.side,
            price_e4=price_e4,
            count_e2=count_e2,
            is_taker=is_taker,
            fee_e6=fee_e6,
            subaccount=order.subaccount,
            exchange_index=market.exchange_index,
            created_us=stamp_us,
        )
        account.fills.append(fill)
        self._replica.fill(self._now_us, fill)

    def _move_stake(
        self, account: Account, order: Order, market: Market, price_e4: int, count_e2: int, is_taker: bool
    ) -> int:
        """Move position and cash of one side of a match; return its fee."""
        holding = self._holding(account, order.subaccount, market)
        position = holding.position
        if position is None:
            position = Position(market.ticker, order.subaccount, market.exchange_index)
            holding.position = account.positions[(market.ticker, order.subaccount)] = position
        trade_fee_e6 = model_fee(market.fee_type, market.fee_multiplier_e4, is_taker, price_e4, count_e2)
        revenue_e6 = revenue_of_fill_e6(position.position_e2, order.side, price_e4, count_e2)
        outcome = settle_fee(trade_fee_e6, revenue_e6, order.rounding_e6, self._precision_e6(account))
        order.rounding_e6 = outcome.accumulator_e6
        apply_fill(position, order.side, price_e4, count_e2)
        position.fees_e6 += outcome.net_fee_e6
        position.updated_us = self._last_stamp_us
        holding.recommit()
        self._ledger.income_e6 += outcome.net_fee_e6
        self._add_cash(account, holding.cash_key, outcome.cash_change_e6)
        self._replica.position(self._now_us, account.user_id, position)
        return outcome.net_fee_e6

    @staticmethod
    def _book_order_fill(order: Order, price_e4: int, count_e2: int, fee_e6: int, is_taker: bool) -> None:
        # Cost in the leg that the order acquires, closing or opening (contract §24).
        cost_e6 = unit_commitment_e4(order.side, price_e4) * count_e2
        order.filled_e2 += count_e2
        if is_taker:
            order.taker_cost_e6 += cost_e6
            order.taker_fees_e6 += fee_e6
        else:
            order.maker_cost_e6 += cost_e6
            order.maker_fees_e6 += fee_e6

    def _rest(self, order: Order, market: Market) -> None:
        account = self.accounts[order.user_id]
        self._books[market.ticker].sides[order.side].add(order)
        account.resting[order.order_id] = order
        holding = self._holding(account, order.subaccount, market)
        holding.change_resting(order.side, order.price_e4, order.remaining_e2)
        self._publish(order)

    def _leave_book(self, order: Order) -> None:
        account = self.accounts[order.user_id]
        market = self.markets[order.ticker]
        self._books[order.ticker].sides[order.side].remove(order)
        del account.resting[order.order_id]
        holding = self._holding(account, order.subaccount, market)
        holding.change_resting(order.side, order.price_e4, -order.remaining_e2)

    def _cancel(self, order: Order) -> int:
        """Cancel a resting order; return the contracts that left the book."""
        reduced_by_e2 = order.remaining_e2
        self._leave_book(order)
        self._finish(order, "canceled")
        return reduced_by_e2

    def _finish(self, order: Order, status: str) -> None:
        """End the life of an order that stands in no book (any more)."""
        order.status = status
        order.remaining_e2 = 0
        order.updated_us = self._stamp_us()
        if order.order_group_id is not None:
            group = self.accounts[order.user_id].groups.get(order.order_group_id)
            if group is not None:
                group.order_ids.pop(order.order_id, None)
        self._publish(order)

    def _publish(self, order: Order) -> None:
        if self._replica.lag_us:
            self._replica.order(self._now_us, order)
        if self.rules.reserve_at_placement:
            account = self.accounts[order.user_id]
            self._show_cash(account, (order.subaccount, order.exchange_index))

    def _count_towards_group(self, order: Order, count_e2: int) -> None:
        group = self.accounts[order.user_id].groups.get(order.order_group_id or "")
        if group is None or group.is_triggered:
            return
        group.fills.append((self._now_us, count_e2))
        group.window_e2 += count_e2
        if self._exceeds_limit(group):
            self._trigger(group)
            if order.status == "resting" and order.remaining_e2:
                # The order that caused it was still incoming: its remainder goes too (SIM).
                self._finish(order, "canceled")

    def _exceeds_limit(self, group: Group) -> bool:
        oldest_us = self._now_us - self.rules.group_window_ms * 1_000
        while group.fills and group.fills[0][0] <= oldest_us:
            group.window_e2 -= group.fills.popleft()[1]
        if self.rules.group_triggers_at_limit:
            return group.window_e2 >= group.limit_e2
        return group.window_e2 > group.limit_e2

    def _trigger(self, group: Group) -> None:
        account = self.accounts[group.user_id]
        group.is_triggered = True
        self._replica.group(self._now_us, group)
        for order_id in list(group.order_ids):
            order = account.resting.get(order_id)
            if order is not None:
                self._cancel(order)
