"""One life: an exchange, a member's streams over links that fail, and readers that come and go.

In the end nothing goes wrong any more, one thing happens on every channel, and every reader that is
still there must have it. ``play`` returns what was found.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from websockets.frames import Frame, Opcode

from kalshi_async import Hooks
from kalshi_async.errors import DeadlineExceeded, SlowConsumer, Unauthorized
from kalshi_async.hooks import ConnectionEvent
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.streams.connection import StreamConnection
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams import GapReason, Stream
from tests.stages.served import session_of
from tests.streams.lives.facts import Facts
from tests.streams.lives.judging import judge
from tests.streams.lives.kinds import KINDS, MARKETS, OF_SUBACCOUNT, drawn
from tests.streams.lives.reading import Reading
from tests.streams.lives.trading import Trading
from tests.streams.lives.trouble import FATAL, Troublemaker

START_MS = 1_795_348_800_000
PONG_S = 0.5
"""Seconds that a pong may take; a reader takes up to 5 s for an event."""
GAPS_OF_TROUBLE = 2
"""A frame that comes late is a gap in the numbers, and then out of order."""
CALM_S = 60.0
"""Seconds without new troubles in which an old one is noticed: silence after 30 s, deafness after 35."""


@dataclass
class Findings:
    """What came of a life."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)


async def play(seed: int) -> Findings:
    """Play a life."""
    life = _Life(seed)
    before = asyncio.all_tasks()
    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: life.findings.wrong.append(f"raised in a callback: {context}")
    )
    await life.play()
    await asyncio.sleep(1)
    left = asyncio.all_tasks() - before
    life.findings.wrong += [f"task {task.get_name()} is left" for task in left]
    life.findings.wrong = [f"life {seed}: {line}" for line in life.findings.wrong]
    return life.findings


