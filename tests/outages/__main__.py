"""The whole matrix: ``python -m tests.outages [--cases N] [--seed N] [--case N] [--only TEXT]``.

Prints how far it is, a line for each failing case to play it again, and what it counted; exits
1 if anything was wrong. Each process plays its share on one virtual clock.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from tests.outages.case import COUNTED, UNSEEN, WRONG, Case, Finding
from tests.outages.cases import matrix, slice_of
from tests.outages.trial import play

SHARE = 50
"""Cases that a process takes at a time."""

SHOWN = 8
"""Failing cases that are printed, of each kind and scene."""

Outcome = tuple[Case, list[Finding]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the cases and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.outages", description=__doc__)
    parser.add_argument("--cases", type=int, default=0, metavar="N", help="a slice; all by default")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which slice")
    parser.add_argument("--case", type=int, default=None, metavar="N", help="one case, with its log")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose description holds this")
    options = parser.parse_args(arguments)
    if options.case is not None:
        return _play_one(matrix()[options.case])
    cases = slice_of(options.cases, options.seed) if options.cases else matrix()
    cases = [case for case in cases if options.only in str(case)]
    started_s = time.perf_counter()
    outcomes = list(_played(cases))
    _report(cases, outcomes, time.perf_counter() - started_s)
    return 1 if _wrong(outcomes) or not cases else 0


def play_all(cases: Sequence[Case]) -> list[Outcome]:
    """Play cases one after the other on one virtual clock."""
    for name in ("kalshi_async", "uvicorn"):  # every fault is logged; the findings say it better
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return [(case, runner.run(play(case))) for case in cases]


def _play_one(case: Case) -> int:
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("kalshi_async").setLevel(logging.INFO)
    print(f"case {case.number}: {case}")
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        findings = runner.run(play(case))
    for finding in findings:
        print(f"{finding.kind}: {finding.what}")
    return 1 if _wrong([(case, findings)]) else 0


def _played(cases: Sequence[Case]) -> Iterator[Outcome]:
    """Play every n-th case in one share, so that the slow ones are spread, and show how far it is."""
    count = max(1, len(cases) // SHARE)
    shares = [cases[first::count] for first in range(count)]
    done = 0
    with ProcessPoolExecutor(min(os.cpu_count() or 1, count)) as processes:
        for future in as_completed([processes.submit(play_all, share) for share in shares]):
            outcomes = future.result()
            done += len(outcomes)
            print(
                f"{done} of {len(cases)} played, {len(_wrong(outcomes))} wrong among these {SHARE}",
                flush=True,
            )
            yield from outcomes


def _wrong(outcomes: Sequence[Outcome]) -> list[tuple[Case, Finding]]:
    return [(case, finding) for case, found in outcomes for finding in found if finding.kind in WRONG]


def _report(cases: Sequence[Case], outcomes: Sequence[Outcome], took_s: float) -> None:
    wrong = sorted(_wrong(outcomes), key=lambda pair: pair[0].number)
    shown: Counter[tuple[str, str]] = Counter()
    for case, finding in wrong:
        shown[finding.kind, case.scene] += 1
        if shown[finding.kind, case.scene] > SHOWN:
            continue
        print(f"{finding.kind}: {case}: {finding.what}\n    {case.command}")
    kinds = (f"{each.kind}, {case.scene}, then {case.refusal or 'nothing'}" for case, each in wrong)
    _count("by what is wrong", Counter(kinds))
    for kind in COUNTED:
        counted: dict[str, list[int]] = defaultdict(list)
        for case, found in outcomes:
            for what in (finding.what for finding in found if finding.kind == kind):
                counted[what].append(case.number)
        _count(kind, Counter({f"{what} (case {min(n)})": len(n) for what, n in counted.items()}))
    print("".join(f"no read shows {what}: {scene}\n" for scene, what in UNSEEN.items()), end="")
    on_wire = sum(case.road == "wire" for case in cases)
    print(f"{len(cases)} cases in {took_s:.0f} s, {on_wire} of them over loopback")
    totals = Counter(finding.kind for _, finding in wrong)
    print(", ".join(f"{kind} {totals[kind]}" for kind in WRONG))


def _count(title: str, counter: Counter[str]) -> None:
    print(f"{title}: {counter.total() if counter else 0}")
    for what, count in counter.most_common():
        print(f"    {count:5} {what}")


if __name__ == "__main__":
    sys.exit(main())
