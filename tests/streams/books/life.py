"""Random lives of books: whatever happens to frames and connections, a book is true or says so."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from kalshi_async.contract.depth import Level
from kalshi_async.errors import InvalidRequest
from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from kalshi_async.streams._topic import Options
from kalshi_async.streams.books import Book, Books
from kalshi_async.streams.delivery import Sink
from kalshi_async.streams.lifecycle import Lifecycle
from kalshi_async.streams.protocol import StreamProtocol
from tests.streams.books.venue import Connection, Engine, Levels

STEPS = 50
TICKERS = "ABC"


class Wire:
    """A connection as ``Books`` sees it: a ``Leg`` whose commands wait until they are sent."""

    def __init__(self, engine: Engine) -> None:
        self.protocol = StreamProtocol()
        self.after_reads: list[Callable[[int], None]] = []
        self.connection = Connection(engine)
        self.unread = 0
        """Frames of a read whose handling has begun."""

    def flush(self) -> None:
        """Leave the commands where they are."""


class Life:
    """One life of ``Books`` on one connection or two."""

    def __init__(self, seed: int, wires: int) -> None:
        self.dice = random.Random(seed)
        self.engine = Engine(TICKERS, self.dice)
        self.wires = [Wire(self.engine) for _ in range(wires)]
        self.loop = asyncio.get_running_loop()
        self.began_s = self.loop.time()
        self.happened: Counter[str] = Counter()
        self.books = Books(
            self.wires,
            Lifecycle(self._join, self._leave),
            self.dice.sample(TICKERS, self.dice.randint(1, 3)),
            self.now_ms,
            random.Random(seed),
        )

    def now_ms(self) -> int:
        self.engine.now_ms = 1_000_000 + round((self.loop.time() - self.began_s) * 1000)
        return self.engine.now_ms

    def _join(self, options: Options, sink: Sink) -> None:
        self.wires[0].protocol.add(options, sink)

    def _leave(self, options: Options, sink: Sink) -> None:
        self.wires[0].protocol.remove(options, sink)

    # What happens on the exchange.

    def trade(self) -> None:
        for _ in range(self.dice.choice((1, 1, 2, 4))):
            self.engine.trade(self.engine.markets[self.dice.choice(TICKERS)])

    def pause(self) -> None:
        self.engine.pause(self.engine.markets[self.dice.choice(TICKERS)])

    def activate(self) -> None:
        self.engine.activate(self.engine.markets[self.dice.choice(TICKERS)])

    def maintain(self) -> None:
        self.engine.maintain(self.engine.markets[self.dice.choice(TICKERS)])

    # What happens to a connection.

    def connect(self) -> None:
        wire = self.dice.choice(self.wires)
        if not wire.protocol.is_open:
            wire.protocol.opened()

    def send(self, wire: Wire | None = None) -> None:
        wire = wire or self.dice.choice(self.wires)
        commands, wire.protocol.commands = wire.protocol.commands, []
        for command in commands:
            wire.connection.obey(command)

    def read(self, wire: Wire | None = None, most: int = 6) -> None:
        """Handle some frames: the rest of a read, or a read of some length, whole or its beginning."""
        wire = wire or self.dice.choice(self.wires)
        if not wire.protocol.is_open:
            return
        if not wire.unread:
            wire.unread = whole_calls(wire.connection.wire, self.dice.randint(1, most))
        turn = self.dice.randint(1, wire.unread) if wire.unread else 0
        for _ in range(turn):
            wire.protocol.feed(wire.connection.wire.popleft(), self.now_ms())
        wire.unread -= turn
        if not wire.unread:
            for after in wire.after_reads:
                after(self.now_ms())

    def cut(self, wire: Wire | None = None) -> None:
        wire = wire or self.dice.choice(self.wires)
        if wire.protocol.is_open:
            wire.connection.cut()
            wire.unread = 0
            wire.protocol.closed(self.now_ms())

    def retry(self) -> None:
        for wire in self.wires:
            if wire.protocol.is_open:
                wire.protocol.retry()

    def check_list(self) -> None:
        wire = self.dice.choice(self.wires)
        if wire.protocol.is_open:
            wire.protocol.check()

    def fail(self) -> None:
        connection = self.dice.choice(self.wires).connection
        if connection.subscriptions:
            connection.fail(self.dice.choice([*connection.subscriptions]), self.dice.choice((10, 25)))

    def _frames(self) -> tuple[Wire, list[int]]:
        """Return a connection, and the places of its frames whose loss its numbers betray."""
        wire = self.dice.choice(self.wires)
        under_way = enumerate(wire.connection.wire)
        return wire, [at for at, frame in under_way if at >= wire.unread and b'"seq"' in frame]

    def lose(self) -> None:
        wire, places = self._frames()
        if places:
            del wire.connection.wire[self.dice.choice(places)]

    def double(self) -> None:
        wire, places = self._frames()
        if places:
            at = self.dice.choice(places)
            frames = wire.connection.wire
            frames.insert(self.dice.randint(at, len(frames)), frames[at])

    def swap(self) -> None:
        wire, places = self._frames()
        if len(places) > 1:
            one, two = self.dice.sample(places, 2)
            frames = wire.connection.wire
            frames[one], frames[two] = frames[two], frames[one]

    def garble(self) -> None:
        wire, places = self._frames()
        if places:
            at = self.dice.choice(places)
            frame = wire.connection.wire[at]
            wire.connection.wire[at] = frame[: self.dice.randrange(len(frame) - 3)]

    def ignore_snapshots(self) -> None:
        connection = self.dice.choice(self.wires).connection
        connection.answers_snapshots = not connection.answers_snapshots

    # What the program does.

    def add(self) -> None:
        self.books.add(self.dice.choice(TICKERS))

    def remove(self) -> None:
        self.books.remove(self.dice.choice(TICKERS))

    async def wait(self) -> None:
        await asyncio.sleep(self.dice.choice((0.001, 0.1, 1.0, 3.0, 40.0)))

    async def live(self, moves: dict[str, int], steps: int = STEPS) -> None:
        """Take so many random steps, and compare after each."""
        for wire in self.wires:
            wire.protocol.opened()
        async with self.books:
            self.begin()
            for _ in range(steps):
                name = self.dice.choices([*moves], [*moves.values()])[0]
                self.happened[name] += 1
                self.now_ms()
                done = getattr(self, name)()
                if done is not None:
                    await done
                self.check()
            await self.settle()
        for ticker in TICKERS:
            try:
                assert not self.books[ticker].is_current, "a book that was left is not current"
            except InvalidRequest:
                continue

    def begin(self) -> None:
        """Come before the first step."""

    def check(self) -> None:
        for ticker in self.books.tickers():
            book = self.books[ticker]
            if book.is_current:
                self.happened["current"] += 1
                compare(book, self.engine)
            else:
                assert book.gap is not None
                self.happened["stale"] += 1
                self.happened[f"because: {book.gap.reason}"] += 1

    async def settle(self) -> None:
        """No more trouble: every book becomes current, and equal to the exchange's now."""
        for wire in self.wires:
            wire.connection.answers_snapshots = True
            if not wire.protocol.is_open:
                wire.protocol.opened()
        for turn in range(100):
            for wire in self.wires:
                self.retry()
                self.send(wire)
                for _ in range(10):
                    self.read(wire, 1_000)
            for wire in self.wires:
                if turn == 40 and wire.protocol.is_waiting:  # as ``Link`` does after 10 s
                    self.cut(wire)
                    wire.protocol.opened()
                if turn == 60:
                    wire.protocol.check()  # as ``Link`` does every 25 s: an end may have been lost
            if turn == 80:  # the newest frames may have been lost: one more shows it
                for market in self.engine.markets.values():
                    self.engine.activate(market)
                    self.engine.tell_life(market, "activated")
                    self.engine.trade(market)
                    self.engine.trade(market)
            self.check()
            await asyncio.sleep(1)
        for ticker in self.books.tickers():
            book, market = self.books[ticker], self.engine.markets[ticker]
            assert book.is_current, f"{book} never became current again"
            assert levels_of(book) == market.levels, f"{book} is not what the exchange has"
            assert book.tradable, f"{book} is tradable"


