"""Compare costs on a machine whose speed changes, by ratios within one round.

In each round every case runs a small batch, in random order, so that a change of speed affects
all cases alike. Ratios are taken within a round, and their median over the rounds is reported.
This module does not know the cases.
"""

from __future__ import annotations

import os
import platform
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

TOLERANCE = 1.15
"""A run fails if a value exceeds its target by more than this factor: a busy machine adds noise."""

Case = Callable[[], float]
"""Runs one batch and returns the seconds that one operation took."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    """The target, which ``value`` must not exceed; None if there is none."""
    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the target is met; True without a target."""
        return self.limit is None or self.value <= self.limit

    @property
    def is_out_of_reach(self) -> bool:
        """Whether the target is missed by more than ``TOLERANCE``."""
        return self.limit is not None and self.value > self.limit * TOLERANCE


class Rounds:
    """The costs of several cases, round by round."""

    def __init__(self, cases: Mapping[str, Case], *, count: int, seed: int = 0) -> None:
        """Run every case once per round, after one round that is not counted."""
        shuffle = random.Random(seed)
        names = list(cases)
        self._costs_s: dict[str, list[float]] = {name: [] for name in names}
        for number in range(count + 1):
            shuffle.shuffle(names)
            for name in names:
                cost_s = cases[name]()
                if number:
                    self._costs_s[name].append(cost_s)

    def ratio(self, name: str, to: str) -> float:
        """Return the median of the ratios of two cases within each round."""
        pairs = zip(self._costs_s[name], self._costs_s[to], strict=True)
        return statistics.median(cost / base for cost, base in pairs)

    def microseconds(self, name: str) -> float:
        """Return the median cost of one operation, for information: it is not comparable between runs."""
        return statistics.median(self._costs_s[name]) * 1_000_000


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| measured | value | target | | note |", "|---|---|---|---|---|"]
    for row in rows:
        target = "" if row.limit is None else f"≤ {_number(row.limit)} {row.unit}"
        verdict = "" if row.limit is None else "met" if row.is_met else "**missed**"
        lines.append(f"| {row.name} | {_number(row.value)} {row.unit} | {target} | {verdict} | {row.note} |")
    return "\n".join(lines) + "\n"


def machine(*packages: str) -> str:
    """Return one line with interpreter, versions of ``packages``, system and processor."""
    versions = [f"{package} {version(package)}" for package in packages]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return ", ".join([python, *versions, system, _processor()])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _processor() -> str:
    if sys.platform == "linux":
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
