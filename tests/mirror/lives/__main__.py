"""A thousand lives: ``python -m tests.mirror.lives [--lives N] [--seed N] [--life N] [--drops]``.

Prints what happened and what was wrong, and exits 1 if a current mirror differed from the engine, told
something twice, kept something from the program, or was not current after all trouble.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from tests.mirror.lives.drops import Dropping
from tests.mirror.lives.life import Findings, Life, play

SHARE = 10
"""Lives that a process plays at a time."""
SHOWN = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Play lives, print the table, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mirror.lives", description=__doc__)
    parser.add_argument("--lives", type=int, default=1_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the first life")
    parser.add_argument("--drops", action="store_true", help="frames that are lost without a trace, alone")
    parser.add_argument("--life", type=int, default=None, metavar="N", help="this one alone")
    options = parser.parse_args(arguments)
    seeds = list(range(options.seed, options.seed + options.lives))
    if options.life is not None:
        seeds = [options.life]
    began_s = time.perf_counter()
    found = together(seeds, Dropping if options.drops else Life)
    print(f"{len(seeds)} lives in {time.perf_counter() - began_s:.0f} s")
    for name, count in sorted(found.counts.items(), key=lambda pair: -pair[1]):
        print(f"| {name} | {count:,} |")
    for line in found.wrong[:SHOWN]:
        print(f"  {line[:1_000]}")
    print(f"{len(found.wrong)} wrong")
    return 1 if found.wrong else 0


def together(seeds: Sequence[int], kind: type[Life] = Life) -> Findings:
    """Play lives in as many processes as there are cores."""
    shares = [seeds[begin : begin + SHARE] for begin in range(0, len(seeds), SHARE)]
    if len(shares) == 1:
        return play_all(shares[0], kind)
    found = Findings()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(shares))) as processes:
        for future in as_completed([processes.submit(play_all, share, kind) for share in shares]):
            add(found, future.result())
    return found


def play_all(seeds: Sequence[int], kind: type[Life] = Life) -> Findings:
    """Play lives one after the other, each on a clock of its own; nothing of them is logged."""
    loggers = [logging.getLogger(name) for name in ("kalshi_async", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        return _played(seeds, kind)
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _played(seeds: Sequence[int], kind: type[Life]) -> Findings:
    found = Findings()
    for seed in seeds:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            try:
                add(found, runner.run(play(seed, kind)))
            except Exception:  # whatever it is, the other lives go on
                found.wrong.append(f"life {seed}: {traceback.format_exc(limit=-6)}")
    return found


def add(total: Findings, more: Findings) -> None:
    """Add up."""
    total.wrong += more.wrong
    total.counts += more.counts


if __name__ == "__main__":
    sys.exit(main())
