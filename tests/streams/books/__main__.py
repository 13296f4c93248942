"""Live books at length: ``python -m tests.streams.books [--lives N] [--first SEED] [--steps N]``.

Ends with 1 if a book that called itself current was not the exchange's.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.streams.books.life import STEPS, check


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.streams.books")
    parser.add_argument("--lives", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    began_s = time.perf_counter()
    try:
        happened = check(options.lives, options.first, options.steps)
    except AssertionError as error:
        print(error)
        return 1
    told = ", ".join(f"{what} {count:,}" for what, count in sorted(happened.items()))
    print(f"{options.lives:,} lives of each kind in {time.perf_counter() - began_s:.1f} s: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
