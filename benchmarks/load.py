"""Put a steady load on an exchange process; check its memory, and that it stops cleanly.

    python benchmarks/load.py [--seconds 60] [--rate 200]

Exits 1 if a rule is broken. The rules:

* memory: after the first third of the time, the server's resident set grows by no more than the
  size of the rows that were added to its ledger (see ``ledger_rows.py``), times ``SLACK`` for the
  overhead of the allocator, plus ``STEP_BYTES`` because memory is allocated in steps. A leak that
  writes no rows breaks this rule in any run that is long enough.
* stop: on SIGTERM with requests in flight, the process exits 0 within ``STOP_S``. Every one of
  those requests ends in a reply or a ``KalshiError``, within ``STOP_S`` plus its own deadline.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from ledger_rows import bytes_per_row
from load_traffic import Traffic
from rounds import Row, machine, table

from kalshi_async import CreateOrder, Credentials, Environment, KalshiError, Session

TICKER = "KXHIGHNY-26NOV23-B52.5"
# The default of the command line. With a read lag, the server keeps a second copy of the ledger.
READ_LAG_MS = 400
SLACK = 1.5
STEP_BYTES = 4 * 2**20
IN_FLIGHT = 40
STOP_S = 5.0
DEADLINE_S = 5.0
IN_FLIGHT_S = 1.0
UNCLEAN = "unclean"


@dataclass(frozen=True, slots=True)
class Sample:
    """The memory of the server and the length of its ledger at one moment."""

    seconds: float
    resident_bytes: int
    orders: int
    fills: int


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of the server process."""

    exit_code: int | None
    """None if it did not exit within ``STOP_S``."""
    took_s: float
    outcomes: Counter[str]
    """How the requests in flight ended: "answered", a ``KalshiError``, or another error."""

    @property
    def unclean(self) -> int:
        """The number of requests that ended in an error which is not a ``KalshiError``."""
        return sum(number for name, number in self.outcomes.items() if name.startswith(UNCLEAN))


@asynccontextmanager
async def exchange_process(keys: str) -> AsyncIterator[tuple[Process, dict[str, Credentials], Environment]]:
    """Run ``python -m kalshi_async.sandbox`` with a maker, a taker and no rate limits.

    ``keys`` is the folder for the private keys.
    """
    arguments = ["--tier", "off", "--market", TICKER, "--account", "maker", "--account", "taker"]
    arguments += ["--read-lag-ms", str(READ_LAG_MS), "--keys", keys]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kalshi_async.sandbox", *arguments, stdout=PIPE
    )
    try:
        assert process.stdout is not None, "it is a pipe"
        line = json.loads(await process.stdout.readline())
        yield (
            process,
            {row["name"]: _credentials(row) for row in line["accounts"]},
            Environment("load", line["rest_url"]),
        )
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _credentials(row: dict[str, str]) -> Credentials:
    return Credentials(row["key_id"], Path(row["private_key_path"]).read_text(encoding="ascii"))


