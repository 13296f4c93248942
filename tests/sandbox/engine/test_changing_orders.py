"""Cancel, amend, decrease: what changes, and who keeps the place in the queue."""

from __future__ import annotations

import pytest

from kalshi_async.sandbox.engine.state import Order, Rejected
from kalshi_async.sandbox.settings import Rules
from tests.sandbox.venue_kit import OTHER, START_MS, TICKER, Desk

NOW_S = START_MS // 1_000


def test_a_cancel_removes_the_rest_and_keeps_the_fills(desk: Desk) -> None:
    resting = desk.place(desk.alice, "bid", "0.50", 10).order
    desk.take(desk.bob, "ask", "0.50", 3)
    assert desk.cancel(desk.alice, resting) == 700
    assert (resting.status, resting.filled_e2, resting.remaining_e2) == ("canceled", 300, 0)


def test_a_second_cancel_answers_not_found(desk: Desk) -> None:
    resting = desk.place(desk.alice, "bid", "0.50", 10).order
    desk.cancel(desk.alice, resting)
    with pytest.raises(Rejected, match="not_found"):
        desk.cancel(desk.alice, resting)


def test_nobody_cancels_the_order_of_another_member(desk: Desk) -> None:
    resting = desk.place(desk.alice, "bid", "0.50", 10).order
    with pytest.raises(Rejected, match="not_found"):
        desk.cancel(desk.bob, resting)


def behind_in_queue(desk: Desk) -> tuple[Order, Order]:
    return desk.place(desk.alice, "bid", "0.50", 10).order, desk.place(desk.bob, "bid", "0.50", 4).order


def test_a_smaller_size_keeps_the_place(desk: Desk) -> None:
    mine, other = behind_in_queue(desk)
    placement = desk.amend(desk.alice, mine, "0.50", 6)
    assert (placement.remaining_e2, placement.resized) == (600, True)
    assert desk.exchange.orders.queue_position_e2(desk.alice, mine.order_id) == 0
    assert desk.exchange.orders.queue_position_e2(desk.bob, other.order_id) == 600


def test_a_larger_size_goes_to_the_back(desk: Desk) -> None:
    mine, _ = behind_in_queue(desk)
    desk.amend(desk.alice, mine, "0.50", 11)
    assert desk.exchange.orders.queue_position_e2(desk.alice, mine.order_id) == 400


def test_a_price_that_moves_away_and_back_goes_to_the_back(desk: Desk) -> None:
    mine, _ = behind_in_queue(desk)
    assert desk.amend(desk.alice, mine, "0.49", 10).resized is False
    desk.amend(desk.alice, mine, "0.50", 10)
    assert desk.exchange.orders.queue_position_e2(desk.alice, mine.order_id) == 400


def test_a_new_expiry_keeps_the_place(desk: Desk) -> None:
    mine, _ = behind_in_queue(desk)
    desk.amend(desk.alice, mine, "0.50", 10, expiration_s=NOW_S + 60)
    assert desk.exchange.orders.queue_position_e2(desk.alice, mine.order_id) == 0
    desk.clock.pass_s(60)
    desk.exchange.advance()
    assert mine.status == "canceled"


