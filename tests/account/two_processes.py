"""Two real processes on one key over loopback: ``python -m tests.account.two_processes``.

Each quotes as fast as its buckets let it and cancels five times a second; neither knows of the
other. Prints a line per process and exits 1 if a cancel was given up or an order was placed twice.
How long cancels take depends on the machine, and is only printed.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from kalshi_async import Credentials, Environment, Session
from kalshi_async.sandbox import Sandbox
from tests.account.neighbours import Trader


async def trade(url: str, key_id: str, key_file: str, seconds: float, seed: int) -> int:
    """Trade in this process, as one of the programs; return its exit code."""
    environment = Environment("contested", url)
    async with Session(environment, Credentials.from_file(key_id, key_file)) as session:
        outcome = await Trader(session, random.Random(seed)).trade(seconds)
    print(outcome, *(repr(error) for error in outcome.given_up), sep="\n", flush=True)
    return 1 if outcome.given_up else 0


async def contest(seconds: float, programs: int = 2) -> int:
    """Serve an exchange in this process, and let other processes trade on it."""
    with TemporaryDirectory() as folder:
        async with Sandbox(tier="basic") as sandbox:
            member = sandbox.add_account("alice", cash=Decimal(1_000_000))
            key_file = Path(folder) / "key.pem"
            key_file.write_text(member.private_key_pem)
            given = ["--trade", sandbox.environment.rest_url, member.key_id, str(key_file)]
            ends = await asyncio.gather(
                *(
                    started([*given, "--seconds", str(seconds), "--seed", str(seed)])
                    for seed in range(programs)
                )
            )
            keys = Counter(order.client_order_id for order in member.account.orders.values())
    doubles = keys.total() - len(keys)
    print(f"{keys.total()} orders, {doubles} of them placed twice")
    return 1 if any(ends) or doubles else 0


async def started(arguments: list[str]) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.account.two_processes", *arguments
    )
    return await process.wait()


def main() -> int:
    """Run the contest, or one of its programs, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--trade", nargs=3, metavar=("URL", "KEY_ID", "KEY_FILE"), help="be one of the programs"
    )
    given = parser.parse_args()
    if given.trade:
        url, key_id, key_file = given.trade
        return asyncio.run(trade(url, key_id, key_file, given.seconds, given.seed))
    return asyncio.run(contest(given.seconds))


if __name__ == "__main__":
    sys.exit(main())
