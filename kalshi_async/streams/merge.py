"""One reader of two connections: each event once, and a break only if both have missed something. Pure.

Both connections subscribe. Of an event that both bring, the first is handed on; ``RULES`` says per
channel by what it is known again. A channel without a rule has one connection only.

A connection is *level* if whatever another one could still bring comes on it too. One that has
subscribed again is not: the other may be late with events that happened before. So the others are asked
for something (``list_subscriptions``), and when the answers have come they have brought what was
before: then it is level. Losing a connection is a ``Gap`` only if no other is level. A jump of the
numbers of one is a ``Gap`` too if it has brought no frame since the other is level: what it lost may be
older.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.contract.frames.market_data import TickerEvent, TradeEvent
from kalshi_async.contract.frames.private import FillEvent, GroupEvent, OrderEvent
from kalshi_async.streams.delivery import Note, Sink
from kalshi_async.streams.events import Gap, Refused

KNOWN_EVENTS = 16_384
"""Events that are known again (ours): the oldest are forgotten, and would come twice."""

_ENCODER = msgspec.msgpack.Encoder()

Prove = Callable[[int, Callable[[], None]], None]
"""Calls back when a connection, by its number, has answered what it is asked now."""


@dataclass(frozen=True, slots=True)
class Rule:
    """By what an event is known again."""

    key: Callable[..., Hashable]
    """Of the event; None: it is never known again."""
    is_unique: bool = True
    """Whether it comes once. Else equal ones may come again, from each connection equally often."""


def _fill(event: FillEvent) -> Hashable:
    return event.trade_id, event.order_id


def _trade(event: TradeEvent) -> Hashable:
    return event.trade_id


def _order(event: OrderEvent) -> Hashable:
    filled, left = event.fill_count, event.remaining_count
    key = event.order_id, event.status, filled, left, event.last_updated_ts_ms, event.yes_price
    return None if event.last_updated_ts_ms is None else key


def _group(event: GroupEvent) -> Hashable:
    return event.order_group_id, event.event_type, event.ts_ms, event.contracts_limit


def _ticker(event: TickerEvent) -> Hashable:
    return None if event.ts_ms is None else _content(event)


def _content(event: object) -> Hashable:
    return _ENCODER.encode(event)


RULES: Mapping[str, Rule] = {
    "fill": Rule(_fill),
    "trade": Rule(_trade),
    "user_orders": Rule(_order),
    "order_group_updates": Rule(_group),
    "ticker": Rule(_ticker),
    # Their events have no time: the same may happen again.
    "market_lifecycle_v2": Rule(_content, is_unique=False),
    "multivariate_market_lifecycle": Rule(_content, is_unique=False),
    "market_positions": Rule(_content, is_unique=False),
}
"""Channel -> its rule. Others have one connection: the first."""


class Merge:
    """Owner of what the connections have brought to one sink; its ``legs`` stand in for the sink."""

    def __init__(self, channel: str, sink: Sink, connections: int, prove: Prove) -> None:
        self.sink = sink
        self.legs: Sequence[Leg] = [Leg(self, number) for number in range(connections)]
        self._rule = RULES[channel]
        self._prove = prove
        self._seen: OrderedDict[Hashable, list[int]] = OrderedDict()  # how often by each connection
        self._newest_ms: dict[str, int] = {}

    def is_new(self, leg: Leg, event: object) -> bool:
        """Whether no other connection has brought an event, and nothing newer of its market has come."""
        if isinstance(event, TickerEvent) and not self._is_newest(event):
            return False
        key = self._rule.key(event)
        if key is None:
            return True
        times = self._seen.get(key)
        if times is None:
            if len(self._seen) >= KNOWN_EVENTS:
                self._seen.popitem(last=False)
            times = self._seen[key] = [0] * len(self.legs)
        elif self._rule.is_unique:
            return False
        before = max(times)
        times[leg.number] += 1
        return times[leg.number] > before

    def _is_newest(self, event: TickerEvent) -> bool:
        if event.ts_ms is None:
            return True
        newest_ms = self._newest_ms.get(event.market_ticker, event.ts_ms)
        self._newest_ms[event.market_ticker] = max(newest_ms, event.ts_ms)
        return event.ts_ms >= newest_ms

    # Breaks.

    def resumed(self, leg: Leg, at_ms: int) -> None:
        """Take the confirmation of one connection."""
        if not self._rule.is_unique:
            for times in self._seen.values():
                times[leg.number] = max(times)  # what came while it was away, it does not owe
        if self._is_other_level(leg):
            self._ask_others(leg)
        else:
            self._be_level(leg)
            self.sink.resume(at_ms)

    def broken(self, leg: Leg, gap: Gap, *, goes_on: bool) -> bool:
        """Take a break of one connection; return whether the reader was told."""
        was_level, leg.is_level = leg.is_level, False
        if self._is_other_level(leg):
            if not goes_on:
                return False
            self._ask_others(leg)
            covers = (each.is_level and leg.frames > each.level_since[leg.number] for each in self.legs)
            return was_level and not any(covers) and self.sink.interrupt(gap, goes_on=True)
        # It was level: of connections that are current, one always is.
        told = self.sink.interrupt(gap, goes_on=goes_on)
        following = leg if goes_on else next((each for each in self.legs if each.is_current), None)
        if following is not None:
            self._be_level(following)
            if following is not leg:
                self.sink.resume(gap.since_ms or 0)
        return told

    def _is_other_level(self, leg: Leg) -> bool:
        return any(each.is_level for each in self.legs if each is not leg)

    def _be_level(self, leg: Leg) -> None:
        leg.is_level = True
        leg.level_since = [each.frames for each in self.legs]

    def _ask_others(self, leg: Leg) -> None:
        """Let a connection be level when each other one that is has brought what came before now."""
        leg.asked += 1
        asked, waiting = leg.asked, {each.number for each in self.legs if each.is_level and each is not leg}

        def answered(number: int) -> None:
            waiting.discard(number)
            if not waiting and leg.asked == asked and leg.is_current:
                self._be_level(leg)

        for number in sorted(waiting):
            self._prove(number, lambda number=number: answered(number))  # type: ignore[misc]  # binds it now


class Leg:
    """A ``Sink`` on one connection."""

    def __init__(self, merge: Merge, number: int) -> None:
        self.markets = merge.sink.markets
        self.number = number
        """Number of the connection, from 0."""
        self.is_current = False
        self.is_level = False
        """Whether all that another connection could still bring comes here too."""
        self.level_since: list[int] = []
        """Frames of each connection when this one became level."""
        self.frames = 0
        """How many it has brought."""
        self.asked = 0
        """How often the others were asked to catch up."""
        self._merge = merge

    @property
    def has_ended(self) -> bool:
        """See ``Sink``."""
        return self._merge.sink.has_ended

    def put(self, frame: Frame, data: bytes, now_ms: int) -> None:
        """Hand on a frame that is new."""
        self.frames += 1
        if self._merge.is_new(self, frame.msg):
            self._merge.sink.put(frame, data, now_ms)

    def note(self, note: Note) -> None:
        """Hand on a refusal once, and whatever else in full."""
        if isinstance(note, Refused):
            known = self._merge.sink.markets or frozenset()
            if not note.markets & known:
                return
            self._merge.sink.markets = known - note.markets
        self._merge.sink.note(note)

    def interrupt(self, gap: Gap, *, goes_on: bool) -> bool:
        """Take a break."""
        if not self.is_current:
            return False
        self.is_current = goes_on
        return self._merge.broken(self, gap, goes_on=goes_on)

    def resume(self, at_ms: int) -> None:
        """Take the confirmation."""
        self.is_current = True
        self._merge.resumed(self, at_ms)

    def end(self, error: BaseException) -> None:
        """Take the end."""
        self._merge.sink.end(error)
