"""Mutated frames, fed to a stream with a reader of every channel.

Nothing is raised but what readers are told: a frame is an event, or a Gap, or unknown, or the refusal
of a subscription. Whatever it says, the stream lives on, and a whole frame after it is delivered.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from kalshi_async.contract.frames.channels import CHANNEL_OF, CHANNELS, Filter
from kalshi_async.errors import KalshiError
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams import Gap, Reader, Stream, UnknownEvent
from tests.fuzz.mutation import mutated
from tests.stages.served import session_of
from tests.streams.carrier import Carrier
from tests.streams.test_frames import mutated as damaged

SAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "streams" / "frames.json").read_text()
)["frames"]
AT_ONCE = 7
"""Frames of one read."""


@dataclass
class Tally:
    """How many frames there were, and what became of them."""

    total: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def one(rng: random.Random, frame: dict[str, Any]) -> bytes:
    """Return a frame with something wrong in its meaning or in its bytes."""
    return mutated(frame, rng) if rng.random() < 0.7 else damaged(json.dumps(frame).encode(), rng)


async def feed_many(count: int, seed: int, clock: VirtualClock) -> Tally:
    """Feed so many mutated frames to a stream with readers of every channel."""
    sandbox = Sandbox(tier="advanced", clock=clock, seed=seed, accounts=["alice"])
    carrier = Carrier()
    carrier.venue.known = frozenset(_NAMES.values())
    rest = httpx.ASGITransport(sandbox.app)
    alice = sandbox.accounts["alice"]
    async with (
        session_of(sandbox, alice, clock, base_transport=rest) as session,
        session.stream(transport=carrier) as stream,
    ):
        stream._random = random.Random(seed)
        feeding = _Feeding(stream, carrier, random.Random(f"frames {seed}"))
        while feeding.tally.total < count:
            await feeding.round()
    return feeding.tally


_NAMES = {
    Filter.INDICES: "BRTI",
    Filter.UNDERLYINGS: "Metal.XAU/USD",
    Filter.MARKETS_REQUIRED: "KXRAIN-26NOV28-B1",
}
WHOLE = next(frame for frame in SAMPLES if frame["type"] == "fill")


class _Feeding:
    # Owner of the readers; one that was ended by a frame is opened again.

    def __init__(self, stream: Stream, carrier: Carrier, rng: random.Random) -> None:
        self.tally = Tally()
        self._stream, self._carrier, self._rng = stream, carrier, rng
        self._readers: dict[str, Reader[object]] = {}
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: self.tally.wrong.append(str(context)))

    async def round(self) -> None:
        """Feed one read of frames, then look at what every reader was told."""
        await self._enter()
        sids = {held.channel: sid for sid, held in self._carrier.venue.subscriptions.items()}
        await self._is_read(sids["fill"])
        frames = [self._placed(dict(self._rng.choice(SAMPLES)), sids) for _ in range(AT_ONCE)]
        fed = [one(self._rng, frame) for frame in frames]
        self.tally.total += len(fed)
        self._receive(fed)
        await self._take()

    def _receive(self, frames: list[bytes]) -> None:
        try:
            assert self._carrier._received is not None
            self._carrier._received(frames)
        except Exception as error:  # none may be raised
            self.tally.wrong.append(f"{error!r} of {frames}")

    async def _is_read(self, sid: int) -> None:
        """A whole fill is delivered, whatever came before it."""
        self._receive([json.dumps(WHOLE | {"sid": sid}).encode()])
        before = self.tally.ends["told"]
        await self._take()
        if self.tally.ends["told"] == before:
            self.tally.wrong.append(f"a whole frame was not delivered after {self.tally.total} frames")

    async def _enter(self) -> None:
        for channel, known in CHANNELS.items():
            if channel not in self._readers:
                name = _NAMES.get(known.filter)
                reader = self._stream.events(channel, name)
                await reader.__aenter__()
                self._readers[channel] = reader
        await self._stream.live(within_s=200)

    def _placed(self, frame: dict[str, Any], sids: dict[str, int]) -> dict[str, Any]:
        """A frame with the id of its subscription, and mostly with its next number."""
        sid = sids.get(CHANNEL_OF.get(frame["type"], ""), self._rng.choice(list(sids.values())))
        frame["sid"] = sid
        if "seq" in frame:
            topic = self._stream._protocol._by_sid.get(sid)
            ahead = self._rng.choice((0, 0, 0, 0, 1, -1, 5))
            frame["seq"] = max(0, (topic.next_seq if topic else 1) + ahead)
        if "id" in frame:
            frame["id"] = self._rng.randint(0, 60)
        return frame

    async def _take(self) -> None:
        for channel, reader in list(self._readers.items()):
            try:
                async with asyncio.timeout(0):
                    async for event in reader:
                        name = type(event).__name__
                        known = isinstance(event, Gap | UnknownEvent)
                        self.tally.ends[name if known else "told"] += 1
            except TimeoutError:
                continue
            except KalshiError as error:
                self.tally.ends[type(error).__name__] += 1
                await reader.__aexit__()
                del self._readers[channel]
