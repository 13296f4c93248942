"""What must be true of the venue after every step, recomputed from its records alone."""

from __future__ import annotations

from collections import defaultdict

from kalshi_async.sandbox.accounts.commitments import committed_by_scan_e6
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.exchange import Exchange

ONE_E4 = 10_000
CENT_E6 = 10_000


def audit(exchange: Exchange) -> None:
    """Raise ``AssertionError`` on the first thing that does not add up."""
    _audit_contracts(exchange)
    _audit_money(exchange)
    for ticker in exchange.markets:
        _audit_book(exchange, ticker)
    for account in exchange.accounts.values():
        _audit_orders(account)
        _audit_cash(exchange, account)
        _audit_groups(account)
        _audit_commitments(exchange, account)


def _audit_contracts(exchange: Exchange) -> None:
    total_e2: dict[str, int] = defaultdict(int)
    for account in exchange.accounts.values():
        for (ticker, _), position in account.positions.items():
            total_e2[ticker] += position.position_e2
    assert not any(total_e2.values()), "contracts of a market sum to zero"


def _audit_money(exchange: Exchange) -> None:
    deposited = held = open_contracts = 0
    for account in exchange.accounts.values():
        deposited += sum(row.amount_cents for row in account.deposits) * CENT_E6
        deposited -= sum(row.amount_cents for row in account.withdrawals) * CENT_E6
        held += sum(account.cash_e6.values())
        open_contracts += sum(
            max(0, row.position_e2) * (ONE_E4 - floor_of(exchange, account, row.ticker))
            for row in account.positions.values()
        )
    kept = exchange.ledger.income_e6 + exchange.ledger.in_transit_e6
    assert deposited == held + open_contracts + kept, "no money appears or vanishes"
    assert exchange.ledger.income_e6 >= 0


def _audit_book(exchange: Exchange, ticker: str) -> None:
    bids, asks = exchange.reads.book_levels(ticker)
    if bids and asks:
        assert bids[0][0] < asks[0][0], "the book is never crossed"
    resting: dict[tuple[str, int], int] = defaultdict(int)
    for account in exchange.accounts.values():
        for order in account.resting.values():
            if order.ticker == ticker:
                resting[(order.side, order.price_e4)] += order.remaining_e2
    shown = {("bid", price): count for price, count in bids} | {
        ("ask", price): count for price, count in asks
    }
    assert shown == resting, "the book shows exactly what rests"


def _audit_orders(account: Account) -> None:
    filled: dict[str, int] = defaultdict(int)
    fees: dict[str, int] = defaultdict(int)
    for fill in account.fills:
        assert fill.count_e2 > 0
        assert fill.fee_e6 >= 0
        filled[fill.order_id] += fill.count_e2
        fees[fill.order_id] += fill.fee_e6
    for order in account.orders.values():
        assert order.remaining_e2 >= 0, "nothing negative remains"
        assert order.filled_e2 + order.remaining_e2 <= order.initial_e2
        assert (order.status == "resting") == (order.order_id in account.resting) == (order.remaining_e2 > 0)
        assert order.filled_e2 == filled[order.order_id]
        assert order.taker_fees_e6 + order.maker_fees_e6 == fees[order.order_id]


def floor_of(exchange: Exchange, account: Account, ticker: str) -> int:
    """What YES of a market has paid a member before its settlement, per contract."""
    return 0 if account.is_fcm else exchange.markets[ticker].floor_e4


def _audit_cash(exchange: Exchange, account: Account) -> None:
    cash_e6: dict[tuple[int, int], int] = defaultdict(int)
    for payment in account.deposits:
        cash_e6[(0, 0)] += payment.amount_cents * CENT_E6
    for payment in account.withdrawals:
        cash_e6[(0, 0)] -= payment.amount_cents * CENT_E6
    for moved in account.subaccount_transfers:
        cash_e6[(moved.from_subaccount, moved.exchange_index)] -= moved.amount_cents * CENT_E6
        cash_e6[(moved.to_subaccount, moved.exchange_index)] += moved.amount_cents * CENT_E6
    for sent in account.shard_transfers:
        cash_e6[(0, sent.source_shard)] -= sent.amount_e6
        if sent.status == "complete":
            cash_e6[(0, sent.destination_shard)] += sent.amount_e6
    earned = _replay_fills(account, cash_e6)
    for row in account.settlements:
        cash_e6[(row.subaccount, row.exchange_index)] += row.revenue_cents * CENT_E6
        earned[(row.ticker, row.subaccount)] += row.revenue_cents * CENT_E6
    for entry in account.floor_entries:
        cash_e6[(entry.subaccount, entry.exchange_index)] += entry.amount_e6
        if not entry.is_cover:
            earned[(entry.ticker, entry.subaccount)] += entry.amount_e6 + entry.residue_e6
    for key, shown_e6 in account.cash_e6.items():
        assert shown_e6 == cash_e6[key], "a balance is the sum of its movements"
        assert shown_e6 % (CENT_E6 if account.is_fcm else 100) == 0, "cash has a precision"
    for stake, position in account.positions.items():
        # A floor has paid a part of what the open contracts will pay.
        paid_e6 = floor_of(exchange, account, stake[0]) * max(0, position.position_e2)
        earned_e6 = earned[stake] - paid_e6
        assert earned_e6 == position.realized_e6 - position.cost_e6, "profit is cash plus cost"
        assert position.cost_e6 >= 0


def _replay_fills(account: Account, cash_e6: dict[tuple[int, int], int]) -> dict[tuple[str, int], int]:
    position_e2: dict[tuple[str, int], int] = defaultdict(int)
    earned_e6: dict[tuple[str, int], int] = defaultdict(int)
    for fill in account.fills:
        key = (fill.ticker, fill.subaccount)
        sign = 1 if fill.side == "bid" else -1
        before_e2, position_e2[key] = position_e2[key], position_e2[key] + sign * fill.count_e2
        # A pair is worth a dollar: cash in is -price per signed contract, plus one dollar
        # for each NO that is no longer, or minus one for each that is new.
        new_no_e2 = max(0, -position_e2[key]) - max(0, -before_e2)
        revenue_e6 = -sign * fill.count_e2 * fill.price_e4 - new_no_e2 * ONE_E4
        # YES that is bought costs the price less the floor, and brings as much where it is sold.
        new_yes_e2 = max(0, position_e2[key]) - max(0, before_e2)
        revenue_e6 += new_yes_e2 * fill.floor_e4
        earned_e6[key] += revenue_e6
        cash_e6[(fill.subaccount, fill.exchange_index)] += revenue_e6 - fill.fee_e6
    return earned_e6


def _audit_groups(account: Account) -> None:
    for group in account.groups.values():
        members = [
            order for order in account.resting.values() if order.order_group_id == group.order_group_id
        ]
        assert set(group.order_ids) == {order.order_id for order in members}
        assert group.window_e2 == sum(count for _, count in group.fills)
        assert not (group.is_triggered and members), "a triggered group rests nothing"


def _audit_commitments(exchange: Exchange, account: Account) -> None:
    for shard in exchange.shards.numbers:
        for number in range(account.subaccount_count + 1):
            running_e6 = exchange.reads.resting_commitment_e6(account, number, shard)
            assert running_e6 == committed_by_scan_e6(account, number, shard, exchange.markets)
