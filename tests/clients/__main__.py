"""``python -m tests.clients official|kalshi_sdk|pykalshi|websockets``: that client reads the exchange.

The client is one of other authors, and stands in the environment that runs this (``nox -s clients``).
The exchange is served on loopback. Prints a row per family, and one per channel of its streams, as far as
the client has such; exits 1 if anything is missing, too many, or other than at the exchange.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from importlib import import_module

from tests.clients import streams
from tests.clients.reader import FAMILIES, Facts, Reader
from tests.clients.stage import access, staged, truth


async def main(name: str) -> int:
    """Let one client read, print what it read, return the exit code."""
    module = import_module(f"tests.clients.{name}_reader")
    found = await rows(name, module.Reader()) if hasattr(module, "Reader") else 0
    found += await streams.read(name) if hasattr(module, "Stream") else 0
    return 1 if found else 0


async def rows(name: str, reader: Reader) -> int:
    """Let one client read every family of rows; return how much was wrong."""
    sandbox = staged()
    found = 0
    print(f"| {name} | rows | read |\n|---|---:|---|")
    async with sandbox:
        await reader.open(access(sandbox))
        try:
            for family in FAMILIES:
                expected = truth(sandbox)[family]
                faults = [*await read(reader, family, expected)]
                found += len(faults)
                print(f"| {family} | {len(expected)} | {'; '.join(faults) or 'all, as they are'} |")
        finally:
            await reader.close()
    return found


async def read(reader: Reader, family: str, expected: Facts) -> list[str]:
    """Let a client read one family; say what it did not read as it is."""
    try:
        listed, single = await getattr(reader, family)()
    except Exception as error:  # whatever a client raises is its way to say that it cannot read
        return [f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"]
    return [*differences("list", listed, expected), *differences("one by one", single, expected)]


def differences(way: str, facts: Facts, expected: Facts) -> Iterator[str]:
    """Say which facts differ, are missing or too many."""
    for name in sorted(facts.keys() | expected.keys()):
        if facts.get(name) != expected.get(name):
            yield f"{way}: {name} is {facts.get(name)!r}, was {expected.get(name)!r} at the exchange"


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
