"""What a reader got against what happened: pure, and it excuses nothing but what a Gap covers.

For facts and flow: each fact that happened between entry and leave comes once and in order, or a Gap
stands where it is missing, and its times bound the fact. For states: what comes is in order, and the
newest of each market comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from kalshi_async.contract.frames.channels import CHANNELS, Delivery
from kalshi_async.errors import SlowConsumer, SubscriptionRefused, Unauthorized
from kalshi_async.streams import BookSnapshotEvent, Gap, GapReason, Refused, Resumed
from kalshi_async.streams._topic import GOES_ON
from tests.streams.lives.facts import Fact, identity
from tests.streams.lives.reading import Reading

_NO_END_MS = 2**63
_NAMED = "orderbook_delta"
"""The channel that is never subscribed to for all markets: there every unknown market is refused."""


@dataclass(slots=True)
class Verdict:
    """What came of one reader."""

    wrong: list[str] = field(default_factory=list)
    delivered: int = 0
    covered: int = 0
    """Facts that did not come and that a Gap covers."""
    gaps: Counter[GapReason] = field(default_factory=Counter)
    empty_gaps: int = 0
    """Gaps in which nothing is missing."""


@dataclass(slots=True)
class _Break:
    # A Gap, and until when it covers: ``Resumed`` says so, or the next event.
    gap: Gap
    until_ms: int | None = None
    missed: int = 0

    def covers(self, fact: Fact, next_ms: int) -> bool:
        until_ms = next_ms if self.until_ms is None else self.until_ms
        return (self.gap.since_ms or 0) <= fact.at_ms <= until_ms


def judge(reading: Reading) -> Verdict:
    """Compare."""
    verdict = Verdict()
    verdict.gaps.update(event.reason for _, event in reading.taken if isinstance(event, Gap))
    if reading.entered_at is None:
        return verdict
    if CHANNELS[reading.kind.channel].delivery is Delivery.STATES:
        _States(reading, verdict).judge()
    else:
        _Sequence(reading, verdict).judge()
    verdict.wrong += _ends(reading)
    return verdict


def _ends(reading: Reading) -> Iterator[str]:
    ended, unknown = reading.ended, reading.kind.unknown
    if isinstance(ended, SlowConsumer) and reading.plan.most_bytes is None:
        yield "it was told to be slow, and is not"
    elif isinstance(ended, SubscriptionRefused) and not unknown:
        yield f"it was refused what is there: {ended}"
    elif ended is not None and not isinstance(ended, SlowConsumer | SubscriptionRefused | Unauthorized):
        yield f"it ended with {ended!r}"
    told = frozenset().union(*(each.markets for _, each in reading.taken if isinstance(each, Refused)))
    # One that leaves may not have read so far.
    is_told = told or reading.plan.leaves_s is not None
    is_told = is_told or isinstance(ended, SubscriptionRefused | Unauthorized)
    if unknown and reading.kind.channel == _NAMED and not is_told:
        yield "it was not told that a market is unknown"
    if told - unknown:
        yield f"it was refused {sorted(told - unknown)}, which are there"


def owed(reading: Reading) -> list[tuple[int, Fact]]:
    """The facts that the reader asked for, each with its place in the channel."""
    kind = reading.kind
    return [
        (place, fact)
        for place, fact in enumerate(reading.facts.of(kind.channel))
        if (kind.markets is None or fact.about in kind.markets)
        and (kind.subaccount is None or fact.subaccount == kind.subaccount)
    ]


class _Sequence:
    """Each fact once, in order, or a Gap where it is missing."""

    def __init__(self, reading: Reading, verdict: Verdict) -> None:
        self._reading, self._verdict = reading, verdict
        self._facts = owed(reading)
        self._next = 0  # place in ``_facts`` of the fact that comes next
        self._breaks: list[_Break] = []  # since the last fact

    def judge(self) -> None:
        for _, event in self._reading.taken:
            if isinstance(event, Gap):
                self._breaks.append(_Break(event))
            elif isinstance(event, Resumed):
                self._resumed(event)
            elif not isinstance(event, BookSnapshotEvent | Refused):
                self._fact(event)
        if self._reading.left_at is None or self._is_to_the_end:
            self._miss(len(self._facts), _NO_END_MS)
        self._close()

    @property
    def _is_to_the_end(self) -> bool:
        # One that leaves by itself, or is ended, may leave unread what is on its way.
        return self._reading.plan.leaves_s is None and self._reading.ended is None

    def _resumed(self, event: Resumed) -> None:
        open_ones = [each for each in self._breaks if each.until_ms is None and not _goes_on(each.gap)]
        if not open_ones:
            self._verdict.wrong.append(f"{event} without a Gap")
        for each in open_ones:
            each.until_ms = event.at_ms

    def _fact(self, event: object) -> None:
        wanted = identity(event)
        for place in range(self._next, len(self._facts)):
            if self._facts[place][1].identity == wanted:
                self._miss(place, self._facts[place][1].at_ms)
                self._next = place + 1
                self._verdict.delivered += 1
                self._close()
                return
        is_double = any(fact.identity == wanted for _, fact in self._facts)
        self._verdict.wrong.append(f"{'double or late' if is_double else 'invented'}: {event}")

    def _miss(self, place: int, next_ms: int) -> None:
        """Facts up to a place did not come: each must be covered."""
        for index in range(self._next, place):
            number, fact = self._facts[index]
            if number < (self._reading.entered_at or 0):
                continue
            for each in sorted(self._breaks, key=lambda each: each.gap.reason is GapReason.SHED):
                if each.covers(fact, next_ms):
                    each.missed += 1
                    self._verdict.covered += 1
                    break
            else:
                known = [(each.gap, each.until_ms) for each in self._breaks]
                self._verdict.wrong.append(f"lost in silence: {fact}; breaks there: {known}")

    def _close(self) -> None:
        shed = [each for each in self._breaks if each.gap.reason is GapReason.SHED]
        told, missed = sum(each.gap.dropped for each in shed), sum(each.missed for each in shed)
        if missed > told:
            self._verdict.wrong.append(f"{missed} were shed, {told} were told")
        self._verdict.empty_gaps += sum(not each.missed for each in self._breaks)
        # A break that has not ended goes on covering.
        self._breaks = [each for each in self._breaks if each.until_ms is None and not _goes_on(each.gap)]


class _States:
    """What comes is in order, and in the end the newest of each market has come."""

    def __init__(self, reading: Reading, verdict: Verdict) -> None:
        self._reading, self._verdict = reading, verdict
        self._facts = owed(reading)

    def judge(self) -> None:
        newest: dict[tuple[str, int], int] = {}
        told: dict[tuple[str, int], object] = {}
        for _, event in self._reading.taken:
            if isinstance(event, Gap | Resumed | Refused):
                continue
            wanted = identity(event)
            self._verdict.delivered += 1
            places = [place for place, (_, fact) in enumerate(self._facts) if fact.identity == wanted]
            if not places:
                self._verdict.wrong.append(f"invented: {event}")
                continue
            fact = self._facts[places[0]][1]
            key = fact.about, fact.subaccount
            told[key] = wanted
            later = [place for place in places if place >= newest.get(key, 0)]
            if later:
                newest[key] = later[0]
            else:
                self._verdict.wrong.append(f"older than the one before it: {event}")
        if self._reading.plan.leaves_s is None and self._reading.ended is None:
            self._is_newest(told)

    def _is_newest(self, told: dict[tuple[str, int], object]) -> None:
        last = {(fact.about, fact.subaccount): (place, fact) for place, fact in self._facts}
        for key, (place, fact) in last.items():
            is_owed = fact.is_owed and place >= (self._reading.entered_at or 0)
            if is_owed and told.get(key) != fact.identity:
                self._verdict.wrong.append(f"the newest did not come: {fact}, but {told.get(key)}")


def _goes_on(gap: Gap) -> bool:
    return gap.reason in GOES_ON or gap.reason is GapReason.SHED
