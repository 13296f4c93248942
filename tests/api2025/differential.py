"""``python -m tests.api2025.differential``: the SDK of 2025 and ``session.legacy`` on one day.

First the SDK lives through the day on ``python -m kalshi_async.sandbox --profile 2025``,
as anybody would start it. Then both do on an exchange with an operator, each on one of
its own with the same seed. Prints a row per operation and exits 1 unless every reply
validates in the SDK's models, all twenty operations were driven, both saw the same, both
ledgers end the same, and the SDK is broken in exactly the ways that are said of it.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from kalshi_async import Credentials, Environment, Session
from tests.api2025.day import Facts, act_out
from tests.api2025.legacy_sdk import BROKEN, Record, SdkWay, client_of, remember_bodies
from tests.api2025.reference import ROWS
from tests.api2025.ways import OldWay
from tests.differential.comparing import differences, values
from tests.differential.process import Venue, running_venue

_STOP_S = 10


class _Account(msgspec.Struct):
    name: str
    key_id: str
    private_key_path: str


class _Announcement(msgspec.Struct):
    rest_url: str
    accounts: list[_Account]


def main() -> int:
    """Run the days, print what happened, return the exit code."""
    record = Record()
    with command_line() as announcement:
        clients = [
            client_of(announcement.rest_url, account.key_id, Path(account.private_key_path).read_text())
            for account in announcement.accounts
        ]
        asyncio.run(through_the_sdk(clients, record, lambda *_: None))
        unbroken = [claim for claim, is_so in BROKEN.items() if not is_so(clients[0])]
    with running_venue("2025") as venue:
        keys = (venue.announcement.accounts[name] for name in ("alice", "bob"))
        clients = [client_of(venue.announcement.rest_url, key.key_id, key.private_key_pem) for key in keys]
        theirs = asyncio.run(through_the_sdk(clients, record, venue.settle))
        their_ledger = venue.ledger()
    with running_venue("2025") as venue:
        ours = asyncio.run(our_way(venue))
        our_ledger = venue.ledger()
    ends = differences(their_ledger, our_ledger, "ledger")
    print(table(record))
    print(f"\nkalshi-python {version('kalshi-python')} on Python {sys.version.split()[0]}")
    print(f"facts that it saw and we saw otherwise: {sum(a != b for a, b in zip(theirs, ours, strict=True))}")
    print(f"values of the ledger that differ at the end: {len(ends)} of {values(our_ledger)}")
    print("the SDK of 2025 itself:", *(f"\n  {claim}" for claim in BROKEN))
    print(*(f"NO LONGER SO: {claim}" for claim in unbroken), *ends[:20], sep="\n")
    left_out = [row.name for row in ROWS if not record.calls[row.name]]
    is_bad = bool(left_out or unbroken or ends or theirs != ours or any(record.faults.values()))
    return 1 if is_bad else 0


@contextmanager
def command_line() -> Iterator[_Announcement]:
    """Start the sandbox as its command line does, and end it as a shell would."""
    with tempfile.TemporaryDirectory() as keys:
        command = [sys.executable, "-m", "kalshi_async.sandbox", "--profile", "2025", "--tier", "off"]
        command += ["--account", "alice:rsa", "--account", "bob:rsa", "--read-lag-ms", "0", "--keys", keys]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None, "the process was started with a pipe"
                yield msgspec.json.decode(process.stdout.readline(), type=_Announcement)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(_STOP_S)
        if process.returncode != 0:
            raise RuntimeError(f"the sandbox ended with {process.returncode}")


async def through_the_sdk(
    clients: list[Any], record: Record, settle: Callable[[str, str], None]
) -> list[Facts]:
    """Act the day out through the SDK of 2025, which blocks; nobody else needs this loop."""
    for client in clients:
        remember_bodies(client)
    alice, bob = (SdkWay(client, record) for client in clients)
    return await act_out(alice, bob, settle)


async def our_way(venue: Venue) -> list[Facts]:
    """Act the day out through ``session.legacy``."""
    environment = Environment("differential", venue.announcement.rest_url, generation="2025")
    async with AsyncExitStack() as stack:
        ways = []
        for name in ("alice", "bob"):
            key = venue.announcement.accounts[name]
            session = Session(environment, Credentials(key.key_id, key.private_key_pem))
            ways.append(OldWay(await stack.enter_async_context(session)))
        alice, bob = ways
        return await act_out(alice, bob, venue.settle)


def table(record: Record) -> str:
    """Return one row per operation of the reference."""
    rows = ["| operation | way | calls | refusals | replies |", "|---|---|---:|---:|---|"]
    for row in ROWS:
        state = "; ".join(sorted(set(record.faults.get(row.name, [])))) or "valid"
        way = record.ways.get(row.name, "never called")
        rows.append(
            f"| {row.name} | {way} | {record.calls[row.name]} | {record.refusals[row.name]} | {state} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
