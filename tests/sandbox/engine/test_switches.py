"""Choices of ``Rules`` that have two sides: the other side works too."""

from __future__ import annotations

import pytest

from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.settings import Mark, Rules
from tests.sandbox.venue_kit import TICKER, Desk


@pytest.mark.parametrize("counts_as_cancel", [True, False])
def test_a_decrease_in_a_halt_is_a_cancel_or_refused(counts_as_cancel: bool) -> None:
    desk = Desk(Rules(decrease_counts_as_cancel=counts_as_cancel))
    order = desk.place(desk.alice, "bid", "0.40", 10).order
    desk.exchange.markets.pause(TICKER)

    def decrease() -> None:
        desk.exchange.orders.decrease(desk.alice, order.order_id, reduce_by_e2=100, reduce_to_e2=None)

    if counts_as_cancel:
        decrease()
        assert order.remaining_e2 == 900
    else:
        with pytest.raises(Rejected, match="trading_is_paused"):
            decrease()


@pytest.mark.parametrize(("counts_better", "ahead_e2"), [(False, 300), (True, 1_000)])
def test_a_queue_position_counts_better_prices_where_that_is_chosen(
    counts_better: bool, ahead_e2: int
) -> None:
    desk = Desk(Rules(queue_counts_better_prices=counts_better))
    for price, count in (("0.42", 5), ("0.41", 2), ("0.40", 3), ("0.39", 9)):
        desk.place(desk.bob, "bid", price, count)
    order = desk.place(desk.alice, "bid", "0.40", 1).order
    assert desk.exchange.orders.queue_position_e2(desk.alice, order.order_id) == ahead_e2


@pytest.mark.parametrize(
    ("marks", "cents"),
    [
        ((Mark.LAST, Mark.BEST_BID, Mark.COST), 500),
        ((Mark.BEST_BID, Mark.COST), 300),
        ((Mark.COST,), 500),
        ((), 500),
    ],
)
def test_a_position_is_worth_its_first_mark(marks: tuple[Mark, ...], cents: int) -> None:
    desk = Desk(Rules(marks=marks))
    desk.place(desk.bob, "ask", "0.50", 10)
    desk.take(desk.alice, "bid", "0.50", 10)
    desk.place(desk.bob, "bid", "0.30", 1)
    assert desk.exchange.reads.portfolio_value_cents(desk.alice, 0, None) == cents
