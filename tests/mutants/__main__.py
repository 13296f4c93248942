"""Break the code in small ways, one at a time, and count how often the tests notice.

    python -m tests.mutants [--subject NAME]... [--count N] [--seed N] [--jobs N] [--list]
                            [--tree DIR [--map NAME=PATH,...]... [--tests NAME=PATH,...]...
                            [--renamed OLD=NEW]...]

Prints a line per survivor (a mutant whose tests pass), a line per mutant whose tests had to
be stopped (which counts as killed), and a line of totals per subject.
Ends with 1 if a subject kills a smaller share of its mutants than ``subjects.py`` asks for,
and with 2 if its tests cannot tell: they fail without a mutant, or do not import a module.
The seed reproduces the choice of mutants, in another tree too: ``--map`` and ``--tests``
tell the paths of that tree, ``--renamed`` its name for something that has another one here.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.mutants.mutation import Mutant, chosen, mutants_of
from tests.mutants.running import Outcome, copied, run_changed, run_tests, try_all, twins
from tests.mutants.subjects import SUBJECTS, Subject

ROOT = Path(__file__).parents[2]
NOT_IMPORTABLE = "raise ImportError('imported')\n"


def main() -> int:
    options = arguments()
    modules, tests = pairs(options.map), pairs(options.tests)
    print(f"seed {options.seed}")
    is_enough = True
    for name in options.subject or SUBJECTS:
        subject = SUBJECTS[name]
        if name in modules:
            subject = replace(subject, modules=tuple(modules[name].split(",")))
        if name in tests:
            subject = replace(subject, tests=tuple(tests[name].split(",")))
        mutants = chosen(
            candidates(options.tree, subject), options.count, options.seed, pairs(options.renamed)
        )
        if options.list:
            print(*mutants, sep="\n")
        else:
            is_enough &= measure(name, subject, mutants, options.tree, options.jobs)
    return 0 if is_enough else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--subject", action="append", choices=SUBJECTS, help="all of them by default")
    parser.add_argument("--count", type=int, default=40, help="mutants of each subject")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2, help="mutants that are tried at once")
    parser.add_argument("--list", action="store_true", help="print the mutants and try none")
    parser.add_argument("--tree", type=Path, default=ROOT)
    parser.add_argument("--map", action="append", default=[], metavar="NAME=PATH,...")
    parser.add_argument("--tests", action="append", default=[], metavar="NAME=PATH,...")
    parser.add_argument("--renamed", action="append", default=[], metavar="OLD=NEW")
    return parser.parse_args()


def pairs(given: Sequence[str]) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in given)


def candidates(tree: Path, subject: Subject) -> list[Mutant]:
    """Return every mutant of a subject."""
    return [
        mutant
        for path in files(tree, subject)
        for mutant in mutants_of((tree / path).read_text(encoding="utf-8"), path)
    ]


def files(tree: Path, subject: Subject) -> list[str]:
    """Return the modules of a subject, relative to the tree."""
    named = [tree / path for path in subject.modules]
    found = [below for path in named for below in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return [path.relative_to(tree).as_posix() for path in found]


def measure(name: str, subject: Subject, mutants: Sequence[Mutant], tree: Path, jobs: int) -> bool:
    """Try mutants and print the survivors; returns whether enough of them were killed."""
    began_s = time.monotonic()
    outcomes: Counter[Outcome] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(tree, Path(folder) / "tree")
        limit_s = 10 + 3 * untouched_s(name, subject, copy)
        copies = twins(copy, jobs)
        for mutant, run in try_all(mutants, subject.tests, copies, limit_s):
            outcomes[run.outcome] += 1
            if run.outcome is not Outcome.FAILED:
                print(f"{name}: {run.outcome.value}: {mutant}", flush=True)
    killed = len(mutants) - outcomes[Outcome.PASSED]
    least = subject.least_killed * len(mutants)
    print(
        f"{name}: {killed} of {len(mutants)} killed, {outcomes[Outcome.ENDLESS]} of them by the limit "
        f"of {limit_s:.0f} s; the least is {least:g}; {time.monotonic() - began_s:.0f} s",
        flush=True,
    )
    return killed >= least


def untouched_s(name: str, subject: Subject, copy: Path) -> float:
    """Return how long the tests take without a mutant; ends the program if they could not tell."""
    untouched = run_tests(copy, subject.tests)
    if untouched.outcome is not Outcome.PASSED:
        print(f"{name}: the tests fail without a mutant:\n{untouched.printed}", file=sys.stderr)
        sys.exit(2)
    for path in files(copy, subject):
        if run_changed(copy, path, NOT_IMPORTABLE, subject.tests).outcome is Outcome.PASSED:
            print(f"{name}: the tests do not import {path} of the copy", file=sys.stderr)
            sys.exit(2)
    return untouched.took_s


if __name__ == "__main__":
    sys.exit(main())
