"""Every fill is charged as the client computes it, and no order above its quote."""

from __future__ import annotations

import random

from tests.fees.orders import Bench, check, differences

ORDERS = 300
"""A slice: ``python -m tests.fees`` plays 10,000."""


def test_random_orders_are_charged_as_quoted() -> None:
    tally = check(ORDERS, seed=17)
    assert tally.wrong == []
    assert tally.orders == ORDERS < tally.fills
    assert all(tally.kinds[kind] > 10 for kind in ("maker", "taker", "both"))


def test_a_millionth_too_much_would_be_found() -> None:
    bench = Bench(random.Random(3))
    member, order = bench.order()
    while not any(fill.order_id == order.order_id for fill in member.fills):
        member, order = bench.order()
    assert list(differences(bench, member, order)) == []
    member.fills[-1].fee_e6 += 1
    assert "charged" in next(differences(bench, member, order))


def test_an_order_above_its_quote_would_be_found() -> None:
    bench = Bench(random.Random(3))
    member, order = bench.order()
    while not any(fill.order_id == order.order_id for fill in member.fills):
        member, order = bench.order()
    member.fills[-1].fee_e6 += 10**12
    assert any("at most" in line for line in differences(bench, member, order))
