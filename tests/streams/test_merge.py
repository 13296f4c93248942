"""Two connections, one reader: each event once, and a Gap only if both have missed something."""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from kalshi_async.contract.frames.channels import CHANNELS
from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.contract.frames.market_data import MarketChange, MarketEvent, TickerEvent
from kalshi_async.streams._topic import Options
from kalshi_async.streams.delivery import Inbox
from kalshi_async.streams.events import Gap, GapReason, Refused, Resumed, UnknownEvent
from kalshi_async.streams.merge import KNOWN_EVENTS, RULES, Leg, Merge
from kalshi_async.streams.protocol import StreamProtocol
from kalshi_async.wire.frames import decode
from tests.streams.model import Venue, message, taken

RUNS, STEPS = 200, 60
CHANNEL_NAMES = ("trade", "fill", "order_group_updates")


class Wire:
    """A connection to the exchange."""

    def __init__(self) -> None:
        self.venue, self.protocol = Venue(), StreamProtocol()
        self.lost: dict[int, int] = {}
        """Newest lost frames by sid, until a later frame shows the loss."""

    def deliver(self, count: int, now_ms: int) -> None:
        for _ in range(min(count, len(self.venue.wire))):
            data = self.venue.wire.popleft()
            self.protocol.feed(data, now_ms)
            sid, seq = numbers(data)
            if seq > self.lost.get(sid, seq):
                del self.lost[sid]

    def send(self) -> None:
        commands, self.protocol.commands = self.protocol.commands, []
        for command in commands:
            self.venue.obey(command)

    def cut(self, now_ms: int) -> None:
        # A loss that no later frame has shown, and a cut after it: nobody could tell.
        if self.protocol.is_open and not self.lost:
            self.venue.cut()
            self.protocol.closed(now_ms)


def numbers(data: bytes) -> tuple[int, int]:
    frame = json.loads(data)
    return frame.get("sid", 0), frame.get("seq", 0)


class Reading:
    """A reader of both, what it was owed, and what it took."""

    def __init__(self, channel: str, wires: list[Wire]) -> None:
        self.channel = channel
        self.inbox = Inbox(CHANNELS[channel])
        self.merge = Merge(channel, self.inbox, 2, lambda number, then: wires[number].protocol.check(then))
        self.owed: set[int] = set()
        self.taken: Counter[int] = Counter()
        self.told: list[Gap | Resumed] = []
        for leg, wire in zip(self.merge.legs, wires, strict=True):
            wire.protocol.add(Options(channel), leg)

    def take(self) -> None:
        while (event := taken(self.inbox)) is not None:
            if isinstance(event, Gap | Resumed):
                self.told.append(event)
                if isinstance(event, Gap):
                    self.owed.clear()
            else:
                number: int = event.ts_ms  # type: ignore[attr-defined]
                self.taken[number] += 1
                self.owed.discard(number)


