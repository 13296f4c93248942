"""A trading program of its own process, for tests that send it signals.

It prints ``ready``, quotes, and waits. At its end it prints how many orders rest at the exchange,
which runs in a thread of the same process, so that it outlives the program's event loop.
The argument is how the program is built; with ``--dead`` the exchange hears of no trigger.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading

from kalshi_async import CreateOrder, Session, cancel_on_signals
from kalshi_async.clock import SystemClock
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import ServerFailure

TICKER = "KXHIGHNY-26NOV23-B52.5"


def serve(box: Sandbox, opened: threading.Event, closing: threading.Event) -> None:
    async def run() -> None:
        async with box:
            opened.set()
            await asyncio.to_thread(closing.wait)

    asyncio.run(run())


async def forever() -> None:
    """Wait. Not for an event: CPython notices a signal that comes just before it sleeps when it wakes."""
    while True:  # noqa: ASYNC110  # see above
        await asyncio.sleep(0.1)


async def quote(session: Session) -> None:
    group = await session.order_groups.create(contracts_limit=100)
    async with session.dead_man(order_group_id=group):
        await session.orders.create(
            CreateOrder(TICKER, "bid", 1, "0.10", order_group_id=group.order_group_id)
        )
        print("ready", flush=True)
        await forever()


async def plain(box: Sandbox) -> None:
    async with Session(box.environment, box.credentials("me")) as session:
        await quote(session)


async def suppressing(box: Sandbox) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await plain(box)


async def with_signals(box: Sandbox) -> None:
    async with cancel_on_signals():
        await plain(box)


async def in_the_background(box: Sandbox) -> None:
    """The switch is in a task that nobody awaits: only the end of ``asyncio.run`` cancels it."""
    async with Session(box.environment, box.credentials("me")) as session:
        task = asyncio.create_task(quote(session))
        await forever()
        await task


async def sweeping(box: Sandbox) -> None:
    """At the end every task is canceled, again and again."""
    async with Session(box.environment, box.credentials("me")) as session:
        task = asyncio.create_task(quote(session))
        with contextlib.suppress(asyncio.CancelledError):
            await forever()
        while not task.done():
            for each in asyncio.all_tasks() - {asyncio.current_task()}:
                each.cancel()
            await asyncio.sleep(0)


PROGRAMS = {each.__name__: each for each in (plain, suppressing, with_signals, in_the_background, sweeping)}


def main() -> None:
    box = Sandbox(clock=SystemClock(), accounts=["me"])
    if "--dead" in sys.argv:
        box.faults.every("trigger_order_group", ServerFailure(503))
    opened, closing = threading.Event(), threading.Event()
    exchange = threading.Thread(target=serve, args=(box, opened, closing))
    exchange.start()
    opened.wait()
    try:
        asyncio.run(PROGRAMS[sys.argv[1]](box))
    finally:
        print("resting", len(box.accounts["me"].account.resting), flush=True)
        closing.set()
        exchange.join()


if __name__ == "__main__":
    main()
