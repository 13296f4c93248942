"""``python -m tests.differential``: the official SDK and ours live through the same day.

Both trade on an exchange process of their own, with the same seed. Prints a row per
operation and exits 1 unless every reply validates in the SDK's models, every
method of its APIs but those of FCM, keys and communications was driven, no list stayed empty, and both
ledgers end the same.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from importlib.metadata import version

from kalshi_async import Credentials, Environment, Session
from tests.differential.comparing import differences, values
from tests.differential.official import METHODS, OfficialActor, Record, RecordingClient
from tests.differential.ours import OurActor
from tests.differential.process import Venue, running_venue
from tests.differential.trading_day import act_out

PEOPLE = ("alice", "bob", "broker")


def main() -> int:
    """Run both days, print what happened, return the exit code."""
    record = Record()
    with running_venue() as venue:
        asyncio.run(officially(venue, record))
        theirs = venue.ledger()
    print(table(record))
    with running_venue() as venue:
        asyncio.run(our_way(venue))
        ours = venue.ledger()
    left_out, empty = record.methods_left_out(), record.empty_lists()
    difference = list(differences(theirs, ours, "ledger"))
    print(verdict(record, left_out, empty, difference, values(theirs)))
    return 1 if record.faults or left_out or empty or difference else 0


async def officially(venue: Venue, record: Record) -> None:
    """Act the day out through the official SDK."""
    async with AsyncExitStack() as stack:
        actors = []
        for name in PEOPLE:
            client = RecordingClient(venue.announcement.rest_url, venue.announcement.accounts[name])
            actors.append(OfficialActor(await stack.enter_async_context(client), record))
        alice, bob, broker = actors
        await act_out(alice, bob, broker, venue)


async def our_way(venue: Venue) -> None:
    """Act the day out through our session."""
    environment = Environment("differential", venue.announcement.rest_url)
    async with AsyncExitStack() as stack:
        actors = []
        for name in PEOPLE:
            key = venue.announcement.accounts[name]
            session = Session(environment, Credentials(key.key_id, key.private_key_pem))
            await stack.enter_async_context(session)
            actors.append(OurActor(session))
        alice, bob, broker = actors
        await act_out(alice, bob, broker, venue)


def table(record: Record) -> str:
    """Return one row per operation."""
    rows = [
        "| operation | method of the SDK | calls | refusals | rows | replies |",
        "|---|---|---:|---:|---:|---|",
    ]
    for operation in sorted(record.calls):
        method = METHODS.get(operation, operation)
        state = "; ".join(sorted(set(record.faults.get(operation, [])))) or "valid"
        shown = record.rows.get(operation, "")
        counts = f"{record.calls[operation]} | {record.refusals[operation]} | {shown}"
        rows.append(f"| {operation} | {method} | {counts} | {state} |")
    return "\n".join(rows)


def verdict(record: Record, left_out: list[str], empty: list[str], difference: list[str], size: int) -> str:
    """Return the conclusion in a few lines."""
    return "\n".join(
        [
            "",
            f"kalshi_python_async {version('kalshi_python_async')} on Python {sys.version.split()[0]}: "
            f"{len(record.calls)} operations, {record.calls.total()} replies, "
            f"{record.refusals.total()} refusals",
            f"operations with replies that do not validate: {', '.join(sorted(record.faults)) or 'none'}",
            f"methods of the SDK never called: {', '.join(left_out) or 'none'}",
            f"lists that never showed a row: {', '.join(empty) or 'none'}",
            f"values of the ledger that differ at the end: {len(difference)} of {size}",
            *difference[:20],
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
