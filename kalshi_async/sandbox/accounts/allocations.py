"""The target split of a member's cash over the shards, and the rebalancer that follows it.

Every ten seconds the free cash of the primary subaccount moves towards the target
(docs exchange_sharding, 2026-08). The member chooses the reserve for resting orders: the
commitments of all ("sum"), of the dearest ("max") or of none ("none").
"""

from __future__ import annotations

from functools import partial

from kalshi_async.sandbox.accounts.commitments import floor_for, unit_commitment_e4
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.engine.state import Account, MarginReservation, Order, Rejected
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.reads.replica import Replica

# OpenAPI 3.34.0: at most 101 rows, percents adding up to 100.
_MOST_ROWS = 101
_RESERVATIONS: dict[str, MarginReservation] = {"none": "none", "max": "max", "sum": "sum"}


class Allocations:
    """The target balance allocations of all members."""

    def __init__(self, venue: Venue, ledger: Ledger, replica: Replica) -> None:
        self._venue = venue
        self._ledger = ledger
        self._replica = replica

    def set(self, account: Account, allocations: list[tuple[int, int]], reservation: str) -> None:
        """Store the target (shard, percent) rows; an empty list turns rebalancing off."""
        self._venue.tick()
        account = self._venue.live(account)
        kept_back = _checked(allocations, reservation)
        for exchange_index, _ in allocations:
            self._venue.require_shard(exchange_index)
        rows = list(allocations)

        def put(seen: Account) -> None:
            seen.allocations = rows
            seen.resting_margin_reservation = kept_back

        put(account)
        self._replica.change(account.user_id, put)
        self._plan_rebalance(account, rows)

    def _plan_rebalance(self, account: Account, rows: list[tuple[int, int]]) -> None:
        if rows:
            due_us = self._venue.now_us + self._venue.rules.rebalance_period_ms * 1_000
            self._venue.agenda.at(due_us, partial(self._rebalance, account, rows))

    def _rebalance(self, account: Account, rows: list[tuple[int, int]]) -> None:
        if account.allocations is not rows:
            # A later call has replaced these rows, and planned its own passes.
            return
        movable = {shard: self._movable_e6(account, shard) for shard in self._venue.shards}
        total_e6 = sum(movable.values())
        target = dict.fromkeys(self._venue.shards, 0)
        for exchange_index, percent in rows:
            # Whole ten-thousandths of a dollar; the remainder stays on the first row.
            target[exchange_index] += total_e6 * percent // 100 // 100 * 100
        target[rows[0][0]] += total_e6 - sum(target.values())
        for exchange_index, present_e6 in movable.items():
            if target[exchange_index] != present_e6:
                self._ledger.add_cash(account, (0, exchange_index), target[exchange_index] - present_e6)
        self._plan_rebalance(account, rows)

    def _movable_e6(self, account: Account, exchange_index: int) -> int:
        cash_e6 = account.cash_e6.get((0, exchange_index), 0)
        return max(0, cash_e6 - self._reserved_e6(account, exchange_index))

    def _reserved_e6(self, account: Account, exchange_index: int) -> int:
        if account.resting_margin_reservation == "none":
            return 0
        if account.resting_margin_reservation == "sum":
            return self._ledger.wallet(account, 0, exchange_index).committed_e6
        return max(
            (
                unit_commitment_e4(order.side, order.price_e4, self._floor_e4(account, order))
                * order.remaining_e2
                for order in account.resting.values()
                if (order.subaccount, order.exchange_index) == (0, exchange_index)
            ),
            default=0,
        )

    def _floor_e4(self, account: Account, order: Order) -> int:
        return floor_for(account, self._venue.markets[order.ticker])


def _checked(allocations: list[tuple[int, int]], reservation: str) -> MarginReservation:
    if reservation not in _RESERVATIONS:
        raise Rejected("invalid_parameters", f"resting_margin_reservation {reservation!r} is unknown")
    if len(allocations) > _MOST_ROWS:
        raise Rejected("invalid_parameters", f"at most {_MOST_ROWS} allocations")
    if len({exchange_index for exchange_index, _ in allocations}) != len(allocations):
        raise Rejected("invalid_parameters", "every exchange_index may appear once")
    percents = [percent for _, percent in allocations]
    if percents and (sum(percents) != 100 or min(percents) < 0):
        raise Rejected("invalid_parameters", f"percents must total 100, were {sum(percents)}")
    return _RESERVATIONS[reservation]
