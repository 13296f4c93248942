"""One connection's share of ``Books``: hands its frames to a keeper, and carries out what that wants.

It stands among the readers of the channel, and shares their subscription. Decides nothing: which
book is true and what to ask for, ``books.keeper`` knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from random import Random
from typing import Protocol

from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.streams._topic import MOST_MARKETS, Options
from kalshi_async.streams.books.keeper import CHANNEL, Keeper, Kept
from kalshi_async.streams.delivery import Note
from kalshi_async.streams.events import Gap, GapReason, Refused
from kalshi_async.streams.protocol import StreamProtocol

BOOK_OPTIONS = Options(CHANNEL, (("use_yes_price", True),))
"""The subscription of all books, and of ``Stream.book_updates``."""


class Leg(Protocol):
    """What is needed of a connection: a ``Link``."""

    @property
    def protocol(self) -> StreamProtocol:
        """Its subscriptions."""
        ...

    @property
    def after_reads(self) -> list[Callable[[int], None]]:
        """What to call when a read has been handled."""
        ...

    def flush(self) -> None:
        """Send the commands of the protocol."""
        ...


class BookFeed:
    """A ``Sink`` of the channel. Owner of a keeper and of the timer by which overdue books are repaired."""

    def __init__(
        self,
        leg: Leg,
        now_ms: Callable[[], int],
        random: Random,
        *,
        changed: Callable[[Kept], None],
        ended: Callable[[BaseException], None],
    ) -> None:
        self.markets: frozenset[str] | None = frozenset()
        self.keeper = Keeper(changed, random)
        self.is_current = False
        self.has_ended = False
        self.put: Callable[[Frame, bytes, int], None] = self.keeper.put
        self._leg, self._protocol = leg, leg.protocol
        self._now_ms, self._on_end = now_ms, ended
        self._is_started = False
        self._timer: asyncio.TimerHandle | None = None

    # What ``Books`` does.

    def start(self) -> None:
        """Subscribe."""
        self._is_started = True
        self._leg.after_reads.append(self.read_done)
        self._protocol.add(BOOK_OPTIONS, self)
        self._sync(self._named)

    def stop(self) -> None:
        """Leave the subscription."""
        self.has_ended = True
        self.keeper.remove(list(self.keeper.books), GapReason.REMOVED, self._now_ms())
        self._cancel()
        if self._is_started:
            self._is_started = False
            self._leg.after_reads.remove(self.read_done)
            self._protocol.remove(BOOK_OPTIONS, self)
            self._leg.flush()

    def add(self, tickers: Iterable[str]) -> None:
        """Keep more books; before ``start`` too."""
        added = frozenset(tickers)
        self.keeper.add(sorted(added), self._now_ms())
        self.markets = self._named | added
        self.is_current = False
        self._sync(added)

    def remove(self, tickers: Iterable[str]) -> None:
        """Keep some books no longer."""
        removed = frozenset(tickers)
        self.keeper.remove(sorted(removed), GapReason.REMOVED, self._now_ms())
        self.markets = self._named - removed
        self._sync(frozenset())

    def doubt(self, ticker: str, reason: GapReason) -> None:
        """Hold a book for wrong."""
        self.keeper.doubt(ticker, reason, self._now_ms())
        self._work()

    def check(self, ticker: str) -> None:
        """Ask for the snapshot of a book that is current."""
        self.keeper.check(ticker)
        self._work()

    # What the subscription tells; see ``Sink``.

    def note(self, note: Note) -> None:
        """Take a refusal."""
        if isinstance(note, Refused):
            self.keeper.remove(note.markets, GapReason.REFUSED, self._now_ms())

    def interrupt(self, gap: Gap, *, goes_on: bool) -> bool:
        """Take a break: every book is stale."""
        self.is_current = self.is_current and goes_on  # markets that were added wait for ``resume``
        self.keeper.broken(gap, self._now_ms(), goes_on=goes_on)
        return bool(self.keeper.books)

    def resume(self, at_ms: int) -> None:
        """Take the confirmation: snapshots follow."""
        self.is_current = True
        self.keeper.resumed(self._now_ms())

    def end(self, error: BaseException) -> None:
        """Take the end: nothing comes any more."""
        if not self.has_ended:
            self.has_ended = True
            gap = Gap(CHANNEL, GapReason.SUBSCRIPTION_LOST)
            self.keeper.broken(gap, self._now_ms(), goes_on=False)
            self._on_end(error)

    # The work of the keeper.

    @property
    def _named(self) -> frozenset[str]:
        return self.markets or frozenset()

    def _sync(self, added: frozenset[str]) -> None:
        topic = self._protocol.topic(BOOK_OPTIONS)
        if self._is_started and topic is not None:
            # What the exchange sends already has no snapshot of its own: another reader has had it.
            self.keeper.request(added & topic.served)
            self._protocol.sync(topic)
            self._work()

    def read_done(self, now_ms: int) -> None:
        """Publish what one read has changed, and repair what it broke."""
        self.keeper.read_done(now_ms)
        if self.keeper.wants_work:
            self._work()

    def _work(self) -> None:
        """Ask of the exchange what is due, and be called again when more is due."""
        now_ms = self._now_ms()
        self._cancel()
        topic = self._protocol.topic(BOOK_OPTIONS)
        if self.has_ended or topic is None or not self._protocol.is_open:
            return
        work = self.keeper.work(now_ms)
        self._protocol.gaps += self.keeper.take_breaks()
        if work.renew and topic.sid is not None:
            self._protocol.renew(topic, GapReason.RENEWED)
        for part in _parts(work.ask & topic.served) if topic.sid is not None else ():
            self._protocol.send(
                "update_subscription",
                {"sids": [topic.sid], "action": "get_snapshot", "market_tickers": part},
            )
        if work.anew:
            topic.subscribe_anew(work.anew, by=self)
            self._protocol.sync(topic)
        self._leg.flush()
        due_ms = self.keeper.due_ms
        if due_ms is not None:
            wait_s = max(0, due_ms - now_ms) / 1000
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._work)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _parts(markets: frozenset[str]) -> Iterable[list[str]]:
    every = sorted(markets)
    return (every[start : start + MOST_MARKETS] for start in range(0, len(every), MOST_MARKETS))