def whole_calls(frames: Sequence[bytes], count: int) -> int:
    """Return how many frames one read brings: about ``count``, and at its end no call of the engine in part.

    What a read brings last is published. Of a call whose frames are torn over two reads the first part
    would be seen by itself, and so if the last frames of all are lost: no client could tell. So a call
    that is not whole goes with a later frame, which shows the loss, or waits for one.
    """
    told = [_told(frame) for frame in frames]
    for end in range(min(count, len(told)), len(told) + 1):
        if _ends_whole(told[:end]):
            return end
    return next(end for end in range(min(count, len(told)), -1, -1) if _ends_whole(told[:end]))


def _ends_whole(read: list[_Told]) -> bool:
    """Whether the newest call of each subscription is there with its last change."""
    newest: dict[int, _Told] = {}
    for one in read:
        if one.seq and one.seq >= newest.get(one.sid, one).seq:
            newest[one.sid] = one
    return all(one.part == one.parts for one in newest.values())


class _Told(NamedTuple):
    sid: int = 0
    seq: int = 0
    part: int = 0
    parts: int = 0


def _told(frame: bytes) -> _Told:
    try:
        whole = json.loads(frame)
    except ValueError:
        return _Told()
    part = (whole.get("msg") or {}).get("part", (0, 0)) if isinstance(whole.get("msg"), dict) else (0, 0)
    return _Told(whole.get("sid", 0), whole.get("seq", 0), *part)


