"""What waits for one reader, by the three classes of delivery.

    FACTS    all are kept, up to a bound in bytes; then the reader ends with SlowConsumer
    STATES   the newest of each market replaces an older one that has not been read
    FLOW     the oldest go, and a Gap says how many

Nothing here waits for the reader: the connection puts, the reader takes when it has time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from operator import attrgetter
from typing import Protocol

from kalshi_async.contract.frames.channels import Channel, Delivery
from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.errors import InvalidRequest, KalshiError, SlowConsumer
from kalshi_async.streams.events import Gap, GapReason, Refused, Resumed, UnknownEvent

MOST_BYTES = 64 * 1024 * 1024
"""Bytes of frames that may wait for a reader of facts (ours)."""

MOST_FLOW = 10_000
"""Events that may wait for a reader of flow (ours)."""

Note = Gap | Resumed | Refused | UnknownEvent


class Sink(Protocol):
    """What a subscription tells: an ``Inbox``, or what keeps books. Nothing here may wait."""

    markets: frozenset[str] | None
    """What is asked for; None: everything."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be put."""
        ...

    @property
    def is_current(self) -> bool:
        """Whether nothing is missing since the last break."""
        ...

    def put(self, frame: Frame, data: bytes, now_ms: int) -> None:
        """Take one frame of the channel, and its bytes."""
        ...

    def note(self, note: Note) -> None:
        """Take a refusal, or an event of an unknown type."""
        ...

    def interrupt(self, gap: Gap, *, goes_on: bool) -> bool:
        """Take a break; return whether it is news."""
        ...

    def resume(self, at_ms: int) -> None:
        """Take the confirmation that events come, or come again."""
        ...

    def end(self, error: BaseException) -> None:
        """Take the end."""
        ...


class Inbox:
    """Keeps what one reader has not taken yet. Owner of the future on which the reader waits."""

    __slots__ = (
        "_bytes",
        "_channel",
        "_dropped",
        "_ending",
        "_facts",
        "_flow",
        "_key",
        "_most_bytes",
        "_most_flow",
        "_put",
        "_states",
        "_waiter",
        "confirmed",
        "has_gap",
        "is_current",
        "markets",
        "subaccount",
    )

    def __init__(
        self,
        channel: Channel,
        markets: frozenset[str] | None = None,
        subaccount: int | None = None,
        *,
        most_bytes: int = MOST_BYTES,
        most_flow: int = MOST_FLOW,
    ) -> None:
        self.markets = markets
        """What the reader asked for; None: everything."""
        self.subaccount = subaccount
        """Of the channels that tell one: the only subaccount to show; None: all."""
        self.is_current = False
        """Whether nothing is missing since the last break."""
        self.has_gap = False
        """Whether the reader has been told of a break that has not ended."""
        self.confirmed = asyncio.Event()
        """Set when the exchange has confirmed the subscription for the first time, or nothing more comes."""
        self._channel = channel
        self._key: Callable[[object], str] = attrgetter(channel.key) if channel.key else str
        self._facts: deque[tuple[object, int]] = deque()
        self._flow: deque[object] = deque()
        self._states: dict[Hashable, object] = {}
        self._bytes = 0
        self._dropped = 0
        self._most_bytes, self._most_flow = most_bytes, most_flow
        self._ending: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._put = {
            Delivery.FACTS: self._put_fact,
            Delivery.STATES: self._put_state,
            Delivery.FLOW: self._put_flow,
        }[channel.delivery]

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be put."""
        return self._ending is not None

    @property
    def is_awaited(self) -> bool:
        """Whether a task waits for the next event."""
        return self._waiter is not None

    @property
    def is_read(self) -> bool:
        """Whether everything has been taken."""
        return not (self._facts or self._flow or self._states or self._dropped)

    def put(self, frame: Frame, data: bytes, now_ms: int) -> None:
        """Take the event of one frame of the channel, and the bytes of the frame."""
        if self._ending is not None:
            return
        event = frame.msg
        if self.markets is not None and self._key(event) not in self.markets:
            return
        if self.subaccount is not None and (getattr(event, "subaccount", None) or 0) != self.subaccount:
            return
        self._put(event, len(data))
        if self._waiter is not None:
            self._wake()

    def note(self, note: Note) -> None:
        """Take a break or a refusal: it keeps its place among the events, and is never replaced."""
        if self._ending is not None:
            return
        if self._channel.delivery is Delivery.FACTS:
            self._facts.append((note, 0))
        elif self._channel.delivery is Delivery.STATES:
            self._states[object()] = note
        else:
            self._flow.append(note)
        self._wake()

    def interrupt(self, gap: Gap, *, goes_on: bool) -> bool:
        """Tell the reader of a break, unless it knows of one; return whether it was told."""
        if not self.is_current:
            return False
        self.note(gap)
        self.is_current, self.has_gap = goes_on, not goes_on
        return True

    def resume(self, at_ms: int) -> None:
        """Tell the reader that events come again, if it knows of a break."""
        if self.has_gap:
            self.note(Resumed(self._channel.name, at_ms))
        self.is_current, self.has_gap = True, False
        self.confirmed.set()

    def give_up_waiting(self) -> None:
        """Tell a new reader that its subscription is not confirmed yet."""
        if not self.is_current and not self.has_gap:
            self.note(Gap(self._channel.name, GapReason.NOT_YET))
            self.has_gap = True

    def end(self, error: BaseException) -> None:
        """Raise an error to the reader after what has been put."""
        if self._ending is None:
            self._ending = error
            self.confirmed.set()
            self._wake()

    async def take(self) -> object:
        """Return the next event; wait for one if there is none. Raises the error of ``end``."""
        while True:
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                return Gap(self._channel.name, GapReason.SHED, dropped=dropped)
            if self._facts:
                event, size = self._facts.popleft()
                self._bytes -= size
                return event
            if self._flow:
                return self._flow.popleft()
            if self._states:
                return self._states.pop(next(iter(self._states)))
            if self._ending is not None:
                raise self._ending
            if self._waiter is not None:
                raise InvalidRequest("two tasks read one reader: give each a reader of its own")
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _put_fact(self, event: object, size: int) -> None:
        self._bytes += size
        if self._bytes > self._most_bytes:
            self.end(_too_slow(self._channel.name, len(self._facts), self._most_bytes))
            return
        self._facts.append((event, size))

    def _put_state(self, event: object, size: int) -> None:
        # An update keeps the place of the one that it replaces: no market waits for ever. Each
        # subaccount has a position of its own in a market.
        self._states[self._key(event), getattr(event, "subaccount", None)] = event

    def _put_flow(self, event: object, size: int) -> None:
        self._flow.append(event)
        if len(self._flow) > self._most_flow:
            oldest = next(at for at, each in enumerate(self._flow) if not isinstance(each, Note))
            del self._flow[oldest]  # breaks stay
            self._dropped += 1


def _too_slow(channel: str, waiting: int, most: int) -> KalshiError:
    return SlowConsumer(
        f"a reader of {channel} did not take {waiting} events in time: more than {most} bytes waited for it"
    ).with_advice("read faster, or hand the events to a task of your own; read what was missed by REST")
