"""``Market.grid``: the prices that a market takes, on every structure that the exchange has."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from kalshi_async.contract.grid import PriceGrid, PriceRange
from kalshi_async.contract.markets import GET_MARKET
from kalshi_async.errors import InvalidRequest


def ranges(*edges: str) -> tuple[PriceRange, ...]:
    """Ranges from "start end step", in dollars."""
    parts = (edge.split() for edge in edges)
    return tuple(PriceRange(start=Decimal(a), end=Decimal(b), step=Decimal(c)) for a, b, c in parts)


def edged(edge: str, center: str, width: str = "0.1000") -> tuple[PriceRange, ...]:
    far = 1 - Decimal(width)
    return ranges(f"0 {width} {edge}", f"{width} {far} {center}", f"{far} 1 {edge}")


# docs fixed_point_migration, 2026-08, apart from the last: no ranges of it are published, and a grid
# goes by the ranges that a market shows, whatever they are.
STRUCTURES = {
    "linear_cent": ranges("0.0000 1.0000 0.0100"),
    "deci_cent": ranges("0 1 0.001"),
    "tapered_deci_cent": edged("0.0010", "0.0100"),
    "center_whole_edge_half_cent": edged("0.0050", "0.0100"),
    "center_whole_edge_quint_cent": edged("0.0020", "0.0100"),
    "center_half_edge_half_cent": ranges("0 1 0.005"),
    "center_half_edge_quint_cent": edged("0.0020", "0.0050"),
    "center_half_edge_deci_cent": edged("0.0010", "0.0050"),
    "center_quint_edge_quint_cent": ranges("0 1 0.002"),
    "center_quint_edge_deci_cent": edged("0.0010", "0.0020"),
    "center_centi_edge_centi_cent": ranges("0 1 0.0001"),
    "center_deci_edge_centi_cent": edged("0.0001", "0.0010", "0.0100"),
    "banded_centi_cent": ranges("0 0.01 0.0001", "0.01 0.1 0.001", "0.1 0.9 0.01", "0.9 1 0.0001"),
}
GRIDS = st.sampled_from(list(STRUCTURES.values()))
FLOORS = st.sampled_from(["0", "0", "0.0099", "0.3000", "0.9000"]).map(Decimal)
CASES = st.builds(PriceGrid, GRIDS, FLOORS)
DOLLARS = st.decimals(0, 1, places=4) | st.decimals(0, 1, places=9)
MANY = settings(max_examples=300, deadline=None)


@given(CASES, DOLLARS)
@MANY
def test_snapping_is_idempotent_and_leads_to_the_nearest_price(grid: PriceGrid, price: Decimal) -> None:
    snapped = grid.nearest(price)
    assert snapped in grid
    assert snapped == grid.nearest(snapped) == grid.up(snapped, 0) == grid.down(snapped, 0)
    assert snapped == grid.check(snapped)
    nearest = min(grid, key=lambda each: (abs(each - price), each))
    assert snapped == nearest
    assert snapped.as_tuple().exponent == -4
    assert grid.floor < snapped < 1


@given(CASES, DOLLARS)
@MANY
def test_no_price_of_the_grid_stands_between_neighbors(grid: PriceGrid, price: Decimal) -> None:
    below, above = grid.neighbors(price)
    every = list(grid)
    assert below == max((each for each in every if each < price), default=None)
    assert above == min((each for each in every if each > price), default=None)
    if below is not None:
        assert grid.down(price) == below
        assert grid.down(price, 0) == (price if price in grid else below)
    if above is not None:
        assert grid.up(price) == above
        assert grid.up(price, 0) == (price if price in grid else above)


@given(CASES, st.data())
@MANY
def test_steps_are_inverse_and_counted(grid: PriceGrid, drawn: st.DataObject) -> None:
    every = list(grid)
    first, last = sorted(
        (drawn.draw(st.integers(0, len(every) - 1)), drawn.draw(st.integers(0, len(every) - 1)))
    )
    low, high, ticks = every[first], every[last], last - first
    assert (grid.ticks_between(low, high), grid.ticks_between(high, low)) == (ticks, -ticks)
    assert grid.up(low, ticks) == high
    assert grid.down(high, ticks) == low


@given(CASES, DOLLARS)
@MANY
def test_a_price_is_accepted_where_the_ranges_have_it(grid: PriceGrid, price: Decimal) -> None:
    fits = any(
        each.start <= price <= each.end and (price - each.start) % each.step == 0 for each in grid.ranges
    )
    assert (price in grid) == (fits and grid.floor < price < 1 and price > 0)


def test_whole_cents_are_on_every_grid() -> None:
    cents = [Decimal(each) / 100 for each in range(1, 100)]
    assert all(cent in PriceGrid(grid) for grid in STRUCTURES.values() for cent in cents)


CENTS = PriceGrid(STRUCTURES["linear_cent"])
FLOORED = PriceGrid(STRUCTURES["linear_cent"], Decimal("0.3000"))


@pytest.mark.parametrize(
    ("grid", "price", "message"),
    [
        (CENTS, "0.445", "price must be on the market's grid, was '0.445': next to it 0.4400 and 0.4500"),
        (CENTS, "0.001", "price must be on the market's grid, was '0.001': next to it 0.0100"),
        (CENTS, 1, "price must be on the market's grid, was 1: next to it 0.9900"),
        (FLOORED, "0.30", "price must be above the settlement floor 0.3000, was '0.30': next to it 0.3100"),
        (FLOORED, "0.305", "price must be on the market's grid, was '0.305': next to it 0.3100"),
        (
            CENTS,
            0.5,
            "price must be a Decimal, an int or a str, was 0.5 (float): a float cannot hold money exactly",
        ),
        (
            CENTS,
            True,
            "price must be a Decimal, an int or a str, was True (bool): a float cannot hold money exactly",
        ),
        (CENTS, "4_4", "price must be a plain decimal number, was '4_4'"),
        (CENTS, 45, "price must be from 0 to 1 dollar, was 45"),
        (CENTS, Decimal("sNaN"), "price must be from 0 to 1 dollar, was Decimal('sNaN')"),
        (PriceGrid(()), "0.5", "the market's row has no prices above 0, in 0 price_ranges"),
        (
            PriceGrid(ranges("0 1 0.000000001")),
            "0.5",
            "a range of prices must have at most 6 decimals, was 0.000000001",
        ),
        (PriceGrid(ranges("0 1 -0.01")), "0.5", "a range of prices must have a step above 0, was -0.01"),
    ],
)
def test_a_price_off_the_grid_is_refused_and_its_neighbors_named(
    grid: PriceGrid, price: Decimal | int | str, message: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        grid.check(price)
    assert str(caught.value) == message


def test_steps_beyond_the_ends_are_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"the grid ends at 0\.9900: no price is 2 above '0\.98'"):
        CENTS.up("0.98", 2)
    with pytest.raises(InvalidRequest, match=r"the grid begins at 0\.3100: no price is 1 below '0\.31'"):
        FLOORED.down("0.31")
    for ticks in (-1, True, "1"):
        with pytest.raises(InvalidRequest, match="ticks must be a whole number, 0 or more, was "):
            CENTS.up("0.5", ticks)  # type: ignore[arg-type]  # what a caller may give
    with pytest.raises(InvalidRequest, match="must be on the market's grid"):
        CENTS.ticks_between("0.44", "0.445")


def test_the_prices_of_a_step_below_a_hundredth_of_a_cent_are_those_that_an_order_may_have() -> None:
    grid = PriceGrid(ranges("-0.00005 0.00035 0.00005"))
    assert [str(price) for price in grid] == ["0.0001", "0.0002", "0.0003"]
    assert len(list(PriceGrid(ranges("-1000000000 1000000000 0.01")))) == 99


def test_a_market_makes_the_grid_of_its_own_row() -> None:
    row = {
        "ticker": "A",
        "event_ticker": "A",
        "status": "active",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
        "settlement_bounds_type": "floor",
        "settlement_floor_dollars": "0.3000",
    }
    market = GET_MARKET.decoder.decode(json.dumps({"market": row})).market
    assert market.grid == FLOORED
    without = {**row, "price_ranges": None, "settlement_floor_dollars": None}
    assert GET_MARKET.decoder.decode(json.dumps({"market": without})).market.grid == PriceGrid(())
