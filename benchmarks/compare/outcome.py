"""The results of a run: ratios within a round, and their medians over the rounds.

Absolute numbers are for information only: they hold for one machine at one time.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

from .messages import Sample
from .runner import Samples

Measure = Callable[[Sample], float]


def p50_s(sample: Sample) -> float:
    """Return the median time of one call."""
    return statistics.median(sample.latencies_s)


def cpu_s(sample: Sample) -> float:
    """Return the CPU time of one call."""
    return sample.cpu_s / sample.count


def wall_s(sample: Sample) -> float:
    """Return the time of the batch divided by its calls."""
    return sample.wall_s / sample.count


def rate(sample: Sample) -> float:
    """Return calls per second."""
    return sample.count / sample.wall_s


def lag_s(sample: Sample) -> float:
    """Return the longest delay of a timer."""
    return sample.max_lag_s


def memory_mb(sample: Sample) -> float:
    """Return the memory in use after the batch."""
    return sample.memory_mb


def grown_mb(sample: Sample) -> float:
    """Return the growth of memory to its peak."""
    return sample.grown_mb


_LEAST = 1e-9
"""Replaces a measured zero in the denominator of a ratio."""

MEASURES: Mapping[str, Measure] = {
    "p50_s": p50_s,
    "cpu_s": cpu_s,
    "wall_s": wall_s,
    "max_lag_s": lag_s,
    "memory_mb": memory_mb,
    "grown_mb": grown_mb,
}


class Outcome:
    """Computes results from samples. None stands for a case that was not measured.

    ``own`` are the numbers of ``compare.own``, by name.
    """

    def __init__(self, samples: Samples, own: Mapping[str, float]) -> None:
        self._taken = samples.taken
        self.own = own

    def median(self, measure: Measure, group: str, case: str, adapter: str) -> float | None:
        """Return the median over the rounds. It is not comparable between runs."""
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
        """Return the median of the ratios of ``of`` to the library ``to``, each within one round.

        ``to_case`` is the case of ``to``, by default the same case.
        """
        taken = self._taken.get((group, case, of))
        base = self._taken.get((group, to_case or case, to))
        if not taken or not base:
            return None
        pairs = zip(taken, base, strict=True)
        return statistics.median(measure(mine) / max(measure(other), _LEAST) for mine, other in pairs)

    def medians(self) -> Mapping[str, Mapping[str, float]]:
        """Return the medians of all measures, by "group / case / adapter"."""
        return {
            " / ".join(key): {
                name: self.median(measure, *key) or 0.0
                for name, measure in MEASURES.items()
                if taken[0].latencies_s or not name.startswith("p50")
            }
            for key, taken in self._taken.items()
        }
