"""Subscriptions of a replay: those of the recorded program, and those of the program that replays."""

from __future__ import annotations

from dataclasses import dataclass, field

from kalshi_async.contract.frames.market_data import BookDeltaEvent, BookSnapshotEvent
from kalshi_async.streams.books.ladder import Ladder
from kalshi_async.streams.recorded._frames import Key, renamed


@dataclass(slots=True)
class Book:
    """A book as it was at the end of the newest clock that is over, and the changes since."""

    ladder: Ladder = field(default_factory=Ladder)
    is_known: bool = False
    newest: int = 0
    """Clock of ``tail``."""
    tail: list[bytes] = field(default_factory=list)
    """Frames of a clock that may not be over."""

    def take(self, event: object, data: bytes, at_ms: int) -> None:
        """Apply a frame."""
        if isinstance(event, BookSnapshotEvent):
            self.is_known = self.ladder.load(event, None, at_ms) is None
            self.newest = event.clock or 0
            self.tail.clear()
        elif isinstance(event, BookDeltaEvent) and self.is_known:
            self.is_known = self.ladder.hold(event, data, at_ms) is None
            if event.clock is None or event.clock > self.newest:
                self.newest = event.clock or 0
                self.tail.clear()
            if event.clock is None:
                self.ladder.publish()
            elif self.ladder.is_holding:  # one that the snapshot holds is not held back
                self.tail.append(data)


@dataclass(slots=True)
class Recorded:
    """A subscription of the recorded program."""

    key: Key
    markets: set[str] | None
    """What it told; None: all, or not known."""
    next_seq: int | None = 1
    """Number of its next frame; None: not known."""
    books: dict[str, Book] = field(default_factory=dict)

    def jump(self, seq: int) -> int:
        """Count a frame; return by how much its number is another one than it should be."""
        if not seq:
            return 0
        jump = 0 if self.next_seq is None else seq - self.next_seq
        if jump >= 0 or self.next_seq is None:
            self.next_seq = seq + 1
        if jump not in (0, -1):
            self.books.clear()
        return jump


@dataclass(slots=True)
class Subscription:
    """A subscription of the replay."""

    sid: int
    key: Key
    markets: set[str] | None
    next_seq: int = 1
    offset: int | None = None
    """Number of a frame here less that in the recording; None: not known yet."""

    def wants(self, market: str) -> bool:
        """Whether a frame about a market is sent."""
        return self.markets is None or not market or market in self.markets

    def numbered(self, data: bytes, seq: int) -> bytes:
        """Return a frame of the recording with our id and number."""
        if not seq:
            return renamed(data, self.sid, 0)
        if self.offset is None:
            self.offset = self.next_seq - seq
        self.next_seq = max(self.next_seq, seq + self.offset + 1)
        return renamed(data, self.sid, seq + self.offset)

    def inserted(self, data: bytes) -> bytes:
        """Return a frame that the recording does not have here, with our id and number."""
        number, self.next_seq = self.next_seq, self.next_seq + 1
        assert self.offset is not None, "books are sent where the numbers are known"
        self.offset += 1
        return renamed(data, self.sid, number)

    def leave_out(self) -> None:
        """Count a frame that is not sent."""
        if self.offset is not None:
            self.offset -= 1
