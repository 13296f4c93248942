"""Single rules of the mirror's parts, where no life of an exchange reaches them."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from kalshi_async.contract.fields import BookSide, OrderStatus, OutcomeSide
from kalshi_async.contract.frames.private import FillEvent, GroupChange, GroupEvent, PositionEvent
from kalshi_async.contract.order_groups import OrderGroup
from kalshi_async.mirror import Canceled, Filled, GroupChanged, MirrorEvent, PositionChanged
from kalshi_async.mirror._groups import Groups
from kalshi_async.mirror._positions import Positions
from kalshi_async.mirror.events import DriftKind
from kalshi_async.mirror.model import MirroredOrder
from kalshi_async.mirror.precedence import Patch, Statement, Version, of_frame, own_place, patched
from kalshi_async.mirror.reading import Difference, Reading, described
from tests.mirror.history import START_MS, TICKER, event_of, new_state, row_of

D = Decimal
ORDER = MirroredOrder(
    order_id="o",
    ticker=TICKER,
    book_side=BookSide.BID,
    yes_price=D("0.40"),
    initial_count=D(10),
    fill_count=D(0),
    remaining_count=D(10),
    status=OrderStatus.RESTING,
    created_ms=START_MS + 10,
    updated_ms=START_MS + 10,
)
NOW = START_MS + 20


def fill(post: int, count: int = 1, ts_ms: int = NOW, trade_id: str = "t") -> FillEvent:
    return FillEvent(
        trade_id=trade_id,
        order_id="o",
        market_ticker=TICKER,
        book_side=BookSide.BID,
        outcome_side=OutcomeSide.YES,
        yes_price=D("0.40"),
        count=D(count),
        fee_cost=D(0),
        post_position=D(post),
        is_taker=False,
        ts_ms=ts_ms,
    )


def position(count: int, volume: int) -> PositionEvent:
    return PositionEvent(
        market_ticker=TICKER,
        position=D(count),
        position_cost=D(0),
        realized_pnl=D(0),
        fees_paid=D(0),
        position_fee_cost=D(0),
        volume=D(volume),
    )


def proven() -> Positions:
    """Positions after a read that showed none."""
    positions = Positions(lambda _: None)
    positions.rows(0, [], START_MS - 10_000, START_MS - 10_000)
    return positions


def test_a_chain_of_post_positions_breaks_where_a_fill_is_missing() -> None:
    positions = proven()
    assert positions.fill(fill(1), 1)
    assert not positions.fill(fill(3, ts_ms=NOW + 1, trade_id="u"), 3)
    assert positions.known_count((TICKER, 0)) == D(3)


def test_an_older_fill_that_comes_late_breaks_nothing_and_moves_nothing() -> None:
    positions = proven()
    assert positions.fill(fill(1, ts_ms=NOW + 5), 2)
    assert positions.fill(fill(9, ts_ms=NOW), 3)
    assert positions.known_count((TICKER, 0)) == D(1)


def test_a_position_frame_is_explained_by_fills_or_is_a_doubt() -> None:
    positions = proven()
    positions.fill(fill(1), 1)
    positions.fill(fill(2, trade_id="u"), 2)
    positions.frame(position(1, 1), NOW)
    assert not positions.doubts, "that of the first fill comes after the second fill"
    positions.frame(position(2, 2), NOW)
    positions.frame(position(1, 1), NOW)
    positions.frame(position(2, 2), NOW)
    assert not positions.doubts, "older ones and doubles say nothing"
    positions.frame(position(5, 5), NOW)
    assert positions.doubts == {(TICKER, 0): (D(5), NOW)}
    positions.fill(fill(5, 3, trade_id="v"), 3)
    assert not positions.doubts, "the fill came after its position"
    positions.frame(position(0, 5), NOW)
    assert positions.doubts, "it moved without a trade"
    positions.recheck(NOW)
    assert positions.doubts, "the read is older"
    positions.frame(position(5, 6), NOW)
    assert not positions.doubts
    positions.frame(position(0, 6), NOW)
    positions.frame(position(0, 6), NOW)
    assert positions.doubts
    positions.recheck(NOW + 1)
    assert not positions.doubts


def test_a_row_without_a_count_says_nothing() -> None:
    from kalshi_async.contract.positions import MarketPosition

    positions = proven()
    positions.fill(fill(1), 1)
    numbers = dict.fromkeys(("position", "market_exposure", "total_traded", "realized_pnl", "fees_paid"))
    row = MarketPosition(ticker=TICKER, **numbers)
    positions.rows(0, [row], NOW + 10_000, NOW + 10_000)
    assert positions.known_count((TICKER, 0)) == D(1)


def group_event(change: GroupChange, ts_ms: int, limit: int | None = None) -> GroupEvent:
    limit_of = None if limit is None else D(limit)
    return GroupEvent(event_type=change, order_group_id="g", ts_ms=ts_ms, contracts_limit=limit_of)


def test_group_frames_in_any_order_lead_to_the_newest() -> None:
    told: list[MirrorEvent] = []
    groups = Groups(told.append, is_for_all=True)
    groups.frame(group_event(GroupChange.RESET, NOW + 2), 3)
    groups.frame(group_event(GroupChange.TRIGGERED, NOW + 1), 2)
    groups.frame(group_event(GroupChange.LIMIT_UPDATED, NOW + 3, 7), 4)
    groups.frame(group_event(GroupChange.CREATED, NOW, 5), 1)
    known = groups.known["g"]
    assert (known.is_triggered, known.contracts_limit) == (False, D(7))
    order = msgspec.structs.replace(ORDER, order_group_id="g", created_ms=NOW + 1)
    assert not groups.is_ending(order), "placed in the millisecond of the trigger, and reset since"
    assert groups.is_ending(msgspec.structs.replace(order, created_ms=NOW))
    groups.frame(group_event(GroupChange.TRIGGERED, NOW + 5), 5)
    assert groups.is_ending(msgspec.structs.replace(order, created_ms=NOW + 5))
    groups.frame(group_event(GroupChange.DELETED, NOW + 6), 6)
    groups.frame(group_event(GroupChange.TRIGGERED, NOW + 5), 7)
    groups.place("g", 0, 0, NOW)
    row = OrderGroup(order_group_id="g", is_auto_cancel_enabled=False, contracts_limit=D(7))
    groups.rows({"g": (row, None)}, NOW + 60_000, NOW + 60_000)
    assert not groups.known, "a deleted group does not come back"
    assert groups.differing({"g": row}, NOW + 60_000) == []
    assert [event.change for event in told if isinstance(event, GroupChanged)][-1] == "deleted"


def test_a_row_without_a_limit_leaves_the_limit() -> None:
    groups = Groups(lambda _: None, is_for_all=True)
    groups.frame(group_event(GroupChange.CREATED, START_MS, 5), 1)
    row = OrderGroup(order_group_id="g", is_auto_cancel_enabled=False, exchange_index=2)
    groups.rows({"g": (row, 1)}, NOW + 60_000, NOW + 60_000)
    known = groups.known["g"]
    assert (known.contracts_limit, known.exchange_index, known.subaccount) == (D(5), 2, 1)


def test_a_reply_in_the_millisecond_of_a_fill_that_it_counts_is_newer_than_the_fill() -> None:
    from kalshi_async.contract.frames.private import UpdateReason

    after = msgspec.structs.replace(ORDER, fill_count=D(3), remaining_count=D(7), reason=UpdateReason.TRADE)
    statement = of_frame(event_of(after), 9)
    patch = Patch(
        ts_ms=ORDER.updated_ms,
        place=own_place(2, 1),
        fill_count=D(3),
        remaining_count=D(5),
        yes_price=D("0.41"),
        initial_count=D(8),
    )
    assert patched(statement, [patch]).yes_price == D("0.41")
    older = msgspec.structs.replace(patch, fill_count=D(2))
    assert patched(statement, [older]).yes_price == D("0.40")


def test_fills_that_the_order_does_not_show_yet_count() -> None:
    told: list[MirrorEvent] = []
    state = new_state(told)
    state._state(Statement(ORDER, Version(False, D(0), ORDER.updated_ms, 1.0)))
    state.fill_frame(fill(4, 4))
    assert state.orders.resting["o"].remaining_count == D(6)
    state.fill_frame(fill(10, 6, ts_ms=NOW + 1, trade_id="u"))
    assert not state.orders.resting
    assert sum(isinstance(event, Filled) for event in told) == 2
    assert sum(isinstance(event, PositionChanged) for event in told) == 2


def test_an_end_whose_fills_no_read_shows_is_told_after_the_read() -> None:
    told: list[MirrorEvent] = []
    state = new_state(told)
    gone = msgspec.structs.replace(ORDER, fill_count=D(4), remaining_count=D(0), status=OrderStatus.CANCELED)
    state._state(Statement(gone, Version(True, D(4), gone.updated_ms, 1.0)))
    state.orders.settle(START_MS)
    assert not any(isinstance(event, Canceled) for event in told), "the read is older"
    state.orders.settle(START_MS + 60_000)
    assert isinstance(told[-1], Canceled)
    assert not state.orders.late


def test_a_fill_whose_order_no_read_shows_is_kept() -> None:
    state = new_state()
    state.fill_frame(fill(1))
    state.orders.settle(START_MS + 60_000)
    assert not state.orders.late
    state.orders.drop("o")
    assert state.orders.known("o") is None


def test_what_is_younger_than_the_replica_is_not_compared() -> None:
    state = new_state()
    young = msgspec.structs.replace(ORDER, updated_ms=NOW)
    assert state.compare(Reading(NOW + 100, START_MS, resting=[row_of(young)])) == []
    assert len(state.compare(Reading(NOW + 60_000, START_MS, resting=[row_of(young)]))) == 1


def test_what_is_no_order_is_not_corrected() -> None:
    told: list[MirrorEvent] = []
    new_state(told).correct(Difference(DriftKind.FILL, "f", "", ""), START_MS)
    assert not told


def test_a_search_that_is_late_finds_nothing_to_tell() -> None:
    told: list[MirrorEvent] = []
    state = new_state(told)
    state.absent("c")
    assert not told


@pytest.mark.parametrize("has_time", [True, False])
def test_a_fill_without_a_time_has_its_seconds(has_time: bool) -> None:
    from tests.mirror.history import fill_row

    row = msgspec.structs.replace(fill_row(fill(1)), ts=NOW // 1000)
    row = row if has_time else msgspec.structs.replace(row, created_time=None)
    reading = Reading(START_MS + 60_000, START_MS, fills=[row])
    told: list[MirrorEvent] = []
    state = new_state(told)
    assert [one.kind for one in state.compare(reading)] == ["fill"]
    state.merge(reading)
    assert state.fills == {("t", "o"): NOW if has_time else NOW // 1000 * 1000}
    assert described(None) == "no such order"
