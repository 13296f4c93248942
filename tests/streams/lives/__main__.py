"""A thousand lives: ``python -m tests.streams.lives [--lives N] [--seed N] [--life N]``.

Prints a table of what happened, what went wrong with the links and what readers were told, and exits
1 if a fact was lost in silence, came twice or late, if anything hung, or if anything else was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from tests.streams.lives.life import Findings, play

SHARE = 25
"""Lives that a process plays at a time."""
SHOWN = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Play lives, print the table, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.streams.lives", description=__doc__)
    parser.add_argument("--lives", type=int, default=1_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the first life")
    parser.add_argument("--life", type=int, default=None, metavar="N", help="this one alone")
    options = parser.parse_args(arguments)
    seeds = list(range(options.seed, options.seed + options.lives))
    if options.life is not None:
        seeds = [options.life]
    began_s = time.perf_counter()
    found = together(seeds)
    report(found, len(seeds), time.perf_counter() - began_s)
    return 1 if found.wrong else 0


def together(seeds: Sequence[int]) -> Findings:
    """Play lives in as many processes as there are cores."""
    shares = [seeds[begin : begin + SHARE] for begin in range(0, len(seeds), SHARE)]
    if len(shares) == 1:
        return play_all(shares[0])
    found = Findings()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(shares)), initializer=quiet) as processes:
        for future in as_completed([processes.submit(play_all, share) for share in shares]):
            add(found, future.result())
    return found


def play_all(seeds: Sequence[int]) -> Findings:
    """Play lives one after the other, each on a clock of its own."""
    found = Findings()
    for seed in seeds:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            try:
                add(found, runner.run(play(seed)))
            except Exception as error:  # whatever it is, the other lives go on
                found.wrong.append(f"life {seed}: {type(error).__name__}: {error}")
    return found


def quiet() -> None:
    """Log nothing: every trouble is logged, and the table says it better."""
    for name in ("kalshi_async", "uvicorn", "websockets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def add(total: Findings, more: Findings) -> None:
    """Add up."""
    total.wrong += more.wrong
    total.counts += more.counts
    total.troubles += more.troubles
    total.gaps += more.gaps


def report(found: Findings, lives: int, took_s: float) -> None:
    """Print the table."""
    print(f"{lives} lives in {took_s:.0f} s")
    for title, counts in (("", found.counts), ("troubles", found.troubles), ("gaps", found.gaps)):
        if title:
            print(f"| {title} | {counts.total():,} |\n|---|---:|")
        else:
            print("| what | count |\n|---|---:|")
        for name, count in sorted(counts.items(), key=lambda pair: -pair[1]):
            print(f"| {name} | {count:,} |")
    for line in found.wrong[:SHOWN]:
        print(f"  {line[:1500]}")
    print(f"{len(found.wrong)} wrong")


if __name__ == "__main__":
    quiet()
    sys.exit(main())
