"""The options of the command line. An absurd value ends the program before it serves.

Every message names the option, the value and the rule.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import NoReturn

from kalshi_async import __version__
from kalshi_async.environment import GENERATIONS
from kalshi_async.sandbox.access.budget import TIERS
from kalshi_async.sandbox.access.keys import KEY_TYPES, KeyType
from kalshi_async.sandbox.settings import HIGHEST_PORT, LONGEST_READ_LAG_MS, MOST_TRADERS, Rules

# The real exchange's reads lag behind writes: by 360 ms on demo (recording of 2026-06).
_DEFAULT_READ_LAG_MS = Rules().read_lag_ms
_BROADCAST = IPv4Address("255.255.255.255")
_LARGEST_SEED = 2**63 - 1
# A name becomes the name of a file: ASCII, because file systems disagree about other letters.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class AccountOption:
    """One ``--account``."""

    name: str
    key_type: KeyType


@dataclass(frozen=True, slots=True)
class Options:
    """The checked command line."""

    host: str
    port: int
    profile: str
    tier: str
    markets: Sequence[str]
    """The tickers to list; empty for the default."""
    accounts: Sequence[AccountOption]
    keys: Path | None
    """The folder of the key files; None for a temporary one."""
    read_lag_ms: int
    traders: int
    seed: int
    fail: Callable[[str], NoReturn]
    """Prints a message like those for a wrong option, and exits 2."""


def read_options(arguments: Sequence[str] | None) -> Options:
    """Read the command line; None stands for the one of this process. Exits 2 for a wrong one."""
    parser = _parser()
    found = parser.parse_args(arguments)
    accounts: list[AccountOption] = found.account or [AccountOption("trader", "ed25519")]
    taken: dict[str, str] = {}
    for account in accounts:
        # Some file systems take Ann.pem and ann.pem for one file.
        if account.name.lower() in taken:
            former = taken[account.name.lower()]
            rule = "account names must be unique, also where upper and lower case are the same"
            parser.error(f"argument --account: {rule}: {former!r} is taken, was {account.name!r}")
        taken[account.name.lower()] = account.name
    return Options(
        host=found.host,
        port=found.port,
        profile=found.profile,
        tier=found.tier,
        markets=found.market or (),
        accounts=accounts,
        keys=found.keys,
        read_lag_ms=found.read_lag_ms,
        traders=found.traders,
        seed=found.seed,
        fail=parser.error,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kalshi_async.sandbox",
        description="Serve an embedded exchange until SIGINT or SIGTERM.",
    )
    add = parser.add_argument
    add("--host", type=_host, default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--port", type=_whole(HIGHEST_PORT), default=0, help="port to listen on (default: 0, any free one)")
    add("--profile", choices=GENERATIONS, default="current", help="generation of the API")
    add("--tier", choices=tuple(TIERS), default="basic", help="rate limits of every account")
    add("--market", action="append", metavar="TICKER", help="list this market; repeatable")
    add(
        "--account",
        action="append",
        type=_account,
        metavar="NAME[:rsa|:ed25519]",
        help="open an account; repeatable (default: one account, trader)",
    )
    add(
        "--keys",
        type=_folder,
        metavar="DIR",
        help="folder of the private keys: keys of an earlier run are used again, and no file in it is "
        "replaced or removed (default: a temporary one, removed at the end)",
    )
    add(
        "--read-lag-ms",
        type=_whole(LONGEST_READ_LAG_MS),
        default=_DEFAULT_READ_LAG_MS,
        metavar="N",
        help=f"how far reads lag behind writes (default: {_DEFAULT_READ_LAG_MS})",
    )
    traders = _whole(MOST_TRADERS)
    add("--traders", type=traders, default=0, metavar="N", help="number of simulated traders (default: 0)")
    add(
        "--seed",
        type=_whole(_LARGEST_SEED, least=-_LARGEST_SEED),
        default=0,
        metavar="N",
        help="seed of everything random but keys (default: 0)",
    )
    add("--version", action="version", version=f"kalshi_async {__version__}")
    return parser


def _account(text: str) -> AccountOption:
    name, colon, key_type = text.partition(":")
    if _NAME.fullmatch(name) is None:
        raise argparse.ArgumentTypeError(
            f"a name has 1 to 64 ASCII letters, digits, - and _ only, was {name!r}"
        )
    if not colon:
        return AccountOption(name, "ed25519")
    for known in KEY_TYPES:
        if key_type == known:
            return AccountOption(name, known)
    raise argparse.ArgumentTypeError(f"key type must be rsa or ed25519, was {key_type!r}")


def _host(text: str) -> str:
    # The socket would take an empty text for every address of this machine.
    if not text or any(letter.isspace() for letter in text):
        raise argparse.ArgumentTypeError(f"must be an address or a host name, was {text!r}")
    with suppress(ValueError):  # a host name
        address = ip_address(text)
        # The socket takes these as well, and nobody reaches it there.
        if address.is_multicast or address == _BROADCAST:
            raise argparse.ArgumentTypeError(f"must be an address of this machine, was {text!r}")
    return text


def _folder(text: str) -> Path:
    # Path would take an empty text for the current folder.
    if not text.strip():
        raise argparse.ArgumentTypeError(f"must be the path of a folder, was {text!r}")
    return Path(text)


def _whole(most: int, least: int = 0) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.removeprefix("-") if least < 0 else text
        number = int(text) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
        if number is None or not least <= number <= most:
            raise argparse.ArgumentTypeError(
                f"must be a whole number of at least {least} and at most {most}, was {text!r}"
            )
        return number

    return read
