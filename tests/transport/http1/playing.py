"""The command line that the long plays of this folder share."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tests.transport.http1.kinds import KINDS, Kind

SHOWN = 20


class Played(Protocol):
    """What came of a play: how its parts ended, and what was wrong with them."""

    @property
    def ends(self) -> Mapping[str, int]: ...
    @property
    def wrong(self) -> Sequence[str]: ...


def play_many(
    noun: str,
    run: Callable[[Kind, int, int], Played],
    documentation: str | None,
    arguments: Sequence[str] | None = None,
) -> int:
    """Play, print and return the exit code; ``--`` and the noun say how many times."""
    parser = argparse.ArgumentParser(description=documentation)
    parser.add_argument(f"--{noun}", type=int, default=10_000, metavar="N", dest="count")
    parser.add_argument("--seed", type=int, default=None, metavar="N", help="to see a failure again")
    parser.add_argument("--base-transport", choices=[kind.name for kind in KINDS], default="ours")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    kind = next(kind for kind in KINDS if kind.name == options.base_transport)
    started_s = time.perf_counter()
    outcome = run(kind, options.count, seed)
    took_s = time.perf_counter() - started_s
    print(f"{options.count} {noun} over {kind.name} in {took_s:.0f} s, seed {seed}: {dict(outcome.ends)}")
    for line in outcome.wrong[:SHOWN]:
        print(f"  {line[:1000]}")
    print(f"{len(outcome.wrong)} wrong")
    return 1 if outcome.wrong else 0
