"""Check candles at length: ``python -m tests.candles [--lives N] [--seed N]``.

Random lives of two markets; each candle that the exchange answers, of both tiers and every interval, is
that of a naive model, computed from the trades that it lists. Ends with 1 if one is not.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tests.candles.lives import check


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.candles")
    parser.add_argument("--lives", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began_s = time.perf_counter()
    tally = asyncio.run(check(options.lives, options.seed))
    took_s = time.perf_counter() - began_s
    print(f"{tally.lives:,} lives, {tally.trades:,} trades, {tally.candles:,} candles, {took_s:.1f} s")
    print(*tally.wrong[:20], f"wrong: {len(tally.wrong)}", sep="\n")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
