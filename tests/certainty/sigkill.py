"""SIGKILL between send and reply, then ``resolve`` in a new process.

    python -m tests.certainty.sigkill [--times N] [--seed N]

The exchange lives here, so that its ledger can be looked at; the program that places the
order and the one that resolves it are processes of their own, in real time. The exchange
accepts a signature for one second only, and the horizon of ``resolve`` matches.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox
from kalshi_async.sandbox.faults import Answer, Delivery, ReplyDropped, html
from tests.certainty.victim import Settings

HORIZON_S = 1.0
READ_LAG_MS = 400
LONGEST_DELAY_S = 0.9
AT_WORK = 4
"""Resolving processes at a time: they mostly wait."""

MOMENTS = ("before it is applied, never", "before it is applied, then late", "after it is applied")


@dataclass
class Execution:
    """The fault that kills: one request of one process, at one moment."""

    moment: str
    attempt: int
    delay_s: float
    process: asyncio.subprocess.Process | None = None
    seen: int = 0
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, delivery: Delivery) -> Answer:
        """Answer like an exchange that loses its replies, and kill while one is awaited."""
        self.seen += 1
        if self.seen < self.attempt:
            raise ReplyDropped(html(502))
        try:
            return await self._kill(delivery)
        finally:
            self.is_over.set()

    async def _kill(self, delivery: Delivery) -> Answer:
        if self.moment == "after it is applied":
            await delivery.onward()
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        if self.moment == "before it is applied, then late":
            await delivery.stage.sleep(self.delay_s)
            await delivery.onward()
        raise ReplyDropped(html(502))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one killing came to."""

    moment: str
    fate: str
    is_right: bool


async def kill_and_resolve(times: int, seed: int) -> list[Verdict]:
    """Kill so many processes, one after the other, and resolve each in a process of its own."""
    dice = random.Random(f"sigkill {seed}")
    window_ms = int(HORIZON_S * 1_000)
    sandbox = Sandbox(
        tier="off",
        accounts=["me"],
        read_lag_ms=READ_LAG_MS,
        timestamp_window_ms=(window_ms, window_ms),
        seed=seed,
    )
    with tempfile.TemporaryDirectory() as folder:
        async with sandbox:
            settings = _settings(sandbox, Path(folder))
            at_work = asyncio.Semaphore(AT_WORK)
            async with asyncio.TaskGroup() as tasks:
                resolving = []
                for number in range(times):
                    journal = Path(folder, f"journal-{number}")
                    moment = await _kill(sandbox, settings, journal, dice)
                    await at_work.acquire()
                    task = tasks.create_task(_resolve(sandbox, settings, journal, moment))
                    task.add_done_callback(lambda _: at_work.release())
                    resolving.append(task)
    return [task.result() for task in resolving]


def _settings(sandbox: Sandbox, folder: Path) -> Path:
    account = sandbox.accounts["me"]
    key = folder / "key.pem"
    key.touch(mode=0o600)
    key.write_text(account.private_key_pem)
    path = folder / "settings.json"
    settings = Settings(sandbox.rest_url, account.key_id, str(key), DEFAULT_MARKETS[0], HORIZON_S)
    path.write_bytes(msgspec.json.encode(settings))
    return path


async def _kill(sandbox: Sandbox, settings: Path, journal: Path, dice: random.Random) -> str:
    execution = Execution(dice.choice(MOMENTS), dice.choice((1, 1, 2)), dice.uniform(0, LONGEST_DELAY_S))
    sandbox.faults.clear()
    sandbox.faults.every("create_order", execution)
    execution.process = process = await _started("order", settings, journal)
    said, _ = await process.communicate()
    if process.returncode != -signal.SIGKILL:
        raise AssertionError(f"the process was not killed, it ended with {process.returncode}: {said!r}")
    await execution.is_over.wait()
    return execution.moment


async def _resolve(sandbox: Sandbox, settings: Path, journal: Path, moment: str) -> Verdict:
    process = await _started("resolve", settings, journal)
    said, _ = await process.communicate()
    fate = said.decode().strip()
    key = _key_in(journal)
    orders = sandbox.accounts["me"].account.orders.values()
    count = sum(order.client_order_id == key for order in orders)
    return Verdict(moment, fate, count <= 1 and fate == ("placed" if count else "absent"))


def _key_in(journal: Path) -> str:
    key: str = msgspec.json.decode(journal.read_bytes())["client_order_id"]
    return key


async def _started(command: str, settings: Path, journal: Path) -> asyncio.subprocess.Process:
    arguments = ("-m", "tests.certainty.victim", command, str(settings), str(journal))
    root = Path(__file__).parents[2]
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, cwd=root, env=dict(os.environ)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, resolve, print and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.certainty.sigkill", description=__doc__)
    parser.add_argument("--times", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments of the kills")
    options = parser.parse_args(arguments)
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # it complains of every lost reply
    started_s = time.perf_counter()
    verdicts = asyncio.run(kill_and_resolve(options.times, options.seed))
    right = sum(verdict.is_right for verdict in verdicts)
    print(f"{right} times out of {len(verdicts)} right in {time.perf_counter() - started_s:.0f} s")
    for (moment, fate), count in sorted(Counter((each.moment, each.fate) for each in verdicts).items()):
        print(f"  killed {moment}: {fate} {count}")
    return 0 if right == options.times else 1


if __name__ == "__main__":
    sys.exit(main())
