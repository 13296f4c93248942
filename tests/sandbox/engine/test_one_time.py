"""Everything that one call does bears one time (recorded, update 2026-11-28 §3.5)."""

from __future__ import annotations

from tests.sandbox.venue_kit import Desk


def test_an_immediate_order_its_fills_and_its_end_have_one_time(desk: Desk) -> None:
    for price in ("0.50", "0.51"):
        desk.place(desk.bob, "ask", price, 5)
    desk.clock.pass_s(1)
    order = desk.take(desk.alice, "bid", "0.51", 20).order
    fills = [*desk.alice.fills, *desk.bob.fills]
    assert len(fills) == 4
    assert {fill.created_us for fill in fills} == {order.created_us} == {order.updated_us}
    assert {maker.updated_us for maker in desk.bob.orders.values()} == {order.created_us}
    assert {held.updated_us for held in desk.alice.positions.values()} == {order.created_us}


def test_what_a_trigger_cancels_ends_with_the_order_that_tripped_it(desk: Desk) -> None:
    group = desk.exchange.groups.create(desk.alice, 100).order_group_id
    resting = desk.place(desk.alice, "bid", "0.10", 1, order_group_id=group).order
    desk.place(desk.bob, "ask", "0.50", 5)
    order = desk.place(desk.alice, "bid", "0.50", 9, order_group_id=group).order
    assert (resting.status, order.status) == ("canceled", "canceled")
    assert resting.updated_us == order.updated_us == order.created_us


def test_two_orders_of_one_millisecond_have_times_of_their_own(desk: Desk) -> None:
    # Lists are sorted by them, newest first.
    first, second = (desk.place(desk.alice, "bid", "0.10", 1).order for _ in range(2))
    assert first.created_us < second.created_us
