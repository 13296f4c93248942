"""The performance targets of the project, each with the function that finds its measured value.

A target is neither met nor missed if it was not measured because a library was left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .libraries import LIBRARIES
from .outcome import Measure, Outcome, cpu_s, grown_mb, lag_s, p50_s, wall_s
from .plan import HELD, TASKS
from .runner import IMPORT

Find = Callable[[Outcome], float | None]


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a measured value."""

    name: str
    find: Find
    """Returns the measured value; None if it was not measured."""
    bound: float
    unit: str
    at_most: bool = True
    """True for an upper bound, False for a lower one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and its measured value; None if it was not measured."""

    target: Target
    measured: float | None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None if it was not measured."""
        if self.measured is None:
            return None
        target = self.target
        return self.measured <= target.bound if target.at_most else self.measured >= target.bound


def verdicts(outcome: Outcome) -> list[Verdict]:
    """Return every target with its measured value."""
    return [Verdict(target, target.find(outcome)) for target in TARGETS]


def _own(name: str) -> Find:
    return lambda outcome: outcome.own.get(name)


def _cost(measure: Measure, group: str, case: str, to: str) -> Find:
    return lambda outcome: outcome.ratio(measure, group, case, to)


def _speed(group: str, case: str, to: str) -> Find:
    return lambda outcome: outcome.ratio(wall_s, group, case, "ours", of=to)


def _speed_over_best_peer(group: str, case: str) -> Find:
    peers = [
        library.adapter
        for library in LIBRARIES
        if library.is_sdk and library.is_typed and not library.adapter.startswith(("ours", "official"))
    ]

    def find(outcome: Outcome) -> float | None:
        ratios = [_speed(group, case, peer)(outcome) for peer in peers]
        return min((ratio for ratio in ratios if ratio is not None), default=None)

    return find


def _growth(cases: list[str]) -> Find:
    # The highest ratio of the cost of a call to its cost in the first case.
    def find(outcome: Outcome) -> float | None:
        first, *others = cases
        ratios = [outcome.ratio(cpu_s, "growth", case, "ours", to_case=first) for case in others]
        return max((ratio for ratio in ratios if ratio is not None), default=None)

    return find


_CREATE, _AT_64, _PAGE = "create", "64 at once", "page of 1000"
_CPU, _PAGES = "create, CPU, no signature", "page of 1000 orders"

# Source of every bound: the performance plan of 2026-11-22, except for the growth of memory. Its 10 MB
# are our own choice: a few times the size of a page of 1000 fills, as bytes and as structs.
TARGETS = (
    Target("function calls per create, in memory", _own("calls per create"), 350, "calls"),
    Target(_CPU, _cost(cpu_s, "nosign", _CREATE, "floor"), 2.5, "times the floor"),
    Target(_CPU, _cost(cpu_s, "nosign", _CREATE, "official"), 0.20, "times official"),
    Target(_CPU, _cost(cpu_s, "nosign", _CREATE, "kyro"), 0.55, "times kyro"),
    Target(_CPU, _cost(cpu_s, "nosign", _CREATE, "bare_aiohttp"), 0.55, "times aiohttp alone"),
    Target("64 at once, no signature", _speed("nosign", _AT_64, "official"), 5, "times official", False),
    Target("64 at once, no signature", _speed("nosign", _AT_64, "kyro"), 2, "times kyro", False),
    Target("RSA-2048, one at a time, p50", _cost(p50_s, "rsa", _CREATE, "official"), 0.45, "times official"),
    Target("RSA-2048, paced, p50", _cost(p50_s, "rsa", "paced", "official"), 0.25, "times official"),
    Target("RSA-2048, 64 at once", _speed("rsa", _AT_64, "official"), 4, "times official", False),
    Target(
        "Ed25519, one at a time, p50", _cost(p50_s, "ed25519", _CREATE, "official"), 0.25, "times official"
    ),
    Target("Ed25519, 64 at once", _speed("ed25519", _AT_64, "official"), 4, "times official", False),
    Target(
        "RSA-2048, 64 at once: longest loop lag",
        _cost(lag_s, "rsa", _AT_64, "official"),
        0.10,
        "times official",
    ),
    Target(_PAGES, _speed("nosign", _PAGE, "official"), 3.5, "times official", False),
    Target(_PAGES, _speed_over_best_peer("nosign", _PAGE), 2, "times the best typed peer", False),
    Target("import, CPU", _cost(cpu_s, "start", IMPORT, "official"), 0.20, "times official"),
    Target("limits on the success path", _own("admission in no-ops"), 6, "awaited no-ops"),
    Target("100,000 fills", _speed("fills", "fills", "official"), 3, "times official", False),
    Target(
        "100,000 fills: growth of memory",
        lambda outcome: outcome.median(grown_mb, "fills", "fills", "ours"),
        10,
        "MB",
    ),
    Target("growth of a create's CPU, 1 to 256 tasks", _growth([f"{n} tasks" for n in TASKS]), 1.15, "times"),
    Target(
        "growth of a create's CPU, 10 to 10,000 held", _growth([f"{n} held" for n in HELD]), 1.15, "times"
    ),
)
