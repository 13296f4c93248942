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
        modules=("kalshi_async/resources/_batches.py",),
        tests=(
            "tests/client/test_results.py",
            "tests/session/test_batches.py",
            "tests/certainty_rules",
            "tests/session/test_review_certainty.py",
            "tests/session/test_review_kill_switch.py",
            "tests/session/test_routing.py",
        ),
        least_killed=0.8,
    ),
    "bucket": Subject(
        modules=("kalshi_async/account/throttle.py",),
        tests=(
            "tests/client/test_throttle.py",
            "tests/client/test_throttle_limits.py",
            "tests/client/test_throttle_properties.py",
            "tests/throttle",
            "--ignore=tests/throttle/test_load.py",
        ),
        least_killed=0.85,
    ),
    "pipeline": Subject(
        modules=("kalshi_async/calls/pipeline.py",),
        tests=(
            "tests/throttle/test_freshness.py",
            "tests/certainty_rules",
            "tests/session",
            "--ignore=tests/session/test_budget.py",
            "--ignore=tests/session/test_history.py",
            "--ignore=tests/session/test_operations.py",
            "--ignore=tests/session/test_secrets.py",
        ),
        least_killed=0.9,
    ),
    "settling": Subject(
        modules=("kalshi_async/resources/settling",),
        tests=(
            "tests/certainty_rules",
            "tests/session/test_certainty.py",
            "tests/session/test_review_certainty.py",
            "tests/legacy/test_doubt.py",
        ),
        least_killed=0.7,
    ),
}
