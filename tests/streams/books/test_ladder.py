"""The levels of one market: what is visible when, and what is found wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kalshi_async.contract.fields import OutcomeSide
from kalshi_async.contract.frames.market_data import BookDeltaEvent, BookSnapshotEvent
from kalshi_async.streams.books.ladder import OVERLAP_MS, Ladder
from kalshi_async.streams.events import GapReason

D = Decimal
FRAME = b"the frame"


def snapshot(clock: int | None = 5, **sides: Any) -> BookSnapshotEvent:
    sides = sides or {"yes": ((D("0.40"), D(10)), (D("0.41"), D(3))), "no": ((D("0.45"), D(2)),)}
    return BookSnapshotEvent(market_ticker="A", clock=clock, **sides)


def delta(
    by: str, price: str = "0.40", clock: int | None = 6, side: str = "yes", ts_ms: int | None = 110
) -> BookDeltaEvent:
    return BookDeltaEvent(
        market_ticker="A", side=OutcomeSide(side), price=D(price), delta=D(by), clock=clock, ts_ms=ts_ms
    )


@pytest.fixture
def ladder() -> Ladder:
    loaded = Ladder()
    assert loaded.load(snapshot(), 100, 101) is None
    return loaded


def test_a_snapshot_is_the_whole_book(ladder: Ladder) -> None:
    assert (ladder.bids, ladder.asks) == ({4000: 1000, 4100: 300}, {4500: 200})
    assert (ladder.best_bid, ladder.best_ask, ladder.clock) == (4100, 4500, 5)
    assert (ladder.as_of_ms, ladder.received_ms) == (100, 101)
    assert ladder.load(snapshot(9, yes=(), no=((D("0.5"), D(0)),)), None, 120) is None
    assert (ladder.bids, ladder.asks, ladder.best_bid, ladder.best_ask) == ({}, {}, 0, 10_000)


def test_changes_of_one_clock_are_seen_together(ladder: Ladder) -> None:
    for by, price, side in (("1", "0.46", "yes"), ("-2", "0.45", "no"), ("4", "0.47", "no")):
        assert ladder.hold(delta(by, price, 6, side), FRAME, 120) is None
    assert (ladder.best_bid, ladder.clock, ladder.as_of_ms) == (4100, 5, 100)
    assert ladder.hold(delta("1", "0.30", 7, ts_ms=130), FRAME, 131) is None
    assert (ladder.best_bid, ladder.best_ask, ladder.clock, ladder.as_of_ms) == (4600, 4700, 6, 110)
    assert ladder.publish() is None
    assert (ladder.bids[3000], ladder.clock, ladder.as_of_ms, ladder.received_ms) == (100, 7, 130, 131)


def test_the_best_prices_follow(ladder: Ladder) -> None:
    for by, price, side, bid, ask in (
        ("-3", "0.41", "yes", 4000, 4500),
        ("-10", "0.40", "yes", 0, 4500),
        ("1", "0.02", "yes", 200, 4500),
        ("1", "0.01", "yes", 200, 4500),
        ("-1", "0.01", "yes", 200, 4500),
        ("2", "0.44", "no", 200, 4400),
        ("1", "0.60", "no", 200, 4400),
        ("-2", "0.44", "no", 200, 4500),
        ("-1", "0.60", "no", 200, 4500),
        ("-2", "0.45", "no", 200, 10_000),
        ("0", "0.30", "no", 200, 10_000),
    ):
        assert ladder.hold(delta(by, price, side=side), FRAME, 120) is None
        assert ladder.publish() is None
        assert (ladder.best_bid, ladder.best_ask) == (bid, ask)
    assert (ladder.bids, ladder.asks) == ({200: 100}, {})


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (delta("1", "0.00005"), GapReason.OFF_GRID),
        (delta("1", "0"), GapReason.OFF_GRID),
        (delta("1", "1.0000"), GapReason.OFF_GRID),
        (delta("0.001"), GapReason.OFF_GRID),
        (delta("1", side="maybe"), GapReason.UNREADABLE),
    ],
)
def test_what_no_book_can_hold_is_wrong(ladder: Ladder, event: BookDeltaEvent, reason: GapReason) -> None:
    assert ladder.hold(event, FRAME, 120) == (reason, FRAME)


def test_a_level_below_zero_is_wrong_and_names_its_frame(ladder: Ladder) -> None:
    assert ladder.hold(delta("-10.01"), FRAME, 120) is None
    assert ladder.hold(delta("1", clock=7), b"the next", 120) == (GapReason.NEGATIVE, FRAME)
    assert ladder.load(snapshot(), 100, 101) is None
    assert ladder.hold(delta("-1", "0.39"), FRAME, 120) is None
    assert ladder.publish() == (GapReason.NEGATIVE, FRAME)


@pytest.mark.parametrize(
    "sides",
    [
        {"yes": ((D("0.40"), D(-1)),)},
        {"yes": ((D("0.40"), D(1)), (D("0.4000"), D(2)))},
        {"no": ((D("1.2"), D(1)),)},
        {"no": ((D("0.4"), D("0.001")),)},
    ],
)
def test_a_snapshot_that_no_book_can_be_is_wrong(ladder: Ladder, sides: Any) -> None:
    assert ladder.load(snapshot(9, **sides), 100, 101) is GapReason.OFF_GRID


def test_a_change_that_the_snapshot_holds_is_passed_over(ladder: Ladder) -> None:
    for clock, ts_ms in ((4, 90), (5, 99), (5, None)):
        assert ladder.hold(delta("1", clock=clock, ts_ms=ts_ms), FRAME, 120) is None
    assert not ladder.is_holding
    assert ladder.hold(delta("1"), FRAME, 120) is None
    assert ladder.is_holding


@pytest.mark.parametrize(("ts_ms", "now_ms"), [(100, 120), (None, 102 + OVERLAP_MS), (90, 102 + OVERLAP_MS)])
def test_a_change_after_the_snapshot_cannot_be_in_it(ladder: Ladder, ts_ms: int | None, now_ms: int) -> None:
    # The clock went back: maintenance.
    assert ladder.hold(delta("1", clock=5, ts_ms=ts_ms), FRAME, now_ms) == (GapReason.CLOCK_BACK, FRAME)


def test_a_clock_that_goes_back_after_a_change_is_wrong(ladder: Ladder) -> None:
    assert ladder.hold(delta("1", clock=8), FRAME, 120) is None
    assert ladder.hold(delta("1", clock=7, ts_ms=90), FRAME, 120) == (GapReason.CLOCK_BACK, FRAME)
    assert ladder.load(snapshot(2), 130, 131) is None  # from which it counts anew
    assert ladder.hold(delta("1", clock=3), FRAME, 140) is None


def test_frames_without_a_clock_live_by_their_order() -> None:
    ladder = Ladder()
    assert ladder.load(snapshot(None), None, 1) is None
    assert ladder.hold(delta("1", clock=None), FRAME, 2) is None
    assert ladder.publish() is None
    assert (ladder.clock, ladder.bids[4000]) == (None, 1100)
