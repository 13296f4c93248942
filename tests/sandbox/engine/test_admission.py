"""What a create is refused for, in which order, and that a refusal leaves no trace."""

from __future__ import annotations

import pytest

from kalshi_async.sandbox.edge.rejections import REJECTIONS
from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.markets.grid import STRUCTURES, is_tradable, nearest_tradable
from kalshi_async.sandbox.settings import CreateCheck, Rules
from tests.sandbox.venue_kit import START_MS, Desk

NOW_S = START_MS // 1_000


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"ticker": "KXNONE-1"}, "market_not_found"),
        ({"exchange_index": 1}, "market_not_found"),
        ({"count_e2": 0}, "invalid_order_size"),
        ({"price_e4": 5_050}, "invalid_price"),
        ({"price_e4": 0}, "invalid_price"),
        ({"price_e4": 10_000}, "invalid_price"),
        ({"subaccount": 1}, "not_found"),
        ({"count_e2": 2_000_000}, "insufficient_balance"),
        ({"expiration_s": NOW_S}, "expiration_in_past"),
        (
            {"expiration_s": NOW_S + 9, "time_in_force": "immediate_or_cancel"},
            "Cannot_specify_both_IoC_and_expiration_timestamp",
        ),
        ({"order_group_id": "none"}, "order_group_not_found"),
    ],
)
def test_a_refused_create_leaves_no_trace(desk: Desk, options: dict[str, object], code: str) -> None:
    before = desk.exchange.reads.snapshot()
    with pytest.raises(Rejected) as refused:
        desk.place(desk.alice, "bid", "0.50", 10, client_order_id="mine", **options)
    assert refused.value.code == code
    assert desk.exchange.reads.snapshot() == before
    assert desk.place(desk.alice, "bid", "0.50", 10, client_order_id="mine").remaining_e2 == 1_000


def test_a_client_order_id_is_used_up_for_ever(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.50", 1, client_order_id="mine").order
    desk.cancel(desk.alice, mine)
    with pytest.raises(Rejected, match="order_already_exists"):
        desk.place(desk.alice, "ask", "0.60", 2, client_order_id="mine")
    desk.place(desk.bob, "bid", "0.50", 1, client_order_id="mine")  # ids are per member


def test_orders_without_a_client_order_id_are_never_duplicates(desk: Desk) -> None:
    desk.place(desk.alice, "bid", "0.50", 1)
    assert desk.place(desk.alice, "bid", "0.50", 1).order.status == "resting"


def doubly_wrong(desk: Desk) -> str:
    """Resend an order that meets a duplicate, an empty purse, a cross and a pause at once."""
    desk.place(desk.bob, "ask", "0.50", 1)
    desk.place(desk.alice, "bid", "0.40", 1, client_order_id="mine")
    desk.exchange.shards.pause_trading()
    with pytest.raises(Rejected) as refused:
        desk.place(desk.alice, "bid", "0.50", 100_000, client_order_id="mine", post_only=True)
    return refused.value.code


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (CreateCheck.DUPLICATE, "order_already_exists"),
        (CreateCheck.PAUSE, "trading_is_paused"),
        (CreateCheck.POST_ONLY, "invalid_order"),
        (CreateCheck.BALANCE, "insufficient_balance"),
    ],
)
def test_which_check_answers_first_is_a_switch(first: CreateCheck, code: str) -> None:
    others = tuple(check for check in CreateCheck if check is not first)
    assert doubly_wrong(Desk(Rules(create_checks=(first, *others)))) == code


def test_a_duplicate_answers_first_unless_switched() -> None:
    assert doubly_wrong(Desk()) == "order_already_exists"


@pytest.mark.parametrize("route", [None, -1, 2])
def test_an_order_finds_its_shard_by_ticker_or_by_number(desk: Desk, route: int | None) -> None:
    desk.exchange.markets.add("KXBTC-1", exchange_index=2)
    desk.exchange.accounts.deposit(desk.alice, 10, exchange_index=2)  # type: ignore[arg-type]
    placement = desk.place(desk.alice, "bid", "0.50", 1, ticker="KXBTC-1", exchange_index=route)
    assert placement.order.exchange_index == 2


def test_a_cancel_without_a_ticker_looks_on_shard_zero_only(desk: Desk) -> None:
    desk.exchange.markets.add("KXBTC-1", exchange_index=2)
    desk.exchange.accounts.deposit(desk.alice, 10, exchange_index=2)  # type: ignore[arg-type]
    mine = desk.place(desk.alice, "bid", "0.50", 1, ticker="KXBTC-1").order
    with pytest.raises(Rejected, match="not_found"):
        desk.exchange.orders.cancel(desk.alice, mine.order_id)
    with pytest.raises(Rejected, match="invalid_parameters"):
        desk.exchange.orders.cancel(desk.alice, mine.order_id, exchange_index=-1)
    assert desk.exchange.orders.cancel(desk.alice, mine.order_id, exchange_index=2)[1] == 100


def test_collateral_is_per_shard(desk: Desk) -> None:
    desk.exchange.markets.add("KXBTC-1", exchange_index=2)
    with pytest.raises(Rejected, match="insufficient_balance"):
        desk.place(desk.alice, "bid", "0.50", 1, ticker="KXBTC-1")


@pytest.mark.parametrize("structure", STRUCTURES)
def test_whole_cents_are_on_every_grid(structure: str) -> None:
    assert all(is_tradable(STRUCTURES[structure], price) for price in range(100, 10_000, 100))


@pytest.mark.parametrize(
    ("structure", "price_e4", "tradable"),
    [
        ("linear_cent", 5_050, False),
        ("deci_cent", 5_010, True),
        ("tapered_deci_cent", 990, True),
        ("tapered_deci_cent", 9_010, True),
        ("tapered_deci_cent", 5_010, False),
        ("center_whole_edge_half_cent", 950, True),
        ("center_half_edge_deci_cent", 5_050, True),
        ("center_half_edge_deci_cent", 5_010, False),
        ("center_centi_edge_centi_cent", 1, True),
        ("center_deci_edge_centi_cent", 9_901, True),
        ("center_deci_edge_centi_cent", 5_001, False),
        ("center_deci_edge_centi_cent", 5_010, True),
    ],
)
def test_a_grid_is_finer_at_its_edges(structure: str, price_e4: int, tradable: bool) -> None:
    assert is_tradable(STRUCTURES[structure], price_e4) is tradable


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_nearest_price_is_tradable_and_near(structure: str) -> None:
    for price_e4 in range(-50, 10_060, 7):
        nearest_e4 = nearest_tradable(STRUCTURES[structure], price_e4)
        assert is_tradable(STRUCTURES[structure], nearest_e4)
        assert abs(nearest_e4 - min(max(price_e4, 1), 9_999)) <= 100


def test_every_refusal_has_a_status_and_a_shape() -> None:
    for code, row in REJECTIONS.items():
        assert 400 <= row.status < 600
        assert row.shape in {"nested", "flat", "msg", "string"}
        assert row.wire_code in {code, ""}
        assert row.message
