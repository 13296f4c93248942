"""Play one case and judge it: what the client was told, and when, against what the exchange holds.

Once everything on its way has landed, a success means exactly one effect and a reply that says
so; a refusal none; OutcomeUnknown at most one. And nothing but a refusal comes before the
deadline: while time is left, the client goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from kalshi_async import ApiError, ExchangePaused, Fate, KalshiError, OutcomeUnknown, RiskGateClosed
from kalshi_async.contract.operation import Idempotency
from tests.certainty.interference import EVENTS, Refuse
from tests.certainty.scene import Scene, legs_of
from tests.outages.case import REASONS, SLOW_S, UNSEEN, Case, Finding
from tests.outages.cases import ALL_SCENES, PAUSED_A_SECOND
from tests.outages.switches import Switch
from tests.outages.world import Stage, stage

LANDED_S = 90.0
"""Nothing is accepted 15 s after it was signed, a cancel-all works for a minute, reads lag up to 2 s."""

HORIZON_S = 16.0
"""How long the embedded exchange accepts a signed request, and a second."""

CLEARLY_S = 1.0
"""A fault that ended so long before the deadline left time for another attempt."""

MARGIN_S = 2.0
"""A read that may still change counts once it is so much younger than the last attempt (design §5)."""

ROUNDING_S = 0.01

OWN_REFUSALS = frozenset({"invalid_price"})
"""What a scene asks for on purpose: the leg of ``BatchCreate`` that is off the grid."""


async def play(case: Case) -> list[Finding]:
    """Play a case to its end."""
    before = asyncio.all_tasks()
    kind = ALL_SCENES[case.scene]
    async with stage(case, kind.tier) as opened:
        scene = kind(opened.world)
        await scene.prepare()
        await opened.settle_in()
        findings = await _Trial(case, scene, opened).run()
    left = asyncio.all_tasks() - before
    return [*findings, *(Finding("leak", f"task {task.get_name()}") for task in left)]


class _Trial:
    def __init__(self, case: Case, scene: Scene, opened: Stage) -> None:
        self.case = case
        self.scene = scene
        self.stage = opened
        self.started_s = self.took_s = 0.0

    async def run(self) -> list[Finding]:
        clock = self.stage.world.clock
        self.stage.outage.on_end.append(self._refuse)
        self.started_s = clock.monotonic()
        answer = await self._answer()
        self.took_s = clock.monotonic() - self.started_s
        if isinstance(self.scene, Switch):
            await asyncio.wait({self.scene.under_way})
        await self.stage.landed(LANDED_S)
        self.stage.world.sandbox.faults.clear()
        legs, effects = legs_of(answer), self.scene.effects()
        if len(legs) == 1 and len(effects) > 1:  # a batch that ended as a whole
            legs = legs * len(effects)
        findings = [
            finding
            for leg, count in zip(legs, effects, strict=True)
            for finding in (*self._judged(leg, count), *self._timely(leg, count))
        ]
        if isinstance(self.scene, Switch):
            return [*findings, *self.scene.judged(answer, self.took_s), *self.scene.other_judged()]
        return [*findings, *await self._resolved(legs, effects)]

    async def _answer(self) -> object:
        """Return the reply or the error."""
        outage, operation = self.stage.outage, self.scene.operation.name
        if isinstance(self.scene, Switch):
            self.scene.start = lambda: outage.arm(operation)
        else:
            outage.arm(operation)
        try:
            return await self.scene.act()
        except Exception as error:  # whatever it is, it is the answer
            return error

    def _refuse(self) -> None:
        """Let the operation be refused from now on."""
        faults, refusal = self.stage.world.sandbox.faults, self.case.refusal
        if refusal in EVENTS:
            EVENTS[refusal](self.stage.world)
        elif refusal:
            is_paused = refusal == PAUSED_A_SECOND
            code = "trading_is_paused" if is_paused else refusal
            faults.every(self.scene.operation.name, Refuse(code))
            if is_paused:
                asyncio.get_running_loop().call_later(1.0, faults.clear)

    def _judged(self, leg: object, count: int) -> Iterator[Finding]:
        told = f"was told {leg!r} after {self.took_s:.2f} s, and it happened {count} times"
        if count > 1:
            yield Finding("duplicate", told)
        if isinstance(leg, OutcomeUnknown):
            if leg.sent is False:
                yield Finding("wrong answer", told)
        elif isinstance(leg, KalshiError):
            if count and not isinstance(self.scene, Switch):
                yield Finding("orphan", told)
            elif self._is_unfounded(leg):
                yield Finding("wrong answer", f"{told}: nothing refuses it")
        elif isinstance(leg, BaseException) or (not count and not isinstance(self.scene, Switch)):
            yield Finding("wrong answer", told)
        elif not self.scene.agrees(leg):
            yield Finding("wrong answer", f"{told}, differently")

    def _is_unfounded(self, error: KalshiError) -> bool:
        """Whether an error is a refusal, and nothing in this case refuses."""
        return _is_refusal(error) and not self.case.refusal and not _is_own(error)

    def _timely(self, leg: object, count: int) -> Iterator[Finding]:
        """Judge when an error came."""
        if not isinstance(leg, BaseException) and not self.case.refusal and self._is_slow():
            yield Finding(
                "slow", f"{self.case.scene}, {self.case.road}, {self.case.fault} {self.case.begins}"
            )
        is_dead_man = isinstance(self.scene, Switch) and self.scene.is_dead_man
        if is_dead_man or not isinstance(leg, KalshiError) or _is_refusal(leg):
            return
        deadline_s = self.case.deadline_s
        told = f"was told {leg!r} after {self.took_s:.2f} s of {deadline_s:g}, caused by {leg.__cause__!r}"
        if self.took_s < deadline_s - ROUNDING_S:
            kind = self._kind_of_early(leg)
            yield Finding(kind, told if kind == "given up" else self.case.scene)
        elif self._had_time(count):
            happened = "executed" if count else "not executed"
            reason = self._reason(leg, count)
            then = f"then {self.case.refusal or 'nothing'}"
            what = f"{self.case.scene}: {happened}, {then}, {_code(leg.__cause__)}"
            yield (
                Finding("not provable", f"{self.case.scene}: {reason}")
                if reason
                else Finding("late unknown", what)
            )

    def _is_slow(self) -> bool:
        """Whether a success came late after the fault; what was executed already is found by fresh reads."""
        within_s = SLOW_S
        if self.case.begins == "after" or self.case.fault == "late delivery":
            within_s += self._reads_need_s()
        return self.took_s > max(0.0, self.stage.outage.ends_s - self.started_s) + within_s

    def _reads_need_s(self) -> float:
        """Return how long after the last attempt reads prove something: at once of an order that is found."""
        margin_s = 0.0 if self.scene.requests else MARGIN_S + abs(self.case.ahead_ms) / 1000
        return self.case.lag_ms / 1000 + margin_s

    def _kind_of_early(self, error: KalshiError) -> str:
        """What an error before the deadline is, that is no refusal."""
        is_unseen = self.case.scene in UNSEEN and self.case.refusal
        if isinstance(error, OutcomeUnknown) and (self._is_once or is_unseen):
            return "once" if self._is_once else "not provable"
        return "given up"

    def _reason(self, error: KalshiError, count: int) -> str:
        """Why reading cannot settle it by the deadline; empty if it can."""
        if self._is_once:
            return REASONS["once"]
        if not count and (self.case.refusal or _is_own(error.__cause__)):
            return REASONS["absent"]
        return REASONS["unseen"] if count and self.case.scene in UNSEEN else ""

    @property
    def _is_once(self) -> bool:
        return self.scene.operation.idempotency is Idempotency.ONCE

    def _had_time(self, count: int) -> bool:
        """Whether an attempt, and reads if needed, fit between the fault and the deadline."""
        over_s = max(self.started_s, self.stage.outage.ends_s)
        needs_s = CLEARLY_S + (self._reads_need_s() if count or self.case.refusal else 0.0)
        return self.started_s + self.case.deadline_s - over_s >= needs_s

    async def _resolved(self, legs: list[object], effects: list[int]) -> list[Finding]:
        """Ask later for the fate of every order in doubt; it must be the truth."""
        findings = []
        for leg, count in zip(legs, effects, strict=True):
            if not isinstance(leg, OutcomeUnknown) or leg.client_order_id is None:
                continue
            orders = self.stage.world.session.orders
            fate = (await orders.resolve(leg, horizon_s=HORIZON_S, timeout_s=10)).fate
            if fate is not (Fate.PLACED if count else Fate.ABSENT):
                findings.append(
                    Finding("wrong answer", f"resolve said {fate.value}, it happened {count} times")
                )
        return findings


def _is_refusal(error: KalshiError) -> bool:
    """Whether an error says that the exchange, or a kill switch, has refused for good."""
    if isinstance(error, ApiError):
        return (
            400 <= error.status < 500
            and error.status not in (408, 429)
            and not isinstance(error, ExchangePaused)
        )
    return isinstance(error, RiskGateClosed)


def _code(error: BaseException | None) -> str:
    return f"told {error.code or error.status}" if isinstance(error, ApiError) else type(error).__name__


def _is_own(error: BaseException | None) -> bool:
    return isinstance(error, ApiError) and error.code in OWN_REFUSALS
