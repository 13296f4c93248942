"""The two sides of a match: each becomes a fill, and moves a position and cash.

``matching.py`` decides which orders meet, at which price, and has taken the time. This module
knows no books.
"""

from __future__ import annotations

from kalshi_async.contract.frames.private import UpdateReason
from kalshi_async.sandbox.accounts.commitments import Holding, unit_commitment_e4
from kalshi_async.sandbox.accounts.ledger import Ledger, apply_fill, revenue_of_fill_e6
from kalshi_async.sandbox.engine.fees import model_fee, settle_fee
from kalshi_async.sandbox.engine.state import Account, Fill, Market, Order, Position
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.reads.replica import Replica


class Executions:
    """Carries out one side of a match after the other."""

    def __init__(self, venue: Venue, ledger: Ledger, replica: Replica) -> None:
        self._venue = venue
        self._accounts = venue.accounts
        self._ledger = ledger
        self._replica = replica

    def record(
        self, order: Order, market: Market, trade_id: str, price_e4: int, count_e2: int, *, is_taker: bool
    ) -> tuple[Fill, Position]:
        """Move position and cash, and return the new fill and the position after it."""
        account = self._accounts[order.user_id]
        stamp_us = self._venue.last_stamp_us
        holding = self._ledger.holding(account, order.subaccount, market)
        fee_e6, position = self._move_stake(
            account, holding, order, market, price_e4, count_e2, is_taker=is_taker
        )
        _count_fill(order, price_e4, count_e2, fee_e6, is_taker=is_taker)
        order.updated_us = stamp_us
        order.last_update_reason = UpdateReason.TRADE
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
            floor_e4=holding.floor_e4,
        )
        account.fills.append(fill)
        self._replica.fill(fill)
        return fill, position

    def _move_stake(
        self,
        account: Account,
        holding: Holding,
        order: Order,
        market: Market,
        price_e4: int,
        count_e2: int,
        *,
        is_taker: bool,
    ) -> tuple[int, Position]:
        # Moves position and cash of one side of a match; returns the position and its fee, which a
        # settlement floor leaves as it is (``settings.CHOICES``: ``floor_fees``).
        position = holding.position
        if position is None:
            position = Position(market.ticker, order.subaccount, market.exchange_index)
            holding.position = account.positions[(market.ticker, order.subaccount)] = position
        trade_fee_e6 = model_fee(market.fee_type, market.fee_multiplier_e4, is_taker, price_e4, count_e2)
        revenue_e6 = revenue_of_fill_e6(
            position.position_e2, order.side, price_e4, count_e2, holding.floor_e4
        )
        precision_e6 = self._ledger.precision_e6(account)
        outcome = settle_fee(trade_fee_e6, revenue_e6, order.rounding_e6, precision_e6)
        order.rounding_e6 = outcome.accumulator_e6
        market.open_interest_e2 -= max(0, position.position_e2)
        apply_fill(position, order.side, price_e4, count_e2)
        market.open_interest_e2 += max(0, position.position_e2)
        position.fees_e6 += outcome.net_fee_e6
        position.updated_us = self._venue.last_stamp_us
        holding.recommit()
        self._ledger.income_e6 += outcome.net_fee_e6
        self._ledger.add_cash(account, holding.cash_key, outcome.cash_change_e6)
        self._replica.position(account.user_id, position)
        return outcome.net_fee_e6, position


def _count_fill(order: Order, price_e4: int, count_e2: int, fee_e6: int, *, is_taker: bool) -> None:
    # The cost is that of the leg which the order acquires, closing or opening (contract §24).
    cost_e6 = unit_commitment_e4(order.side, price_e4) * count_e2
    order.filled_e2 += count_e2
    if is_taker:
        order.taker_cost_e6 += cost_e6
        order.taker_fees_e6 += fee_e6
    else:
        order.maker_cost_e6 += cost_e6
        order.maker_fees_e6 += fee_e6
