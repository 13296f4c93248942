"""From samples to verdicts: the targets of the project, each with what was measured.

Only ratios within one round are compared, and their median is what counts; absolute numbers
are for information. A target whose measurement is missing is reported as not measured.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .conductor import IMPORT, Samples
from .libraries import LIBRARIES
from .messages import Sample
from .plan import HELD, TASKS

Measure = Callable[[Sample], float]


def p50_s(sample: Sample) -> float:
    """Return the median time of one call."""
    return statistics.median(sample.latencies_s)


def cpu_s(sample: Sample) -> float:
    """Return the CPU time of one call."""
    return sample.cpu_s / sample.count


def wall_s(sample: Sample) -> float:
    """Return the time of one call, all that ran at once taken together."""
    return sample.wall_s / sample.count


def rate(sample: Sample) -> float:
    """Return calls per second."""
    return sample.count / sample.wall_s


def lag_s(sample: Sample) -> float:
    """Return how late a timer was at worst."""
    return sample.max_lag_s


def memory_mb(sample: Sample) -> float:
    """Return what was in use at the end."""
    return sample.memory_mb


def grown_mb(sample: Sample) -> float:
    """Return how far the peak of memory rose."""
    return sample.grown_mb


MEASURES: Mapping[str, Measure] = {
    "p50_s": p50_s,
    "cpu_s": cpu_s,
    "wall_s": wall_s,
    "max_lag_s": lag_s,
    "memory_mb": memory_mb,
    "grown_mb": grown_mb,
}


class Outcome:
    """Reads samples; None stands for what was not measured."""

    def __init__(self, samples: Samples, own: Mapping[str, float]) -> None:
        self._taken = samples.taken
        self.own = own

    def median(self, measure: Measure, group: str, case: str, adapter: str) -> float | None:
        """Return the median over the rounds; not comparable between runs."""
        taken = self._taken.get((group, case, adapter))
        return statistics.median(map(measure, taken)) if taken else None

    def worst_call_s(self, group: str, case: str, adapter: str) -> float | None:
        """Return the 99th percentile of the calls of all rounds."""
        taken = self._taken.get((group, case, adapter), ())
        latencies_s = [latency_s for sample in taken for latency_s in sample.latencies_s]
        return statistics.quantiles(latencies_s, n=100)[98] if len(latencies_s) > 1 else None

    def ratio(
        self, measure: Measure, group: str, case: str, to: str, *, of: str = "ours", to_case: str = ""
    ) -> float | None:
        """Return the median of the ratios within each round."""
        taken = self._taken.get((group, case, of))
        base = self._taken.get((group, to_case or case, to))
        if not taken or not base:
            return None
        pairs = zip(taken, base, strict=True)
        return statistics.median(measure(mine) / max(measure(other), 1e-9) for mine, other in pairs)

    @property
    def targets(self) -> list[Verdict]:
        """Return every target of the project with what was measured."""
        return verdicts(self)

    def medians(self) -> Mapping[str, Mapping[str, float]]:
        """Return the median of every measure that a case has, by "group / case / adapter"."""
        return {
            " / ".join(key): {
                name: self.median(measure, *key) or 0.0
                for name, measure in MEASURES.items()
                if taken[0].latencies_s or not name.startswith("p50")
            }
            for key, taken in self._taken.items()
        }

    def growth(self) -> tuple[float | None, float | None]:
        """Return by how much a call costs more at worst: from 1 task up, and from few held orders to many."""
        by_tasks = [
            self.ratio(cpu_s, "growth", f"{tasks} tasks", "ours", to_case=f"{TASKS[0]} tasks")
            for tasks in TASKS[1:]
        ]
        few, many = HELD
        known = [ratio for ratio in by_tasks if ratio is not None]
        return max(known, default=None), self.ratio(
            cpu_s, "growth", f"{many} held", "ours", to_case=f"{few} held"
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the target table. ``at_most`` says which side of the bound is the good one."""

    what: str
    measured: float | None
    bound: float
    unit: str
    at_most: bool = True

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None when it was not measured."""
        if self.measured is None:
            return None
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound


def verdicts(outcome: Outcome) -> list[Verdict]:
    """Return every target of performance.md, in its order."""
    return [*_own_cost(outcome), *_against_others(outcome), *_reading(outcome), *_growing(outcome)]


def _own_cost(outcome: Outcome) -> list[Verdict]:
    ratio = outcome.ratio
    return [
        Verdict("function calls per create, in memory", outcome.own.get("calls per create"), 350, "calls"),
        Verdict(
            "create, CPU, no signature", ratio(cpu_s, "nosign", "create", "floor"), 2.5, "times the floor"
        ),
        Verdict(
            "create, CPU, no signature", ratio(cpu_s, "nosign", "create", "official"), 0.20, "times official"
        ),
        Verdict("create, CPU, no signature", ratio(cpu_s, "nosign", "create", "kyro"), 0.55, "times kyro"),
        Verdict(
            "create, CPU, no signature",
            ratio(cpu_s, "nosign", "create", "bare_aiohttp"),
            0.55,
            "times aiohttp alone",
        ),
    ]


def _against_others(outcome: Outcome) -> list[Verdict]:
    ratio, many = outcome.ratio, "64 at once"

    def faster(group: str, to: str, bound: float, unit: str, name: str) -> Verdict:
        measured = ratio(rate, group, many, to)
        return Verdict(f"64 tasks, {name}: throughput", measured, bound, unit, at_most=False)

    return [
        faster("nosign", "official", 5, "times official", "no signature"),
        faster("nosign", "kyro", 2, "times kyro", "no signature"),
        Verdict(
            "RSA-2048, one at a time: p50", ratio(p50_s, "rsa", "create", "official"), 0.45, "times official"
        ),
        Verdict("RSA-2048, paced: p50", ratio(p50_s, "rsa", "paced", "official"), 0.25, "times official"),
        faster("rsa", "official", 4, "times official", "RSA-2048"),
        Verdict(
            "Ed25519, one at a time: p50",
            ratio(p50_s, "ed25519", "create", "official"),
            0.25,
            "times official",
        ),
        faster("ed25519", "official", 4, "times official", "Ed25519"),
        Verdict(
            "64 tasks, RSA-2048: longest loop lag",
            ratio(lag_s, "rsa", many, "official"),
            0.10,
            "times official",
        ),
    ]


def _reading(outcome: Outcome) -> list[Verdict]:
    def faster(what: str, slowness: float | None, bound: float, unit: str) -> Verdict:
        return Verdict(what, 1 / slowness if slowness else None, bound, unit, at_most=False)

    page = "page of 1000"
    return [
        faster(
            "page of 1000 orders", outcome.ratio(wall_s, "nosign", page, "official"), 3.5, "times official"
        ),
        faster("page of 1000 orders", _nearest(outcome, page), 2, "times the best typed peer"),
        Verdict("import, CPU", outcome.ratio(cpu_s, "start", IMPORT, "official"), 0.20, "times official"),
        Verdict("limits on the success path", outcome.own.get("admission in no-ops"), 6, "awaited no-ops"),
        faster("100,000 fills", outcome.ratio(wall_s, "fills", "fills", "official"), 3, "times official"),
        Verdict(
            "100,000 fills: growth of memory", outcome.median(grown_mb, "fills", "fills", "ours"), 10, "MB"
        ),
    ]


def _nearest(outcome: Outcome, page: str) -> float | None:
    peers = [library.adapter for library in LIBRARIES if library.is_sdk and library.is_typed]
    others = [peer for peer in peers if not peer.startswith("ours") and peer != "official"]
    ratios = [ratio for peer in others if (ratio := outcome.ratio(wall_s, "nosign", page, peer)) is not None]
    return max(ratios, default=None)


def _growing(outcome: Outcome) -> list[Verdict]:
    by_tasks, by_held = outcome.growth()
    return [
        Verdict("growth of a create's CPU, 1 to 256 tasks", by_tasks, 1.15, "times"),
        Verdict("growth of a create's CPU, 10 to 10,000 orders held", by_held, 1.15, "times"),
    ]
