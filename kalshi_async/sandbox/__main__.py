"""``python -m kalshi_async.sandbox``: the embedded exchange as a process of its own.

It prints one JSON line to stdout once it accepts connections, so that the program that started
it can read its address. It serves until SIGINT, SIGTERM or SIGHUP and exits 0. All other output goes
to stderr.

With ``--keys DIR`` an account keeps its key: a bot that is started again finds the same key with
the same id. Without it the keys are in a temporary folder, which is removed at the end.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox
from kalshi_async.sandbox.fixed_point import cash
from kalshi_async.sandbox.process.announcement import announce
from kalshi_async.sandbox.process.key_files import KeyFolder
from kalshi_async.sandbox.process.log import logging_without_waiting
from kalshi_async.sandbox.process.options import Options, read_options
from kalshi_async.sandbox.process.signals import stopped_by_signals

_EXPOSED = """\
warning: --host {host} lets other machines connect, over plain HTTP: anyone on the way can read the
requests and replies. This machine reaches the exchange at {url}; a kalshi_async.Session on another
machine refuses plain HTTP and needs a proxy with TLS."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = read_options(arguments)
    try:
        sandbox = _build(options)
        with logging_without_waiting():
            return asyncio.run(_serve(sandbox, options))
    except (ValueError, OSError) as error:
        options.fail(str(error))


def _build(options: Options) -> Sandbox:
    return Sandbox(
        profile=options.profile,
        tier=options.tier,
        markets=options.markets or DEFAULT_MARKETS,
        seed=options.seed,
        read_lag_ms=options.read_lag_ms,
        traders=options.traders,
        host=options.host,
        port=options.port,
    )


async def _serve(sandbox: Sandbox, options: Options) -> int:
    # The signals first: a signal before the temporary folder is removed must not end the process.
    with stopped_by_signals() as stopped, ExitStack() as resources:
        path = options.keys or Path(
            resources.enter_context(tempfile.TemporaryDirectory(prefix="kalshi-sandbox-"))
        )
        keys = KeyFolder(path)
        for account in options.accounts:
            sandbox.add_account(account.name, key=keys.key(account.name, account.key_type))
        async with sandbox:
            if _is_beyond_loopback(options.host):
                print(_EXPOSED.format(host=options.host, url=sandbox.rest_url), file=sys.stderr)
            await _announce_and_wait(_announcement(sandbox, keys), stopped)
    return 0


async def _announce_and_wait(line: bytes, stopped: asyncio.Event) -> None:
    written = announce(line)
    stopping = asyncio.create_task(stopped.wait())
    either: list[asyncio.Future[Any]] = [written, stopping]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if written.done():
            written.result()  # raises OSError
        await stopping
    finally:
        written.cancel()
        stopping.cancel()


def _is_beyond_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a name; the server has looked it up as well
        address = ipaddress.ip_address(socket.gethostbyname(host))
    return not address.is_loopback


def _announcement(sandbox: Sandbox, keys: KeyFolder) -> bytes:
    line = {
        "rest_url": sandbox.rest_url,
        "stream_url": sandbox.stream_url,
        "markets": [{"ticker": ticker} for ticker in sandbox.exchange.markets],
        "accounts": [
            {
                "name": account.name,
                "key_id": account.key_id,
                "private_key_path": str(keys.pem_path(account.name)),
                "balance": cash(sum(account.account.cash_e6.values())),
            }
            for account in sandbox.accounts.values()
        ],
    }
    return msgspec.json.encode(line) + b"\n"


if __name__ == "__main__":
    sys.exit(main())
