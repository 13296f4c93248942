"""Measurements of this library alone, in its own environment, printed as one JSON line.

    python -m compare.own        (with benchmarks/ on the path)

Function calls per operation come from ``path``, the cost of admission from ``throttle``.
"""

from __future__ import annotations

import asyncio
import json
from statistics import median

from path import COUNTED, LoopInMemory, counted
from throttle import no_op, uncontended

from .adapters import ours

ROUNDS = 15


def main() -> None:
    """Print the numbers."""
    with asyncio.Runner(loop_factory=LoopInMemory) as runner:
        counts = runner.run(counted(ours.adapter))
    found = {f"calls per {name}": count.total() / COUNTED for name, count in counts.items()}
    with asyncio.Runner() as runner:
        ratios = [runner.run(uncontended()) / runner.run(no_op()) for _ in range(ROUNDS)]
    print(json.dumps({**found, "admission in no-ops": median(ratios)}))


if __name__ == "__main__":
    main()