def levels_of(book: Book) -> Levels:
    """The levels of a book as the model keeps them."""

    def whole(side: str, levels: list[Level]) -> Levels:
        return {(side, int(level.price * 10_000)): int(level.contracts * 100) for level in levels}

    return whole("yes", book.depth("bid")) | whole("no", book.depth("ask"))


def compare(book: Book, engine: Engine) -> None:
    """Hold a current book against the exchange's at its clock."""
    market = engine.markets[book.ticker]
    found = levels_of(book)
    known = [levels for (_, clock), levels in market.history.items() if clock == book.clock]
    assert found in known, f"{book}: {found} is none of {known}"
    bids, asks = ([price for (side, price), _ in found.items() if side == kind] for kind in ("yes", "no"))
    assert (
        book.best_bid == (max(bids) / 10_000 if bids else None) or book.best_bid == book.depth("bid")[0].price
    )
    assert (
        book.best_ask == (min(asks) / 10_000 if asks else None) or book.best_ask == book.depth("ask")[0].price
    )


TROUBLE = {
    "trade": 14,
    "read": 14,
    "send": 8,
    "connect": 5,
    "cut": 1,
    "lose": 2,
    "double": 2,
    "swap": 2,
    "garble": 1,
    "fail": 1,
    "retry": 3,
    "check_list": 1,
    "pause": 1,
    "activate": 2,
    "maintain": 1,
    "ignore_snapshots": 1,
    "add": 1,
    "remove": 1,
    "wait": 5,
}
"""What may happen, and how often."""


class SteadyLife(Life):
    """Two connections, of which one at a time is cut, the other being live again before."""

    def begin(self) -> None:
        for wire in self.wires:
            self.send(wire)
            while wire.connection.wire:
                self.read(wire)

    def cut(self, wire: Wire | None = None) -> None:
        one, two = self.dice.sample(self.wires, 2)
        if all(
            feed.keeper.books[ticker].gap is None
            for feed in self.books._feeds
            if feed._leg is two
            for ticker in self.books.tickers()
        ):
            super().cut(one)

    def check(self) -> None:
        super().check()
        assert not self.happened["stale"], (
            f"a book was stale: {[str(self.books[t]) + str(self.books[t].gap) for t in self.books.tickers()]}"
        )


STEADY = {"trade": 14, "read": 14, "send": 8, "connect": 6, "cut": 6, "pause": 1, "activate": 2, "wait": 4}


def check(lives: int, first: int = 0, steps: int = STEPS) -> Counter[str]:
    """Live so many lives of each kind; raise AssertionError with the seed of one that fails."""
    happened: Counter[str] = Counter()
    for kind, wires, moves in ((Life, 1, TROUBLE), (Life, 2, TROUBLE), (SteadyLife, 2, STEADY)):
        for seed in range(first, first + lives):
            with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
                happened += runner.run(_one(kind, seed, wires, moves, steps))
    return happened


async def _one(kind: type[Life], seed: int, wires: int, moves: dict[str, int], steps: int) -> Counter[str]:
    life = kind(seed, wires)
    try:
        await life.live(moves, steps)
    except AssertionError as error:
        raise AssertionError(f"{kind.__name__} of {wires}, seed {seed}: {error}") from error
    return life.happened