def test_an_expiry_can_be_moved_and_removed(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.50", 10, expiration_s=NOW_S + 10).order
    desk.amend(desk.alice, mine, "0.50", 10, expiration_s=NOW_S + 100)
    desk.clock.pass_s(50)
    desk.amend(desk.alice, mine, "0.50", 10, expiration_s=0)
    desk.clock.pass_s(500)
    desk.exchange.advance()
    assert mine.status == "resting"


def test_the_count_of_an_amend_includes_what_was_filled(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.50", 10).order
    desk.take(desk.bob, "ask", "0.50", 3)
    assert desk.amend(desk.alice, mine, "0.50", 7).remaining_e2 == 400
    with pytest.raises(Rejected, match="invalid_amend_qty_for_order"):
        desk.amend(desk.alice, mine, "0.50", 2)
    assert desk.amend(desk.alice, mine, "0.50", 3).order.status == "canceled"


def test_an_amend_may_cross_and_fill(desk: Desk) -> None:
    desk.place(desk.bob, "ask", "0.52", 2)
    mine = desk.place(desk.alice, "bid", "0.48", 10).order
    placement = desk.amend(desk.alice, mine, "0.52", 10)
    assert (placement.fill_count_e2, placement.remaining_e2) == (200, 800)
    assert (placement.fill_cost_yes_e6, placement.fees_e6) == (2 * 520_000, 35_000)


def test_the_fills_of_an_amend_are_its_own(desk: Desk) -> None:
    mine = desk.place(desk.alice, "ask", "0.60", 10).order
    desk.take(desk.bob, "bid", "0.60", 4)
    desk.place(desk.bob, "bid", "0.55", 1)
    placement = desk.amend(desk.alice, mine, "0.55", 10)
    assert (placement.fill_count_e2, placement.fill_cost_yes_e6) == (100, 550_000)
    assert (mine.filled_e2, mine.remaining_e2) == (500, 500)


def test_an_amend_that_changes_nothing_is_refused(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.50", 10, client_order_id="a").order
    with pytest.raises(Rejected, match="AMEND_ORDER_NO_OP"):
        desk.amend(desk.alice, mine, "0.50", 10, client_order_id="a", updated_client_order_id="a")


def test_a_renamed_order_keeps_both_names_for_ever(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.50", 10, client_order_id="a").order
    desk.amend(desk.alice, mine, "0.50", 10, updated_client_order_id="b")
    for used in ("a", "b"):
        with pytest.raises(Rejected, match="order_already_exists"):
            desk.place(desk.alice, "bid", "0.50", 1, client_order_id=used)


def test_a_name_of_another_order_cannot_be_taken(desk: Desk) -> None:
    desk.place(desk.alice, "bid", "0.50", 1, client_order_id="a")
    mine = desk.place(desk.alice, "bid", "0.50", 10).order
    with pytest.raises(Rejected, match="order_already_exists"):
        desk.amend(desk.alice, mine, "0.50", 10, updated_client_order_id="a")


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"ticker": OTHER}, "order_ticker_mismatch"),
        ({"side": "ask"}, "order_side_mismatch"),
        ({"client_order_id": "another"}, "order_id_and_client_order_id_mismatch"),
        ({"price_e4": 5_050}, "invalid_price"),
        ({"expiration_s": NOW_S}, "expiration_in_past"),
        ({"subaccount": 1}, "not_found"),
        ({"exchange_index": 1}, "market_not_found"),
        ({"ticker": "KXNONE-1"}, "market_not_found"),
        ({"count_e2": 10_000_000}, "insufficient_balance"),
    ],
)
def test_a_refused_amend_changes_nothing(desk: Desk, terms: dict[str, object], code: str) -> None:
    desk.exchange.markets.add(OTHER)
    mine, _ = behind_in_queue(desk)
    with pytest.raises(Rejected, match=code):
        desk.amend(desk.alice, mine, "0.51", 9, **terms)
    assert (mine.price_e4, mine.remaining_e2, mine.ticker) == (5_000, 1_000, TICKER)
    assert desk.exchange.orders.queue_position_e2(desk.alice, mine.order_id) == 0
    assert desk.exchange.reads.resting_commitment_e6(desk.alice, None, 0) == 5_000_000