class _Life:
    def __init__(self, seed: int) -> None:
        self.findings = Findings()
        self._dice = dice = random.Random(f"life {seed}")
        self._clock = VirtualClock(START_MS)
        self._sandbox = Sandbox(
            tier="prestige", clock=self._clock, seed=seed, accounts=["alice", "bob"], markets=MARKETS
        )
        self._pongs = _Pongs()
        self._pongs.watch(self._sandbox)
        for member in self._sandbox.accounts.values():
            self._sandbox.exchange.accounts.create_subaccount(member.account)
            self._sandbox.exchange.transfers.between_subaccounts(member.account, "t", 0, 1, 400_000)
        alice = self._sandbox.accounts["alice"]
        self._facts = Facts(self._sandbox.exchange.venue, self._clock, alice.account)
        self._trading = Trading(self._sandbox, self._facts, list(MARKETS), dice)
        self._trouble = Troublemaker(self._sandbox, dice)
        self._lasts_s = dice.uniform(30, 240)
        # One life in ten has no trouble at all: there nothing may be missing.
        self._trouble_every_s = dice.choice((None, 1, 1, 2, 2, 4, 4, 8, 8, 16))
        self._is_fatal = self._trouble_every_s is not None and dice.random() < 0.05
        self._readings: dict[Stream, list[Reading]] = {}
        self._downs = 0

    async def play(self) -> None:
        alice = self._sandbox.accounts["alice"]
        hooks = Hooks(on_connection=self._on_connection)
        async with AsyncExitStack() as exits:
            await exits.enter_async_context(self._sandbox)
            session = await exits.enter_async_context(
                session_of(self._sandbox, alice, self._clock, hooks=hooks)
            )
            streams = [session.stream()]
            self._plan(streams[0], KINDS, self._dice.randint(2, 9))
            if self._dice.random() < 0.4:
                streams.append(session.with_options(subaccount=1).stream())
                self._plan(streams[1], OF_SUBACCOUNT, self._dice.randint(1, 3))
            for number, stream in enumerate(streams):
                stream._random = random.Random(f"{self._dice.random()} {number}")
                await exits.enter_async_context(stream)
            tasks = [
                asyncio.create_task(reading.run(stream), name=f"reading {reading.kind.channel}")
                for stream, readings in self._readings.items()
                for reading in readings
            ]
            await self._happen()
            await self._end(tasks)
            await self._close(streams)
        self._judge()

    def _plan(self, stream: Stream, kinds: Any, count: int) -> None:
        self._readings[stream] = [
            Reading(kind, plan, self._facts, self._clock)
            for kind, plan in drawn(self._dice, kinds, count, self._lasts_s)
        ]

    def _on_connection(self, event: ConnectionEvent) -> None:
        self._downs += event.phase == "down"

    async def _happen(self) -> None:
        """Trade, and let things go wrong; then trade without new troubles."""
        loop = asyncio.get_running_loop()
        begun_s = struck_s = loop.time()
        while loop.time() < begun_s + self._lasts_s + CALM_S:
            self._trading.step()
            await asyncio.sleep(self._dice.choice((0.001, 0.01, 0.1, 0.5, 1.0)))
            if loop.time() > begun_s + self._lasts_s:
                self._trouble.rest()
            elif self._trouble_every_s and loop.time() > struck_s + self._trouble_every_s:
                struck_s = loop.time()
                self._trouble.strike(FATAL if self._is_fatal and self._dice.random() < 0.1 else None)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        for stream in self._readings:
            try:
                await stream.live(within_s=60)
            except DeadlineExceeded as error:
                self.findings.wrong.append(f"hangs: {error}")
            except Unauthorized:
                self.findings.counts["streams ended by 401"] += 1
                if not self._is_fatal:
                    self.findings.wrong.append("a stream ended with Unauthorized")
        self._trading.finish()
        for reading in self._all:
            reading.hurries = True
        await asyncio.sleep(10)
        for task in tasks:
            task.cancel()
        _, pending = await asyncio.wait(tasks, timeout=10)
        self.findings.wrong += [f"hangs: {task.get_name()}" for task in pending]
        for task in tasks:
            if task.done() and not task.cancelled() and (raised := task.exception()) is not None:
                self.findings.wrong.append(f"{task.get_name()} raised {raised!r}")

    async def _close(self, streams: list[Stream]) -> None:
        for stream in streams:
            try:
                async with asyncio.timeout(5):
                    await stream.aclose()
            except TimeoutError:
                self.findings.wrong.append("hangs: aclose")
        await asyncio.sleep(1)
        hub = self._sandbox.streams._hub
        left = hub.open_streams(self._sandbox.accounts["alice"].account)
        subscriptions = sum(map(len, hub._by_channel.values()))
        if left or subscriptions:
            self.findings.wrong.append(f"{left} streams and {subscriptions} subscriptions are left")

    @property
    def _all(self) -> list[Reading]:
        return [reading for readings in self._readings.values() for reading in readings]

    # The end.

    def _judge(self) -> None:
        found, played = self.findings, self._trouble.played
        found.troubles = Counter(trouble.name for trouble in played)
        found.wrong += self._pongs.late
        for reading in self._all:
            verdict = judge(reading)
            found.wrong += [f"{reading}: {line}" for line in verdict.wrong]
            found.counts["events"] += verdict.delivered
            found.counts["facts that a Gap covers"] += verdict.covered
            found.counts["gaps of readers"] += verdict.gaps.total()
            found.counts["gaps in which nothing is missing"] += verdict.empty_gaps
            found.counts["readers that were too slow"] += isinstance(reading.ended, SlowConsumer)
            own = sum(verdict.gaps[reason] for reason in (GapReason.SHED, GapReason.WIDENED))
            if verdict.gaps.total() - own > GAPS_OF_TROUBLE * len(played):
                found.wrong.append(f"{reading}: {verdict.gaps} after {len(played)} troubles")
            found.gaps.update({reason.value: count for reason, count in verdict.gaps.items()})
        found.counts |= Counter(
            {
                "facts": sum(map(len, self._facts.by_channel.values())),
                "readers": len(self._all),
                "connections lost": self._downs,
                "pongs": self._pongs.count,
            }
        )
        links = sum(trouble.is_of_link for trouble in played)
        if self._downs > links:
            found.wrong.append(f"{self._downs} connections were given up, {links} had troubles")


class _Pongs:
    """When pings went out, and when their pongs came."""

    def __init__(self) -> None:
        self.late: list[str] = []
        self.count = 0

    def watch(self, sandbox: Sandbox) -> None:
        """Make the connections of an exchange tell."""
        (handshakes,) = sandbox.streams.connection.args  # type: ignore[attr-defined]  # a partial
        sandbox._server._stream = partial(_Watched, self, handshakes)


class _Watched(StreamConnection):
    def __init__(self, pongs: _Pongs, *rest: Any, **named: Any) -> None:
        super().__init__(*rest, **named)
        self._pongs = pongs
        self._due: asyncio.TimerHandle | None = None

    def ping(self) -> None:
        super().ping()
        if self._due is None:
            self._due = self._loop.call_later(PONG_S, self._is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop()

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self._pongs.count += 1
            self._stop()
        super()._take(frame)

    def _stop(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _is_late(self) -> None:
        self._pongs.late.append(f"no pong in {PONG_S} s")
