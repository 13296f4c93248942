"""The whole matrix: ``python -m tests.certainty [--cases N] [--seed N] [--only TEXT] …``.

Prints how many cases ran and what was found; exits 1 if anything was. Each process plays
its share on one virtual clock.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from tests import base_transport
from tests.certainty.case import EXCUSED, WRONG, Case, Finding, wrong
from tests.certainty.cases import matrix, slice_of
from tests.certainty.matrix import play

SHARE = 100
"""Cases that a process takes at a time."""

SHOWN = 20

Outcome = tuple[Case, list[Finding]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the cases and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.certainty", description=__doc__)
    parser.add_argument("--cases", type=int, default=0, metavar="N", help="a slice; all by default")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which slice")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose description holds this")
    parser.add_argument(
        "--base-transport", choices=base_transport.NAMES, default="ours", help=base_transport.HELP
    )
    options = parser.parse_args(arguments)
    cases = slice_of(options.cases, options.seed) if options.cases else matrix()
    cases = [case for case in cases if options.only in str(case)]
    started_s = time.perf_counter()
    outcomes = [outcome for outcome in _played(cases, options.base_transport) if outcome[1]]
    failed = [(case, wrong(findings)) for case, findings in outcomes if wrong(findings)]
    _report(cases, failed, time.perf_counter() - started_s)
    _print_excused(outcomes)
    return 1 if failed or not cases else 0


def play_all(cases: Sequence[Case]) -> list[Outcome]:
    """Play cases one after the other on one virtual clock."""
    for name in ("kalshi_async", "uvicorn"):  # every fault is logged; the findings say it better
        logging.getLogger(name).setLevel(logging.CRITICAL)

    async def one_by_one() -> list[Outcome]:
        return [(case, await play(case)) for case in cases]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(one_by_one())


def _played(cases: Sequence[Case], transport: str) -> list[Outcome]:
    # Every n-th case, so that the slow ones are spread over all shares.
    count = max(1, len(cases) // SHARE)
    shares = [cases[first::count] for first in range(count)]
    at_once = min(os.cpu_count() or 1, count)
    with ProcessPoolExecutor(at_once, initializer=base_transport.choose, initargs=(transport,)) as processes:
        return [outcome for share in processes.map(play_all, shares) for outcome in share]


def _report(cases: Sequence[Case], failed: Sequence[Outcome], took_s: float) -> None:
    for case, findings in failed[:SHOWN]:
        for finding in findings:
            print(f"{finding.kind}: case {case.seed} ({case}): {finding.what}")
    scenes, roads = Counter(case.scene for case in cases), Counter(case.road for case in cases)
    found = Counter(finding.kind for _, findings in failed for finding in findings)
    print(f"{len(cases)} cases in {took_s:.0f} s: {len(scenes)} scenes", end="")
    print("".join(f", {count} {road}" for road, count in sorted(roads.items())), end="")
    print(f", {sum(bool(case.canceled) for case in cases)} canceled")
    print(", ".join(f"{name} {found[kind]}" for kind, name in WRONG.items()))


def _print_excused(outcomes: Sequence[Outcome]) -> None:
    """Print what the judge let pass: how often, for which scenes, and why."""
    excused = Counter((case.scene, finding.kind) for case, found in outcomes for finding in found)
    for (scene, kind), count in sorted(excused.items()):
        if kind in EXCUSED:
            print(f"  excused {count:3} {scene}: {EXCUSED[kind]}")


if __name__ == "__main__":
    sys.exit(main())
