"""A soak: many order lifecycles at once, under outages, lagging reads, and one request in twenty going wrong.

    python -m tests.certainty.soak [--lifecycles N] [--seed N] [--served] [--base-transport NAME]

64 tasks share one session, in virtual time. Each places an order, perhaps changes it, and
cancels it or lets it trade, and keeps what it was told. In the end the sum of all that is
compared with the ledger, and nothing may be left over: no task, connection or token.
The requests go in-process, or (``--served``) over loopback sockets, which takes longer.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kalshi_async import Session, Timeouts
from kalshi_async.calls.retry import RetryPolicy, jittered
from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from tests import base_transport
from tests.certainty.chaos import Chaos, Door
from tests.certainty.lifecycle import TICKERS, Lifecycle, Tale
from tests.certainty.world import PATIENCE_S
from tests.conftest import START_MS

TASKS = 64
READ_LAG_MS = 300
"""At first; see ``chaos``."""
SHOWN = 10
SHOWN_EVERY = 5_000
"""Lifecycles after which a line shows the progress."""

# Little more than one attempt that is not answered: often enough nothing is certain in time.
TIMEOUTS = Timeouts(connect_s=PATIENCE_S, read_s=PATIENCE_S, write_deadline_s=1.5 * PATIENCE_S)


@dataclass(frozen=True, slots=True)
class Report:
    """What a soak came to; ``wrong`` is empty when client and exchange agree."""

    lifecycles: int
    orders: int
    fills: int
    faults_played: int
    outages: int
    unknown: int
    virtual_s: float
    wrong: list[str]


async def soak(lifecycles: int, seed: int, *, is_served: bool = False) -> Report:
    """Run to the end and compare."""
    before = asyncio.all_tasks()
    clock = VirtualClock(START_MS)
    exchange = Sandbox(
        clock=clock,
        tier="prestige",
        markets=TICKERS,
        accounts=["me"],
        seed=seed,
        read_lag_ms=READ_LAG_MS,
    )
    if is_served:
        await exchange.start()
    door, dice = None if is_served else Door(exchange), random.Random(f"waits {seed}")
    session = Session(
        exchange.environment,
        exchange.credentials("me"),
        base_transport=door,
        retry=RetryPolicy(wait=jittered(0.1, 1.0, dice), refused_wait=jittered(0.01, 0.5, dice)),
        timeouts=TIMEOUTS,
        clock=clock,
    )
    async with session:
        chaos = Chaos(exchange, seed, may_refuse=door is not None)
        if door is not None:
            door.chaos = chaos
        outages = asyncio.create_task(chaos.run(), name="outages")
        tales = await _live(session, exchange, lifecycles, seed)
        outages.cancel()
        await asyncio.wait({outages})
        chaos.count()
        exchange.faults.clear()
        await clock.sleep(60)  # whatever is still under way arrives
        wrong = [*_compare(exchange, tales), *_left_in(session)]
    await exchange.stop()
    wrong += [f"task {task.get_name()} is left" for task in asyncio.all_tasks() - before]
    account = exchange.accounts["me"].account
    return Report(
        lifecycles,
        len(account.orders),
        len(account.fills),
        chaos.singles,
        chaos.outages,
        sum(tale.unknown for tale in tales),
        clock.monotonic(),
        wrong,
    )


async def _live(session: Session, exchange: Sandbox, lifecycles: int, seed: int) -> list[Tale]:
    numbers = _counted(lifecycles)

    async def worker() -> list[Tale]:
        # Each lifecycle has its own dice, so that the order of the tasks does not matter to it.
        return [
            await Lifecycle(session, exchange, random.Random(f"{seed} {number}"), number).live()
            for number in numbers
        ]

    async with asyncio.TaskGroup() as tasks:
        workers = [tasks.create_task(worker()) for _ in range(TASKS)]
    return [tale for done in workers for tale in done.result()]


def _counted(lifecycles: int) -> Iterator[int]:
    """Yield the numbers of the lifecycles, and show how far they are."""
    began_s = time.perf_counter()
    for number in range(lifecycles):
        if number and number % SHOWN_EVERY == 0:
            seconds = time.perf_counter() - began_s
            print(f"  {number} of {lifecycles} lifecycles after {seconds:.0f} s", file=sys.stderr, flush=True)
        yield number


def _compare(exchange: Sandbox, tales: Sequence[Tale]) -> list[str]:
    """One line for each order that client and exchange tell differently."""
    account = exchange.accounts["me"].account
    wrong = [f"order {order.order_id} still rests" for order in account.resting.values()]
    told = {tale.order_id: tale for tale in tales if tale.order_id is not None}
    for order in account.orders.values():
        tale = told.pop(order.order_id, None)
        if tale is None:
            wrong.append(f"order {order.order_id} ({order.client_order_id}): nobody was told of it")
        elif tale.filled is not None and tale.filled * 100 != order.filled_e2:
            wrong.append(f"{tale}: {order.filled_e2 / 100} filled in the ledger")
    wrong += [f"{tale}: unknown to the exchange" for tale in told.values()]
    wrong += [f"{tale}: {line}" for tale in tales for line in tale.untrue]
    keys = [order.client_order_id for order in account.orders.values()]
    if len(set(keys)) < len(keys):
        wrong.append("an order was placed twice")
    return wrong


def _left_in(session: Session) -> list[str]:
    wrong = []
    for bucket in session.rate_limits.buckets():
        if bucket.waiting or bucket.tokens() < bucket.capacity:
            wrong.append(f"{bucket.name} tokens end at {bucket.tokens()} of {bucket.capacity}")
    # Whoever gave up on a connection must have closed it: what is left is idle.
    base = session._transport._base
    if isinstance(base, Http1Transport):
        busy = base.in_use
    else:
        pool = getattr(base, "_pool", None)
        busy = sum(not connection.is_idle() for connection in pool.connections) if pool else 0
    return [*wrong, f"{busy} connections are left in use"] if busy else wrong


def run(lifecycles: int, seed: int, *, is_served: bool = False) -> Report:
    """Run a soak on a loop of its own."""
    for name in ("kalshi_async", "uvicorn"):  # every fault is logged; the findings say it better
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(soak(lifecycles, seed, is_served=is_served))


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, print and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.certainty.soak", description=__doc__)
    parser.add_argument("--lifecycles", type=int, default=50_000, metavar="N")
    parser.add_argument("--seed", type=int, default=None, metavar="N", help="to see a failure again")
    parser.add_argument("--served", action="store_true", help="over loopback sockets")
    parser.add_argument(
        "--base-transport", choices=base_transport.NAMES, default="ours", help=base_transport.HELP
    )
    options = parser.parse_args(arguments)
    base_transport.choose(options.base_transport)
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)  # even if this run does not come to its end
    started_s = time.perf_counter()
    report = run(options.lifecycles, seed, is_served=options.served)
    print(
        f"{report.lifecycles} lifecycles in {time.perf_counter() - started_s:.0f} s "
        f"({report.virtual_s:.0f} s of virtual time), seed {seed}: {report.orders} orders, "
        f"{report.fills} fills, {report.faults_played} faults, "
        f"{report.outages} outages, {report.unknown} unknown outcomes settled"
    )
    for line in report.wrong[:SHOWN]:
        print(f"  {line}")
    print(f"{len(report.wrong)} differences" + (f"; again with --seed {seed}" if report.wrong else ""))
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
