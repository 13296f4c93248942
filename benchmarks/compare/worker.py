"""A worker: a process that runs batches of calls with one library.

    python -m compare.worker ADAPTER        (with benchmarks/ on the path, in its environment)

Its input is one JSON line with the ``Target``, then one with a ``Batch`` for each batch. It answers
each line with a ``Sample`` and ends when its standard input closes. Between batches its event loop
does not run, so an idle worker uses no CPU.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter, process_time

from .adapter import Adapter, Target
from .messages import Batch, Sample

TICK_S = 0.001


class Ticker:
    """A timer of 1 ms that records its longest delay."""

    def __init__(self) -> None:
        self.max_lag_s = 0.0
        self._loop = asyncio.get_running_loop()
        self._start()

    def _start(self) -> None:
        self._due_s = self._loop.time() + TICK_S
        self._timer = self._loop.call_at(self._due_s, self._tick)

    def _tick(self) -> None:
        self.max_lag_s = max(self.max_lag_s, self._loop.time() - self._due_s)
        self._start()

    def stop(self) -> None:
        self._tick()
        self._timer.cancel()


class Worker:
    """Runs batches with one open adapter. Owns the results that are held."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._held: list[object] = []

    async def run(self, batch: Batch) -> Sample:
        """Warm up, make the calls, and return the measurements."""
        await self._hold(batch.held)
        call = self._call(batch)
        if batch.kind != "fills":
            # Warm up: reopen connections that were closed while idle, and fill caches.
            await _at_once(call, batch.at_once, batch.at_once, 0.0, [])
        gc.collect()
        latencies_s: list[float] = []
        memory_mb = _reset_peak_mb()
        ticker = Ticker()
        started_s, started_cpu_s = perf_counter(), process_time()
        await _at_once(call, batch.count, batch.at_once, batch.pause_s, latencies_s)
        wall_s, cpu_s = perf_counter() - started_s, process_time() - started_cpu_s
        ticker.stop()
        return Sample(
            batch.count,
            wall_s,
            cpu_s,
            tuple(latencies_s),
            ticker.max_lag_s,
            _memory_mb("VmRSS"),
            _memory_mb("VmHWM") - memory_mb,
        )

    def _call(self, batch: Batch) -> Callable[[], Awaitable[object]]:
        if batch.kind == "fills":
            return self._adapter.fills
        if batch.kind == "page":
            return lambda: self._page(batch.limit)
        return self._adapter.create if batch.kind == "create" else self._adapter.cancel

    async def _page(self, limit: int) -> None:
        rows = await self._adapter.page(limit)
        if rows != limit:
            raise RuntimeError(f"a page of {limit} came as {rows} rows")

    async def _hold(self, count: int) -> None:
        del self._held[count:]
        while len(self._held) < count:
            self._held.append(await self._adapter.create())


async def _at_once(
    call: Callable[[], Awaitable[object]],
    count: int,
    at_once: int,
    pause_s: float,
    latencies_s: list[float],
) -> None:
    async def some(times: int) -> None:
        for _ in range(times):
            if pause_s:
                await asyncio.sleep(pause_s)
            started_s = perf_counter()
            await call()
            latencies_s.append(perf_counter() - started_s)

    if at_once == 1:
        await some(count)
        return
    async with asyncio.TaskGroup() as tasks:
        for number in range(at_once):
            tasks.create_task(some(count // at_once + (number < count % at_once)))


def _reset_peak_mb() -> float:
    """Reset the kernel's peak of memory; return the memory in use now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory_mb("VmRSS")


def _memory_mb(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/self/status has no {name}")


def main() -> None:
    """Answer the runner until the standard input closes."""
    # A library that prints must not write between the samples: its output goes to stderr.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    adapter: Adapter = importlib.import_module(f"compare.adapters.{sys.argv[1]}").adapter
    worker = Worker(adapter)

    async def opened(target: Target) -> Sample:
        await adapter.open(target)
        await adapter.create()
        # The CPU time from the start of the process to the first reply.
        return Sample(1, cpu_s=process_time(), memory_mb=_memory_mb("VmRSS"))

    with asyncio.Runner() as runner:
        for number, line in enumerate(sys.stdin):
            asked = json.loads(line)
            try:
                sample = runner.run(worker.run(Batch(**asked)) if number else opened(Target(**asked)))
            except Exception:  # of any library, of any kind: the runner goes on without this library
                sample = Sample(error=traceback.format_exc(limit=-3))
            print(json.dumps(asdict(sample)), file=answers)
        runner.run(adapter.close())


if __name__ == "__main__":
    main()
