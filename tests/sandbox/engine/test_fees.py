"""Fees and their rounding, against recorded fills and the vendor's own tables."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kalshi_async.sandbox.engine.fees import (
    DEAREST_CONTRACT_E4,
    FEE_RATES,
    highest_fee,
    model_fee,
    settle_fee,
)
from kalshi_async.sandbox.engine.state import Side
from kalshi_async.sandbox.settings import HIGHEST_MULTIPLIER
from tests.sandbox.venue_kit import Desk


@pytest.mark.parametrize(
    ("fee_type", "is_taker", "price_e4", "fee_e6"),
    [
        ("quadratic", True, 550, 3_639),  # docs fee_rounding, 2026-09: 0.00363825
        ("quadratic", True, 5_200, 17_472),
        ("quadratic", True, 9_900, 693),
        ("quadratic", False, 5_200, 0),
        ("quadratic_with_maker_fees", True, 5_000, 17_500),
        ("quadratic_with_maker_fees", False, 5_000, 4_375),
        ("quadratic_with_combo_maker_fees", False, 5_000, 8_750),
    ],
)
def test_the_model_fee_is_rounded_up_to_six_decimals(
    fee_type: str, is_taker: bool, price_e4: int, fee_e6: int
) -> None:
    assert model_fee(fee_type, 10_000, is_taker, price_e4, 100) == fee_e6


def test_a_series_multiplier_scales_the_fee() -> None:
    assert model_fee("quadratic", 5_000, True, 5_000, 100) == 8_750


def test_the_vendor_s_example_of_september_comes_out() -> None:
    # Docs fee_rounding, 2026-09: one contract at 0.055, cash in cents.
    outcome = settle_fee(model_fee("quadratic", 10_000, True, 550, 100), -55_000, 0, 10_000)
    assert (outcome.floored_e6, outcome.net_fee_e6) == (-60_000, 5_000)


# Price, hundredths of a contract, and the fee that a direct member was charged, in millionths.
CHARGED = [
    (5_200, 100, 17_500),  # recorded on demo, 2026-06
    (9_900, 100, 700),  # recorded on demo, 2026-06
    (9_900, 200, 1_400),  # recorded on demo, 2026-06
    (4_800, 300, 52_500),  # the contract's example
    (10, 22_727, 15_930),  # public account records, 2026-11-28: a combo, production, August 2026
]


@pytest.mark.parametrize(("price_e4", "count_e2", "fee_e6"), CHARGED)
def test_fees_that_members_were_charged_come_out_to_the_last_digit(
    price_e4: int, count_e2: int, fee_e6: int
) -> None:
    trade_fee_e6 = model_fee("quadratic", 10_000, True, price_e4, count_e2)
    assert settle_fee(trade_fee_e6, -price_e4 * count_e2, 0, 100).net_fee_e6 == fee_e6


# Docs fee_rounding, 2026-08: three equal fills of one order at cent precision. The page
# of 2026-09 has other trade fees; from a given trade fee on, both give the same. Rows are trade fee,
# revenue, rounding fee, accumulators, net fees, floored change; millionths.
VENDOR_TABLE = [
    (8_500, -55_000, 6_500, (6_500, 3_000, 9_500), (15_000, 5_000, 15_000), -70_000),
    (4_100, -150_000, 5_900, (5_900, 1_800, 7_700), (10_000, 0, 10_000), -160_000),
    (500, -9_903, 9_597, (9_597, 9_194, 8_791), (10_097, 97, 97), -20_000),
]


@pytest.mark.parametrize(("fee", "revenue", "rounding", "accumulators", "net_fees", "floored"), VENDOR_TABLE)
def test_rounding_follows_the_tables_of_the_vendor(
    fee: int,
    revenue: int,
    rounding: int,
    accumulators: tuple[int, ...],
    net_fees: tuple[int, ...],
    floored: int,
) -> None:
    accumulator = 0
    for expected_accumulator, expected_fee in zip(accumulators, net_fees, strict=True):
        outcome = settle_fee(fee, revenue, accumulator, 10_000)
        accumulator = outcome.accumulator_e6
        assert (outcome.rounding_fee_e6, outcome.floored_e6) == (rounding, floored)
        assert (accumulator, outcome.net_fee_e6) == (expected_accumulator, expected_fee)
        assert outcome.cash_change_e6 == revenue - outcome.net_fee_e6


def test_a_rebate_waits_for_a_fill_whose_fee_covers_it() -> None:
    # A net fee is never negative, so a free maker fill cannot be paid the whole cent.
    outcome = settle_fee(0, 5_000, 9_000, 10_000)
    assert (outcome.rebate_e6, outcome.net_fee_e6, outcome.accumulator_e6) == (0, 5_000, 14_000)


def test_a_rebate_is_as_many_units_of_the_precision_as_the_fee_allows() -> None:
    assert settle_fee(2_000, -990_000, 12_345, 100).rebate_e6 == 2_000
    assert settle_fee(20_000, -990_000, 12_345, 100).rebate_e6 == 12_300
    assert settle_fee(20_000, -990_000, 12_345, 10_000).rebate_e6 == 10_000


def test_a_rebate_reaches_the_cash_with_its_own_fill() -> None:
    outcome = settle_fee(20_000, -990_000, 12_345, 100)
    assert outcome.cash_change_e6 == -990_000 - 20_000 + 12_300


def test_direct_members_are_not_rounded_on_whole_contracts() -> None:
    assert settle_fee(700, -990_000, 0, 100).net_fee_e6 == 700


@pytest.mark.parametrize(("side", "price_e4", "dearest_e4"), [("bid", 9_000, 5_000), ("ask", 1_000, 5_000)])
def test_admission_reckons_with_the_dearest_price_within_the_limit(
    side: Side, price_e4: int, dearest_e4: int
) -> None:
    expected = model_fee("quadratic", 10_000, True, dearest_e4, 100)
    assert highest_fee("quadratic", 10_000, side, price_e4, 100) == expected


@pytest.mark.parametrize("fee_type", FEE_RATES)
@pytest.mark.parametrize("count_e2", [1, 100, 12_345])
def test_no_contract_is_dearer_than_the_bound_of_admission(fee_type: str, count_e2: int) -> None:
    """Who has the bound is not asked for the exact sum, so the bound must never be too low."""
    multiplier_e4 = HIGHEST_MULTIPLIER * 10_000
    for price_e4 in range(1, 10_000, 7):
        fee_e6 = highest_fee(fee_type, multiplier_e4, "bid", price_e4, count_e2)
        assert price_e4 * count_e2 + fee_e6 <= DEAREST_CONTRACT_E4 * count_e2


def test_a_multiplier_beyond_that_bound_is_not_listed(desk: Desk) -> None:
    with pytest.raises(ValueError, match="fee_multiplier must be 0 to 10, was 11"):
        desk.exchange.markets.add("KXDEAR-1", fee_multiplier=Decimal(11))


def test_two_contracts_at_ninety_nine_cents_leave_what_was_recorded(desk: Desk) -> None:
    # Demo recording 2026-06: 100.0000 - 2 x 0.99 - 2 x 0.0007 = 98.0186.
    carol = desk.exchange.accounts.open("carol", cash=100)  # type: ignore[arg-type]
    desk.place(desk.alice, "ask", "0.99", 1)
    desk.place(desk.bob, "ask", "0.99", 1)
    desk.take(carol, "bid", "0.99", 2)
    assert str(desk.cash(carol)) == "98.0186"
    assert desk.exchange.reads.portfolio_value_cents(carol, 0, None) == 198


def test_makers_pay_in_series_with_maker_fees(desk: Desk) -> None:
    desk.exchange.markets.add("KXMAKER-1", fee_type="quadratic_with_maker_fees")
    desk.place(desk.alice, "ask", "0.50", 1, ticker="KXMAKER-1")
    desk.take(desk.bob, "bid", "0.50", 1, ticker="KXMAKER-1")
    assert [fill.fee_e6 for fill in (*desk.alice.fills, *desk.bob.fills)] == [4_400, 17_500]
    assert desk.alice.fills[0].fee_e6 == next(iter(desk.alice.orders.values())).maker_fees_e6
