"""Every channel of the exchange, told to a client of other authors: what it reads, and what is sent.

A plain WebSocket beside it reads the same channels, and holds every frame against the vendor's table:
the other must have read as many. Knows no client.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from kalshi_async.contract.frames.channels import CHANNEL_OF, CHANNELS
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.engine.instructions import Amendment
from tests.clients.reader import MARKETS, Access, StreamReader
from tests.clients.websockets_reader import PlainStream
from tests.sandbox.venue_kit import OTHER, TICKER, order

SAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "streams" / "frames.json").read_text()
)["frames"]
TOLD = (
    *("user_orders", "fill", "market_positions", "order_group_updates", "orderbook_delta", "trade"),
    *("ticker", "multivariate_market_lifecycle"),
)
"""The channels of which a day tells everything; of the others the operator publishes samples besides."""
PATIENCE_S = 10.0


def staged() -> Sandbox:
    """Return an exchange that is not served yet, with a reader and somebody to trade with.

    Both sides of its books have orders: kalshi-sdk refuses a snapshot without one, which the vendor's
    schema allows, and which has been recorded.
    """
    sandbox = Sandbox(tier="prestige", markets=MARKETS, seed=17)
    sandbox.add_account("reader", "rsa")  # not every client signs with Ed25519
    sandbox.add_account("bob")
    for ticker in MARKETS:
        sandbox.market(ticker).quote("bid", Decimal("0.30"), Decimal(5))
        sandbox.market(ticker).quote("ask", Decimal("0.70"), Decimal(5))
    return sandbox


def access(sandbox: Sandbox) -> Access:
    """Return where a served exchange is, and the reader's account."""
    account = sandbox.accounts["reader"]
    return Access(sandbox.rest_url, account.key_id, account.private_key_pem, sandbox.stream_url)


def a_day(sandbox: Sandbox) -> None:
    """Let everything happen that the exchange tells: trading, groups, lives of markets, messages."""
    reader, bob = (each.account for each in sandbox.accounts.values())
    parts, orders = sandbox.exchange, sandbox.exchange.orders
    group = parts.groups.create(reader, 5_000).order_group_id
    resting = orders.create(reader, order("bid", "0.48", 10, order_group_id=group, client_order_id="mine"))
    orders.create(bob, order("ask", "0.48", "2.50"))
    one = resting.order
    orders.amend(reader, Amendment(one.order_id, TICKER, "bid", 4_700, 1_200))
    scope: dict[str, Any] = {"subaccount": 0, "market_ticker": TICKER}
    orders.decrease(reader, one.order_id, reduce_by_e2=100, reduce_to_e2=None, **scope)
    parts.groups.set_limit(reader, group, 6_000)
    parts.groups.trigger(reader, group)
    parts.groups.reset(reader, group)
    parts.groups.delete(reader, group)
    sandbox.market(OTHER).withdraw_quotes()
    last = orders.create(reader, order("ask", "0.55", 3)).order
    orders.cancel(reader, last.order_id, **scope)
    for series in ("KXNEW-26", "KXMVECROSS-26"):
        ticker = f"{series}-A"
        parts.markets.add(ticker)
        parts.markets.pause(ticker)
        parts.markets.resume(ticker)
        parts.markets.close(ticker, in_s=3_600)
        parts.markets.settle(ticker, "yes")
    sandbox.market(TICKER).settle("yes")
    for sample in SAMPLES:
        kind = str(sample["type"])
        if kind in CHANNEL_OF and CHANNEL_OF[kind] not in TOLD:
            sandbox.streams.publish(kind, sample["msg"])


class Complaints(logging.Handler):
    """What a client logs as a warning or worse: a frame that its models refuse, say."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take note."""
        self.lines.append(" ".join(record.getMessage().split())[:300])


async def read(name: str) -> int:
    """Let one client read every channel that it knows; print a row for each; return how much was wrong."""
    reader: StreamReader = import_module(f"tests.clients.{name}_reader").Stream()
    sandbox, plain, complaints = staged(), PlainStream(), Complaints()
    logging.getLogger().addHandler(complaints)
    try:
        async with sandbox:
            await plain.open(access(sandbox), reader.channels)
            await reader.open(access(sandbox))
            a_day(sandbox)
            await _settled(plain, reader)
            await reader.close()
            await plain.close()
    finally:
        logging.getLogger().removeHandler(complaints)
    faults = [*plain.faults, *(line for line in complaints.lines if not reader.excuses(line))]
    print(f"| channel | frames sent | {name} read | of types that it does not know |\n|---|---:|---:|---:|")
    for channel in reader.channels:
        strange = sum(plain.types[kind] for kind in CHANNELS[channel].frames.keys() & reader.unknown)
        print(f"| {channel} | {plain.read[channel]} | {reader.read[channel]} | {strange} |")
        faults += differences(channel, plain.types, reader)
    for line in faults:
        print(f"  {line}")
    return len(faults)


def differences(channel: str, sent: Counter[str], reader: StreamReader) -> Iterator[str]:
    """Say what a client has not read of a channel, or whether nothing was sent there."""
    kinds = CHANNELS[channel].frames.keys() - reader.unknown
    expected = sum(sent[kind] for kind in kinds)
    if not any(sent[kind] for kind in CHANNELS[channel].frames):
        yield f"{channel}: nothing was sent"
    if reader.read[channel] != expected:
        yield f"{channel}: {reader.read[channel]} frames were read, {expected} were sent"


async def _settled(plain: PlainStream, reader: StreamReader) -> None:
    """Wait until nothing more comes to either."""
    before = -1
    for _ in range(int(PATIENCE_S / 0.3)):
        now = plain.read.total() + reader.read.total()
        if now == before:
            return
        before = now
        await asyncio.sleep(0.3)
