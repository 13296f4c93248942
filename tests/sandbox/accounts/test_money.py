"""Cash, cost, commitments: the numbers a member sees."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kalshi_async.sandbox.accounts.commitments import committed_by_scan_e6
from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.settings import Rules
from tests.sandbox.venue_kit import TICKER, Desk


def test_a_bid_pays_its_price_and_an_ask_the_complement(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.40", 10)
    desk.take(desk.bob, "bid", "0.40", 10)
    assert desk.cash(desk.alice) == 10_000 - Decimal("6.00")
    assert desk.cash(desk.bob) == 10_000 - Decimal("4.00") - Decimal("0.1680")
    assert (desk.position(desk.alice), desk.position(desk.bob)) == (-1_000, 1_000)


def test_the_opposite_outcome_closes_first(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.40", 10)
    desk.take(desk.bob, "bid", "0.40", 10)
    desk.place(desk.alice, "bid", "0.45", 15)
    desk.take(desk.bob, "ask", "0.45", 15)
    position = desk.bob.positions[(TICKER, 0)]
    # Ten YES sold at 0.45, then five NO bought at 0.55.
    assert (position.position_e2, position.cost_e6) == (-500, 2_750_000)
    assert position.realized_e6 == 500_000
    assert position.traded_e6 == 4_000_000 + 4_500_000 + 2_750_000
    assert position.shares_traded_e2 == 2_500


def test_a_partial_close_releases_the_average_cost(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.40", 1)
    desk.place(desk.alice, "ask", "0.60", 1)
    desk.take(desk.bob, "bid", "0.60", 2)
    desk.place(desk.alice, "bid", "0.70", 1)
    desk.take(desk.bob, "ask", "0.70", 1)
    position = desk.bob.positions[(TICKER, 0)]
    assert (position.cost_e6, position.realized_e6) == (500_000, 200_000)


def test_resting_orders_leave_the_balance_but_tie_it_up(desk: Desk) -> None:
    desk.place(desk.alice, "bid", "0.50", 15_000)
    assert desk.cash(desk.alice) == 10_000
    assert desk.exchange.reads.resting_commitment_e6(desk.alice, 0, 0) == 7_500 * 1_000_000
    with pytest.raises(Rejected, match="insufficient_balance"):
        desk.place(desk.alice, "bid", "0.50", 5_000)
    desk.place(desk.alice, "ask", "0.60", 5_000)


def test_the_reported_balance_may_exclude_resting_commitments() -> None:
    desk = Desk(Rules(reserve_at_placement=True))
    desk.place(desk.alice, "bid", "0.50", 10)
    assert desk.cash(desk.exchange.reads.account(desk.alice)) == 9_995
    assert desk.cash(desk.alice) == 10_000


def test_what_closes_a_position_ties_nothing_up(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.40", 10)
    desk.take(desk.bob, "bid", "0.40", 10)
    desk.place(desk.bob, "ask", "0.70", 6)
    assert desk.exchange.reads.resting_commitment_e6(desk.bob, 0, 0) == 0
    desk.place(desk.bob, "ask", "0.60", 8)
    # Fourteen asks, ten covered: the four dearest to fill last are at 0.70.
    assert desk.exchange.reads.resting_commitment_e6(desk.bob, 0, 0) == 4 * 300_000
    assert committed_by_scan_e6(desk.bob, 0, 0, desk.exchange.markets) == 4 * 300_000


def test_a_fill_elsewhere_changes_what_is_covered(desk: Desk) -> None:
    desk.place(desk.bob, "ask", "0.70", 6)
    assert desk.exchange.reads.resting_commitment_e6(desk.bob, 0, 0) == 6 * 300_000
    desk.place(desk.alice, "ask", "0.40", 6)
    desk.take(desk.bob, "bid", "0.40", 6)
    assert desk.exchange.reads.resting_commitment_e6(desk.bob, 0, 0) == 0


def test_the_highest_fee_must_be_affordable_too(desk: Desk) -> None:
    carol = desk.exchange.accounts.open("carol", cash=Decimal(5))
    with pytest.raises(Rejected, match="insufficient_balance"):
        desk.place(carol, "bid", "0.50", 10)
    desk.place(carol, "bid", "0.50", 9)


def test_members_behind_an_fcm_are_rounded_to_the_cent(desk: Desk) -> None:
    carol = desk.exchange.accounts.open("carol", is_fcm=True)
    desk.place(desk.alice, "ask", "0.52", 1)
    desk.take(carol, "bid", "0.52", 1)
    assert desk.cash(carol) == 10_000 - Decimal("0.54")
    assert carol.fills[0].fee_e6 == 20_000


def test_fractions_of_a_contract_are_exact(desk: Desk) -> None:
    desk.exchange.markets.add("KXFINE-1", structure="center_centi_edge_centi_cent")
    desk.place(desk.alice, "ask", "0.3301", "0.03", ticker="KXFINE-1")
    desk.take(desk.bob, "bid", "0.3301", "0.03", ticker="KXFINE-1")
    # Cost 0.009903 and fee 0.000465 make 0.010368, and cash has four decimals.
    assert desk.cash(desk.bob) == 10_000 - Decimal("0.0104")
    assert desk.bob.positions[("KXFINE-1", 0)].cost_e6 == 9_903


def test_positions_are_marked_at_the_last_trade(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.40", 10)
    desk.take(desk.bob, "bid", "0.40", 10)
    desk.exchange.market(TICKER).quote("ask", "0.75", 1)
    desk.exchange.market(TICKER).trade("bid", "0.75", 1)
    assert desk.exchange.reads.portfolio_value_cents(desk.bob, 0, None) == 750
    assert desk.exchange.reads.portfolio_value_cents(desk.alice, 0, 0) == 250
    assert desk.exchange.reads.portfolio_value_cents(desk.alice, 0, 1) == 0


def test_deposits_and_withdrawals_leave_rows(desk: Desk) -> None:
    desk.exchange.accounts.withdraw(desk.alice, Decimal(1_000))
    assert [row.amount_cents for row in desk.alice.deposits] == [1_000_000]
    assert [row.amount_cents for row in desk.alice.withdrawals] == [100_000]
    with pytest.raises(Rejected, match="insufficient_balance"):
        desk.exchange.accounts.withdraw(desk.alice, Decimal(9_001))


def subaccount_with_cash(desk: Desk, cents: int = 10_000) -> int:
    number = desk.exchange.accounts.create_subaccount(desk.alice)
    desk.exchange.transfers.between_subaccounts(desk.alice, f"to {number}", 0, number, cents)
    return number


def test_subaccounts_are_numbered_from_one_to_sixty_three(desk: Desk) -> None:
    numbers = [desk.exchange.accounts.create_subaccount(desk.alice) for _ in range(63)]
    assert numbers == list(range(1, 64))
    with pytest.raises(Rejected, match="invalid_parameters"):
        desk.exchange.accounts.create_subaccount(desk.alice)


def test_basic_members_have_no_subaccounts(desk: Desk) -> None:
    carol = desk.exchange.accounts.open("carol")
    with pytest.raises(Rejected, match="subaccount_creation_requires_advanced"):
        desk.exchange.accounts.create_subaccount(carol)


def test_a_transfer_id_counts_once(desk: Desk) -> None:
    number = subaccount_with_cash(desk)
    with pytest.raises(Rejected, match="transfer_already_applied"):
        desk.exchange.transfers.between_subaccounts(desk.alice, "to 1", 0, number, 10_000)
    assert [desk.cash(desk.alice), desk.cash(desk.alice, number)] == [9_900, 100]
    assert [row.amount_cents for row in desk.alice.subaccount_transfers] == [10_000]


def test_money_behind_resting_orders_stays(desk: Desk) -> None:
    number = subaccount_with_cash(desk)
    desk.place(desk.alice, "bid", "0.50", 100, subaccount=number)
    with pytest.raises(Rejected, match="insufficient_balance"):
        desk.exchange.transfers.between_subaccounts(desk.alice, "back", number, 0, 5_001)
    desk.exchange.transfers.between_subaccounts(desk.alice, "back", number, 0, 5_000)


def test_positions_and_cash_of_a_subaccount_are_its_own(desk: Desk) -> None:
    number = subaccount_with_cash(desk)
    desk.place(desk.bob, "ask", "0.50", 4)
    desk.take(desk.alice, "bid", "0.50", 4, subaccount=number)
    assert list(desk.alice.positions) == [(TICKER, number)]
    assert desk.cash(desk.alice) == 9_900


def test_a_new_subaccount_inherits_the_netting_flag(desk: Desk) -> None:
    desk.exchange.accounts.set_netting(desk.alice, 0, False)
    number = desk.exchange.accounts.create_subaccount(desk.alice)
    assert desk.alice.netting == {0: False, number: False}


def shard_transfer(desk: Desk, amount_e6: int, **terms: object) -> str:
    plain: dict[str, object] = {
        "client_transfer_id": None,
        "source": "event_contract",
        "destination": "event_contract",
        "source_shard": 0,
        "destination_shard": 2,
        "source_subaccount": 0,
        "destination_subaccount": 0,
    }
    arguments = {"amount_e6": amount_e6} | plain | terms
    return desk.exchange.transfers.between_shards(desk.alice, **arguments)  # type: ignore[arg-type]


def test_money_moves_between_shards(desk: Desk) -> None:
    transfer_id = shard_transfer(desk, 25_000_000)
    assert desk.cash(desk.alice, shard=2) == 25
    assert [(row.transfer_id, row.status) for row in desk.alice.shard_transfers] == [
        (transfer_id, "complete")
    ]


def test_a_shard_transfer_may_take_its_time() -> None:
    desk = Desk(Rules(transfer_delay_ms=2_000))
    shard_transfer(desk, 25_000_000)
    assert [desk.cash(desk.alice), desk.cash(desk.alice, shard=2)] == [9_975, 0]
    assert desk.alice.shard_transfers[0].status == "pending"
    desk.clock.pass_s(2)
    desk.exchange.advance()
    assert desk.cash(desk.alice, shard=2) == 25


def test_a_transfer_within_one_shard_is_a_subaccount_transfer(desk: Desk) -> None:
    number = desk.exchange.accounts.create_subaccount(desk.alice)
    shard_transfer(desk, 25_000_000, destination_shard=0, destination_subaccount=number)
    assert not desk.alice.shard_transfers
    assert desk.cash(desk.alice, number) == 25


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"destination": "margined"}, "user_not_found"),
        ({"destination_shard": 9}, "invalid_parameters"),
        ({"amount_e6": 0}, "invalid_parameters"),
        ({"amount_e6": 10_001_000_000}, "insufficient_balance"),
        ({"destination_subaccount": 1}, "not_found"),
    ],
)
def test_a_refused_transfer_moves_nothing(desk: Desk, terms: dict[str, object], code: str) -> None:
    amount_e6 = int(str(terms.pop("amount_e6", 1_000_000)))
    with pytest.raises(Rejected, match=code):
        shard_transfer(desk, amount_e6, **terms)
    assert desk.cash(desk.alice) == 10_000


def test_a_shard_transfer_id_counts_once_per_source_shard(desk: Desk) -> None:
    shard_transfer(desk, 1_000_000, client_transfer_id="t")
    for destination in (2, 3):
        with pytest.raises(Rejected, match="transfer_already_applied"):
            shard_transfer(desk, 1_000_000, client_transfer_id="t", destination_shard=destination)
    shard_transfer(desk, 500_000, client_transfer_id="t", source_shard=2, destination_shard=3)
    assert [row.client_transfer_id for row in desk.alice.shard_transfers] == ["t", "t"]
    assert desk.cash(desk.alice, shard=3) == Decimal("0.5")


def test_the_rebalancer_follows_the_target_every_ten_seconds(desk: Desk) -> None:
    desk.exchange.allocations.set(desk.alice, [(0, 80), (1, 20)], "sum")
    assert desk.cash(desk.alice) == 10_000
    desk.clock.pass_s(10)
    desk.exchange.advance()
    assert [desk.cash(desk.alice), desk.cash(desk.alice, shard=1)] == [8_000, 2_000]
    desk.exchange.allocations.set(desk.alice, [], "sum")
    desk.exchange.accounts.deposit(desk.alice, Decimal(100))
    desk.clock.pass_s(60)
    desk.exchange.advance()
    assert desk.cash(desk.alice) == 8_100


def test_the_rebalancer_leaves_what_resting_orders_need(desk: Desk) -> None:
    desk.place(desk.alice, "bid", "0.50", 10_000)
    desk.exchange.allocations.set(desk.alice, [(1, 100)], "sum")
    desk.clock.pass_s(10)
    desk.exchange.advance()
    assert [desk.cash(desk.alice), desk.cash(desk.alice, shard=1)] == [5_000, 5_000]


@pytest.mark.parametrize("rows", [[(0, 99)], [(0, 50), (0, 50)], [(0, 120), (1, -20)], [(9, 100)]])
def test_a_senseless_allocation_is_refused(desk: Desk, rows: list[tuple[int, int]]) -> None:
    with pytest.raises(Rejected, match="invalid_parameters"):
        desk.exchange.allocations.set(desk.alice, rows, "sum")
