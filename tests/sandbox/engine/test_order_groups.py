"""Order groups: the fifteen seconds, the limit, the switch."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from kalshi_async.sandbox.engine.state import Group, Placement, Rejected, Side
from kalshi_async.sandbox.settings import Rules
from tests.sandbox.venue_kit import OTHER, Desk


def group_of(desk: Desk, contracts: int = 10) -> Group:
    return desk.exchange.groups.create(desk.alice, contracts * 100)


def triggered(group: Group) -> bool:
    return group.is_triggered


def quote(desk: Desk, group: Group, side: Side, price: str, count: int, **options: object) -> Placement:
    return desk.place(desk.alice, side, price, count, order_group_id=group.order_group_id, **options)


def test_reaching_the_limit_is_allowed_and_exceeding_it_cancels_all(desk: Desk) -> None:
    group = group_of(desk)
    bid = quote(desk, group, "bid", "0.50", 20).order
    ask = quote(desk, group, "ask", "0.60", 20).order
    desk.take(desk.bob, "ask", "0.50", 10)
    assert not triggered(group)
    desk.take(desk.bob, "bid", "0.60", 1)
    assert triggered(group)
    assert (bid.status, ask.status) == ("canceled", "canceled")
    assert desk.depth() == ([], [])


def test_triggering_at_the_limit_is_a_switch() -> None:
    desk = Desk(Rules(group_triggers_at_limit=True))
    group = group_of(desk)
    quote(desk, group, "bid", "0.50", 20)
    desk.take(desk.bob, "ask", "0.50", 10)
    assert group.is_triggered


def test_the_window_rolls(desk: Desk) -> None:
    group = group_of(desk)
    quote(desk, group, "bid", "0.50", 100)
    for _ in range(4):
        desk.take(desk.bob, "ask", "0.50", 6)
        desk.clock.pass_s(15)
    assert not triggered(group)
    desk.take(desk.bob, "ask", "0.50", 6)
    desk.clock.pass_s(14.9)
    desk.take(desk.bob, "ask", "0.50", 6)
    assert group.is_triggered


def test_the_order_that_triggers_keeps_its_match_and_loses_its_rest(desk: Desk) -> None:
    group = group_of(desk)
    desk.place(desk.bob, "ask", "0.50", 11)
    desk.place(desk.bob, "ask", "0.51", 50)
    placement = quote(desk, group, "bid", "0.55", 30)
    assert (placement.fill_count_e2, placement.remaining_e2) == (1_100, 0)
    assert placement.order.status == "canceled"


def test_an_order_that_triggers_with_its_last_contract_is_executed(desk: Desk) -> None:
    group = group_of(desk)
    desk.place(desk.bob, "ask", "0.50", 11)
    assert quote(desk, group, "bid", "0.50", 11).order.status == "executed"
    assert group.is_triggered


def test_the_rest_of_an_order_that_triggers_rests_where_that_is_chosen() -> None:
    desk = Desk(Rules(trigger_cancels_incoming=False))
    group = group_of(desk)
    desk.place(desk.bob, "ask", "0.50", 15)
    done = quote(desk, group, "bid", "0.50", 20)
    assert triggered(group)
    assert (done.order.status, done.fill_count_e2, done.remaining_e2) == ("resting", 1_500, 500)


def test_a_fill_or_kill_that_triggers_its_group_is_filled_whole(desk: Desk) -> None:
    # It would otherwise be cut short between two makers, and be neither filled nor killed.
    group = group_of(desk)
    resting = quote(desk, group, "bid", "0.10", 5).order
    for _ in range(3):
        desk.place(desk.bob, "ask", "0.50", 15)
    done = quote(desk, group, "bid", "0.50", 40, time_in_force="fill_or_kill")
    assert (done.order.status, done.fill_count_e2) == ("executed", 4_000)
    assert triggered(group)
    assert resting.status == "canceled"


def test_a_fill_or_kill_is_filled_whole_although_the_group_of_its_makers_trips(desk: Desk) -> None:
    group = group_of(desk)
    makers = [quote(desk, group, "ask", price, 20).order for price in ("0.50", "0.51", "0.52")]
    done = desk.place(desk.bob, "bid", "0.52", 40, time_in_force="fill_or_kill")
    assert (done.order.status, done.fill_count_e2) == ("executed", 4_000)
    assert triggered(group)
    assert [maker.status for maker in makers] == ["executed", "executed", "canceled"]


@given(
    makers=st.lists(st.tuples(st.booleans(), st.integers(1, 30), st.integers(1, 9)), max_size=8),
    count=st.integers(1, 120),
    is_grouped=st.booleans(),
)
def test_a_fill_or_kill_among_groups_is_all_or_nothing(
    makers: list[tuple[bool, int, int]], count: int, is_grouped: bool
) -> None:
    desk = Desk()
    theirs = desk.exchange.groups.create(desk.bob, 10 * 100).order_group_id
    own = group_of(desk).order_group_id if is_grouped else None
    for in_group, size, price in makers:
        # What comes after a trigger is refused: the group is not triggered before the order meets it.
        desk.place(desk.bob, "ask", f"0.5{price}", size, order_group_id=theirs if in_group else None)
    done = filled_or_killed(desk, count, own)
    if count > sum(size for _, size, _ in makers):
        assert (done, desk.alice.fills) == (None, [])
    else:
        assert done is not None
        assert (done.order.status, done.fill_count_e2) == ("executed", count * 100)


def filled_or_killed(desk: Desk, count: int, group: str | None) -> Placement | None:
    options = {"order_group_id": group, "time_in_force": "fill_or_kill"}
    try:
        return desk.place(desk.alice, "bid", "0.60", count, **options)
    except Rejected as rejected:
        if rejected.code != "fill_or_kill_insufficient_resting_volume":
            raise
        return None


def test_a_maker_that_triggers_keeps_its_match_and_loses_its_rest(desk: Desk) -> None:
    group = group_of(desk)
    other = quote(desk, group, "bid", "0.49", 5).order
    maker = quote(desk, group, "bid", "0.50", 30).order
    taker = desk.place(desk.bob, "ask", "0.49", 40)
    # One match of thirty, then the group is gone: nothing is left at 0.49.
    assert (maker.filled_e2, other.filled_e2) == (3_000, 0)
    assert (maker.status, other.status) == ("executed", "canceled")
    assert taker.remaining_e2 == 1_000


def test_a_triggered_group_refuses_new_orders_until_reset(desk: Desk) -> None:
    group = group_of(desk)
    desk.exchange.groups.trigger(desk.alice, group.order_group_id)
    with pytest.raises(Rejected, match="exceeded_order_group_risk_limit"):
        quote(desk, group, "bid", "0.50", 1)
    desk.exchange.groups.reset(desk.alice, group.order_group_id)
    assert quote(desk, group, "bid", "0.50", 1).order.status == "resting"


def test_a_reset_empties_the_window_and_restores_nothing(desk: Desk) -> None:
    group = group_of(desk)
    mine = quote(desk, group, "bid", "0.50", 30).order
    desk.take(desk.bob, "ask", "0.50", 11)
    desk.exchange.groups.reset(desk.alice, group.order_group_id)
    assert mine.status == "canceled"
    quote(desk, group, "bid", "0.50", 30)
    desk.take(desk.bob, "ask", "0.50", 10)
    assert not triggered(group)


def test_a_limit_below_the_window_triggers(desk: Desk) -> None:
    group = group_of(desk)
    mine = quote(desk, group, "bid", "0.50", 30).order
    desk.take(desk.bob, "ask", "0.50", 8)
    desk.exchange.groups.set_limit(desk.alice, group.order_group_id, 800)
    assert not triggered(group)
    desk.exchange.groups.set_limit(desk.alice, group.order_group_id, 700)
    assert (group.is_triggered, mine.status) == (True, "canceled")


def test_deleting_a_group_cancels_its_orders_and_forgets_it(desk: Desk) -> None:
    group = group_of(desk)
    mine = quote(desk, group, "bid", "0.50", 1).order
    desk.exchange.groups.delete(desk.alice, group.order_group_id)
    assert mine.status == "canceled"
    with pytest.raises(Rejected, match="not_found"):
        desk.exchange.groups.delete(desk.alice, group.order_group_id)
    with pytest.raises(Rejected, match="order_group_not_found"):
        quote(desk, group, "bid", "0.50", 1)


def test_only_resting_orders_are_members(desk: Desk) -> None:
    group = group_of(desk)
    first = quote(desk, group, "bid", "0.50", 1).order
    second = quote(desk, group, "bid", "0.49", 1).order
    desk.take(desk.bob, "ask", "0.50", 1)
    assert list(group.order_ids) == [second.order_id]
    desk.cancel(desk.alice, second)
    assert not group.order_ids
    assert first.status == "executed"


def test_a_group_lives_in_one_subaccount_and_one_shard(desk: Desk) -> None:
    group = group_of(desk)
    number = desk.exchange.accounts.create_subaccount(desk.alice)
    desk.exchange.markets.add(OTHER, exchange_index=1)
    for scope in ({"subaccount": number}, {"ticker": OTHER}):
        with pytest.raises(Rejected, match="order_group_not_found"):
            quote(desk, group, "bid", "0.50", 1, **scope)
    for where in ({"subaccount": number}, {"exchange_index": 1}):
        with pytest.raises(Rejected, match="not_found"):
            desk.exchange.groups.trigger(desk.alice, group.order_group_id, **where)
    with pytest.raises(Rejected, match="not_found"):
        desk.exchange.groups.trigger(desk.bob, group.order_group_id)


@pytest.mark.parametrize("limit_e2", [0, 99, 100_000_001])
def test_a_limit_lies_between_one_and_a_million(desk: Desk, limit_e2: int) -> None:
    with pytest.raises(Rejected, match="invalid_parameters"):
        desk.exchange.groups.create(desk.alice, limit_e2)


def test_there_is_a_limit_to_groups() -> None:
    desk = Desk(Rules(groups_per_user=2))
    group_of(desk)
    group_of(desk)
    with pytest.raises(Rejected, match="invalid_parameters"):
        group_of(desk)


def test_an_amend_stays_in_the_group_and_may_trigger_it(desk: Desk) -> None:
    group = group_of(desk)
    desk.place(desk.bob, "ask", "0.50", 11)
    desk.place(desk.bob, "ask", "0.51", 5)
    mine = quote(desk, group, "bid", "0.40", 30).order
    placement = desk.amend(desk.alice, mine, "0.55", 30)
    assert (placement.fill_count_e2, placement.remaining_e2) == (1_100, 0)
    assert mine.status == "canceled"
    assert not group.order_ids