def test_a_filled_order_is_not_found_by_an_amend(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.50", 1).order
    desk.take(desk.bob, "ask", "0.50", 1)
    with pytest.raises(Rejected, match="not_found"):
        desk.amend(desk.alice, mine, "0.51", 9)


def test_the_code_for_amending_a_filled_order_is_a_switch() -> None:
    desk = Desk(Rules(amend_of_filled_code="CANNOT_UPDATE_FILLED_ORDER"))
    mine = desk.place(desk.alice, "bid", "0.50", 1).order
    desk.take(desk.bob, "ask", "0.50", 1)
    with pytest.raises(Rejected, match="CANNOT_UPDATE_FILLED_ORDER"):
        desk.amend(desk.alice, mine, "0.51", 9)


def decrease(desk: Desk, resting: Order, by: int | None, to: int | None) -> Order:
    return desk.exchange.orders.decrease(
        desk.alice, resting.order_id, reduce_by_e2=by, reduce_to_e2=to, market_ticker=TICKER
    )[0]


@pytest.mark.parametrize(("by", "to", "left"), [(400, None, 600), (None, 250, 250)])
def test_a_decrease_keeps_the_place(desk: Desk, by: int | None, to: int | None, left: int) -> None:
    mine, other = behind_in_queue(desk)
    assert decrease(desk, mine, by, to).remaining_e2 == left
    assert desk.exchange.orders.queue_position_e2(desk.bob, other.order_id) == left
    assert desk.exchange.reads.resting_commitment_e6(desk.alice, None, 0) == left * 5_000


@pytest.mark.parametrize(("by", "to"), [(9_999, None), (1_000, None), (None, 0)])
def test_a_decrease_of_everything_is_a_cancel(desk: Desk, by: int | None, to: int | None) -> None:
    mine, _ = behind_in_queue(desk)
    assert decrease(desk, mine, by, to).status == "canceled"


@pytest.mark.parametrize(
    ("by", "to", "code"),
    [
        (None, 1_000, "AMEND_ORDER_NO_OP"),
        (None, 2_000, "AMEND_ORDER_NO_OP"),
        (1, 1, "invalid_parameters"),
        (None, None, "invalid_parameters"),
        (0, None, "invalid_parameters"),
    ],
)
def test_a_decrease_must_shrink_by_one_measure(desk: Desk, by: int | None, to: int | None, code: str) -> None:
    mine, _ = behind_in_queue(desk)
    with pytest.raises(Rejected, match=code):
        decrease(desk, mine, by, to)


def test_cancel_all_reaches_every_market_and_only_the_given_subaccount(desk: Desk) -> None:
    desk.exchange.markets.add(OTHER, exchange_index=1)
    number = desk.exchange.accounts.create_subaccount(desk.alice)
    desk.exchange.transfers.between_subaccounts(desk.alice, "t", 0, number, 10_000)
    desk.exchange.accounts.deposit(desk.alice, 100, exchange_index=1)  # type: ignore[arg-type]
    mine = [
        desk.place(desk.alice, "bid", "0.50", 1).order,
        desk.place(desk.alice, "bid", "0.50", 1, ticker=OTHER).order,
    ]
    apart = desk.place(desk.alice, "bid", "0.50", 1, subaccount=number).order
    desk.exchange.orders.cancel_all(desk.alice, 0)
    assert [order.status for order in (*mine, apart)] == ["canceled", "canceled", "resting"]
    desk.exchange.orders.cancel_all(desk.alice, None)
    assert apart.status == "canceled"


def test_cancel_all_may_hit_what_is_placed_in_the_following_minute(desk: Desk) -> None:
    desk.exchange.orders.cancel_all(desk.alice, None)
    desk.clock.pass_s(40)
    within = desk.place(desk.alice, "bid", "0.50", 1).order
    desk.clock.pass_s(20)
    after = desk.place(desk.alice, "bid", "0.50", 1).order
    desk.clock.pass_s(600)
    desk.exchange.advance()
    assert (within.status, after.status) == ("canceled", "resting")


def test_the_trailing_minute_can_be_switched_off() -> None:
    desk = Desk(Rules(cancel_all_passes_s=()))
    desk.exchange.orders.cancel_all(desk.alice, None)
    mine = desk.place(desk.alice, "bid", "0.50", 1).order
    desk.clock.pass_s(60)
    desk.exchange.advance()
    assert mine.status == "resting"


def test_cancel_all_has_a_ceiling_per_pass() -> None:
    desk = Desk(Rules(cancel_all_ceiling=2))
    orders = [desk.place(desk.alice, "bid", "0.50", 1).order for _ in range(3)]
    desk.exchange.orders.cancel_all(desk.alice, None)
    assert [order.status for order in orders] == ["canceled", "canceled", "resting"]


def test_cancel_all_is_for_direct_members(desk: Desk) -> None:
    carol = desk.exchange.accounts.open("carol", is_fcm=True)
    with pytest.raises(Rejected, match="permission_denied"):
        desk.exchange.orders.cancel_all(carol, None)


def test_an_order_expires_at_its_second(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.50", 1, expiration_s=NOW_S + 5).order
    desk.clock.pass_s(4.999)
    desk.exchange.advance()
    assert mine.status == "resting"
    desk.clock.pass_s(0.001)
    desk.exchange.advance()
    assert mine.status == "canceled"
    # What happens late is dated at its own time.
    assert mine.updated_us // 1_000_000 == NOW_S + 5
