"""Play one case and judge it: what the client was told against what the exchange holds.

A success means exactly one effect and a reply that says so; a definite error none;
OutcomeUnknown and a canceled task at most one, and ``resolve`` tells which, truthfully,
at once and later. What may still be under way has landed before the effects are counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from kalshi_async import ApiError, Fate, KalshiError, OutcomeUnknown, Unauthorized
from kalshi_async.contract.operation import Idempotency
from kalshi_async.sandbox.faults import DeliverTwice
from tests.certainty import scripting
from tests.certainty.case import Case, Finding
from tests.certainty.interference import APPLICATION
from tests.certainty.scene import Scene, legs_of
from tests.certainty.scenes import SCENES
from tests.certainty.world import World, world

# Buckets are full again and reads show what was prepared; and the exchange's clock can be set
# back by a minute without touching times at which anything has happened.
REFILL_S = 65.0
LANDED_S = 25.0  # nothing is accepted 15 s after it was signed, and reads lag up to 3 s
HORIZON_S = 16.0
IN_BETWEEN_S = 0.2


async def play(case: Case) -> list[Finding]:
    """Play a case to its end; an empty list means that client and exchange agree."""
    before = asyncio.all_tasks()
    kind = SCENES[case.scene]
    async with world(
        seed=case.seed,
        tier=kind.tier,
        checks=case.checks,
        lag_ms=case.lag_ms,
        is_served=case.road == "wire",
    ) as stage:
        scene = kind(stage)
        await scene.prepare()
        await stage.clock.sleep(REFILL_S)
        stage.replies.clear()
        stage.attempts.clear()
        findings = await _Trial(case, scene, stage).run()
    left = asyncio.all_tasks() - before
    findings += [Finding("leak", f"task {task.get_name()}") for task in left]
    return findings


class _Trial:
    def __init__(self, case: Case, scene: Scene, stage: World) -> None:
        self.case = case
        self.scene = scene
        self.stage = stage
        self.task: asyncio.Task[object] | None = None
        self.started_ms = self.ended_ms = 0

    async def run(self) -> list[Finding]:
        stage = self.stage
        self.started_ms = stage.clock.now_ms()
        scripting.write(self.case, self.scene.operation.name, stage, self._cancel)
        with scripting.door(self.case, stage):
            answer = await self._answer()
        self.ended_ms = stage.clock.now_ms()
        findings = list(self._unspent(answer))
        scripting.clear(stage)
        at_once = await self._resolved(answer)
        await stage.clock.sleep(LANDED_S)
        later = await self._resolved(answer)
        await stage.clock.sleep(LANDED_S)
        legs, effects = legs_of(answer), self.scene.effects()
        if len(legs) == 1 and len(effects) > 1:  # a batch that ended as a whole
            legs = legs * len(effects)
        for place, (leg, count) in enumerate(zip(legs, effects, strict=True)):
            findings += self._judged(leg, count)
            findings += _resolution_judged(at_once[place], later[place], count)
        return findings + list(self._kept())

    async def _answer(self) -> object:
        """Return the reply, the error, or the cancellation."""
        self.task = asyncio.ensure_future(self.scene.act())
        if self.case.canceled == "in between":
            asyncio.get_running_loop().call_later(IN_BETWEEN_S, self._cancel)
        try:
            return await self.task
        except (Exception, asyncio.CancelledError) as error:  # whatever it is, it is the answer
            return error

    def _cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()

    async def _resolved(self, answer: object) -> list[Fate | None]:
        """Ask for the fate of every leg in doubt, under its key."""
        requests, legs = self.scene.requests, legs_of(answer)
        if not requests:
            return [None] * max(len(legs), len(self.scene.effects()))
        legs = legs if len(legs) == len(requests) else legs * len(requests)
        fates: list[Fate | None] = []
        for request, leg in zip(requests, legs, strict=True):
            if isinstance(leg, OutcomeUnknown) and leg.client_order_ids == (request.client_order_id,):
                unknown = leg
            elif isinstance(leg, asyncio.CancelledError):
                unknown = self._canceled(request.client_order_id)
            else:
                fates.append(None)
                continue
            fates.append(await self._fate(unknown))
        return fates

    async def _fate(self, unknown: OutcomeUnknown) -> Fate | None:
        try:
            return (await self.stage.session.orders.resolve(unknown, horizon_s=HORIZON_S)).fate
        except Unauthorized:
            if self.case.fault != "clock beyond learning":
                raise
            return None  # nothing can be read on a clock that nobody follows

    def _canceled(self, key: str) -> OutcomeUnknown:
        """What a caller whose task was canceled can say: the key, and when it was signed."""
        skews_ms = [event.skew_ms for event in self.stage.attempts] or [0]
        return OutcomeUnknown(
            "canceled",
            client_order_ids=(key,),
            first_sent_ms=self.started_ms + min(skews_ms),
            last_signed_ms=self.ended_ms + skews_ms[-1],
        )

    def _judged(self, leg: object, count: int) -> Iterator[Finding]:
        told = f"was told {leg!r}, and it happened {count} times"
        if count > 1:
            is_once = self.scene.operation.idempotency is Idempotency.ONCE
            yield Finding("repeated" if is_once and self._is_doubled() else "duplicate", told)
        if isinstance(leg, asyncio.CancelledError):
            if self.case.canceled == "":
                yield Finding("wrong answer", told)
            return
        if isinstance(leg, OutcomeUnknown):
            if leg.sent is False:
                yield Finding("wrong answer", f"{told}, sent={leg.sent}")
            return
        if isinstance(leg, KalshiError):
            if count:
                yield Finding(self._kind_of_refusal(leg), told)
        elif isinstance(leg, BaseException) or count == 0 or not self.scene.agrees(leg):
            yield Finding("wrong answer", told)

    def _kind_of_refusal(self, error: KalshiError) -> str:
        """A refusal of what was done is an orphan, unless a proxy repeated it and its code says so."""
        says_already = isinstance(error, ApiError) and error.code in self.scene.already
        return "so already" if says_already and self._is_doubled() else "orphan"

    def _is_doubled(self) -> bool:
        return isinstance(APPLICATION.get(self.case.fault), DeliverTwice)

    def _unspent(self, answer: object) -> Iterator[Finding]:
        """What certainly did not leave costs nothing and does nothing."""
        if all(reply.sent is False for reply in self.stage.replies):
            for bucket in self.stage.session.rate_limits.buckets():
                if bucket.tokens() < bucket.capacity:
                    yield Finding("leak", f"{bucket.name} tokens at {bucket.tokens()} though nothing left")
        if isinstance(answer, KalshiError) and answer.sent is False and any(self.scene.effects()):
            yield Finding("wrong answer", f"{answer!r} says that nothing was sent")

    def _kept(self) -> Iterator[Finding]:
        for bucket in self.stage.session.rate_limits.buckets():
            if bucket.tokens() < bucket.capacity or bucket.waiting:
                yield Finding("leak", f"{bucket.name} tokens end at {bucket.tokens()}")


def _resolution_judged(at_once: Fate | None, later: Fate | None, count: int) -> Iterator[Finding]:
    if at_once is Fate.PLACED and not count:
        yield Finding("wrong answer", "resolve said placed at once, and there is none")
    if at_once is Fate.ABSENT and count:
        yield Finding("wrong answer", "resolve said absent at once, and it is there")
    if later is not None and later is not (Fate.PLACED if count else Fate.ABSENT):
        yield Finding("wrong answer", f"resolve said {later.value} in the end, and it happened {count} times")
