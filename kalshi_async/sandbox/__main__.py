"""``python -m kalshi_async.sandbox``: the embedded exchange as a process of its own.

It prints one JSON line to stdout once it accepts connections, so that the program that started
it can read its address. It serves until SIGINT or SIGTERM and exits 0. All other output goes
to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kalshi_async import __version__
from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox, SandboxAccount
from kalshi_async.sandbox.access.budget import TIERS
from kalshi_async.sandbox.access.keys import KEY_TYPES, KeyType
from kalshi_async.sandbox.fixed_point import cash

# The real exchange's reads lag behind writes: by 360 ms on demo (recording of 2026-06).
_DEFAULT_READ_LAG_MS = 400
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class _AccountOption:
    name: str
    key_type: KeyType


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    accounts: list[_AccountOption] = options.account or [_AccountOption("trader", "ed25519")]
    try:
        sandbox = _build(options, accounts)
        return asyncio.run(_serve(sandbox, options.keys))
    except (ValueError, OSError) as error:
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kalshi_async.sandbox",
        description="Serve an embedded exchange until SIGINT or SIGTERM.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--port", type=_port, default=0, help="port to listen on (default: 0, any free one)")
    add("--profile", choices=("current", "2025"), default="current", help="generation of the API")
    add("--tier", choices=tuple(TIERS), default="basic", help="rate limits of every account")
    add("--market", action="append", metavar="TICKER", help="list this market; repeatable")
    add(
        "--account",
        action="append",
        type=_account,
        metavar="NAME[:rsa|:ed25519]",
        help="open an account; repeatable (default: one account, trader)",
    )
    add("--keys", type=Path, metavar="DIR", help="directory for private keys (default: a new temporary one)")
    add(
        "--read-lag-ms",
        type=_natural,
        default=_DEFAULT_READ_LAG_MS,
        metavar="N",
        help=f"how far reads lag behind writes (default: {_DEFAULT_READ_LAG_MS})",
    )
    add("--traders", type=_natural, default=0, metavar="N", help="number of simulated traders (default: 0)")
    add("--seed", type=int, default=0, metavar="N", help="seed of everything random but keys (default: 0)")
    add("--version", action="version", version=f"kalshi_async {__version__}")
    return parser


def _build(options: argparse.Namespace, accounts: list[_AccountOption]) -> Sandbox:
    sandbox = Sandbox(
        profile=options.profile,
        tier=options.tier,
        markets=options.market or DEFAULT_MARKETS,
        seed=options.seed,
        read_lag_ms=options.read_lag_ms,
        traders=options.traders,
        host=options.host,
        port=options.port,
    )
    for account in accounts:
        sandbox.add_account(account.name, account.key_type)
    return sandbox


async def _serve(sandbox: Sandbox, keys: Path | None) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stopped.set)
    keys = keys or Path(tempfile.mkdtemp(prefix="kalshi-sandbox-"))
    key_paths = {account.name: _write_key(keys, account) for account in sandbox.accounts.values()}
    async with sandbox:
        _announce(sandbox, key_paths)
        await stopped.wait()
    return 0


def _announce(sandbox: Sandbox, key_paths: dict[str, Path]) -> None:
    line = {
        "rest_url": sandbox.rest_url,
        "markets": [{"ticker": ticker} for ticker in sandbox.exchange.markets],
        "accounts": [
            {
                "name": account.name,
                "key_id": account.key_id,
                "private_key_path": str(key_paths[account.name]),
                "balance": cash(sum(account.account.cash_e6.values())),
            }
            for account in sandbox.accounts.values()
        ],
    }
    print(msgspec.json.encode(line).decode(), flush=True)


def _write_key(directory: Path, account: SandboxAccount) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory.resolve() / f"{account.name}.pem"
    # Created with mode 600: other users could open the file between its creation and a chmod. An
    # old file is deleted and not overwritten, because it may be readable, or a link.
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(account.private_key_pem)
    return path


def _account(text: str) -> _AccountOption:
    name, _, key_type = text.partition(":")
    if not name or not all(letter.isalnum() or letter in "-_" for letter in name):
        raise argparse.ArgumentTypeError(f"a name has letters, digits, - and _ only, was {name!r}")
    if key_type and key_type not in KEY_TYPES:
        raise argparse.ArgumentTypeError(f"key type must be rsa or ed25519, was {key_type!r}")
    return _AccountOption(name, key_type or "ed25519")


def _port(text: str) -> int:
    port = _natural(text)
    if port > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is at most {_HIGHEST_PORT}, was {port}")
    return port


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 0, was {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
