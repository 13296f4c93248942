"""Writes the results as Markdown: the targets first, then a table for each group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .libraries import BY_ADAPTER, LIBRARIES
from .outcome import Outcome, cpu_s, grown_mb, lag_s, memory_mb, p50_s, rate, wall_s
from .plan import GROUPS, HELD, TASKS, Group
from .runner import IMPORT, START
from .targets import verdicts

_TITLES = {
    "nosign": "Without a signature: the cost of the library itself",
    "rsa": "RSA-2048",
    "ed25519": "Ed25519",
    "tls": "TLS, without a signature",
}
"""The headings of the groups that get a table of orders."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. ``find`` returns the cell of a library, in the unit of the title."""

    title: str
    find: Callable[[str], float | None]


def report(outcome: Outcome, machine: str, versions: Mapping[str, str], problems: Sequence[str]) -> str:
    """Return the whole report."""
    parts = [
        "# kalshi_async against the others",
        f"Measured on {machine}. The exchange was a canned keep-alive server on loopback in a process "
        "of its own. Every library had its own environment and process; they ran in random order.",
        target_table(outcome),
        *(_orders(outcome, group) for group in GROUPS if group.name in _TITLES),
        _reading(outcome),
        _starting(outcome),
        _growing(outcome),
        "## Versions\n\n" + "\n".join(f"- {name}: {text}" for name, text in versions.items()),
    ]
    if problems:
        parts.append("## Left out\n\n" + "\n".join(f"- {problem}" for problem in problems))
    return "\n\n".join(part for part in parts if part) + "\n"


def target_table(outcome: Outcome) -> str:
    """Return the table of targets."""
    lines = ["| | target | measured | |", "|---|---|---|---|"]
    marks = {True: "met", False: "**missed**", None: "not measured"}
    for verdict in verdicts(outcome):
        target = verdict.target
        bound = f"{'≤' if target.at_most else '≥'} {number(target.bound)} {target.unit}"
        measured = "" if verdict.measured is None else number(verdict.measured)
        lines.append(f"| {target.name} | {bound} | {measured} | {marks[verdict.is_met]} |")
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number with two or three significant digits, and without decimals from 100 on."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _orders(outcome: Outcome, group: Group) -> str:
    name = group.name

    def found(measure: Callable[..., float], case: str, factor: float) -> Callable[[str], float | None]:
        return lambda adapter: _scaled(outcome.median(measure, name, case, adapter), factor)

    columns = [
        Column("create p50, ms", found(p50_s, "create", 1e3)),
        Column("p99, ms", lambda adapter: _scaled(outcome.worst_call_s(name, "create", adapter), 1e3)),
        Column("CPU, µs", found(cpu_s, "create", 1e6)),
        Column("paced p50, ms", found(p50_s, "paced", 1e3)),
        Column("cancel p50, ms", found(p50_s, "cancel", 1e3)),
        Column("8 at once, /s", found(rate, "8 at once", 1)),
        Column("64 at once, /s", found(rate, "64 at once", 1)),
        Column("CPU at 64, µs", found(cpu_s, "64 at once", 1e6)),
        Column("loop lag at 64, ms", found(lag_s, "64 at once", 1e3)),
    ]
    return _table(_TITLES[name], columns)


def _reading(outcome: Outcome) -> str:
    def found(case: str) -> Callable[[str], float | None]:
        return lambda adapter: _scaled(outcome.median(wall_s, "nosign", case, adapter), 1e3)

    columns = [
        Column("page of 200, ms", found("page of 200")),
        Column("page of 1000, ms", found("page of 1000")),
        Column("100,000 fills, s", lambda adapter: outcome.median(wall_s, "fills", "fills", adapter)),
        Column("growth of memory, MB", lambda adapter: outcome.median(grown_mb, "fills", "fills", adapter)),
    ]
    return _table("Reading", columns)


def _starting(outcome: Outcome) -> str:
    def found(measure: Callable[..., float], case: str, factor: float) -> Callable[[str], float | None]:
        return lambda adapter: _scaled(outcome.median(measure, "start", case, adapter), factor)

    columns = [
        Column("import, CPU ms", found(cpu_s, IMPORT, 1e3)),
        Column("process start to first reply, CPU ms", found(cpu_s, START, 1e3)),
        Column("memory then, MB", found(memory_mb, START, 1)),
    ]
    return _table("Starting", columns)


def _growing(outcome: Outcome) -> str:
    lines = ["## Growth of kalshi_async: CPU of one create, without a signature", "", "| | µs |", "|---|---|"]
    cases = [f"{tasks} tasks" for tasks in TASKS] + [f"{held} held" for held in HELD]
    for case in cases:
        cost_s = outcome.median(cpu_s, "growth", case, "ours")
        if cost_s is not None:
            name = case.replace("held", "results of earlier creates held")
            lines.append(f"| {name} | {number(cost_s * 1e6)} |")
    return "\n".join(lines) if len(lines) > 4 else ""


def _table(title: str, columns: Sequence[Column]) -> str:
    rows = {
        library.adapter: [column.find(library.adapter) for column in columns]
        for library in LIBRARIES
        if any(column.find(library.adapter) is not None for column in columns)
    }
    if not rows:
        return ""
    shown = [place for place in range(len(columns)) if any(row[place] is not None for row in rows.values())]
    lines = [
        f"## {title}",
        "",
        "| | " + " | ".join(columns[place].title for place in shown) + " |",
        "|---|" + "---|" * len(shown),
    ]
    for adapter, row in rows.items():
        cells = ["" if (value := row[place]) is None else number(value) for place in shown]
        lines.append(f"| {BY_ADAPTER[adapter].name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
