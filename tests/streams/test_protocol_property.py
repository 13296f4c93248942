"""Whatever commands, losses and cuts: every event comes once and in order, or a Gap covers it."""

from __future__ import annotations

import random

import pytest

from kalshi_async.contract.frames.channels import CHANNELS
from kalshi_async.streams._topic import Options
from kalshi_async.streams.delivery import Inbox
from kalshi_async.streams.events import Gap, Refused, Resumed
from kalshi_async.streams.protocol import StreamProtocol
from tests.streams.model import SEQUENCED, Venue, taken

RUNS, STEPS = 1_000, 50
MARKETS = "ABC"


class Reading:
    """A reader that takes everything at once, and what was emitted while it was registered."""

    def __init__(self, channel: str, markets: frozenset[str] | None, protocol: StreamProtocol) -> None:
        self.channel, self.markets = channel, markets
        self.inbox = Inbox(CHANNELS[channel], markets)
        self.options = Options(channel)
        self.timeline: list[object] = []
        """What was emitted while nothing was missing, and what the reader took, in the order of time."""
        protocol.add(self.options, self.inbox)

    def take(self) -> None:
        while (event := taken(self.inbox)) is not None:
            self.timeline.append(event)

    def expect(self, number: int, market: str) -> None:
        # Before the confirmation, and after a break until it ends, nothing is promised.
        if (self.markets is None or market in self.markets) and self.inbox.is_current:
            self.timeline.append(number)

    def check(self) -> None:
        """Each number comes once and in order, or a Gap comes before any later one."""
        owed: set[int] = set()
        newest = 0
        for each in self.timeline:
            if isinstance(each, int):
                owed.add(each)
            elif isinstance(each, Gap):
                owed.clear()
            elif not isinstance(each, Resumed | Refused):
                number: int = each.ts_ms  # type: ignore[attr-defined]
                assert number > newest, f"{number} came twice or late"
                newest = number
                owed.discard(number)
                assert not [one for one in owed if one < number], f"lost in silence before {number}: {owed}"
        assert not owed, f"lost in silence at the end: {owed}"


class Run:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.venue, self.protocol = Venue(), StreamProtocol()
        self.readings: list[Reading] = []
        self.left: list[Reading] = []
        self.now_ms = 0

    def step(self) -> None:
        moves = (
            (self.emit, 14),
            (self.deliver, 8),
            (self.send, 10),
            (self.read, 3),
            (self.leave, 1),
            (self.cut, 1),
            (self.lose, 3),
            (self.double, 3),
            (self.swap, 3),
            (self.garble, 3),
            (self.fail, 1),
            (self.retry, 3),
            (self.check, 1),
            (self.connect, 8),
        )
        self.random.choices([move for move, _ in moves], [weight for _, weight in moves])[0]()
        for reading in self.readings:
            reading.take()

    # What readers do.

    def read(self) -> None:
        channel = self.random.choice(("trade", "fill", "orderbook_delta", "order_group_updates"))
        some = frozenset(self.random.sample(MARKETS, self.random.randint(1, 3)))
        if (channel == "trade" and self.random.random() < 0.3) or channel in ("fill", "order_group_updates"):
            markets = None
        else:
            markets = some
        self.readings.append(Reading(channel, markets, self.protocol))

    def leave(self) -> None:
        if self.readings:
            reading = self.readings.pop(self.random.randrange(len(self.readings)))
            self.protocol.remove(reading.options, reading.inbox)
            reading.take()
            self.left.append(reading)

    # What the connection does.

    def connect(self) -> None:
        if not self.protocol.is_open:
            self.protocol.opened()

    def send(self) -> None:
        commands, self.protocol.commands = self.protocol.commands, []
        for command in commands:
            self.venue.obey(command)

    def deliver(self, count: int = 5) -> None:
        for _ in range(min(count, len(self.venue.wire))):
            self.now_ms += 1
            self.protocol.feed(self.venue.wire.popleft(), self.now_ms)

    def retry(self) -> None:
        if self.protocol.is_open:
            self.protocol.retry()

    def check(self) -> None:
        if self.protocol.is_open:
            self.protocol.check()

    def cut(self) -> None:
        if self.protocol.is_open:
            self.venue.cut()
            self.protocol.closed(self.now_ms)

    # What the exchange does, and the way.

    def emit(self) -> None:
        channel = self.random.choice(("trade", "fill", "orderbook_delta", "order_group_updates"))
        market = self.random.choice(MARKETS)
        self.venue.emit(channel, market)
        number, _ = self.venue.emitted[channel][-1]
        for reading in self.readings:
            if reading.channel == channel:
                reading.expect(number, market)

    def fail(self) -> None:
        if self.venue.subscriptions:
            self.venue.fail(self.random.choice(list(self.venue.subscriptions)), self.random.choice((10, 25)))

    def lose(self) -> None:
        if place := self.numbered():
            del self.venue.wire[self.random.choice(place)]

    def double(self) -> None:
        if place := self.numbered():
            at = self.random.choice(place)
            self.venue.wire.insert(self.random.randint(at, len(self.venue.wire)), self.venue.wire[at])

    def swap(self) -> None:
        if len(place := self.numbered()) > 1:
            one, two = self.random.sample(place, 2)
            wire = self.venue.wire
            wire[one], wire[two] = wire[two], wire[one]

    def garble(self) -> None:
        if place := self.numbered():
            at = self.random.choice(place)
            frame = self.venue.wire[at]
            self.venue.wire[at] = frame[: self.random.randrange(len(frame) - 3)]

    def numbered(self) -> list[int]:
        """Places of events with a number: the loss of others cannot be noticed."""
        wire = enumerate(self.venue.wire)
        return [place for place, frame in wire if b'"seq"' in frame and b'"id"' not in frame]

    def settle(self) -> None:
        """No more trouble: everything is delivered, and one more event of each channel and market."""
        for _ in range(20):
            self.connect()
            self.check()
            self.send()
            self.deliver(1_000)
            self.retry()
        for channel in sorted(SEQUENCED & {reading.channel for reading in self.readings}):
            for market in MARKETS:
                self.venue.emit(channel, market)
        self.deliver(1_000)
        for reading in self.readings:
            reading.take()


@pytest.mark.parametrize("part", range(10))
async def test_every_event_comes_once_in_order_or_a_gap_covers_it(part: int) -> None:
    for seed in range(part * RUNS // 10, (part + 1) * RUNS // 10):
        run = Run(seed)
        for _ in range(STEPS):
            run.step()
        run.settle()
        for reading in run.readings:
            try:
                reading.check()
                assert reading.inbox.is_current or reading.inbox.has_ended, "never confirmed again"
            except AssertionError as error:
                lines = "\n".join(map(repr, reading.timeline))
                raise AssertionError(f"seed {seed}, {reading.channel}: {error}\n{lines}") from None
