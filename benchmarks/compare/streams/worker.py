"""A worker: a process that plays every case with one library, and prints one JSON object.

    python -m compare.streams.worker ADAPTER        (with benchmarks/ on the path, in its environment)

Its input is one JSON line: the address, an id and a key. Events are read by the library's own iterator.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from .adapter import DELTAS, TICKERS, Adapter

BURST, PACED, HELD, CUTS = 20_000, 1_000, 10_000, 3
REPEATS = 3
"""Plays of a case, of which the least counts: what else the machine does only adds."""


async def burst(adapter: Adapter) -> dict[str, float]:
    """CPU of the whole process per frame while frames come faster than they can be read."""
    expected = BURST + 1  # the snapshot
    async with adapter.events(DELTAS, [f"BURST-{BURST}"], 2 * BURST) as events:
        started_s, count = time.process_time(), 0
        async for _ in events:
            count += 1
            if count == 1:
                started_s = time.process_time()
            if count == expected:
                break
    return {"burst_cpu_us": (time.process_time() - started_s) / BURST * 1e6}


async def paced(adapter: Adapter) -> dict[str, float]:
    """Time from the write of the exchange to the caller's loop, one frame every 0.7 ms; and CPU per frame."""
    late_us: list[float] = []
    async with adapter.events(DELTAS, [f"PACED-{PACED}"], 2 * PACED) as events:
        started_s = 0.0
        async for event in events:
            now_ns = time.monotonic_ns()
            sent_ns = int(adapter.stamp(event) or 0)
            if not sent_ns:
                started_s = time.process_time()
                continue
            late_us.append((now_ns - sent_ns) / 1000)
            if len(late_us) == PACED:
                break
        cpu_us = (time.process_time() - started_s) / PACED * 1e6
    late_us.sort()
    return {"paced_cpu_us": cpu_us, "paced_p50_us": _part(late_us, 0.5), "paced_p99_us": _part(late_us, 0.99)}


async def reconnect(adapter: Adapter) -> dict[str, float]:
    """Seconds from the last frame before a cut to the first of the next connection."""
    waits_s: list[float] = []
    last_ns = 0
    async with adapter.events(DELTAS, [f"CUT-{CUTS}-{uuid.uuid4().hex[:8].upper()}"], 100) as events:
        async for event in events:
            now_ns = time.monotonic_ns()
            if not (sent_ns := int(adapter.stamp(event) or 0)):
                continue
            if last_ns:
                waits_s.append((now_ns - last_ns) / 1e9)
            if len(waits_s) == CUTS:
                break
            last_ns = sent_ns
    return {"reconnect_s": sorted(waits_s)[CUTS // 2]} if len(waits_s) == CUTS else {}


async def held(adapter: Adapter) -> dict[str, float]:
    """Memory for the newest ticker of 10,000 markets, held by the caller."""
    newest: dict[str, object] = {}
    gc.collect()
    before_mb = _memory_mb()
    markets = [f"HELD-{number:05d}" for number in range(HELD)]
    async with adapter.events(TICKERS, markets, 2 * HELD) as events:
        async for event in events:
            market = adapter.market(event)
            if market is not None:
                newest[market] = event
            if len(newest) == HELD:
                break
        gc.collect()
        return {"held_mb": _memory_mb() - before_mb}


def _part(ordered: Sequence[float], part: float) -> float:
    return ordered[int(part * len(ordered))]


def _memory_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmRSS")


async def play(adapter: Adapter, url: str, key_id: str, pem: str) -> dict[str, float]:
    found: dict[str, float] = {}
    await adapter.open(url, key_id, pem)
    try:
        for case in (held, *[burst, paced] * REPEATS, reconnect):
            gc.collect()
            try:
                async with asyncio.timeout(60):
                    measured = await case(adapter)
            except Exception as error:  # of any library: the other cases still count
                print(f"{case.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
                continue
            for measure, value in measured.items():
                found[measure] = min(value, found.get(measure, value))
    finally:
        await adapter.close()
    return found


def main() -> None:
    # A library that prints must not write into the answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    adapter: Adapter = importlib.import_module(f"compare.streams.adapters.{sys.argv[1]}").adapter
    print(json.dumps(asyncio.run(play(adapter, **json.loads(sys.stdin.readline())))), file=answers)


if __name__ == "__main__":
    main()
