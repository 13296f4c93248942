"""What conductor and workers say to each other, one JSON line at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["create", "cancel", "page", "fills"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Make ``count`` calls, ``at_once`` at a time, ``pause_s`` between those of one task.

    ``limit`` is the size of a page. ``held`` results of earlier creates stay alive meanwhile.
    """

    kind: Kind
    count: int
    at_once: int = 1
    pause_s: float = 0.0
    limit: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """What one batch took, in seconds and megabytes; or why it could not be made.

    ``cpu_s`` is that of the whole process, threads included. ``max_lag_s`` is how late a
    timer of 1 ms was at worst. ``grown_mb`` is how far the batch raised the peak of memory
    above where it began, ``memory_mb`` what was in use after it.
    """

    count: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    latencies_s: tuple[float, ...] = ()
    max_lag_s: float = 0.0
    memory_mb: float = 0.0
    grown_mb: float = 0.0
    error: str = ""
