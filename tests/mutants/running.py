"""Copies of a tree, and the tests that run in them.

The tree itself is only read. One copy is changed by one thread at a time.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.mutants.mutation import Mutant

# Builds, environments and caches; bytecode too, which says where its source lay.
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "*.whl", "build", "dist", "htmlcov")

_PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")


class Outcome(Enum):
    """What the end of the tests says about a mutant."""

    PASSED = "survived"
    FAILED = "killed"
    ENDLESS = "stopped"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of tests: how it ended, how long it took, and the last it printed."""

    outcome: Outcome
    took_s: float
    printed: str


def copied(tree: Path, to: Path) -> Path:
    """Copy a tree, without hidden files and caches."""
    return Path(shutil.copytree(tree, to, ignore=_LEFT_OUT))


def twins(copy: Path, count: int) -> list[Path]:
    """Return as many copies of a copy, itself the first, bytecode included."""
    others = [copy.with_name(f"{copy.name}-{number}") for number in range(1, count)]
    return [copy, *(Path(shutil.copytree(copy, other)) for other in others)]


def run_tests(copy: Path, tests: Sequence[str], limit_s: float | None = None) -> Run:
    """Run tests in a copy; what they import comes from there."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # every run after the first is quicker with it
    log = copy.with_name(f"{copy.name}.log")
    began_s = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_PYTEST, *tests],
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its own processes can be stopped with it
        )
        try:
            outcome = Outcome.FAILED if process.wait(limit_s) else Outcome.PASSED
        except subprocess.TimeoutExpired:
            outcome = Outcome.ENDLESS
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    printed = log.read_text(encoding="utf-8", errors="replace")[-2_000:]
    return Run(outcome, time.monotonic() - began_s, printed)


def run_changed(
    copy: Path, path: str, source: str, tests: Sequence[str], limit_s: float | None = None
) -> Run:
    """Run tests while one module of a copy has another source."""
    module = copy / path
    original = module.read_text(encoding="utf-8")
    try:
        _rewrite(module, source)
        return run_tests(copy, tests, limit_s)
    finally:
        _rewrite(module, original)


def try_all(
    mutants: Sequence[Mutant], tests: Sequence[str], copies: Sequence[Path], limit_s: float
) -> Iterator[tuple[Mutant, Run]]:
    """Yield every mutant with its run, in their order; as many run at once as there are copies."""
    free: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for copy in copies:
        free.put(copy)

    def try_one(mutant: Mutant) -> Run:
        copy = free.get()
        try:
            return run_changed(copy, mutant.path, mutant.source, tests, limit_s)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        yield from zip(mutants, pool.map(try_one, mutants), strict=True)


def _rewrite(module: Path, source: str) -> None:
    module.write_text(source, encoding="utf-8")
    # Two sources of one size, written in the same second, look the same to the import system.
    for bytecode in (module.parent / "__pycache__").glob(f"{module.stem}.*"):
        bytecode.unlink()
