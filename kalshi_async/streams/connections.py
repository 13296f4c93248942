"""The connections of a stream: one, or two that stand in for each other.

A sink is entered into the protocol of each, through a ``Merge``; of a channel that cannot be merged,
into the first alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias

from kalshi_async.errors import InvalidRequest, KalshiError
from kalshi_async.streams._topic import Options
from kalshi_async.streams.delivery import Sink
from kalshi_async.streams.link import Link
from kalshi_async.streams.merge import RULES, Leg, Merge
from kalshi_async.streams.protocol import StreamProtocol
from kalshi_async.streams.seam import StreamTransport
from kalshi_async.streams.state import Phase, StreamState
from kalshi_async.streams.surroundings import Surroundings

Way: TypeAlias = tuple[Surroundings, StreamTransport]
"""What one connection is made of: each signs its own handshakes."""

_ORDER = (Phase.LIVE, Phase.CONNECTING, Phase.DOWN, Phase.CLOSED)


class Connections:
    """Owner of the links, and of what stands in for each sink on them."""

    def __init__(self, url: str, ways: Sequence[Way]) -> None:
        self.protocols = [StreamProtocol() for _ in ways]
        self.links: list[Link] = []
        """One per connection, once opened."""
        self._url, self._ways = url, ways
        self._legs: dict[tuple[Options, int], Sequence[Leg]] = {}

    def open(self, random: Random) -> None:
        """Begin to connect."""
        for protocol, (around, transport) in zip(self.protocols, self._ways, strict=True):
            link = Link(
                protocol,
                transport,
                self._url,
                headers=around.headers,
                correct=around.correct,
                clock=around.clock,
                now_ms=around.now_ms,
                hooks=around.hooks,
                random=random,
            )
            self.links.append(link)

    async def aclose(self) -> None:
        """Close every connection, and end whoever still reads."""
        try:
            for link in self.links:
                await link.aclose()
        finally:  # also if it is canceled: nobody may wait for events that will not come
            for protocol in self.protocols:
                protocol.end(InvalidRequest("the stream was closed"))

    # State.

    @property
    def best(self) -> Link:
        """The connection that is live, or nearest to it."""
        return min(self.links, key=lambda link: _ORDER.index(link.state.phase))

    @property
    def states(self) -> tuple[StreamState, ...]:
        """The state of each connection."""
        return tuple(link.state for link in self.links)

    @property
    def is_live(self) -> bool:
        """Whether one connection is there with every subscription."""
        return any(protocol.is_live for protocol in self.protocols)

    @property
    def failure(self) -> KalshiError | None:
        """Why all connections have ended by themselves; None: they have not."""
        return self.best.failure

    async def changed(self) -> None:
        """Wait until something about a connection changes."""
        waiting = [asyncio.create_task(link.changed.wait()) for link in self.links]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    def usable(self) -> list[Link]:
        """Return the links; raise what has ended them all."""
        if self.best.state.phase is Phase.CLOSED:
            raise self.failure or InvalidRequest("the stream is closed")
        return self.links

    # Sinks.

    def add(self, options: Options, sink: Sink) -> None:
        """Hand a sink what a subscription tells, from now on."""
        self.usable()
        if len(self.links) == 1 or options.channel not in RULES:
            self._enter(0, options, sink)
            return
        merge = Merge(options.channel, sink, len(self.links), self._prove)
        self._legs[options, id(sink)] = merge.legs
        for leg in merge.legs:
            self._enter(leg.number, options, leg)

    def remove(self, options: Options, sink: Sink) -> None:
        """Hand a sink nothing more."""
        for number, each in enumerate(self._legs.pop((options, id(sink)), (sink,))):
            self.protocols[number].remove(options, each)
            self.links[number].flush()

    def _enter(self, number: int, options: Options, sink: Sink) -> None:
        self.protocols[number].add(options, sink)
        self.links[number].flush()

    def _prove(self, number: int, then: Callable[[], None]) -> None:
        self.protocols[number].check(then)
        self.links[number].flush()
