"""The script of faults: the calls, by operation, on which each fault is played.

    script.on("create_order", fault)                     # the next create
    script.on("create_order", fault, call=3)             # the third from now
    script.every("get_orders", fault)                    # each one from now
    script.sometimes("create_order", fault, rate=0.1)    # one in ten, by the seed
    script.clear()

An entry counts the calls of its operation from the moment at which it is added, in the order
in which requests arrive. If one call has several faults, each wraps the next: the fault that
was added first is nearest to the client. This module does not know the faults themselves.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Fault = TypeVar("Fault")

ANY = "*"
"""The name that stands for every operation."""


@dataclass(frozen=True, slots=True)
class Played(Generic[Fault]):
    """One fault that was played."""

    operation: str
    """The operation of the call."""
    call: int
    """The number of the call since the entry was added; the first is 1."""
    fault: Fault
    """The fault."""


@dataclass(slots=True)
class _Entry(Generic[Fault]):
    operation: str
    faults: tuple[Fault, ...]
    call: int  # 0 stands for every call
    rate: float  # below 1 only where call is 0
    seen: int = 0  # calls of the operation since the entry was added
    played: int = 0  # calls on which the faults were played

    def is_spent(self) -> bool:
        return 0 < self.call <= self.seen


@dataclass(slots=True)
class Script(Generic[Fault]):
    """Faults by operation and call. With one seed and the same calls it plays the same faults."""

    operations: frozenset[str]
    """The names of the operations that may be used."""
    seed: int = 0
    """Decides on which calls ``sometimes`` plays its faults."""
    events: frozenset[str] = frozenset()
    """Further names that may be used, which ``ANY`` does not cover."""
    played: list[Played[Fault]] = field(default_factory=list, init=False)
    """Every fault that was played, in order."""
    _entries: list[_Entry[Fault]] = field(default_factory=list, init=False)
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(f"faults {self.seed}")

    def on(self, operation: str, *faults: Fault, call: int = 1) -> None:
        """Play ``faults`` on one call of ``operation``: the next, or the ``call``-th from now."""
        if call < 1:
            raise ValueError(f"calls count from 1, was {call}")
        self._add(operation, faults, call, 1.0)

    def every(self, operation: str, *faults: Fault) -> None:
        """Play ``faults`` on every call of ``operation`` from now."""
        self._add(operation, faults, 0, 1.0)

    def sometimes(self, operation: str, *faults: Fault, rate: float) -> None:
        """Play ``faults`` on a random share of the calls of ``operation``, from now.

        ``rate`` is the share, between 0 and 1. The seed decides which calls they are.
        """
        if not 0 < rate < 1:
            raise ValueError(f"rate must lie between 0 and 1, was {rate}")
        self._add(operation, faults, 0, rate)

    def clear(self) -> None:
        """Remove every entry; ``played`` stays."""
        self._entries.clear()

    @property
    def pending(self) -> list[str]:
        """The operations of entries that have not played yet.

        A test that ends with pending faults has not tested them.
        """
        return [entry.operation for entry in self._entries if not entry.played]

    @property
    def is_empty(self) -> bool:
        """Whether no entry can play a fault any more."""
        return all(entry.is_spent() for entry in self._entries)

    def draw(self, operation: str) -> list[Fault]:
        """Count one call of ``operation`` and return its faults, nearest to the client first."""
        drawn: list[Fault] = []
        names = (operation,) if operation in self.events else (operation, ANY)
        for entry in self._entries:
            if entry.operation in names and self._is_due(entry):
                drawn.extend(entry.faults)
                self.played.extend(Played(operation, entry.seen, fault) for fault in entry.faults)
        return drawn

    def _is_due(self, entry: _Entry[Fault]) -> bool:
        entry.seen += 1
        is_due = entry.call in (0, entry.seen) and (entry.rate == 1.0 or self._random.random() < entry.rate)
        entry.played += is_due
        return is_due

    def _add(self, operation: str, faults: tuple[Fault, ...], call: int, rate: float) -> None:
        known = self.operations | self.events
        if operation != ANY and operation not in known:
            raise ValueError(f"operation must be one of {', '.join(sorted(known))}, was {operation!r}")
        if not faults:
            raise ValueError(f"no fault was given for {operation}")
        self._entries.append(_Entry(operation, faults, call, rate))
