"""The script of faults: which call of which operation meets what. Knows no fault itself.

    script.on("create_order", fault)                     # the next create
    script.on("create_order", fault, call=3)             # the third from now
    script.every("get_orders", fault)                    # each one from now
    script.sometimes("create_order", fault, rate=0.1)    # one in ten, by the seed
    script.clear()

Calls are counted from the moment at which a line is written, in the order in which the
requests arrive. Several faults on one call are nested: the one written first is
nearest to the client.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Fault = TypeVar("Fault")

ANY = "*"
"""Stands for every operation."""


@dataclass(frozen=True, slots=True)
class Played(Generic[Fault]):
    """One ``fault`` that happened, on which ``call`` of which ``operation``; calls count from 1."""

    operation: str
    call: int
    fault: Fault


@dataclass(slots=True)
class _Line(Generic[Fault]):
    # Exactly one of call (0: every) and rate (below 1) decides.
    operation: str
    faults: tuple[Fault, ...]
    call: int
    rate: float
    seen: int = 0
    played: int = 0

    def is_spent(self) -> bool:
        return 0 < self.call <= self.seen


@dataclass(slots=True)
class Script(Generic[Fault]):
    """Faults by operation and call. Owned by whoever plays it; deterministic under a seed.

    ``operations`` are the names that may be used, and ``events`` further ones that ``ANY``
    does not cover. ``seed`` decides what ``sometimes`` is. ``played`` tells what has happened.
    """

    operations: frozenset[str]
    seed: int = 0
    events: frozenset[str] = frozenset()
    played: list[Played[Fault]] = field(default_factory=list, init=False)
    _lines: list[_Line[Fault]] = field(default_factory=list, init=False)
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(f"faults {self.seed}")

    def on(self, operation: str, *faults: Fault, call: int = 1) -> None:
        """Play ``faults`` on one call: the ``call``-th of ``operation`` from now."""
        if call < 1:
            raise ValueError(f"calls count from 1, was {call}")
        self._add(operation, faults, call, 1.0)

    def every(self, operation: str, *faults: Fault) -> None:
        """Play ``faults`` on every call of ``operation`` from now."""
        self._add(operation, faults, 0, 1.0)

    def sometimes(self, operation: str, *faults: Fault, rate: float) -> None:
        """Play ``faults`` on a share ``rate`` of the calls of ``operation``, drawn by the seed."""
        if not 0 < rate < 1:
            raise ValueError(f"rate must lie between 0 and 1, was {rate}")
        self._add(operation, faults, 0, rate)

    def clear(self) -> None:
        """Forget every line; ``played`` stays."""
        self._lines.clear()

    @property
    def pending(self) -> list[str]:
        """Operations with a line that has not played yet: a fault that never happened proves nothing."""
        return [line.operation for line in self._lines if not line.played]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to play any more."""
        return all(line.is_spent() for line in self._lines)

    def draw(self, operation: str) -> list[Fault]:
        """Count one call of ``operation`` and return its faults, nearest to the client first."""
        drawn: list[Fault] = []
        names = (operation,) if operation in self.events else (operation, ANY)
        for line in self._lines:
            if line.operation in names and self._is_due(line):
                drawn.extend(line.faults)
                self.played.extend(Played(operation, line.seen, fault) for fault in line.faults)
        return drawn

    def _is_due(self, line: _Line[Fault]) -> bool:
        line.seen += 1
        is_due = line.call in (0, line.seen) and (line.rate == 1.0 or self._random.random() < line.rate)
        line.played += is_due
        return is_due

    def _add(self, operation: str, faults: tuple[Fault, ...], call: int, rate: float) -> None:
        known = self.operations | self.events
        if operation != ANY and operation not in known:
            raise ValueError(f"operation must be one of {', '.join(sorted(known))}, was {operation!r}")
        if not faults:
            raise ValueError(f"no fault was given for {operation}")
        self._lines.append(_Line(operation, faults, call, rate))