def resident_bytes(pid: int) -> int:
    """Return the resident set of a process. Linux only."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def watch(pid: int, traffic: Traffic, samples: list[Sample]) -> None:
    """Sample the server four times a second until canceled."""
    started_s = perf_counter()
    while True:
        took_s = perf_counter() - started_s
        samples.append(Sample(took_s, resident_bytes(pid), traffic.orders, traffic.fills))
        await asyncio.sleep(0.25)


async def stop_under_load(process: Process, session: Session) -> Stop:
    """Send SIGTERM while requests are in flight; return how they and the process ended.

    The process is halted until all requests have been sent: otherwise it would answer them first.
    """
    # Open as many connections as there will be requests in flight.
    await asyncio.gather(*(session.orders.create(_far_bid()) for _ in range(IN_FLIGHT)))
    outcomes: Counter[str] = Counter()
    process.send_signal(signal.SIGSTOP)
    async with asyncio.TaskGroup() as requests:
        for _ in range(IN_FLIGHT):
            requests.create_task(_place(session, outcomes))
        await asyncio.sleep(IN_FLIGHT_S)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        started_s = perf_counter()
        try:
            async with asyncio.timeout(STOP_S):
                exit_code: int | None = await process.wait()
        except TimeoutError:
            exit_code = None
        took_s = perf_counter() - started_s
    return Stop(exit_code, took_s, outcomes)


async def _place(session: Session, outcomes: Counter[str]) -> None:
    try:
        async with asyncio.timeout(STOP_S + DEADLINE_S):
            await session.orders.create(_far_bid())
    except KalshiError as error:
        outcomes[type(error).__name__] += 1
    except Exception as error:  # any other error is a defect, and is reported as such
        outcomes[f"{UNCLEAN} {error!r}"] += 1
    else:
        outcomes["answered"] += 1


def _far_bid() -> CreateOrder:
    return CreateOrder(TICKER, "bid", 1, "0.01")


async def load(rate_per_s: int, seconds: float) -> tuple[Traffic, list[Sample], Stop]:
    """Put the load on a new exchange, then stop it."""
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory() as keys:
        async with (
            exchange_process(keys) as (process, credentials, environment),
            Session(environment, credentials["maker"]) as maker,
            Session(environment, credentials["taker"]) as taker,
        ):
            traffic = Traffic(maker, taker, TICKER)
            watching = asyncio.create_task(watch(process.pid, traffic, samples))
            await traffic.run(rate_per_s, seconds)
            watching.cancel()
            stop = await stop_under_load(process, maker)
    return traffic, samples, stop


def memory_rows(samples: list[Sample]) -> list[Row]:
    """Compare the growth of the server's memory with the size of the rows added to its ledger."""
    warm = next(sample for sample in samples if sample.seconds >= samples[-1].seconds / 3)
    last = samples[-1]
    sizes = bytes_per_row(READ_LAG_MS)
    rows_bytes = (last.orders - warm.orders) * sizes["finished order"]
    rows_bytes += (last.fills - warm.fills) * sizes["fill"]
    grown_bytes = last.resident_bytes - warm.resident_bytes
    most_bytes = rows_bytes * SLACK + STEP_BYTES
    added = f"{last.orders - warm.orders} orders and {last.fills - warm.fills} fills"
    return [
        Row("resident after the first third", warm.resident_bytes / 2**20, "MiB"),
        Row(
            "growth since then",
            grown_bytes / 2**20,
            "MiB",
            most_bytes / 2**20,
            f"{added} take {rows_bytes / 2**20:.2g} MiB",
        ),
    ]


def report(traffic: Traffic, samples: list[Sample], stop: Stop, rate_per_s: int) -> bool:
    """Print the table and return whether all rules hold."""
    reached_per_s = traffic.requests.total() / traffic.took_s
    mix = ", ".join(f"{name} {number}" for name, number in sorted(traffic.requests.items()))
    outcomes = ", ".join(f"{name} {number}" for name, number in sorted(stop.outcomes.items()))
    exited = stop.exit_code == 0
    rows = [
        Row("requests", traffic.requests.total(), "", None, f"{mix}; {traffic.refused} refused"),
        Row(
            "rate reached",
            reached_per_s,
            "per second",
            None,
            f"{rate_per_s} asked, latest by {traffic.late_s:.2f} s",
        ),
        *memory_rows(samples),
        Row("SIGTERM to exit", stop.took_s, "s", STOP_S, f"exit code {stop.exit_code}"),
        Row("requests in flight that raised another error", stop.unclean, "", 0, outcomes),
    ]
    print(f"## The embedded exchange under load\n\n{machine('uvicorn', 'starlette', 'httpx')}\n")
    print(table(rows))
    return exited and all(row.is_met for row in rows)


def main() -> int:
    """Run the load and return the exit code."""
    parser = argparse.ArgumentParser(description="Load the embedded exchange, and stop it.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=int, default=200, help="requests per second")
    options = parser.parse_args()
    traffic, samples, stop = asyncio.run(load(options.rate, options.seconds))
    return 0 if report(traffic, samples, stop, options.rate) else 1


if __name__ == "__main__":
    sys.exit(main())
