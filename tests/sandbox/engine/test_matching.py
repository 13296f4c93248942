"""Who trades with whom, at which price, and what is left."""

from __future__ import annotations

import pytest

from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.settings import Rules
from tests.sandbox.venue_kit import Desk


def test_an_order_that_meets_nothing_rests(desk: Desk) -> None:
    placement = desk.place(desk.alice, "bid", "0.48", 10)
    assert (placement.fill_count_e2, placement.remaining_e2) == (0, 1_000)
    assert placement.order.status == "resting"
    assert desk.depth() == ([(4_800, 1_000)], [])


def test_a_trade_prints_at_the_resting_price(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.50", 10)
    placement = desk.take(desk.bob, "bid", "0.60", 4)
    assert placement.fill_cost_yes_e6 == 4 * 500_000
    assert desk.bob.fills[0].price_e4 == 5_000
    assert desk.depth() == ([], [(5_000, 600)])


def test_better_prices_trade_first_and_older_orders_first_within_a_price(desk: Desk) -> None:
    late = desk.place(desk.alice, "ask", "0.52", 5).order
    first = desk.place(desk.alice, "ask", "0.50", 5).order
    second = desk.place(desk.alice, "ask", "0.50", 5).order
    desk.take(desk.bob, "bid", "0.55", 12)
    assert [fill.order_id for fill in desk.alice.fills] == [first.order_id, second.order_id, late.order_id]
    assert (late.status, late.remaining_e2) == ("resting", 300)


def test_both_sides_of_a_match_share_one_trade(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.50", 1)
    desk.take(desk.bob, "bid", "0.50", 1)
    assert desk.alice.fills[0].fill_id == desk.bob.fills[0].fill_id
    assert (desk.alice.fills[0].is_taker, desk.bob.fills[0].is_taker) == (False, True)


def test_an_order_may_match_and_rest_with_what_is_left(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.50", 3)
    placement = desk.place(desk.bob, "bid", "0.50", 10)
    assert (placement.fill_count_e2, placement.remaining_e2) == (300, 700)
    assert desk.depth() == ([(5_000, 700)], [])


def test_an_immediate_order_that_finds_nothing_is_stored_as_canceled(desk: Desk) -> None:
    placement = desk.take(desk.alice, "bid", "0.50", 5, client_order_id="once")
    assert (placement.order.status, placement.remaining_e2) == ("canceled", 0)
    assert placement.order.initial_e2 == 500
    with pytest.raises(Rejected, match="order_already_exists"):
        desk.place(desk.alice, "bid", "0.50", 5, client_order_id="once")


def test_a_fill_or_kill_fills_whole_or_leaves_no_trace(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.50", 3)
    for _ in range(2):  # the client_order_id of a killed order may be used again
        with pytest.raises(Rejected, match="fill_or_kill_insufficient_resting_volume"):
            desk.place(desk.bob, "bid", "0.50", 4, time_in_force="fill_or_kill", client_order_id="all")
    assert not desk.bob.orders
    placement = desk.place(desk.bob, "bid", "0.50", 3, time_in_force="fill_or_kill", client_order_id="all")
    assert placement.order.status == "executed"


def test_a_fill_or_kill_looks_no_further_than_its_limit(desk: Desk) -> None:
    desk.place(desk.alice, "bid", "0.50", 3)
    desk.place(desk.alice, "bid", "0.49", 3)
    with pytest.raises(Rejected, match="fill_or_kill"):
        desk.place(desk.bob, "ask", "0.50", 4, time_in_force="fill_or_kill")
    assert desk.place(desk.bob, "ask", "0.49", 4, time_in_force="fill_or_kill").fill_count_e2 == 400


def test_a_fill_or_kill_that_meets_an_own_order_acts_as_immediate(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.50", 2)
    desk.place(desk.bob, "ask", "0.51", 9)
    placement = desk.place(desk.bob, "bid", "0.55", 5, time_in_force="fill_or_kill")
    assert (placement.fill_count_e2, placement.order.status) == (200, "canceled")


def test_the_self_cross_of_a_fill_or_kill_can_be_switched_to_a_kill() -> None:
    desk = Desk(Rules(fill_or_kill_self_cross_is_ioc=False))
    desk.place(desk.alice, "ask", "0.50", 2)
    desk.place(desk.bob, "ask", "0.51", 9)
    with pytest.raises(Rejected, match="fill_or_kill"):
        desk.place(desk.bob, "bid", "0.55", 5, time_in_force="fill_or_kill")


def test_self_trade_prevention_cancels_the_taker_at_the_cross(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.50", 2)
    own = desk.place(desk.bob, "ask", "0.51", 9).order
    placement = desk.place(desk.bob, "bid", "0.55", 5)
    assert (placement.fill_count_e2, placement.remaining_e2) == (200, 0)
    assert (placement.order.status, own.status) == ("canceled", "resting")


def test_self_trade_prevention_in_maker_mode_cancels_the_resting_order_and_goes_on(desk: Desk) -> None:
    own = desk.place(desk.bob, "ask", "0.50", 9).order
    desk.place(desk.alice, "ask", "0.51", 2)
    placement = desk.place(desk.bob, "bid", "0.55", 5, self_trade_prevention_type="maker")
    assert own.status == "canceled"
    assert (placement.fill_count_e2, placement.remaining_e2) == (200, 300)


def test_self_trade_prevention_spans_the_subaccounts_of_a_member(desk: Desk) -> None:
    number = desk.exchange.accounts.create_subaccount(desk.bob)
    desk.exchange.transfers.between_subaccounts(desk.bob, "t", 0, number, 50_000)
    desk.place(desk.bob, "ask", "0.50", 2, subaccount=number)
    assert desk.place(desk.bob, "bid", "0.50", 2).order.status == "canceled"


def test_post_only_is_refused_when_it_would_take(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.50", 2)
    with pytest.raises(Rejected) as refused:
        desk.place(desk.bob, "bid", "0.50", 2, post_only=True)
    assert (refused.value.code, refused.value.details) == ("invalid_order", "post only cross")
    assert desk.place(desk.bob, "bid", "0.49", 2, post_only=True).remaining_e2 == 200


def test_reduce_only_never_exceeds_the_opposite_position(desk: Desk) -> None:
    desk.place(desk.alice, "bid", "0.50", 10)
    desk.place(desk.alice, "ask", "0.60", 3)
    desk.take(desk.bob, "bid", "0.60", 3)
    placement = desk.take(desk.bob, "ask", "0.50", 8, reduce_only=True)
    assert (placement.fill_count_e2, placement.order.status) == (300, "canceled")
    assert desk.position(desk.bob) == 0


def test_reduce_only_on_a_flat_account_is_accepted_and_fills_nothing(desk: Desk) -> None:
    desk.place(desk.alice, "bid", "0.50", 10)
    placement = desk.take(desk.bob, "ask", "0.50", 8, reduce_only=True)
    assert (placement.fill_count_e2, placement.order.status) == (0, "canceled")


@pytest.mark.parametrize("time_in_force", ["good_till_canceled", "fill_or_kill"])
def test_reduce_only_needs_an_immediate_order(desk: Desk, time_in_force: str) -> None:
    with pytest.raises(Rejected, match="reduce_only can only be used with IoC orders"):
        desk.place(desk.bob, "ask", "0.50", 8, reduce_only=True, time_in_force=time_in_force)


def test_the_queue_counts_what_stands_ahead_at_the_same_price(desk: Desk) -> None:
    first = desk.place(desk.alice, "bid", "0.50", 4).order
    second = desk.place(desk.bob, "bid", "0.50", 3).order
    third = desk.place(desk.alice, "bid", "0.50", 1).order
    desk.place(desk.alice, "bid", "0.51", 9)
    queue = desk.exchange.orders.queue_position_e2
    assert [queue(desk.alice, first.order_id), queue(desk.bob, second.order_id)] == [0, 400]
    desk.cancel(desk.alice, first)
    assert queue(desk.alice, third.order_id) == 300
    with pytest.raises(Rejected, match="not_found"):
        queue(desk.alice, first.order_id)


def test_ten_thousand_orders_at_one_price_are_eaten_in_order(desk: Desk) -> None:
    # A level must not rescan the gaps that executed orders leave in front.
    ids = [desk.place(desk.alice, "bid", "0.01", "0.01").order.order_id for _ in range(10_000)]
    desk.take(desk.bob, "ask", "0.01", 100)
    assert [fill.order_id for fill in desk.alice.fills] == ids
