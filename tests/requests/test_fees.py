"""The arithmetic of fees: formula, rounding, rebates, and the bound of all cuts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings, strategies as st

from kalshi_async import FeeUnknown, InvalidRequest
from kalshi_async.contract.fields import BookSide, FeeType
from kalshi_async.contract.markets import PriceRange
from kalshi_async.requests.fees import (
    CENT,
    CENTICENT,
    MOST_FILLS,
    SCANNED,
    FillTerms,
    checked_cut,
    checked_precision,
    factor_of,
    fee_quote,
    fees_of_fills,
    grid_divisor,
)

D = Decimal
TAKER = D("0.07")
BID, ASK = BookSide.BID, BookSide.ASK


@pytest.mark.parametrize(
    ("fee_type", "multiplier", "maker", "factor"),
    [
        (FeeType.QUADRATIC, "1", False, "0.07"),
        (FeeType.QUADRATIC, "1", True, "0"),
        (FeeType.QUADRATIC_WITH_MAKER_FEES, "0.5", True, "0.00875"),
        (FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES, "1", True, "0.035"),
        (FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES, "2", False, "0.14"),
    ],
)
def test_the_factor_is_that_of_the_type_times_the_multiplier(
    fee_type: FeeType, multiplier: str, maker: bool, factor: str
) -> None:
    assert factor_of(fee_type, D(multiplier), maker=maker) == D(factor)


@pytest.mark.parametrize("word", ["flat", "margin_market_maker_program_fees"])
def test_a_type_without_a_published_formula_is_unknown(word: str) -> None:
    with pytest.raises(FeeUnknown, match=f"'{word}' has no published formula") as caught:
        factor_of(FeeType(word), D(1), maker=False)
    assert caught.value.sent is False


def test_a_negative_multiplier_is_no_fee_that_can_be_quoted() -> None:
    with pytest.raises(FeeUnknown, match="fee_multiplier must be 0 or more, was -1"):
        factor_of(FeeType.QUADRATIC, D(-1), maker=False)


def quoted(price: str, count: str, precision: Decimal, side: BookSide = BID) -> Decimal:
    return fee_quote(side, D(price), [D(count)], factor=TAKER, maker=False, precision=precision).charged


@pytest.mark.parametrize(
    ("price", "count", "precision", "charged"),
    [
        ("0.055", "1", CENT, "0.005"),  # docs fee_rounding, 2026-09
        ("0.52", "1", CENTICENT, "0.0175"),  # recorded, 2026-06
        ("0.99", "2", CENTICENT, "0.0014"),  # recorded, 2026-06
        ("0.001", "227.27", CENTICENT, "0.01593"),  # public account records, 2026-11-28
    ],
)
def test_published_and_recorded_fees_come_out(
    price: str, count: str, precision: Decimal, charged: str
) -> None:
    assert quoted(price, count, precision) == D(charged)


def test_the_model_is_the_formula_before_any_rounding() -> None:
    quote = fee_quote(BID, D("0.055"), [D(1)], factor=TAKER, maker=False, precision=CENT)
    assert quote.model == D("0.00363825")


def test_an_ask_pays_for_the_other_leg() -> None:
    # 0.03 NO at 0.6699 and the fee 0.000465 make 0.020562, rounded up to a cent.
    assert quoted("0.3301", "0.03", CENT, ASK) == D("0.03") - D("0.020097")


def test_rounding_is_given_back_with_a_later_fill() -> None:
    # The vendor's third example of 2026-08, with the trade fee of today.
    fills = [FillTerms(D("0.3301"), D("0.03"), TAKER)] * 3
    assert fees_of_fills(BID, fills, CENT) == [D("0.010097"), D("0.000097"), D("0.000097")]


def test_an_order_that_takes_and_then_rests_has_one_accumulator() -> None:
    fills = [FillTerms(D("0.3301"), D("0.03"), TAKER), FillTerms(D("0.3301"), D("0.03"), D(0))]
    assert fees_of_fills(BID, fills, CENT) == [D("0.010097"), D("0.000097")]


def test_a_rough_decimal_context_of_the_caller_rounds_nothing() -> None:
    with localcontext(prec=3):
        assert quoted("0.001", "227.27", CENTICENT) == D("0.01593")


@pytest.mark.parametrize(
    ("count", "fills", "cut"),
    [
        ("10", 1, ["10"]),
        ("10", 3, ["3.34", "3.33", "3.33"]),
        ("0.03", 3, ["0.01", "0.01", "0.01"]),
        ("10", ["2.5", 7, D("0.5")], ["2.5", "7", "0.5"]),
    ],
)
def test_a_count_is_cut_into_fills(count: str, fills: int | list[D | int | str], cut: list[str]) -> None:
    assert checked_cut(D(count), fills) == [D(one) for one in cut]


@pytest.mark.parametrize(
    ("fills", "rule"),
    [
        (0, "fills must be from 1 to 1000, was 0"),
        (1_001, "fills must be from 1 to 1000, was 1001"),
        (True, "fills must be a whole number, was True"),
        ([3, 6], "fills must add up to count, 10.00, was 9.00"),
        ([], "fills must add up to count"),
        (["10", "-1"], "fills must be positive, was '-1'"),
        ("10", "fills must be a list"),
        (1.0, "fills must be a list"),
        (["0.001"] * (MOST_FILLS + 1), "fills must have at most 2 decimals"),
        (["0.01"] * (MOST_FILLS + 1), f"fills must be at most {MOST_FILLS}, were {MOST_FILLS + 1}"),
    ],
)
def test_a_cut_that_is_none_is_refused(fills: int | list[D | int | str], rule: str) -> None:
    with pytest.raises(InvalidRequest, match=rule):
        checked_cut(D("10.00"), fills)


def test_a_large_count_is_cut_into_a_bounded_number_of_fills() -> None:
    with pytest.raises(InvalidRequest, match=f"fills must be from 1 to {MOST_FILLS}"):
        checked_cut(D(10**6), MOST_FILLS + 1)


@pytest.mark.parametrize("value", ["0.01", D("0.0001"), "0.005"])
def test_a_precision_is_a_part_of_a_cent(value: D | str) -> None:
    assert checked_precision(value) == D(value)


@pytest.mark.parametrize("value", ["0", "0.02", "0.003", "0.00001", "x"])
def test_another_precision_is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest, match="precision must"):
        checked_precision(value)


def grid(*ranges: tuple[str, str, str]) -> list[PriceRange]:
    return [PriceRange(start=D(start), end=D(end), step=D(step)) for start, end, step in ranges]


@pytest.mark.parametrize(
    ("ranges", "divisor"),
    [
        (grid(("0", "1", "0.01")), 100),
        (grid(("0", "0.1", "0.001"), ("0.1", "0.9", "0.01"), ("0.9", "1", "0.001")), 10),
        (grid(("0", "1", "0.00005")), 1),
        ([], 1),
        (None, 1),
    ],
)
def test_a_grid_has_a_divisor_of_all_its_prices(ranges: list[PriceRange] | None, divisor: int) -> None:
    assert grid_divisor(ranges) == divisor


def cuts(units: int) -> Iterator[list[int]]:
    """Yield every way to cut so many hundredths, in every order."""
    if units == 0:
        yield []
    for first in range(1, units + 1):
        for rest in cuts(units - first):
            yield [first, *rest]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    units=st.integers(1, 8),
    price_e4=st.integers(1, 9_999),
    side=st.sampled_from(BookSide),
    factor=st.sampled_from([D(0), D("0.0175"), TAKER, D("0.7")]),
    maker=st.booleans(),
    precision=st.sampled_from([CENT, CENTICENT]),
)
def test_no_cut_is_charged_more_than_the_most(
    units: int, price_e4: int, side: BookSide, factor: D, maker: bool, precision: D
) -> None:
    price = D(price_e4) / 10_000
    quote = fee_quote(side, price, [D(units) / 100], factor=factor, maker=maker, precision=precision)
    for cut in cuts(units):
        fills = [FillTerms(price, D(one) / 100, factor) for one in cut]
        assert sum(fees_of_fills(side, fills, precision)) <= quote.most


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    pieces=st.lists(st.tuples(st.integers(1, 5_000), st.integers(1, 99)), min_size=1, max_size=12),
    cents=st.integers(1, 99),
    side=st.sampled_from(BookSide),
    precision=st.sampled_from([CENT, CENTICENT]),
)
def test_better_prices_are_not_charged_more_than_the_most(
    pieces: list[tuple[int, int]], cents: int, side: BookSide, precision: D
) -> None:
    better = [min(other, cents) if side is BID else max(other, cents) for _, other in pieces]
    fills = [
        FillTerms(D(price) / 100, D(units) / 100, TAKER)
        for (units, _), price in zip(pieces, better, strict=True)
    ]
    counts = [fill.count for fill in fills]
    quote = fee_quote(
        side, D(cents) / 100, counts, factor=TAKER, maker=False, precision=precision, grid_e4=100
    )
    assert sum(fees_of_fills(side, fills, precision)) <= quote.most


@pytest.mark.parametrize(
    ("price", "count", "precision", "most"),
    [
        # Ten contracts in a thousand fills of a hundredth, each rounded up from 0.0044 to a cent.
        ("0.44", "10", CENT, "5.6"),
        ("0.44", "10", CENTICENT, "0"),
        # Fills larger than those that are looked at one by one.
        ("0.9999", str(SCANNED), CENT, "0.999"),
    ],
)
def test_the_most_of_a_free_order_that_rests_is_what_rounding_can_cost(
    price: str, count: str, precision: Decimal, most: str
) -> None:
    quote = fee_quote(BID, D(price), [D(count)], factor=D(0), maker=True, precision=precision)
    assert quote.most == D(most)


def test_the_most_of_a_direct_member_is_close_to_the_model() -> None:
    quote = fee_quote(BID, D("0.5"), [D(100)], factor=TAKER, maker=False, precision=CENTICENT, grid_e4=100)
    assert quote.charged == quote.model == D("1.75")
    assert quote.most == D("1.750099")
