"""The books of one connection: which are true, and what to do about those that are not. Pure.

    keeper.add(tickers, now_ms)              books that wait for their subscription
    keeper.resumed(now_ms)                   the exchange has confirmed it: snapshots are due
    keeper.put(frame, data, now_ms)          a snapshot or a change
    keeper.read_done(now_ms)                 the last frame of what one read brought was handled
    keeper.broken(gap, goes_on=…)            something of the subscription is missing
    keeper.work(now_ms)                      what to ask of the exchange now

A book that is not current goes through these steps until a snapshot makes it current:

| step | until | then |
|---|---|---|
| SUBSCRIBING | the exchange confirms the subscription | EXPECTING |
| EXPECTING a snapshot | it is overdue | subscribe the market anew: ANEW |
| PAUSED | its time comes: at once the first time, then later each time | ask for a snapshot: EXPECTING |
| ANEW | it is overdue | PAUSED |

Any snapshot that comes in sequence will do: what precedes it on the subscription is in it, and what
follows is not. While a snapshot is awaited, changes are dropped. A second gap of the sequence, while
the answer to the first is awaited, makes the whole subscription anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from random import Random

from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.contract.frames.market_data import BookDeltaEvent, BookSnapshotEvent
from kalshi_async.streams.books.ladder import Ladder
from kalshi_async.streams.events import Gap, GapReason

CHANNEL = "orderbook_delta"

# All ours, in milliseconds.
ANSWER_MS = 2_000
"""A snapshot that has not come by then is overdue."""
FIRST_PAUSE_MS = 250
LONGEST_PAUSE_MS = 30_000
STEADY_MS = 30_000
"""A book that was current for so long is repaired at once again."""
TOGETHER_MS = 100
"""Pauses end at multiples of it, so that one command asks for many books."""


class Step(Enum):
    """What a book waits for."""

    NOTHING = "nothing"
    SUBSCRIBING = "subscribing"
    EXPECTING = "expecting"
    PAUSED = "paused"
    ANEW = "anew"


class Kept:
    """A book of one connection, and how it is being repaired."""

    __slots__ = (
        "due_ms",
        "failures",
        "gap",
        "is_asked",
        "is_checked",
        "is_dirty",
        "ladder",
        "since_ms",
        "step",
        "ticker",
        "was_checked",
    )

    def __init__(self, ticker: str, gap: Gap, now_ms: int) -> None:
        self.ticker = ticker
        self.ladder = Ladder()
        self.gap: Gap | None = gap
        """Why it is not current; None: it is."""
        self.since_ms = now_ms
        """Since when it is current, or is not."""
        self.step = Step.SUBSCRIBING
        self.due_ms = 0
        """When the step is over: of EXPECTING, PAUSED and ANEW."""
        self.failures = 0
        """How often it had to be repaired since it was last steady."""
        self.is_asked = False
        """Whether the snapshot that is expected was asked for by command."""
        self.is_checked = False
        """Whether the snapshot is only to confirm the book."""
        self.was_checked = False
        """Whether the newest snapshot was such a one."""
        self.is_dirty = False
        """Whether ``read_done`` will publish it."""


@dataclass(frozen=True, slots=True)
class Work:
    """What to ask of the exchange."""

    ask: frozenset[str] = frozenset()
    """Markets whose snapshots to ask for."""
    anew: frozenset[str] = frozenset()
    """Markets to subscribe anew."""
    renew: bool = False
    """Whether to make the whole subscription anew."""


class Keeper:
    """Owner of the books of one connection. ``changed`` is called with each one that is another now."""

    def __init__(self, changed: Callable[[Kept], None], random: Random) -> None:
        self.books: dict[str, Kept] = {}
        """The books by ticker."""
        self.wants_work = False
        """Whether ``work`` has something to do before the next ``due_ms``."""
        self._changed = changed
        self._random = random
        self._dirty: list[Kept] = []
        self._renews = False
        self._unsettled: dict[str, Kept] = {}
        """Those with a step."""
        self._breaks = 0

    # Markets.

    def add(self, tickers: Iterable[str], now_ms: int) -> None:
        """Keep more books: they wait for their subscription."""
        for ticker in tickers:
            kept = Kept(ticker, Gap(CHANNEL, GapReason.NOT_YET), now_ms)
            self.books[ticker] = self._unsettled[ticker] = kept

    def remove(self, tickers: Iterable[str], reason: GapReason, now_ms: int) -> None:
        """Keep books no longer: they are not current from now on."""
        for ticker in tickers:
            kept = self.books.pop(ticker, None)
            if kept is not None:
                self._lose(kept, Gap(CHANNEL, reason, now_ms), now_ms)
                self._settle(kept)

    # Frames.

    def put(self, frame: Frame, data: bytes, now_ms: int) -> None:
        """Take a snapshot or a change of a book."""
        event = frame.msg
        if type(event) is BookDeltaEvent:
            kept = self.books.get(event.market_ticker)
            if kept is None:
                return
            if kept.gap is None:
                wrong = kept.ladder.hold(event, data, now_ms)
                if wrong is not None:
                    self._wrong(kept, wrong[0], wrong[1], now_ms)
                elif not kept.is_dirty:
                    kept.is_dirty = True
                    self._dirty.append(kept)
            elif kept.step is Step.EXPECTING and not kept.is_asked:
                self._wrong(kept, GapReason.NO_SNAPSHOT, data, now_ms)
        else:
            assert isinstance(event, BookSnapshotEvent), "the channel has two types"
            kept = self.books.get(event.market_ticker)
            if kept is not None:
                self._on_snapshot(kept, event, frame.sending_ts_ms, data, now_ms)

    def read_done(self, now_ms: int) -> None:
        """Publish what is held back."""
        dirty, self._dirty = self._dirty, []
        for kept in dirty:
            kept.is_dirty = False
            if kept.gap is None:
                wrong = kept.ladder.publish()
                if wrong is None:
                    self._changed(kept)
                else:
                    self._wrong(kept, wrong[0], wrong[1], now_ms)

    def _on_snapshot(
        self, kept: Kept, event: BookSnapshotEvent, sent_ms: int | None, data: bytes, now_ms: int
    ) -> None:
        wrong = kept.ladder.load(event, sent_ms, now_ms)
        if wrong is not None:
            self._wrong(kept, wrong, data, now_ms)
            return
        if kept.gap is not None:
            kept.gap, kept.since_ms = None, now_ms
        kept.was_checked = kept.is_checked
        self._settle(kept)
        self._changed(kept)

    # Breaks.

    def broken(self, gap: Gap, now_ms: int, *, goes_on: bool) -> None:
        """Take a break of the subscription: no book is current. With ``goes_on`` frames still come."""
        self._renews = False
        for kept in self.books.values():
            was_asked = kept.step is Step.EXPECTING and kept.is_asked and not kept.is_checked
            self._lose(kept, gap, now_ms)
            if not goes_on:
                self._wait(kept, Step.SUBSCRIBING)
            elif was_asked:
                self._renews = self.wants_work = True
            elif kept.step is Step.NOTHING or kept.step is Step.EXPECTING:
                self._pause(kept, now_ms)

    def resumed(self, now_ms: int) -> None:
        """Expect the snapshots of a subscription that was confirmed."""
        for kept in list(self._unsettled.values()):
            if kept.step is Step.SUBSCRIBING:
                self._wait(kept, Step.EXPECTING, now_ms + ANSWER_MS)
        self.wants_work = True

    def request(self, tickers: Iterable[str]) -> None:
        """Ask at once for books whose subscription is there already."""
        for ticker in tickers:
            self._wait(self.books[ticker], Step.PAUSED)
        self.wants_work = True

    def check(self, ticker: str) -> None:
        """Ask for a snapshot of a current book, to see whether the exchange counts anew."""
        kept = self.books[ticker]
        if kept.step is Step.NOTHING:
            self._wait(kept, Step.PAUSED)
            kept.is_checked = True
            self.wants_work = True

    def doubt(self, ticker: str, reason: GapReason, now_ms: int) -> None:
        """Hold a book for wrong that is current."""
        self._wrong(self.books[ticker], reason, None, now_ms)

    def _wrong(self, kept: Kept, reason: GapReason, data: bytes | None, now_ms: int) -> None:
        self._breaks += 1
        self._lose(kept, Gap(CHANNEL, reason, kept.ladder.received_ms, raw=data), now_ms)
        self._pause(kept, now_ms)

    def _lose(self, kept: Kept, gap: Gap, now_ms: int) -> None:
        if kept.gap is None:
            if now_ms - kept.since_ms >= STEADY_MS:
                kept.failures = 0
            kept.gap, kept.since_ms = gap, now_ms
            self._changed(kept)
        kept.gap, kept.is_checked = gap, False

    # Repair.

    def take_breaks(self) -> int:
        """Return how many books were found wrong since the last call."""
        found, self._breaks = self._breaks, 0
        return found

    @property
    def due_ms(self) -> int | None:
        """When ``work`` has something to do next; None: when a frame says so."""
        due = [kept.due_ms for kept in self._unsettled.values() if kept.step is not Step.SUBSCRIBING]
        return min(due, default=None)

    def work(self, now_ms: int) -> Work:
        """Return what to ask of the exchange now; it counts as asked."""
        self.wants_work = False
        if self._renews:
            self._renews = False
            return Work(renew=True)
        ask, anew = [], []
        for kept in list(self._unsettled.values()):
            if kept.step is Step.SUBSCRIBING or kept.due_ms > now_ms:
                continue
            if kept.step is Step.PAUSED:
                self._wait(kept, Step.EXPECTING, now_ms + ANSWER_MS)
                kept.is_asked = True
                ask.append(kept.ticker)
            elif kept.is_checked:
                self._pause(kept, now_ms)  # it is current: nothing is lost by waiting
            elif kept.step is Step.EXPECTING:
                self._lose(kept, Gap(CHANNEL, GapReason.NO_ANSWER, kept.ladder.received_ms), now_ms)
                self._wait(kept, Step.ANEW, now_ms + ANSWER_MS)
                anew.append(kept.ticker)
            else:
                self._pause(kept, now_ms)
        if len(anew) == len(self.books) > 1:
            return Work(renew=True)  # not one answer: the whole subscription is in doubt
        return Work(frozenset(ask), frozenset(anew))

    def _wait(self, kept: Kept, step: Step, due_ms: int = 0) -> None:
        kept.step, kept.due_ms, kept.is_asked = step, due_ms, False
        self._unsettled[kept.ticker] = kept

    def _settle(self, kept: Kept) -> None:
        kept.step, kept.is_asked, kept.is_checked = Step.NOTHING, False, False
        self._unsettled.pop(kept.ticker, None)

    def _pause(self, kept: Kept, now_ms: int) -> None:
        """Ask again later: at once the first time, then with full jitter, so that no storm begins."""
        longest = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(kept.failures, 10))
        pause_ms = self._random.randint(0, longest) if kept.failures else 0
        kept.failures += 1
        if pause_ms:
            pause_ms += -(now_ms + pause_ms) % TOGETHER_MS
        self._wait(kept, Step.PAUSED, now_ms + pause_ms)
        self.wants_work = True
