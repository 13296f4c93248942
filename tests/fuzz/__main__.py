"""Fuzz the client: ``python -m tests.fuzz [--replies N] [--requests N] [--frames N] [--seed N]``.

Prints how many mutated replies, requests and frames there were, how they ended and how long it
took. Ends with 1 if anything but a KalshiError escaped, or if a request was sent that
the exchange could not read; the seed reproduces it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from functools import partial

from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from tests.fuzz import frames, replies, requests

START_MS = 1_795_348_800_000
THROUGH_A_SESSION = 10
"""One in so many replies goes through a public method, settling and paging included."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--replies", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    logging.getLogger("kalshi_async").setLevel(logging.CRITICAL)
    print(f"seed {options.seed}")
    calls = options.replies // THROUGH_A_SESSION
    began_s = time.perf_counter()
    decoded = replies.decode_many(options.replies - calls, options.seed)
    report("replies decoded", began_s, decoded.total, values=decoded.values, errors=decoded.errors)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        wrong = runner.run(use_sessions(calls, options.requests, options.seed))
    # Hours of virtual time without a socket: the loop would take them for a deadlock.
    with asyncio.Runner(loop_factory=partial(VirtualTimeLoop, max_jumps=100 * options.frames)) as runner:
        wrong += runner.run(use_a_stream(options.frames, options.seed))
    print("\n".join(wrong[:20]))
    return 1 if wrong else 0


async def use_sessions(calls: int, count: int, seed: int) -> list[str]:
    """Fuzz through public methods; returns the requests that were sent and should not have been."""
    clock = VirtualClock(START_MS)
    began_s = time.perf_counter()
    called = await replies.call_many(calls, seed, clock)
    report("replies to calls", began_s, called.total, values=called.values, errors=called.errors)
    began_s = time.perf_counter()
    sent = await requests.send_many(count, seed, clock)
    report(
        "requests",
        began_s,
        sent.total,
        refused_here=sent.refused_here,
        done=sent.done,
        refused_there=sent.refused_there,
        wrong=len(sent.wrong),
    )
    return sent.wrong


async def use_a_stream(count: int, seed: int) -> list[str]:
    """Fuzz the frames of a stream; returns what was raised, or not delivered."""
    began_s = time.perf_counter()
    fed = await frames.feed_many(count, seed, VirtualClock(START_MS))
    report("frames", began_s, fed.total, **fed.ends)
    return fed.wrong


def report(what: str, began_s: float, total: int, **counts: int) -> None:
    """Print one line."""
    parts = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())
    print(f"{what:17} {total:>8,}  {time.perf_counter() - began_s:6.1f} s  {parts}")


if __name__ == "__main__":
    sys.exit(main())
