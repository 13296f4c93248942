"""Show what the throttle makes of a minute at three times the budget: ``python -m tests.account``.

Alone at every tier, then beside a neighbour that burns the account's tokens. Prints two tables
and exits 1 if a line misses a limit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterable

from kalshi_async.sandbox.access.budget import TIERS
from tests.account.load import Figures, trade
from tests.account.scenes import on_virtual_time

NEIGHBOURS = ((0.3, 1), (0.9, 1), (3.0, 1), (0.5, 5), (0.5, 30))


def main() -> int:
    """Run everything and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of virtual time, per line")
    parser.add_argument("--tiers", nargs="+", default=[tier for tier in TIERS if tier != "off"])
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    alone = list(show_alone(given.tiers, given.seconds, given.seed))
    beside = list(show_beside(given.tiers[:3], given.seconds, given.seed))
    return 0 if all(alone) and all(beside) else 1


def show_alone(tiers: list[str], seconds: float, seed: int) -> Iterable[bool]:
    print(f"## Mixed load at three times the budget, {seconds:g} s, 5 to 40 ms away\n")
    print(
        "| tier | writes | 429s | of the legal tokens | p99 wait of a cancel | allowed"
        " | creates waiting, median | CPU | |\n|---|---|---|---|---|---|---|---|---|"
    )
    for tier in tiers:
        worked_s = time.process_time()
        figures = on_virtual_time(trade(tier, seconds, seed=seed))
        is_met = is_met_alone(figures)
        print(
            f"| {tier} | {figures.statuses.total():,} | {figures.statuses[429]} | {figures.share_used:.2%} "
            f"| {figures.cancel_p99_s * 1000:.2f} ms | {figures.most_cancel_wait_s * 1000:.2f} ms "
            f"| {statistics.median(figures.creates_waiting):.0f} "
            f"| {time.process_time() - worked_s:.1f} s | {'met' if is_met else '**missed**'} |",
            flush=True,
        )
        yield is_met
    print()


def show_beside(tiers: list[str], seconds: float, seed: int) -> Iterable[bool]:
    print("## The same beside a neighbour that asks for part of the refill, in bursts, and never waits\n")
    print(
        "| tier | asks for | burst | got | 429s | clamps | refused + charged, of the legal | of what was left"
        " | p99 wait of a cancel | cancels given up | |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for tier in tiers:
        for share, burst in NEIGHBOURS:
            figures = on_virtual_time(trade(tier, seconds, neighbour=share, burst=burst, seed=seed))
            is_met = is_met_beside(figures)
            print(
                f"| {tier} | {share:.0%} | {burst} | {figures.neighbours_tokens / figures.legal:.0%} "
                f"| {figures.statuses[429]} | {figures.clamps} "
                f"| {(figures.tokens + figures.refused) / figures.legal:.0%} "
                f"| {figures.share_used:.1%} | {figures.cancel_p99_s * 1000:.1f} ms "
                f"| {figures.unfinished_cancels} | {'met' if is_met else '**missed**'} |",
                flush=True,
            )
            yield is_met
    print()


def is_met_alone(figures: Figures) -> bool:
    return (
        figures.statuses[429] == 0
        and 0.99 <= figures.share_used <= 1
        and figures.cancel_p99_s <= figures.most_cancel_wait_s
        and figures.unfinished_cancels == 0
    )


def is_met_beside(figures: Figures) -> bool:
    return figures.is_bounded and figures.share_used >= 0.9


if __name__ == "__main__":
    sys.exit(main())
