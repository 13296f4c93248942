"""Random trading: what a stream told adds up to what the exchange knows.

A stream without a socket, because thousands of frames are read; the frames are the same.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from kalshi_async.clock import Clock
from kalshi_async.sandbox import Rejected, Sandbox, SandboxAccount
from kalshi_async.sandbox.engine.instructions import Amendment
from kalshi_async.sandbox.engine.state import Account, Order, Side
from kalshi_async.sandbox.fixed_point import cost, count, price
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.streams import vendor
from tests.sandbox.streams.kit import OTHER, TICKER, handshake, order

CHANNELS = [
    *("user_orders", "fill", "market_positions", "order_group_updates"),
    *("orderbook_delta", "trade", "ticker", "market_lifecycle_v2"),
]
STEPS = 120
SIDES: tuple[Side, Side] = ("bid", "ask")


class Notes:
    """Every frame, held against the vendor's table."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    def texts_received(self, texts: Sequence[bytes]) -> None:
        for text in texts:
            frame = json.loads(text)
            assert vendor.faults(frame) == []
            self.frames.append(frame)

    def ping_received(self, payload: bytes) -> None: ...
    def closed(self, code: int | None) -> None: ...

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame["msg"] for frame in self.frames if frame["type"] == kind]


class Life:
    """One member's random calls on the engine."""

    def __init__(self, exchange: Sandbox, account: Account, chance: random.Random) -> None:
        self._parts = exchange.exchange
        self._clock: Clock = exchange.clock
        self._account = account
        self._chance = chance
        self._groups = [self._parts.groups.create(account, 2_000).order_group_id]

    def step(self) -> None:
        """Make one call; many are refused."""
        acts = [self.place] * 5 + [
            self.cancel,
            self.amend,
            self.decrease,
            self.group,
        ]
        with suppress(Rejected):
            self._chance.choice(acts)()

    def place(self) -> None:
        options: dict[str, object] = {"subaccount": self._chance.choice([0, 0, 1])}
        kind = self._chance.choice(["plain", "ioc", "reduce", "expires", "grouped", "maker"])
        if kind == "ioc":
            options["time_in_force"] = "immediate_or_cancel"
        elif kind == "reduce":
            options |= {"time_in_force": "immediate_or_cancel", "reduce_only": True}
        elif kind == "expires":
            options["expiration_s"] = self._clock.now_ms() // 1_000 + self._chance.randint(1, 20)
        elif kind == "grouped":
            options |= {"order_group_id": self._groups[0], "subaccount": 0}
        elif kind == "maker":
            options["self_trade_prevention_type"] = "maker"
        side = self._chance.choice(SIDES)
        placed = order(side, f"0.{self._chance.randint(44, 56)}", self._chance.randint(1, 12), **options)
        self._parts.orders.create(self._account, placed)

    def cancel(self) -> None:
        one = self._any()
        self._parts.orders.cancel(
            self._account, one.order_id, subaccount=one.subaccount, market_ticker=one.ticker
        )

    def amend(self) -> None:
        one = self._any()
        terms = self._chance.randint(44, 56) * 100, one.filled_e2 + self._chance.randint(0, 12) * 100
        amendment = Amendment(one.order_id, one.ticker, one.side, *terms, subaccount=one.subaccount)
        self._parts.orders.amend(self._account, amendment)

    def decrease(self) -> None:
        one = self._any()
        self._parts.orders.decrease(
            self._account,
            one.order_id,
            reduce_by_e2=self._chance.randint(1, 12) * 100,
            reduce_to_e2=None,
            subaccount=one.subaccount,
            market_ticker=one.ticker,
        )

    def group(self) -> None:
        act = self._chance.choice([self._parts.groups.reset, self._parts.groups.trigger])
        act(self._account, self._groups[0])

    def _any(self) -> Order:
        if not self._account.resting:
            raise Rejected("not_found")
        return self._chance.choice(list(self._account.resting.values()))


async def lived(exchange: Sandbox, alice: SandboxAccount, seed: int) -> Notes:
    """Let two members trade at random, halt and end a market, and return what alice's stream told."""
    notes = Notes()
    stream = await exchange.streams.open(handshake(alice, exchange.clock), notes)
    params = {"channels": CHANNELS, "market_tickers": [TICKER, OTHER]}
    stream.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
    chance = random.Random(seed)
    lives = [Life(exchange, account.account, chance) for account in exchange.accounts.values()]
    market = exchange.market(TICKER)
    for number in range(STEPS):
        chance.choice(lives).step()
        if chance.random() < 0.3:
            await asyncio.sleep(chance.random() * 3)
        if number == STEPS // 2:
            market.pause()
            market.resume()
    results: tuple[str | int, ...] = ("yes", "no", 40)
    market.settle(chance.choice(results))
    await asyncio.sleep(1)
    stream.close()
    return notes


