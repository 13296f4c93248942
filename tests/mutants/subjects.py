"""What is mutated, by which tests a mutant is tried, and how many of them must notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """One row of the table.

    ``modules``: files, or folders with all their modules.
    ``tests``: arguments of pytest, the likeliest and quickest to notice first. At most
    40 seconds: a mutant that survives costs all of them. No path may lie inside another
    one, or pytest runs both in the order of the folder.
    ``least_killed``: the share of the mutants below which the run fails.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    least_killed: float


SUBJECTS: Mapping[str, Subject] = {
    "batches": Subject(
        modules=(
            "kalshi_async/resources/_batches.py",
            "kalshi_async/resources/_batch_call.py",
            "kalshi_async/resources/_batch_entries.py",
            "kalshi_async/resources/_placing.py",
        ),
        tests=(
            "tests/resources/test_batches.py",
            "tests/resources/settling",
            "tests/calls",
        ),
        least_killed=0.8,
    ),
    "bucket": Subject(
        modules=("kalshi_async/account/throttle.py",),
        tests=(
            "tests/account/test_throttle.py",
            "tests/account",
            "--ignore=tests/account/test_load.py",
        ),
        least_killed=0.85,
    ),
    "pipeline": Subject(
        modules=("kalshi_async/calls/pipeline.py",),
        tests=(
            "tests/calls",
            "tests/resources/settling",
            "tests/session",
            "--ignore=tests/session/test_secrets.py",
        ),
        least_killed=0.9,
    ),
    "settling": Subject(
        modules=("kalshi_async/resources/settling",),
        tests=(
            "tests/resources/settling",
            "tests/calls/test_certainty.py",
            "tests/api2025/test_doubt.py",  # api2025
        ),
        least_killed=0.7,
    ),
}
