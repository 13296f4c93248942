"""The exchange of the differential runs, a process of its own: ``python -m tests.differential.venue``.

Its one argument is the profile, "current" or "2025". It prints one JSON line once it serves,
like ``python -m kalshi_async.sandbox``. Beyond that it is its own operator: every line on
stdin is one command, answered by one line.

    settle TICKER RESULT    decide a market and pay out
    archive                 move the cutoff of the historical tier past everything
    ledger                  every record of every account, times left out
    (end of input)          stop

Equal seeds and equal requests make equal ledgers, identifiers included.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import TextIO

import msgspec

from kalshi_async.sandbox import Exchange, Rules, Sandbox

SEED = 2026
EVENT = "KXHIGHNY-26NOV23"
MARKETS = (f"{EVENT}-B52.5", f"{EVENT}-B54.5", f"{EVENT}-B56.5")
SHARD_TWO = "KXBTC-26NOV23-T100000"
COLLECTION = "KXMVEMIX-26"

# What the clock writes, and what two runs therefore do not share.
_TIMES = ("_us", "_ts", "_ms")


async def main(commands: TextIO, profile: str) -> None:
    """Serve until the commands end."""
    # The trailing passes of a cancel-all come with time, at which the runs differ.
    rules = Rules(cancel_all_passes_s=(), read_lag_ms=0)
    sandbox = Sandbox(profile=profile, tier="off", markets=MARKETS, seed=SEED, rules=rules)
    sandbox.exchange.markets.add(
        SHARD_TWO, structure="tapered_deci_cent", exchange_index=2, fee_type="quadratic_with_maker_fees"
    )
    stage(sandbox.exchange)
    sandbox.add_account("alice", "rsa" if profile == "2025" else "ed25519")  # 2025 knew RSA alone
    sandbox.add_account("bob", "rsa")
    sandbox.add_account("broker", is_fcm=True)
    sandbox.exchange.accounts.withdraw(sandbox.accounts["alice"].account, Decimal(25))
    async with sandbox:
        answer(_announcement(sandbox))
        while line := await asyncio.to_thread(commands.readline):
            answer(obey(sandbox.exchange, line.split()))


def stage(exchange: Exchange) -> None:
    """Let there be a row of everything that the operator says of markets."""
    exchange.combos.add(COLLECTION, [EVENT, SHARD_TWO.rpartition("-")[0]])
    exchange.catalog.describe_series(EVENT.partition("-")[0], "Climate and Weather", ["Daily temperature"])
    exchange.catalog.describe_series(SHARD_TWO.partition("-")[0], "Sports", ["Football"])
    exchange.catalog.add_incentive(MARKETS[0], "liquidity", 25, for_s=86_400, target_size=100)
    exchange.fees.override_event(EVENT, multiplier=Decimal(1), in_s=86_400)
    exchange.fees.change_series(EVENT.partition("-")[0], "quadratic", in_s=86_400)


def answer(document: object) -> None:
    """Write one line."""
    print(msgspec.json.encode(document).decode(), flush=True)


def obey(exchange: Exchange, words: list[str]) -> object:
    """Carry out one command of the operator."""
    match words:
        case ["settle", ticker, result]:
            exchange.market(ticker).settle(result)
            return "settled"
        case ["archive"]:
            # A little ahead: what ended within this very millisecond is meant as well.
            exchange.historical_cutoff_us = (exchange.venue.clock.now_ms() + 1_000) * 1_000
            return "archived"
        case ["ledger"]:
            return ledger(exchange)
    raise ValueError(f"unknown command: {words}")


def ledger(exchange: Exchange) -> dict[str, object]:
    """Return everything the exchange has written down, except when."""
    return {
        "summary": exchange.reads.snapshot(),
        "accounts": {account.name: timeless(account) for account in exchange.accounts.values()},
    }


def timeless(value: object) -> object:
    """Return a record as plain values without its times. Raises TypeError for what it does not know."""
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, deque):
        return [count_e2 for _, count_e2 in value]  # the window of a group: when, and how much
    if isinstance(value, list | tuple):
        return [timeless(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): timeless(item) for key, item in value.items()}
    if isinstance(value, set):
        return sorted(str(item) for item in value)
    names = [name for name in _fields(value) if not name.endswith(_TIMES)]
    return {name: timeless(getattr(value, name)) for name in names}


def _fields(record: object) -> list[str]:
    if isinstance(record, msgspec.Struct):
        return list(record.__struct_fields__)
    if is_dataclass(record):
        return [field.name for field in fields(record)]
    raise TypeError(f"no part of a ledger: {record!r}")


def _announcement(sandbox: Sandbox) -> dict[str, object]:
    keys = {
        account.name: {"key_id": account.key_id, "private_key_pem": account.private_key_pem}
        for account in sandbox.accounts.values()
    }
    return {"rest_url": sandbox.rest_url, "accounts": keys}


if __name__ == "__main__":
    asyncio.run(main(sys.stdin, *sys.argv[1:]))