@pytest.fixture(params=range(12))
def seed(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


async def test_a_stream_told_all_that_the_exchange_knows(clock: VirtualClock, seed: int) -> None:
    """Orders, fills, positions and the book; and the numbers have no hole."""
    exchange = Sandbox(tier="advanced", clock=clock, seed=seed, accounts=["alice", "bob"])
    for member in exchange.accounts.values():
        exchange.exchange.accounts.create_subaccount(member.account)
        exchange.exchange.transfers.between_subaccounts(member.account, "t", 0, 1, 400_000)
    alice = exchange.accounts["alice"]
    notes = await lived(exchange, alice, seed)
    orders_agree(notes, alice.account)
    fills_agree(notes, alice.account)
    positions_agree(notes, alice.account)
    books_agree(notes)
    numbers: dict[int, list[int]] = {}
    for frame in notes.frames:
        if "seq" in frame:
            numbers.setdefault(frame["sid"], []).append(frame["seq"])
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in numbers.values())
    volume = sum((Decimal(msg["count_fp"]) for msg in notes.of("trade")), Decimal(0))
    assert Decimal(notes.of("ticker")[-1]["volume_fp"]) == volume > 0


def orders_agree(notes: Notes, account: Account) -> None:
    """The last frame of each order is the order, and no frame repeats the one before it."""
    last: dict[str, dict[str, Any]] = {}
    for msg in notes.of("user_order"):
        before = last.get(msg["order_id"], {"status": "resting"})
        assert any(msg[name] != before.get(name) for name in msg if name != "last_update_reason"), (
            "told twice"
        )
        assert before["status"] == "resting", "told after its end"
        last[msg["order_id"]] = msg
    assert last.keys() == account.orders.keys()
    for order_id, one in account.orders.items():
        told = last[order_id]
        assert (told["status"], told["yes_price_dollars"]) == (one.status, price(one.price_e4))
        assert told["fill_count_fp"] == count(one.filled_e2)
        assert told["remaining_count_fp"] == count(one.remaining_e2)
        assert told["initial_count_fp"] == count(one.initial_e2)
        assert told["taker_fees_dollars"] == cost(one.taker_fees_e6)


def fills_agree(notes: Notes, account: Account) -> None:
    """All in order; each post-position is the one before it and the count."""
    told = [(msg["trade_id"], msg["order_id"], msg["count_fp"]) for msg in notes.of("fill")]
    assert told == [(fill.fill_id, fill.order_id, count(fill.count_e2)) for fill in account.fills]
    held: dict[tuple[str, int], Decimal] = {}
    for msg in notes.of("fill"):
        key = msg["market_ticker"], msg["subaccount"]
        signed = Decimal(msg["count_fp"]) * (1 if msg["book_side"] == "bid" else -1)
        held[key] = held.get(key, Decimal(0)) + signed
        assert Decimal(msg["post_position_fp"]) == held[key]
    public = {msg["trade_id"]: msg["ts_ms"] for msg in notes.of("trade")}
    assert all(public[msg["trade_id"]] == msg["ts_ms"] for msg in notes.of("fill"))


def positions_agree(notes: Notes, account: Account) -> None:
    last = {(msg["market_ticker"], msg["subaccount"]): msg for msg in notes.of("market_position")}
    assert last.keys() == account.positions.keys()
    for key, position in account.positions.items():
        assert last[key]["position_fp"] == count(position.position_e2)
        assert last[key]["realized_pnl_dollars"] == cost(position.realized_e6)
        assert last[key]["fees_paid_dollars"] == cost(position.fees_e6)


def books_agree(notes: Notes) -> None:
    """No level goes below zero, and a market that has ended has an empty book."""
    levels: dict[tuple[str, str], Decimal] = {}
    for msg in notes.of("orderbook_delta"):
        if msg["market_ticker"] == TICKER:
            level = msg["side"], msg["price_dollars"]
            levels[level] = levels.get(level, Decimal(0)) + Decimal(msg["delta_fp"])
            assert levels[level] >= 0
    assert levels
    assert not any(levels.values())
