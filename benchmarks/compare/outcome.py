"""From samples to numbers: ratios within a round and their medians, which are what counts.

Absolute numbers are for information: they hold for one machine at one hour.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

from .conductor import Samples
from .messages import Sample

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


_LEAST = 1e-9
"""Stands for nothing where it would divide."""

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
        """Return the median of the ratios within each round; ``to_case`` may be another case."""
        taken = self._taken.get((group, case, of))
        base = self._taken.get((group, to_case or case, to))
        if not taken or not base:
            return None
        pairs = zip(taken, base, strict=True)
        return statistics.median(measure(mine) / max(measure(other), _LEAST) for mine, other in pairs)

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
