"""Faults of streams, as values for the script ``Sandbox.streams.faults``.

    exchange.streams.faults.on("fill", DropFrame())             # the next fill, on whichever stream
    exchange.streams.faults.on("orderbook_delta", Cut(), call=3)
    exchange.streams.faults.on(HANDSHAKE, RefuseHandshake(502))
    exchange.streams.faults.on("subscribe", GoDeaf())           # when the command arrives

The names are the types of the exchange's frames (``FRAME_NAMES``), the commands, and HANDSHAKE;
``ANY`` covers the frames. A frame is counted once for every subscription that it goes to, before
it has its number. A fault of your own implements ``StreamFault``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kalshi_async.contract.frames.channels import CHANNEL_OF

HANDSHAKE = "handshake"
"""The name in a script for a client that wants to open a stream, counted before it is checked."""
COMMAND_NAMES = frozenset({"subscribe", "unsubscribe", "update_subscription", "list_subscriptions"})
FRAME_NAMES = frozenset(
    {
        *CHANNEL_OF,
        *("subscribed", "unsubscribed", "ok", "error"),
        *("cfbenchmarks_value_indexlist", "cfbenchmarks_value_5hz_indexlist", "pyth_value_underlying_list"),
    }
)
STREAM_EVENTS = COMMAND_NAMES | {HANDSHAKE}
"""The names that ``ANY`` does not cover."""

Frame = dict[str, object]
"""A frame before it is numbered and encoded (``type``, ``msg``, …), or a command as it arrived."""


class StreamLink(Protocol):
    """The stream on which a fault is played. Before the handshake it can be cut, silenced, refused."""

    def refuse(self, status: int) -> None:
        """Answer the handshake with a status."""
        ...

    def cut(self) -> None:
        """End the connection without a close frame."""
        ...

    def silence(self) -> None:
        """Send nothing any more, pings and pongs included; the connection stays open."""
        ...

    def deafen(self) -> None:
        """Ignore all commands from now on; what is pushed goes on."""
        ...

    def hold(self, seconds: float) -> None:
        """Keep back this frame and all after it for some seconds of the exchange's loop."""
        ...

    def postpone(self, frame: Frame) -> None:
        """Send a frame after the next one, with the number that it would have had now."""
        ...

    def jump(self, frame: Frame, by: int) -> None:
        """Raise the number of the frame's subscription; a negative number lowers it, to 0 at least."""
        ...

    def fail(self, frame: Frame, code: int) -> None:
        """Answer a command with an error, or end the subscription of a frame with it."""
        ...

    def encode(self, frame: Frame) -> bytes:
        """Give a frame its number, and return its bytes."""
        ...


class StreamFault(Protocol):
    """A fault of a stream."""

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Return what takes the place of the frame: bytes are sent as they are."""
        ...


@dataclass(frozen=True, slots=True)
class RefuseHandshake:
    """The handshake is answered with a status: 401, 429 or 502, say."""

    status: int = 502

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Refuse."""
        link.refuse(self.status)
        return []


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends without a close frame, before the frame or instead of an answer."""

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Cut."""
        link.cut()
        return []


@dataclass(frozen=True, slots=True)
class GoSilent:
    """Nothing is sent any more, neither frames nor pings nor pongs; the connection stays open."""

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Fall silent."""
        link.silence()
        return []


@dataclass(frozen=True, slots=True)
class GoDeaf:
    """Commands are read and not answered any more, this one included; what is pushed goes on."""

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Go deaf."""
        link.deafen()
        return [] if "cmd" in frame else [frame]


@dataclass(frozen=True, slots=True)
class DropFrame:
    """The frame is numbered and never sent; of a command: it is lost."""

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Drop."""
        if "cmd" not in frame:
            link.encode(frame)
        return []


@dataclass(frozen=True, slots=True)
class DoubleFrame:
    """The frame is sent twice, with one number; a command is carried out twice."""

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Double."""
        if "cmd" in frame:
            return [frame, frame]
        raw = link.encode(frame)
        return [raw, raw]


@dataclass(frozen=True, slots=True)
class ReorderFrame:
    """The frame is sent after the one that follows it."""

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Postpone."""
        link.postpone(frame)
        return []


@dataclass(frozen=True, slots=True)
class GarbleFrame:
    """The frame is cut in half, or replaced by other text."""

    text: bytes | None = None

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Garble."""
        raw = link.encode(frame)
        return [raw[: len(raw) // 2] if self.text is None else self.text]


@dataclass(frozen=True, slots=True)
class JumpSequence:
    """The numbers of the subscription jump ahead from this frame on, or back if ``by`` is negative."""

    by: int = 5

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Jump."""
        link.jump(frame, self.by)
        return [frame]


@dataclass(frozen=True, slots=True)
class DelayFrame:
    """The frame, and all after it, are sent some seconds later."""

    seconds: float = 1.0

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Hold."""
        link.hold(self.seconds)
        return [frame]


@dataclass(frozen=True, slots=True)
class FailSubscription:
    """The subscription ends with an error in place of the frame: 10, channel error, or 25."""

    code: int = 10

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """End the subscription."""
        link.fail(frame, self.code)
        return []


@dataclass(frozen=True, slots=True)
class Overflow:
    """The buffer of the subscription overflows, as for a slow reader: error 25 ends it."""

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """End the subscription."""
        link.fail(frame, 25)
        return []


@dataclass(frozen=True, slots=True)
class RefuseCommand:
    """A command is answered with an error: 27, too many requests, or 18, timeout, say."""

    code: int = 27

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        """Refuse."""
        link.fail(frame, self.code)
        return []
