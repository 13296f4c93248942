"""One reader of a life: when it comes and goes, how fast it reads, and all that it got."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kalshi_async.clock import Clock
from kalshi_async.errors import KalshiError
from kalshi_async.streams import Reader, Stream
from tests.streams.lives.facts import Facts


@dataclass(frozen=True, slots=True)
class Kind:
    """What is read."""

    channel: str
    open: Callable[[Stream], Reader[Any]]
    markets: frozenset[str] | None = None
    """The markets that it asks for; None: all."""
    subaccount: int | None = None
    unknown: frozenset[str] = frozenset()
    """Those of them that the exchange does not know."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When it is read, and how. ``slow_s``: seconds between two events."""

    enters_s: float
    leaves_s: float | None
    slow_s: float
    most_bytes: int | None = None
    most_flow: int | None = None


@dataclass
class Reading:
    """A reader's life. ``taken``: when each event was taken, and what it was."""

    kind: Kind
    plan: Plan
    facts: Facts
    clock: Clock
    taken: list[tuple[int, object]] = field(default_factory=list)
    entered_at: int | None = None
    """How many facts of its channel had happened when it was entered; None: it never was."""
    left_at: int | None = None
    """The same for the moment at which it stopped; None while it reads."""
    ended: BaseException | None = None
    """What the reader raised."""
    hurries: bool = False
    """Whether it reads as fast as it can: the life is about to end."""

    def __str__(self) -> str:
        kind, plan = self.kind, self.plan
        about = ",".join(sorted(kind.markets or ())) or "all"
        return f"{kind.channel}({about}, subaccount {kind.subaccount}, {plan})"

    async def run(self, stream: Stream) -> None:
        """Come, read, and go."""
        await asyncio.sleep(self.plan.enters_s)
        reader = self.kind.open(stream)
        self._bound(reader)
        try:
            async with reader:
                self.entered_at = len(self.facts.of(self.kind.channel))
                await self._read(reader)
                self.left_at = len(self.facts.of(self.kind.channel))
        except KalshiError as error:
            self.ended = error
            self.left_at = len(self.facts.of(self.kind.channel))

    async def _read(self, reader: Reader[Any]) -> None:
        stays_s = None if self.plan.leaves_s is None else self.plan.leaves_s - self.plan.enters_s
        try:
            async with asyncio.timeout(stays_s):
                async for event in reader:
                    self.taken.append((self.clock.now_ms(), event))
                    if self.plan.slow_s and not self.hurries:
                        await asyncio.sleep(self.plan.slow_s)
        except TimeoutError:
            pass

    def _bound(self, reader: Reader[Any]) -> None:
        if self.plan.most_bytes is not None:
            reader._inbox._most_bytes = self.plan.most_bytes
        if self.plan.most_flow is not None:
            reader._inbox._most_flow = self.plan.most_flow
