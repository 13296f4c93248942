"""What a bucket should do, in exact fractions and the plainest way: a list that is searched.

It shares nothing with the throttle but the rules of the design, and knows no event loop.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from kalshi_async.contract.operation import Priority

JITTER_S = Fraction(1, 50)
JUST_FULL_S = Fraction(1, 100)
REFUSED_AFTER_S = Fraction("0.0501")
# Two things that happen within this are in no certain order, in floats.
TOO_CLOSE_S = Fraction(1, 10**6)


# Part of the capacity that each 429 adds to what is left alone by requests that add risk, at most
# so much of it, and the part of a cost by which each of them lowers it.
YIELDED_STEP, YIELDED_MOST, REGAINED = Fraction(1, 10), Fraction(1, 4), Fraction(1, 10)

NEVER = Fraction(10**9)


class Ambiguous(Exception):
    """Tokens come at the very moment at which something else happens."""


@dataclass(frozen=True)
class Limits:
    """What a bucket holds, gains per second and keeps for those who reduce risk."""

    capacity: int
    refill_per_s: int
    headroom: int
    jitter_s: Fraction = JITTER_S
    """How late refill counts after the bucket stood full; changed limits keep it."""


@dataclass(frozen=True)
class Request:
    """Asked for at ``at_s``. ``fate`` is what becomes of it once it is admitted."""

    at_s: Fraction
    cost: int
    priority: Priority
    patience_s: Fraction | None = None
    canceled_after_s: Fraction | None = None
    fate: str = "sent"
    is_batch: bool = False


@dataclass(frozen=True)
class Change:
    """Other limits from ``at_s`` on."""

    at_s: Fraction
    limits: Limits


@dataclass(frozen=True)
class End:
    """How a request left the queue, and when."""

    how: str
    at_s: Fraction


class Model:
    """Plays a scenario. ``ends`` has the end of every request that did not wait for ever."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.ends: dict[int, End] = {}
        self.now_s = Fraction(0)
        self._jitter_s = limits.jitter_s
        self._tokens = Fraction(limits.capacity)
        self._counted_from_s = Fraction(0)
        self._stood_full = True
        self._clamps = 0
        self._yielded = Fraction(0)
        self._waiting: list[tuple[Priority, int, Request]] = []
        self._events: list[tuple[Fraction, int, str, object]] = []
        self._numbers = count()

    def play(self, requests: Sequence[Request], changes: Sequence[Change] = ()) -> dict[int, End]:
        """Let everything happen in order of time; what was planned first comes first."""
        for number, request in enumerate(requests):
            self._plan(request.at_s, "ask", (number, request))
        for change in changes:
            self._plan(change.at_s, "change", change.limits)
        while self._events or self._waiting:
            admission_s = self._next_admission_s()
            event_s = self._events[0][0] if self._events else NEVER
            if self.now_s < admission_s and abs(admission_s - event_s) < TOO_CLOSE_S:
                raise Ambiguous
            if admission_s == event_s == NEVER:
                break
            self._pass_until(min(admission_s, event_s))
            if admission_s <= event_s:
                self._admit()
            else:
                _, _, what, about = heapq.heappop(self._events)
                getattr(self, f"_{what}")(about)
        return self.ends

    def _plan(self, at_s: Fraction, what: str, about: object) -> None:
        heapq.heappush(self._events, (at_s, next(self._numbers), what, about))

    def _pass_until(self, moment_s: Fraction) -> None:
        self.now_s = moment_s
        if self.now_s > self._counted_from_s:
            gained = (self.now_s - self._counted_from_s) * self.limits.refill_per_s
            too_many = self._tokens + gained - self.limits.capacity
            if too_many > JUST_FULL_S * self.limits.refill_per_s:
                self._stood_full = True
                self._yielded = Fraction(0)
            self._set(self._tokens + gained)
            self._counted_from_s = self.now_s

    def _set(self, tokens: Fraction) -> None:
        self._tokens = min(Fraction(self.limits.capacity), tokens)

    def _needed(self, request: Request) -> Fraction:
        kept = Fraction(0)
        if request.priority > Priority.RISK_REDUCING:
            kept = self.limits.headroom + self._yielded
        return min(request.cost + kept, Fraction(self.limits.capacity))

    def _next_admission_s(self) -> Fraction:
        if not self._waiting:
            return NEVER
        _, _, request = min(self._waiting, key=lambda entry: entry[:2])
        missing = self._needed(request) - self._tokens
        if missing <= 0:
            return self.now_s
        if self.limits.refill_per_s == 0:
            return NEVER
        return max(self.now_s, self._counted_from_s) + missing / self.limits.refill_per_s

    @property
    def _paced(self) -> Fraction:
        """The capacity, as far as the refill of two seconds."""
        return min(Fraction(self.limits.capacity), 2 * Fraction(self.limits.refill_per_s))

    def _admit(self) -> None:
        self._waiting.sort(key=lambda entry: entry[:2])
        _, number, request = self._waiting.pop(0)
        if self._stood_full:
            self._counted_from_s = self.now_s + self._jitter_s
        self._stood_full = False
        self._tokens -= request.cost
        if request.priority > Priority.RISK_REDUCING:
            self._yielded = max(Fraction(0), self._yielded - request.cost * REGAINED)
        self.ends[number] = End("admitted", self.now_s)
        if request.fate == "unsent":
            self._plan(self.now_s, "give_back", (request.cost, self._clamps))
        if request.fate == "refused":
            self._plan(self.now_s + REFUSED_AFTER_S, "refuse", self._clamps)

    def _ask(self, about: tuple[int, Request]) -> None:
        number, request = about
        self._waiting.append((request.priority, number, request))
        self._refuse_what_never_fits()
        if request.patience_s is not None:
            self._plan(self.now_s + request.patience_s, "leave", (number, "gave up"))
        if request.canceled_after_s is not None:
            self._plan(self.now_s + request.canceled_after_s, "leave", (number, "canceled"))

    def _leave(self, about: tuple[int, str]) -> None:
        number, how = about
        if number not in self.ends:
            self._waiting = [entry for entry in self._waiting if entry[1] != number]
            self.ends[number] = End(how, self.now_s)

    def _give_back(self, about: tuple[int, int]) -> None:
        cost, clamps = about
        if clamps == self._clamps:
            self._stood_full = self._tokens + cost >= self.limits.capacity
            self._set(self._tokens + cost)

    def _refuse(self, clamps: int) -> None:
        if clamps == self._clamps:
            self._clamps += 1
            raised = self._yielded + self._paced * YIELDED_STEP
            self._yielded = min(raised, self._paced * YIELDED_MOST)
            self._tokens = min(self._tokens, Fraction(0))
            self._stood_full = False

    def _change(self, limits: Limits) -> None:
        self.limits = limits
        self._stood_full = self._tokens >= limits.capacity
        self._set(self._tokens)
        self._refuse_what_never_fits()

    def _refuse_what_never_fits(self) -> None:
        for priority, number, request in list(self._waiting):
            headroom = 0 if priority <= Priority.RISK_REDUCING else self.limits.headroom
            if request.is_batch and request.cost + headroom > self.limits.capacity:
                self._leave((number, "too dear"))
