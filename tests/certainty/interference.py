"""What happens to a case: the faults of the kit by name, and events of the world.

A fault plays on the first attempt, on the second (after a leading one) or on all. The
three at the end of this file speak the kit's protocols on both roads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from kalshi_async.sandbox.edge import error_views
from kalshi_async.sandbox.edge.rejections import REJECTIONS
from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.faults import Answer, Delivery, Fault, replies as faults, wire as wire_faults
from kalshi_async.sandbox.faults._raw_http import Message
from kalshi_async.sandbox.faults.wire import Onward, Wire, WireFault
from tests.certainty.world import TICKER, World

Event: TypeAlias = Callable[[World], object]

ONE_MINUTE_MS = 60_000
BEYOND_LEARNING_MS = 20 * ONE_MINUTE_MS


@dataclass(frozen=True, slots=True)
class Refuse:
    """A refusal without effect, of a kind that says nothing about this request."""

    code: str

    async def deliver(self, delivery: Delivery) -> Answer:
        body = msgspec.json.encode(error_views.body(Rejected(self.code)))
        return Answer(REJECTIONS[self.code].status, ((b"content-type", b"application/json"),), body)


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something happens in the world after this attempt reached its end at the exchange."""

    event: Callable[[], object]

    async def deliver(self, delivery: Delivery) -> Answer:
        try:
            return await delivery.onward()
        finally:
            self.event()

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        try:
            return await onward()
        finally:
            self.event()


@dataclass(frozen=True, slots=True)
class Beforehand:
    """Something happens while this attempt is under way."""

    event: Callable[[], object]

    async def deliver(self, delivery: Delivery) -> Answer:
        self.event()
        return await delivery.onward()

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        self.event()
        return await onward()


APPLICATION: Mapping[str, Fault] = {
    "429": faults.TooManyRequests(),
    **{
        f"{status} {'after' if applied else 'before'} applying": faults.ServerFailure(status, applied=applied)
        for status in (500, 502, 503, 504)
        for applied in (False, True)
    },
    "late": faults.Delay(0.5),
    "too late": faults.Delay(2.5),
    "far too late": faults.Delay(12.0),
    "expired on the way": faults.Delay(16.0),
    "late reply": faults.Delay(0.5, applied=True),
    "too late a reply": faults.Delay(2.5, applied=True),
    "stall before applying": faults.Stall(),
    "stall after applying": faults.Stall(applied=True),
    "lost before applying": faults.LoseReply(applied=False),
    "lost after applying": faults.LoseReply(),
    "delivered twice, first answer": faults.DeliverTwice("first"),
    "delivered twice, second answer": faults.DeliverTwice("second"),
    "clock a minute ahead": faults.SkewClock(ONE_MINUTE_MS),
    "clock a minute behind": faults.SkewClock(-ONE_MINUTE_MS),
    "clock beyond learning": faults.SkewClock(BEYOND_LEARNING_MS),
    "reads lag more": faults.LagReads(3_000),
    "empty page": faults.EmptyPage(),
    "garbage cursor": faults.GarbageCursor(),
    "repeated cursor": faults.RepeatCursor(),
    "forbidden": Refuse("permission_denied"),
    "paused": Refuse("exchange_is_paused"),
}

WIRE: Mapping[str, WireFault] = {
    "connection reset": wire_faults.Reset(),  # on connecting; there is no request yet
    "reset before applying": wire_faults.Reset(),
    "reset after applying": wire_faults.Reset(applied=True),
    "reset in the head": wire_faults.ResetMidReply(9),
    "reset in the reply": wire_faults.ResetMidReply(),
    "garbage before applying": wire_faults.Garbage(applied=False),
    "garbage after applying": wire_faults.Garbage(),
    "truncated": wire_faults.Truncate(),
    "too long a length": wire_faults.WrongLength(5),
    "too short a length": wire_faults.WrongLength(-5),
    "HTML 200 before applying": wire_faults.HtmlReply(applied=False),
    "HTML 200 after applying": wire_faults.HtmlReply(),
    "HTML 502 before applying": wire_faults.HtmlReply(502, applied=False),
    "HTML 502 after applying": wire_faults.HtmlReply(502),
    "another content type": wire_faults.ContentType(),
    "gzip": wire_faults.Gzip(),
    "chunked": wire_faults.Chunked(),
    "drip": wire_faults.Drip(0.02),
    "half close before applying": wire_faults.HalfClose(applied=False),
    "half close after applying": wire_faults.HalfClose(),
    "early reply": wire_faults.EarlyReply(),
    "idle close": wire_faults.CloseIdle(),
    "idle reset": wire_faults.CloseIdle(is_reset=True),
}

REFUSED_CONNECTION = "connection refused"
"""Not a fault of the script: the relay closes its door."""

LEADS: Mapping[str, tuple[str, ...]] = {
    "application": (
        "429",
        "lost after applying",
        "lost before applying",
        "too late",
        "clock a minute ahead",
        "clock a minute behind",
    ),
    "wire": ("reset before applying", "reset after applying", "too short a length"),
}
"""What the first attempt meets when the fault is on the second: certain, and in doubt."""


def _cross(world: World) -> None:
    """Sell into a resting bid and leave an offer that a second one would cross."""
    world.sandbox.exchange.market(TICKER).quote("ask", "0.38", 25)


def _trigger(world: World) -> None:
    group = world.notes.get("group")
    if group is not None:
        world.sandbox.exchange.groups.trigger(world.account, group)


def _everything(world: World) -> None:
    for event in (_cross, World.take_all_cash, _trigger, EVENTS["pause"]):
        event(world)


EVENTS: Mapping[str, Event] = {
    "pause": lambda world: world.sandbox.exchange.market(TICKER).pause(),
    "cross": _cross,
    "poor": World.take_all_cash,
    "trigger": _trigger,
    "everything": _everything,
}
"""Why a resend may be refused for another reason than the first delivery."""
