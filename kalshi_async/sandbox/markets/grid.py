"""Price grids: the prices that a market accepts, from the ranges that it publishes.

The label of a structure picks the ranges when a market is listed. After that the ranges alone
decide whether a price may trade: the venue tells clients to do the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import MappingProxyType

from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4
from kalshi_async.sandbox.settings import BANDED_CENTI_CENT

PriceRange = tuple[int, int, int]


def _edges(edge_step_e4: int, center_step_e4: int, width_e4: int = 1_000) -> tuple[PriceRange, ...]:
    far_e4 = ONE_DOLLAR_E4 - width_e4
    return (
        (0, width_e4, edge_step_e4),
        (width_e4, far_e4, center_step_e4),
        (far_e4, ONE_DOLLAR_E4, edge_step_e4),
    )


def _uniform(step_e4: int) -> tuple[PriceRange, ...]:
    return ((0, ONE_DOLLAR_E4, step_e4),)


# Source: docs fixed_point_migration, 2026-08. Edges are 0-0.10 and 0.90-1.00, except in
# the last structure: combos use it, and its edges are one cent wide.
STRUCTURES = MappingProxyType(
    {
        "linear_cent": _uniform(100),
        "deci_cent": _uniform(10),
        "tapered_deci_cent": _edges(10, 100),
        "center_whole_edge_half_cent": _edges(50, 100),
        "center_whole_edge_quint_cent": _edges(20, 100),
        "center_half_edge_half_cent": _uniform(50),
        "center_half_edge_quint_cent": _edges(20, 50),
        "center_half_edge_deci_cent": _edges(10, 50),
        "center_quint_edge_quint_cent": _uniform(20),
        "center_quint_edge_deci_cent": _edges(10, 20),
        "center_centi_edge_centi_cent": _uniform(1),
        "center_deci_edge_centi_cent": _edges(1, 10, width_e4=100),
        "banded_centi_cent": BANDED_CENTI_CENT,
    }
)


def is_tradable(ranges: Sequence[PriceRange], price_e4: int) -> bool:
    """Tell whether an order may stand at this price; 0 and 1 dollar never trade."""
    if not 0 < price_e4 < ONE_DOLLAR_E4:
        return False
    for start_e4, end_e4, step_e4 in ranges:
        if start_e4 <= price_e4 <= end_e4 and (price_e4 - start_e4) % step_e4 == 0:
            return True
    return False


@cache
def tradable_prices(ranges: tuple[PriceRange, ...]) -> frozenset[int]:
    """Return every price at which an order may stand; equal ranges share one set."""
    return frozenset(price_e4 for price_e4 in range(ONE_DOLLAR_E4) if is_tradable(ranges, price_e4))


def nearest_tradable(ranges: Sequence[PriceRange], price_e4: int) -> int:
    """Return the tradable price closest to ``price_e4``, the lower one of two."""
    candidates = []
    for start_e4, end_e4, step_e4 in ranges:
        inside_e4 = min(max(price_e4, start_e4), end_e4)
        below_e4 = start_e4 + (inside_e4 - start_e4) // step_e4 * step_e4
        candidates += [below_e4, min(below_e4 + step_e4, end_e4)]
        candidates += [start_e4 + step_e4, end_e4 - step_e4]
    tradable = [candidate for candidate in candidates if is_tradable(ranges, candidate)]
    return min(tradable, key=lambda candidate: (abs(candidate - price_e4), candidate))
