"""Whether a new order is accepted: first its own terms, then the checks that depend on the venue.

A refused order leaves no trace: no record, no used client_order_id, no moved cash
(contract §13, §24). The order of the checks in ``Rules.create_checks`` is a switch, because
a client that resends must cope with any of them answering first.
"""

from __future__ import annotations

from collections.abc import Callable

from kalshi_async.sandbox.accounts.commitments import Holding, unit_commitment_e4
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.engine.book import OPPOSITE
from kalshi_async.sandbox.engine.fees import DEAREST_CONTRACT_E4, highest_fee
from kalshi_async.sandbox.engine.instructions import NewOrder
from kalshi_async.sandbox.engine.state import Account, Market, Rejected, Side, refuse_price
from kalshi_async.sandbox.engine.venue import Venue, require_subaccount
from kalshi_async.sandbox.markets.shards import Shards
from kalshi_async.sandbox.settings import NEGATIVE_BALANCE, CreateCheck

_Check = Callable[[Account, Market, NewOrder], None]


class Admission:
    """The checks of a create, each raising ``Rejected``."""

    def __init__(self, venue: Venue, ledger: Ledger, shards: Shards) -> None:
        self._venue = venue
        self._rules = venue.rules
        self._books = venue.books
        self._ledger = ledger
        self._shards = shards
        by_name: dict[CreateCheck, _Check] = {
            CreateCheck.DUPLICATE: _refuse_duplicate,
            CreateCheck.PAUSE: self._refuse_pause,
            CreateCheck.GROUP: _refuse_triggered_group,
            CreateCheck.POST_ONLY: self._refuse_post_only_cross,
            CreateCheck.BALANCE: self._refuse_unfunded,
        }
        self._create_checks = tuple(by_name[check] for check in self._rules.create_checks)

    def admit(self, account: Account, market: Market, order: NewOrder) -> None:
        """Raise ``Rejected`` unless the order may be placed now."""
        if order.subaccount:  # every member has subaccount 0
            require_subaccount(account, order.subaccount)
        self._refuse_invalid(market, order)
        for check in self._create_checks:
            check(account, market, order)
        if order.time_in_force == "fill_or_kill":
            self._refuse_unfillable(account, order)

    def refuse_past_expiry(self, expiration_s: int) -> None:
        """Raise ``Rejected`` if an expiry (Unix seconds) is not in the future."""
        if expiration_s * 1_000_000 <= self._venue.now_us:
            raise Rejected("expiration_in_past")

    def _refuse_invalid(self, market: Market, order: NewOrder) -> None:
        if order.count_e2 <= 0:
            raise Rejected("invalid_order_size")
        refuse_price(market, order.price_e4)
        if order.reduce_only and order.time_in_force != "immediate_or_cancel":
            raise Rejected("invalid_order", "reduce_only can only be used with IoC orders")
        if order.expiration_s is not None:
            if order.time_in_force != "good_till_canceled":
                raise Rejected("Cannot_specify_both_IoC_and_expiration_timestamp")
            self.refuse_past_expiry(order.expiration_s)

    def _refuse_pause(self, account: Account, market: Market, order: NewOrder) -> None:
        self._shards.refuse_placing(market)

    def _refuse_post_only_cross(self, account: Account, market: Market, order: NewOrder) -> None:
        if order.post_only and self._books[market.ticker].crosses(order.side, order.price_e4):
            raise Rejected("invalid_order", "post only cross")

    def _refuse_unfunded(self, account: Account, market: Market, order: NewOrder) -> None:
        if account.cash_e6.get((order.subaccount, market.exchange_index), 0) < 0:
            raise Rejected(*NEGATIVE_BALANCE)
        count_e2 = reducible_e2(account, order) if order.reduce_only else order.count_e2
        if count_e2:
            holding = self._ledger.holding(account, order.subaccount, market)
            require_funds(holding, market, order.side, order.price_e4, count_e2)

    def _refuse_unfillable(self, account: Account, order: NewOrder) -> None:
        missing_e2 = order.count_e2
        limit_e4 = unit_commitment_e4(order.side, order.price_e4)
        for maker in self._books[order.ticker].sides[OPPOSITE[order.side]].in_priority():
            if unit_commitment_e4(order.side, maker.price_e4) > limit_e4:
                break
            if maker.user_id == account.user_id:
                if self._rules.fill_or_kill_self_cross_is_ioc:
                    return
                if order.self_trade_prevention_type != "maker":
                    break
                continue
            missing_e2 -= maker.remaining_e2
            if missing_e2 <= 0:
                return
        raise Rejected("fill_or_kill_insufficient_resting_volume")


def require_funds(holding: Holding, market: Market, side: Side, price_e4: int, count_e2: int) -> None:
    """Raise ``Rejected("insufficient_balance")`` if an order of the holding's member lacks funds.

    Balance - resting commitments >= new commitment + highest fee (contract §10).
    """
    free_e6 = holding.account.cash_e6.get(holding.cash_key, 0) - holding.wallet.committed_e6
    if free_e6 >= count_e2 * DEAREST_CONTRACT_E4:
        return  # an upper bound of the exact sum, which takes a tenth of a create to compute
    needed_e6 = holding.added_commitment_e6(side, price_e4, count_e2)
    needed_e6 += highest_fee(market.fee_type, market.fee_multiplier_e4, side, price_e4, count_e2)
    if free_e6 < needed_e6:
        raise Rejected("insufficient_balance")


def reducible_e2(account: Account, order: NewOrder) -> int:
    """Return the contracts of a reduce_only order that may trade: no more than the position."""
    position = account.positions.get((order.ticker, order.subaccount))
    held_e2 = 0 if position is None else position.position_e2
    return min(order.count_e2, max(0, -held_e2 if order.side == "bid" else held_e2))


def _refuse_duplicate(account: Account, market: Market, order: NewOrder) -> None:
    if order.client_order_id and order.client_order_id in account.client_order_ids:
        raise Rejected("order_already_exists")


def _refuse_triggered_group(account: Account, market: Market, order: NewOrder) -> None:
    if order.order_group_id is None:
        return
    group = account.groups.get(order.order_group_id)
    scope = (order.subaccount, market.exchange_index)
    if group is None or (group.subaccount, group.exchange_index) != scope:
        raise Rejected("order_group_not_found")
    if group.is_triggered:
        raise Rejected("exceeded_order_group_risk_limit")
