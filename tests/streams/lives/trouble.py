"""What goes wrong in a life, and which breaks it may cause."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from kalshi_async.contract.frames.channels import CHANNEL_OF, CHANNELS
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import (
    HANDSHAKE,
    Cut,
    DelayFrame,
    DoubleFrame,
    DropFrame,
    FailSubscription,
    GarbleFrame,
    GoDeaf,
    GoSilent,
    JumpSequence,
    Overflow,
    RefuseCommand,
    RefuseHandshake,
    ReorderFrame,
    StreamFault,
)
from kalshi_async.sandbox.faults.frames import Frame, StreamLink
from kalshi_async.sandbox.streams.connection import StreamConnection
from kalshi_async.sandbox.streams.stream import Stream
from kalshi_async.sandbox.streams.subscription import Subscription

COMMANDS = ("subscribe", "update_subscription", "unsubscribe", "list_subscriptions")
ANSWERS = ("subscribed", "ok", "unsubscribed")
NUMBERED = tuple(
    kind
    for kind, channel in CHANNEL_OF.items()
    if CHANNELS[channel].is_sequenced and not kind.startswith(("quote", "batch", "rfq_b", "rfq_d"))
)
PUSHED = ("user_order", "fill", "market_position", "ticker", *NUMBERED)


@dataclass(frozen=True, slots=True)
class CloseProperly:
    """The exchange closes the connection with a close frame, as for its maintenance."""

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Close."""
        connection = cast(StreamConnection, cast(Stream, link)._wire)
        connection.shutdown()
        return []


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of trouble: where it strikes, how often, and whether it ends connections."""

    name: str
    make: Callable[[random.Random], StreamFault]
    strikes: tuple[str, ...]
    weight: int = 2
    is_of_link: bool = False


def _of(fault: StreamFault) -> Callable[[random.Random], StreamFault]:
    return lambda dice: fault


TROUBLES = (
    Trouble("cut", _of(Cut()), (*PUSHED, *COMMANDS), 3, True),
    Trouble("closed", _of(CloseProperly()), PUSHED, 3, True),
    Trouble("silence", _of(GoSilent()), (*PUSHED, *COMMANDS), 2, True),
    Trouble("deafness", _of(GoDeaf()), (*PUSHED, *COMMANDS), 2, True),
    Trouble("handshake 429", _of(RefuseHandshake(429)), (HANDSHAKE,), 2, True),
    Trouble("handshake 502", _of(RefuseHandshake(502)), (HANDSHAKE,), 2, True),
    Trouble("handshake cut", _of(Cut()), (HANDSHAKE,), 1, True),
    Trouble("handshake silent", _of(GoSilent()), (HANDSHAKE,), 1, True),
    Trouble("handshake 401", _of(RefuseHandshake(401)), (HANDSHAKE,), 0, True),
    Trouble("command lost", _of(DropFrame()), COMMANDS, 1, True),
    Trouble("answer lost", _of(DropFrame()), ANSWERS, 1, True),
    Trouble("answer garbled", _of(GarbleFrame()), ANSWERS, 1, True),
    Trouble("command doubled", _of(DoubleFrame()), COMMANDS, 1),
    Trouble("command refused", lambda dice: RefuseCommand(dice.choice((18, 27))), COMMANDS, 2),
    Trouble("answer doubled", _of(DoubleFrame()), ANSWERS, 1),
    Trouble("answer late", _of(ReorderFrame()), ANSWERS, 1, True),
    Trouble("frame lost", _of(DropFrame()), NUMBERED, 4),
    Trouble("frame doubled", _of(DoubleFrame()), NUMBERED, 4),
    Trouble("frame late", _of(ReorderFrame()), NUMBERED, 4),
    Trouble("frame halved", _of(GarbleFrame()), PUSHED, 4),
    Trouble("frame of noise", _of(GarbleFrame(b"what?\n")), PUSHED, 2),
    Trouble("jump ahead", lambda dice: JumpSequence(dice.randint(1, 9)), NUMBERED, 2),
    Trouble("jump back", lambda dice: JumpSequence(-dice.randint(1, 9)), NUMBERED, 2),
    Trouble("delay", lambda dice: DelayFrame(dice.uniform(0.01, 4)), (*PUSHED, *ANSWERS), 3),
    Trouble("error 10", _of(FailSubscription()), PUSHED, 2),
    Trouble("error 25", _of(Overflow()), PUSHED, 3),
)
FATAL = next(each for each in TROUBLES if each.name == "handshake 401")


HIDES, HIDDEN = "jump back", ("frame lost", "frame late", "frame halved", "frame of noise")
"""Numbers that go back by as many as frames were lost hide the loss from every client.

One subscription meets the one kind of trouble or the other.
"""


class Troublemaker:
    """Scripts troubles at random, and counts those that were played."""

    def __init__(self, sandbox: Sandbox, dice: random.Random) -> None:
        self._faults, self._dice = sandbox.streams.faults, dice
        self._met: dict[Subscription, str] = {}
        self.played: list[Trouble] = []
        """What was played."""

    def strike(self, trouble: Trouble | None = None) -> None:
        """Script one trouble, for one of the next frames of a kind."""
        if trouble is None:
            (trouble,) = self._dice.choices(TROUBLES, [each.weight for each in TROUBLES])
        where = self._dice.choice(trouble.strikes)
        call = 1 if where == HANDSHAKE else self._dice.randint(1, 3)
        self._faults.on(where, _Noted(self, trouble, trouble.make(self._dice)), call=call)

    def rest(self) -> None:
        """Let nothing more go wrong."""
        self._faults.clear()

    def admits(self, trouble: Trouble, link: StreamLink) -> bool:
        """Whether a trouble may be played on the subscription of a frame; if so, it is counted."""
        kind = {HIDES: "back", **dict.fromkeys(HIDDEN, "lost")}.get(trouble.name)
        subscription, _ = link._sending if isinstance(link, Stream) else (None, False)
        if kind and subscription and self._met.setdefault(subscription, kind) != kind:
            return False
        self.played.append(trouble)
        return True


@dataclass(frozen=True, slots=True)
class _Noted:
    # A fault that is counted, and not played where it would hide another.
    maker: Troublemaker
    trouble: Trouble
    fault: StreamFault

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        return self.fault.play(link, frame) if self.maker.admits(self.trouble, link) else [frame]