class Run:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.wires = [Wire(), Wire()]
        self.readings = [Reading(channel, self.wires) for channel in CHANNEL_NAMES]
        self.now_ms = 0

    def emit(self) -> None:
        channel = self.dice.choice(CHANNEL_NAMES)
        for wire in self.wires:
            wire.venue.emit(channel, "A")
        number, _ = self.wires[0].venue.emitted[channel][-1]
        for reading in self.readings:
            if reading.channel == channel and reading.inbox.is_current:
                reading.owed.add(number)

    def connect(self) -> None:
        wire = self.dice.choice(self.wires)
        if not wire.protocol.is_open:
            wire.protocol.opened()

    def send(self) -> None:
        self.dice.choice(self.wires).send()

    def deliver(self) -> None:
        self.dice.choice(self.wires).deliver(self.dice.randint(1, 5), self.now_ms)

    def cut(self) -> None:
        self.dice.choice(self.wires).cut(self.now_ms)

    def cut_what_is_not_needed(self) -> None:
        one, other = self.dice.sample((0, 1), 2)
        if all(reading.merge.legs[other].is_level for reading in self.readings):
            self.wires[one].cut(self.now_ms)

    def lose(self) -> None:
        at = self.dice.choice(self.wires)
        wire = at.venue.wire
        if places := [
            place for place, frame in enumerate(wire) if b'"seq"' in frame and b'"id"' not in frame
        ]:
            place = self.dice.choice(places)
            sid, seq = numbers(wire[place])
            at.lost[sid] = max(seq, at.lost.get(sid, 0))
            del wire[place]

    def retry(self) -> None:
        for wire in self.wires:
            if wire.protocol.is_open:
                wire.protocol.retry()

    def live(self, moves: dict[str, int], steps: int = STEPS) -> None:
        for _ in range(steps):
            self.now_ms += 1
            getattr(self, self.dice.choices([*moves], [*moves.values()])[0])()
            for reading in self.readings:
                reading.take()
        self.settle()

    def settle(self) -> None:
        for turn in range(12):
            for wire in self.wires:
                if not wire.protocol.is_open:
                    wire.protocol.opened()
                wire.send()
                wire.deliver(1_000, self.now_ms)
            self.retry()
            if turn == 8:  # the newest may have been lost: one more shows it
                for channel in CHANNEL_NAMES:
                    for wire in self.wires:
                        wire.venue.emit(channel, "A")
        for reading in self.readings:
            reading.take()


TROUBLE = {"emit": 14, "deliver": 10, "send": 10, "connect": 6, "cut": 2, "lose": 2, "retry": 1}
STEADY = {"emit": 14, "deliver": 10, "send": 10, "connect": 6, "cut_what_is_not_needed": 5, "retry": 1}


def check(run: Run, seed: int) -> None:
    for reading in run.readings:
        where = f"seed {seed}, {reading.channel}"
        assert not reading.owed, f"{where}: lost in silence: {reading.owed}"
        assert set(reading.taken.values()) <= {1}, f"{where}: came twice: {reading.taken.most_common(3)}"
        assert reading.inbox.is_current, f"{where}: never current again"
        assert all(leg.is_level for leg in reading.merge.legs), f"{where}: a connection never caught up"


def live_all() -> int:
    """Return how many gaps were told."""
    gaps = 0
    for seed in range(RUNS):
        run = Run(seed)
        run.live(TROUBLE)
        check(run, seed)
        gaps += sum(isinstance(each, Gap) for reading in run.readings for each in reading.told)
    return gaps


def test_every_event_comes_once_or_a_gap_covers_it() -> None:
    assert live_all() > RUNS / 4


def test_losing_one_connection_at_a_time_is_no_gap() -> None:
    cuts = 0
    for seed in range(RUNS):
        run = Run(seed)
        for wire in run.wires:
            wire.protocol.opened()
        for _ in range(3):
            for wire in run.wires:
                wire.send()
                wire.deliver(100, 0)
        run.live(STEADY)
        check(run, seed)
        assert [reading.told for reading in run.readings] == [[], [], []], f"seed {seed}"
        cuts += sum(wire.venue.emitted != {} for wire in run.wires)
    assert cuts


