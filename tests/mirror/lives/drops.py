"""Lives in which fill and position frames are lost without a trace, over links that work.

A loss must be found at the next fill or position frame of its market and subaccount, unless what was lost
there sums to zero; else by the comparison, within its period and the second reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

import msgspec

from kalshi_async import Session
from kalshi_async.mirror import Filled, Mirror, UpToDate
from kalshi_async.sandbox.faults.frames import Frame, StreamLink
from tests.mirror.lives.judging import differences
from tests.mirror.lives.life import Life

Key = tuple[str, int]
FOUND_S = 15.0
"""The time beyond the period: what is younger than the replica is compared the next time, then read again."""
BLIND_S = 2.5
"""The time after a read in which the chain of post-positions proves nothing: the read may be ahead of it."""


@dataclass(slots=True)
class _Lost:
    key: Key
    fill: tuple[str, str]
    signed: Decimal
    at_s: float


class Losses:
    """A fault of every fill and position frame, and what it has lost that was not found yet."""

    def __init__(self, chance: Random) -> None:
        self.lost: list[_Lost] = []
        self.owed: dict[Key, float] = {}
        """Markets in which a loss must be found now, with the time since when."""
        self.posts: dict[Key, set[str]] = {}
        """Positions after fills that came since the last position frame that came."""
        self.is_on = False
        self.dropped = 0
        self._chance = chance

    def play(self, link: StreamLink, frame: Frame) -> Sequence[Frame | bytes]:
        message = msgspec.json.decode(bytes(frame["msg"]))  # type: ignore[call-overload]  # a Raw
        key = message["market_ticker"], message.get("subaccount", 0)
        is_fill = frame["type"] == "fill"
        if self.is_on and self._chance.random() < (0.15 if is_fill else 0.6):
            if is_fill:
                count = Decimal(message["count_fp"])
                signed = count if message["book_side"] == "bid" else -count
                fill = message["trade_id"], message["order_id"]
                self.lost.append(_Lost(key, fill, signed, asyncio.get_running_loop().time()))
                self.dropped += 1
            return []
        if not is_fill and message["position_fp"] in self.posts.setdefault(key, set()):
            return [frame]  # as after a fill that came: it may be the frame of that one
        if is_fill:
            self.posts.setdefault(key, set()).add(message["post_position_fp"])
        else:
            self.posts[key].clear()
        if sum(one.signed for one in self.lost if one.key == key):
            self.owed.setdefault(key, asyncio.get_running_loop().time())
        return [frame]


class Dropping(Life):
    """A life without other trouble."""

    _periods = (20.0, 60.0)
    _settles = False  # the position frame of a settlement may be lost

    async def mirror(self, number: int) -> None:
        self._losses = Losses(self._chance)
        self._world.sandbox.streams.faults.clear()
        self._world.sandbox.streams.faults.every("fill", self._losses)
        self._world.sandbox.streams.faults.every("market_position", self._losses)
        await super().mirror(number)
        self._found.counts["dropped fills"] += self._losses.dropped

    async def _live(
        self, session: Session, account: Mirror, opening: tuple[int, int, int], name: str
    ) -> None:
        self._read_s = asyncio.get_running_loop().time()
        self._losses.is_on = True
        self._period_s = account._keeper._check_s
        await super()._live(session, account, opening, name)

    async def _calm(self) -> None:
        self._losses.is_on = False
        await asyncio.sleep((self._period_s or 0.0) + FOUND_S)
        await super()._calm()

    def _disturb(self) -> None:
        self._was_silent = True  # drift is what is looked for

    def _compare(self, account: Mirror, name: str) -> None:
        losses, now_s = self._losses, asyncio.get_running_loop().time()
        if not self._world.carrier.is_idle:
            return
        self._forget_found()
        has = self._has
        for key, since_s in list(losses.owed.items()):
            if has(key[1]) and account.is_current and self._is_steady(since_s):
                self._found.wrong.append(f"{name}: the loss in {key} was not found at a later frame")
        period_s = account._keeper._check_s or 0.0
        for one in losses.lost:
            if has(one.key[1]) and now_s - one.at_s > period_s + FOUND_S:
                self._found.wrong.append(f"{name}: the loss in {one.key} was not found in its period")
        if account.is_current and not any(has(one.key[1]) for one in losses.lost):
            self._found.counts["comparisons"] += 1
            for line in differences(account, self._account, has):
                self._found.wrong.append(f"{name}: {line}")

    def _is_steady(self, since_s: float) -> bool:
        """Whether no read had just been merged, which may include fills of the next seconds."""
        witness = self._witness
        told = zip(witness.told_s, witness.told, strict=True)
        read_s = [self._read_s, *(at_s for at_s, event in told if isinstance(event, UpToDate))]
        return since_s - max(at_s for at_s in read_s if at_s <= since_s) > BLIND_S

    def _forget_found(self) -> None:
        """Drop the losses that were told by now."""
        losses = self._losses
        told = {(one.trade_id, one.order_id) for one in self._witness.told if isinstance(one, Filled)}
        losses.lost = [one for one in losses.lost if one.fill not in told]
        missing = {one.key for one in losses.lost}
        losses.owed = {key: since_s for key, since_s in losses.owed.items() if key in missing}
