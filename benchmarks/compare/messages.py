"""The messages between runner and workers, one JSON line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["create", "cancel", "page", "fills"]


@dataclass(frozen=True, slots=True)
class Batch:
    """A number of equal calls to be measured."""

    kind: Kind
    count: int
    """The number of calls."""
    at_once: int = 1
    """The number of tasks that make the calls concurrently."""
    pause_s: float = 0.0
    """The pause of a task before each call."""
    limit: int = 0
    """The size of a page."""
    held: int = 0
    """The number of results of earlier creates that are kept in memory during the batch."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The measurements of one batch."""

    count: int = 0
    """The number of calls."""
    wall_s: float = 0.0
    """The time of the whole batch."""
    cpu_s: float = 0.0
    """The CPU time of the whole process, threads included."""
    latencies_s: tuple[float, ...] = ()
    """The time of each call."""
    max_lag_s: float = 0.0
    """The longest delay of a timer of 1 ms."""
    memory_mb: float = 0.0
    """The memory in use after the batch."""
    grown_mb: float = 0.0
    """The peak of memory in the batch, above the memory in use before it."""
    error: str = ""
    """The traceback, if a call failed."""