@pytest.mark.parametrize("mistake", ["level at once", "no double known"])
def test_a_planted_mistake_would_be_found(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if mistake == "level at once":
        monkeypatch.setattr(Merge, "_ask_others", lambda self, leg: setattr(leg, "is_level", True))
    else:
        monkeypatch.setattr(Merge, "is_new", lambda self, leg, event: True)
    found = "lost in silence" if mistake == "level at once" else "came twice"
    with pytest.raises(AssertionError, match=found):
        live_all()


# Single events.


class Merged:
    def __init__(self, channel: str, markets: frozenset[str] | None = None) -> None:
        self.inbox = Inbox(CHANNELS[channel], markets)
        self.proofs: list[Any] = []
        self.merge = Merge(channel, self.inbox, 2, lambda _, then: self.proofs.append(then))
        self.one, self.two = self.merge.legs
        self.one.resume(1)
        self.two.resume(1)

    def put(self, leg: Leg, event: object) -> bool:
        """Whether a frame is handed on."""
        leg.put(Frame(msg=event), b"frame", 1)
        return taken(self.inbox) is not None


def event(channel: str, number: int, **changes: object) -> object:
    msg = {**message(channel, number, "A"), **changes}
    kind = next(iter(CHANNELS[channel].frames))
    return decode(json.dumps({"type": kind, "sid": 1, "msg": msg}).encode()).msg


ORDER: dict[str, object] = {
    "order_id": "o",
    "ticker": "A",
    "status": "resting",
    "book_side": "bid",
    "outcome_side": "yes",
    "yes_price_dollars": "0.40",
    "initial_count_fp": "5.00",
    "fill_count_fp": "1.00",
    "remaining_count_fp": "4.00",
    "taker_fill_cost_dollars": "0",
    "maker_fill_cost_dollars": "0",
    "taker_fees_dollars": "0",
    "maker_fees_dollars": "0",
    "last_updated_ts_ms": 5,
}


@pytest.mark.parametrize(
    ("channel", "change"),
    [
        ("fill", {"order_id": "the other side"}),
        ("fill", {"trade_id": "another"}),
        ("trade", {"trade_id": "another"}),
        ("order_group_updates", {"event_type": "triggered"}),
        ("order_group_updates", {"order_group_id": "another"}),
        ("user_orders", {"fill_count_fp": "2.00"}),
        ("user_orders", {"yes_price_dollars": "0.41"}),
        ("user_orders", {"last_updated_ts_ms": 6}),
    ],
)
def test_an_event_is_known_again_by_its_rule(channel: str, change: dict[str, object]) -> None:
    merged, base = Merged(channel), ORDER if channel == "user_orders" else {}
    assert merged.put(merged.one, event(channel, 1, **base))
    assert not merged.put(merged.two, event(channel, 1, **base))
    assert merged.put(merged.two, event(channel, 1, **{**base, **change}))
    assert not merged.put(merged.one, event(channel, 1, **{**base, **change}))


def test_an_order_without_a_time_is_handed_on() -> None:
    merged = Merged("user_orders")
    untimed = {**ORDER, "last_updated_ts_ms": None}
    assert merged.put(merged.one, event("user_orders", 1, **untimed))
    assert merged.put(merged.two, event("user_orders", 1, **untimed))


def test_what_happens_again_comes_again() -> None:
    merged = Merged("market_lifecycle_v2")
    paused, open_ = (
        MarketEvent(event_type=change, market_ticker="A")
        for change in (MarketChange.DEACTIVATED, MarketChange.ACTIVATED)
    )
    for _ in range(3):
        for change in (paused, open_):
            assert merged.put(merged.one, change)
            assert not merged.put(merged.two, change)
    merged.two.interrupt(Gap("market_lifecycle_v2", GapReason.LINK_LOST), goes_on=False)
    assert merged.put(merged.one, paused)  # the second is away
    merged.two.resume(2)
    assert merged.put(merged.two, paused)  # it does not owe what it has missed
    assert not merged.put(merged.one, paused)


def tick(price: str, ts_ms: int | None) -> TickerEvent:
    value = Decimal(price)
    return TickerEvent(
        market_ticker="A",
        price=value,
        yes_bid=value,
        yes_ask=value,
        volume=value,
        open_interest=value,
        ts_ms=ts_ms,
    )


def test_of_tickers_the_newest_is_handed_on() -> None:
    merged = Merged("ticker")
    assert merged.put(merged.one, tick("0.40", 5))
    assert merged.put(merged.one, tick("0.41", 6))
    assert not merged.put(merged.two, tick("0.40", 5))
    assert not merged.put(merged.two, tick("0.41", 6))
    assert merged.put(merged.two, tick("0.42", 6))
    assert merged.put(merged.two, tick("0.43", None))


def test_the_oldest_are_forgotten() -> None:
    merged = Merged("trade")
    merged.merge._seen.update((number, [1, 0]) for number in range(KNOWN_EVENTS))
    assert merged.put(merged.one, event("trade", 1))
    assert len(merged.merge._seen) == KNOWN_EVENTS
    assert 0 not in merged.merge._seen


def test_a_refusal_is_told_once_and_an_end_ends() -> None:
    merged = Merged("trade", frozenset("AB"))
    refused = Refused("trade", frozenset("B"), 11, "no")
    merged.one.note(refused)
    merged.two.note(refused)
    assert taken(merged.inbox) == refused
    assert taken(merged.inbox) is None
    assert merged.inbox.markets == frozenset("A")
    unknown = UnknownEvent("trade", "of next year", b"")
    merged.one.note(unknown)
    assert taken(merged.inbox) == unknown
    merged.two.end(ValueError())
    assert merged.one.has_ended


LOST, JUMP = Gap("trade", GapReason.LINK_LOST, 7), Gap("trade", GapReason.SEQUENCE, 7)


def test_a_connection_covers_the_other_once_that_has_brought_what_came_before() -> None:
    merged = Merged("trade")
    assert [leg.is_level for leg in merged.merge.legs] == [True, False]
    assert not merged.two.interrupt(JUMP, goes_on=True)  # asks again: an earlier answer does not count
    early, late = merged.proofs
    early()
    assert [leg.is_level for leg in merged.merge.legs] == [True, False]
    late()
    assert [leg.is_level for leg in merged.merge.legs] == [True, True]
    assert not merged.one.interrupt(LOST, goes_on=False)
    assert not merged.one.interrupt(LOST, goes_on=False)
    assert taken(merged.inbox) is None


def test_a_jump_is_a_gap_unless_the_other_was_level_at_the_frame_before_it() -> None:
    merged = Merged("trade")
    merged.proofs.pop()()
    assert merged.one.interrupt(JUMP, goes_on=True)  # what was lost may be older than the other's begin
    assert taken(merged.inbox) == JUMP
    assert not merged.one.is_level
    merged.proofs.pop()()
    merged.put(merged.one, event("trade", 1))
    assert not merged.one.interrupt(JUMP, goes_on=True)
    assert taken(merged.inbox) is None


def test_a_loss_before_the_proof_is_a_gap_and_the_other_goes_on() -> None:
    merged = Merged("trade")
    assert merged.one.interrupt(LOST, goes_on=False)
    assert (taken(merged.inbox), taken(merged.inbox)) == (LOST, Resumed("trade", 7))
    assert merged.two.is_level


def test_both_lost_is_a_gap_until_one_is_back() -> None:
    merged = Merged("trade")
    assert not merged.two.interrupt(LOST, goes_on=False)
    assert merged.one.interrupt(LOST, goes_on=False)
    merged.proofs.pop()()  # of a connection that is gone
    assert not merged.two.is_level
    assert taken(merged.inbox) == LOST
    merged.two.resume(9)
    assert taken(merged.inbox) == Resumed("trade", 9)


def test_a_jump_of_the_only_level_connection_is_a_gap_that_goes_on() -> None:
    merged = Merged("trade")
    assert merged.one.interrupt(JUMP, goes_on=True)
    assert taken(merged.inbox) == JUMP
    assert merged.one.is_level
    assert merged.put(merged.one, event("trade", 1))


def test_what_has_no_rule_has_one_connection() -> None:
    left_out = set(CHANNELS) - RULES.keys()
    assert left_out == {
        "communications",
        "orderbook_delta",
        "cfbenchmarks_value",
        "cfbenchmarks_value_5hz",
        "pyth_value",
    }
