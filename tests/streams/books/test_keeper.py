"""Which books are true, and what is asked of the exchange for those that are not."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from kalshi_async.contract.fields import OutcomeSide
from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.contract.frames.market_data import BookDeltaEvent, BookSnapshotEvent
from kalshi_async.streams.books.keeper import ANSWER_MS, CHANNEL, LONGEST_PAUSE_MS, STEADY_MS, Keeper, Work
from kalshi_async.streams.events import Gap, GapReason

D = Decimal
BROKEN = Gap(CHANNEL, GapReason.SEQUENCE)
LOST = Gap(CHANNEL, GapReason.LINK_LOST)
ALL = frozenset("AB")


class Keeping:
    """A keeper of A and B, at a time that the test moves."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.keeper = Keeper(lambda kept: self.changes.append(kept.ticker), Random(1))
        self.now_ms = 1_000_000
        self.keeper.add("AB", self.now_ms)
        self.keeper.resumed(self.now_ms)

    def snapshot(self, ticker: str, clock: int = 1, count: str = "5") -> None:
        event = BookSnapshotEvent(market_ticker=ticker, yes=((D("0.4"), D(count)),), clock=clock)
        self.keeper.put(Frame(msg=event), b"snapshot", self.now_ms)

    def delta(self, ticker: str, by: str = "1", clock: int = 2) -> None:
        event = BookDeltaEvent(
            market_ticker=ticker, side=OutcomeSide.YES, price=D("0.4"), delta=D(by), clock=clock
        )
        self.keeper.put(Frame(msg=event), b"delta", self.now_ms)

    def reason(self, ticker: str) -> GapReason | None:
        gap = self.keeper.books[ticker].gap
        return None if gap is None else gap.reason

    def work(self, after_ms: int = 0) -> Work:
        self.now_ms += after_ms
        return self.keeper.work(self.now_ms)


@pytest.fixture
def keeping() -> Keeping:
    keeping = Keeping()
    for ticker in "AB":
        keeping.snapshot(ticker)
    assert keeping.work() == Work()
    assert keeping.keeper.due_ms is None
    keeping.changes.clear()
    return keeping


def test_a_change_is_told_when_the_read_has_been_handled(keeping: Keeping) -> None:
    for clock in (2, 2, 3):
        keeping.delta("A", clock=clock)
    keeping.delta("C")  # of another reader
    assert keeping.changes == []
    keeping.keeper.read_done(keeping.now_ms)
    keeping.keeper.read_done(keeping.now_ms)
    assert keeping.changes == ["A"]
    assert keeping.keeper.books["A"].ladder.bids == {4000: 800}


@pytest.mark.parametrize("by", ["-9", "0.001"])
def test_a_wrong_book_is_one_market_alone(keeping: Keeping, by: str) -> None:
    keeping.delta("A", by)
    keeping.delta("B")
    keeping.keeper.read_done(keeping.now_ms)
    gap = keeping.keeper.books["A"].gap
    assert gap is not None
    assert (gap.reason, gap.raw) == (GapReason.NEGATIVE if by == "-9" else GapReason.OFF_GRID, b"delta")
    assert keeping.reason("B") is None
    assert keeping.keeper.take_breaks() == 1
    assert keeping.keeper.wants_work
    assert keeping.work() == Work(ask=frozenset("A"))
    assert keeping.work() == Work()
    keeping.delta("A", clock=9)  # before the answer: in its snapshot
    keeping.snapshot("A", clock=9)
    keeping.delta("A", clock=10)
    keeping.keeper.read_done(keeping.now_ms)
    assert keeping.reason("A") is None
    assert keeping.keeper.books["A"].ladder.bids == {4000: 600}


def test_a_change_before_the_first_snapshot_is_wrong() -> None:
    keeping = Keeping()
    keeping.delta("A")
    assert keeping.reason("A") is GapReason.NO_SNAPSHOT
    assert keeping.work() == Work(ask=frozenset("A"))


def test_a_snapshot_that_no_book_can_be_is_asked_for_later_each_time(keeping: Keeping) -> None:
    keeping.snapshot("A", count="-1")
    assert keeping.reason("A") is GapReason.OFF_GRID
    pauses = []
    for _ in range(20):
        due_ms = keeping.keeper.due_ms
        assert due_ms is not None
        pauses.append(due_ms - keeping.now_ms)
        assert keeping.work(pauses[-1]) == Work(ask=frozenset("A"))
        keeping.snapshot("A", count="-1")
    assert pauses[0] == 0
    assert max(pauses[1:4]) <= 2_100
    assert LONGEST_PAUSE_MS / 4 < max(pauses) <= LONGEST_PAUSE_MS + 100
    keeping.snapshot("A")
    keeping.now_ms += STEADY_MS
    keeping.snapshot("A", count="-1")  # it was steady: at once again
    assert keeping.keeper.due_ms == keeping.now_ms


