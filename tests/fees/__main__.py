"""Check money at length: ``python -m tests.fees [--orders N] [--lives N] [--floors N] [--seed N]``.

Random orders: each fill is charged as the client computes it, and none above its quote. Random lives:
settlements and open positions add up to the cash, to the last digit; with settlement floors, so do
the entries of the ledger. Ends with 1 if one does not.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.fees import floors, lives, orders


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fees")
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--lives", type=int, default=1_000)
    parser.add_argument("--floors", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began_s = time.perf_counter()
    charged = orders.check(options.orders, options.seed)
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(charged.kinds.items()))
    print(
        f"{charged.orders:,} orders, {charged.fills:,} fills, {time.perf_counter() - began_s:.1f} s: {kinds}"
    )
    wrong = [*charged.wrong]
    for kind, count in ((lives, options.lives), (floors, options.floors)):
        began_s = time.perf_counter()
        lived = kind.check(count, options.seed)
        happened = ", ".join(f"{what} {count:,}" for what, count in sorted(lived.happened.items()))
        print(
            f"{lived.lives:,} lives, {lived.settlements:,} settlements, "
            f"{time.perf_counter() - began_s:.1f} s: {happened}"
        )
        wrong += lived.wrong
    print(*wrong[:20], f"wrong: {len(wrong)}", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
