"""The results as a table: medians, and the medians of the ratios to the floor within a round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

FLOOR, OURS = "floor", "ours"

MEASURES = {
    "burst_cpu_us": "CPU per frame, back to back, µs",
    "paced_cpu_us": "CPU per frame, one every 0.7 ms, µs",
    "paced_p50_us": "to the caller, one every 0.7 ms: p50, µs",
    "paced_p99_us": "p99, µs",
    "reconnect_s": "from a cut to the first frame after it, s",
    "held_mb": "memory for the newest ticker of 10,000 markets, MB",
}
GOALS = {"burst_cpu_us": 1.6, "paced_p50_us": 1.3}
"""The most that ours may be to the floor."""

Round = Mapping[str, Mapping[str, float]]
"""What one round has measured, by adapter and measure."""


def ratios(rounds: Sequence[Round], adapter: str, measure: str, to: str = FLOOR) -> float | None:
    """Return the median of the ratios within a round; None where either has not played the case."""
    found = [
        one[adapter][measure] / one[to][measure]
        for one in rounds
        if measure in one.get(adapter, {}) and one.get(to, {}).get(measure, 0.0) > 0.0
    ]
    return median(found) if found else None


def medians(rounds: Sequence[Round], adapter: str, measure: str) -> float | None:
    found = [one[adapter][measure] for one in rounds if measure in one.get(adapter, {})]
    return median(found) if found else None


def table(rounds: Sequence[Round], names: Mapping[str, str]) -> str:
    """Return a table in Markdown: medians, and in brackets the ratios to the floor."""
    lines = [f"| | {' | '.join(names.values())} |", f"|{'---|' * (len(names) + 1)}"]
    for measure, label in MEASURES.items():
        cells = [_cell(rounds, adapter, measure) for adapter in names]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def goals(rounds: Sequence[Round]) -> str:
    """Return one line per goal: whether it is met, and by how much."""
    lines = []
    for measure, most in GOALS.items():
        found = ratios(rounds, OURS, measure)
        said = "not measured" if found is None else f"{found:.2f} of the floor"
        verdict = "met" if found is not None and found <= most else "MISSED"
        lines.append(f"* {MEASURES[measure]}: {said}, at most {most:g}: {verdict}")
    return "\n".join(lines)


def _cell(rounds: Sequence[Round], adapter: str, measure: str) -> str:
    value, ratio = medians(rounds, adapter, measure), ratios(rounds, adapter, measure)
    if value is None:
        return "-"
    shown = f"{value:.3g}"
    return shown if ratio is None or adapter == FLOOR else f"{shown} ({ratio:.2f})"