def test_a_gap_asks_for_all_books_at_once_and_a_second_one_renews_the_subscription(keeping: Keeping) -> None:
    keeping.keeper.broken(BROKEN, keeping.now_ms, goes_on=True)
    assert keeping.changes == ["A", "B"]
    assert keeping.work() == Work(ask=ALL)
    keeping.snapshot("A")
    keeping.keeper.broken(BROKEN, keeping.now_ms, goes_on=True)
    assert keeping.work() == Work(renew=True)
    keeping.keeper.broken(Gap(CHANNEL, GapReason.RENEWED), keeping.now_ms, goes_on=False)
    assert keeping.work(100_000) == Work()
    assert keeping.keeper.due_ms is None
    keeping.keeper.resumed(keeping.now_ms)
    assert keeping.keeper.due_ms == keeping.now_ms + ANSWER_MS


def test_a_gap_before_the_first_snapshots_asks_for_them() -> None:
    keeping = Keeping()
    keeping.snapshot("A")
    keeping.keeper.broken(BROKEN, keeping.now_ms, goes_on=True)
    assert keeping.work() == Work(ask=ALL)


def test_a_snapshot_that_does_not_come_makes_its_market_anew_then_waits(keeping: Keeping) -> None:
    keeping.keeper.doubt("A", GapReason.AUDIT, keeping.now_ms)
    assert keeping.work() == Work(ask=frozenset("A"))
    assert keeping.work(ANSWER_MS - 1) == Work()
    assert keeping.work(1) == Work(anew=frozenset("A"))
    assert keeping.reason("A") is GapReason.NO_ANSWER
    keeping.keeper.broken(BROKEN, keeping.now_ms, goes_on=True)  # it may have been among the lost
    assert keeping.work() == Work(ask=frozenset("B"))
    keeping.snapshot("B")
    assert keeping.work(ANSWER_MS) == Work()
    due_ms = keeping.keeper.due_ms
    assert due_ms is not None
    assert keeping.work(due_ms - keeping.now_ms) == Work(ask=frozenset("A"))


def test_a_subscription_that_answers_nothing_is_made_anew_as_a_whole(keeping: Keeping) -> None:
    keeping.keeper.broken(BROKEN, keeping.now_ms, goes_on=True)
    assert keeping.work() == Work(ask=ALL)
    assert keeping.work(ANSWER_MS) == Work(renew=True)


def test_a_book_that_is_checked_stays_current_until_the_answer(keeping: Keeping) -> None:
    keeping.keeper.check("A")
    keeping.keeper.check("A")
    assert keeping.work() == Work(ask=frozenset("A"))
    assert keeping.reason("A") is None
    assert keeping.work(ANSWER_MS) == Work()  # asked again after a pause
    keeping.keeper.check("A")
    assert keeping.work(60_000) == Work(ask=frozenset("A"))
    keeping.keeper.broken(BROKEN, keeping.now_ms, goes_on=True)  # the first gap
    assert keeping.work(60_000) == Work(ask=ALL)
    keeping.snapshot("A")
    assert not keeping.keeper.books["A"].was_checked


def test_a_book_that_was_removed_is_not_current(keeping: Keeping) -> None:
    removed = keeping.keeper.books["A"]
    keeping.delta("A")
    keeping.keeper.remove("AC", GapReason.REMOVED, keeping.now_ms)
    keeping.keeper.read_done(keeping.now_ms)
    assert removed.gap == Gap(CHANNEL, GapReason.REMOVED, keeping.now_ms)
    keeping.snapshot("A")
    assert removed.gap is not None


def test_a_lost_connection_waits_for_the_next(keeping: Keeping) -> None:
    keeping.keeper.broken(BROKEN, keeping.now_ms, goes_on=True)
    keeping.keeper.broken(LOST, keeping.now_ms, goes_on=False)
    assert keeping.reason("A") is GapReason.LINK_LOST
    assert keeping.work(60_000) == Work()
    keeping.keeper.broken(BROKEN, keeping.now_ms, goes_on=True)  # of a subscription for some of the markets
    assert keeping.work(60_000) == Work()
    keeping.keeper.request("B")
    keeping.keeper.resumed(keeping.now_ms)  # A is awaited with the subscription, B asked for
    assert keeping.work() == Work(ask=frozenset("B"))
