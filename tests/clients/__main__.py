"""``python -m tests.clients NAME``: that client reads the exchange, and calls what it has of market data.

The client is one of other authors, and stands in the environment that runs this (``nox -s clients``).
NAME has a module ``NAME_reader``, a module ``NAME_calls``, or both. The exchange is served on loopback.
Prints a row per family, one per channel of its streams, and one per call, as far as the client has such;
exits 1 if anything is missing, too many, or other than at the exchange, or if a call fails that no entry of
``FAULTS`` in its module explains.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec

from kalshi_async.sandbox import RequestRecord
from tests.clients import streams
from tests.clients.calling import Caller, outcome, verdict
from tests.clients.reader import FAMILIES, Facts, Reader
from tests.clients.stage import access, staged, staged_for_calls, truth


async def main(name: str) -> int:
    """Let one client read, print what it read, return the exit code."""
    kinds = [kind for kind in ("reader", "calls") if find_spec(f"tests.clients.{name}_{kind}")]
    if not kinds:
        raise SystemExit(f"no client is called {name}")
    found = 0
    for kind in kinds:
        module = import_module(f"tests.clients.{name}_{kind}")
        found += await rows(name, module.Reader()) if hasattr(module, "Reader") else 0
        found += await streams.read(name) if hasattr(module, "Stream") else 0
        found += await called(name, module.Caller(), module.FAULTS) if hasattr(module, "Caller") else 0
    return 1 if found else 0


async def called(name: str, caller: Caller, faults: Mapping[str, str]) -> int:
    """Let one client call every operation that it has of market data; return how much was wrong."""
    heard: list[RequestRecord] = []
    async with staged_for_calls(heard.append) as sandbox:
        await caller.open(access(sandbox))
        try:
            found = {one: await outcome(one, call, heard) for one, call in caller.calls().items()}
        finally:
            await caller.close()
    print(f"| {name} | call |\n|---|---|")
    for one, words in found.items():
        print(f"| {one} | {f'{words} ({faults.get(one)})' if words else 'works'} |")
    left = verdict(found, faults)
    print(f"{len(found)} operations, {sum(not words for words in found.values())} work", *left, sep="\n")
    return len(left)


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
