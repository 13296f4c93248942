"""Random lives of accounts, and whether their rows add up to their cash.

    profit and loss of the settlements + what is open = cash now - cash paid in

The left side is computed from rows as a client reads them, the right side from the ledger.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, TypeVar

import msgspec

from kalshi_async.contract.fields import fixed_point
from kalshi_async.contract.portfolio import Settlement
from kalshi_async.contract.positions import MarketPosition
from kalshi_async.sandbox.edge import views
from kalshi_async.sandbox.engine.state import Account, Rejected, Side
from kalshi_async.sandbox.exchange import Exchange, NewOrder
from tests.sandbox.venue_kit import ManualClock

MARKETS = ("KXONE-A", "KXTWO-A", "KXSCALAR-A", "KXOPEN-A")
STRUCTURES = ("linear_cent", "deci_cent", "center_centi_edge_centi_cent", "tapered_deci_cent")
COUNTS_E2 = (1, 50, 100, 333, 700)
CASH = 1_000
STEPS = 80

Row = TypeVar("Row")


class Played(Protocol):
    """A life that can be lived and counted."""

    members: list[Account]
    happened: Counter[str]

    def live(self) -> None:
        """Play it to its end."""


AnyLife = TypeVar("AnyLife", bound=Played)
ProfitAndLoss = Callable[[Settlement], Decimal]


@dataclass(slots=True)
class Tally:
    """How many lives there were, what happened in them, and which did not add up."""

    lives: int = 0
    settlements: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Life:
    """One exchange, three members who trade with each other, and markets that settle meanwhile."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(f"life {seed}")
        self.exchange = Exchange(ManualClock(), seed=seed)
        for ticker, structure in zip(MARKETS, STRUCTURES, strict=True):
            fee_type = rng.choice(("quadratic", "quadratic_with_maker_fees"))
            self.exchange.markets.add(ticker, structure=structure, fee_type=fee_type)
        self.members = [
            self.exchange.accounts.open(name, cash=Decimal(CASH), is_fcm=name == "cents")
            for name in ("direct", "cents", "third")
        ]
        self.prices = {ticker: sorted(market.prices_e4) for ticker, market in self.exchange.markets.items()}
        self.happened: Counter[str] = Counter()

    def live(self) -> None:
        """Trade at random; all but the last market settle on the way."""
        settled = dict(zip(self.rng.sample(range(STEPS // 2, STEPS), 3), MARKETS, strict=False))
        for step in range(STEPS):
            self.trade()
            if (ticker := settled.get(step)) is not None:
                cents = self.rng.randint(0, 100)
                word = self.rng.choice(("yes", "no"))
                self.exchange.market(ticker).settle(cents if ticker == "KXSCALAR-A" else word)

    def trade(self) -> None:
        """Let one member place an order, or close what it holds."""
        rng, member = self.rng, self.rng.choice(self.members)
        ticker = rng.choice([one for one in MARKETS if self.exchange.markets[one].state.value == "active"])
        position = member.positions.get((ticker, 0))
        held_e2 = 0 if position is None else position.position_e2
        closes = held_e2 != 0 and rng.random() < 0.4
        side: Side = rng.choice(("bid", "ask"))
        side = ("ask" if held_e2 > 0 else "bid") if closes else side
        count_e2 = abs(held_e2) if closes else rng.choice(COUNTS_E2)
        price_e4 = rng.choice(self.prices[ticker])
        self.offer(member, ticker, side, price_e4, count_e2)
        order = NewOrder(ticker, side, count_e2, price_e4, "immediate_or_cancel", "maker")
        try:
            self.exchange.orders.create(member, order)
        except Rejected:
            self.happened["refused"] += 1
        now_e2 = 0 if (held := member.positions.get((ticker, 0))) is None else held.position_e2
        self.happened["round trip"] += held_e2 != 0 == now_e2
        self.happened["flip"] += held_e2 * now_e2 < 0

    def offer(self, member: Account, ticker: str, side: Side, price_e4: int, count_e2: int) -> None:
        """Let another member rest the other side, in pieces."""
        other = self.rng.choice([one for one in self.members if one is not member])
        while count_e2 > 0:
            piece_e2 = self.rng.randint(1, count_e2)
            count_e2 -= piece_e2
            opposite: Side = "ask" if side == "bid" else "bid"
            order = NewOrder(ticker, opposite, piece_e2, price_e4, "good_till_canceled", "maker")
            try:
                self.exchange.orders.create(other, order)
            except Rejected:
                self.happened["refused"] += 1
                return


def profit_and_loss(row: Settlement) -> Decimal:
    return row.profit_and_loss


def differences(life: Life, of_row: ProfitAndLoss = profit_and_loss) -> list[str]:
    """Say whose rows do not add up to the cash."""
    wrong = []
    for member in life.members:
        rows = [seen(views.settlement(row), Settlement) for row in member.settlements]
        positions = [
            seen(views.market_position(row, 0), MarketPosition)
            for row in member.positions.values()
            if not row.settled
        ]
        earned = sum(map(of_row, rows), Decimal(0)) + sum(map(opened, positions), Decimal(0))
        cash = Decimal(sum(member.cash_e6.values())) / 1_000_000 - CASH
        if earned != cash:
            wrong.append(f"{member.name}: rows say {earned}, cash {cash}")
    return wrong


def opened(row: MarketPosition) -> Decimal:
    """Return the cash that a position has brought so far: negative while it is held at a cost."""
    parts = (row.realized_pnl, row.fees_paid, row.market_exposure)
    realized, fees, cost = (part or Decimal(0) for part in parts)
    return realized - fees - cost


def seen(document: views.Json, kind: type[Row]) -> Row:
    """Return a row of the exchange as the client decodes it."""
    return msgspec.json.decode(msgspec.json.encode(document), type=kind, dec_hook=fixed_point)


def check(count: int, seed: int) -> Tally:
    """Live so many lives and compare the rows of each with its cash."""
    return tally_of(Life, differences, range(seed, seed + count))


def tally_of(
    make: Callable[[int], AnyLife], wrong: Callable[[AnyLife], list[str]], numbers: range, kind: str = ""
) -> Tally:
    """Live a life for each number, and count what happened and what is wrong."""
    tally = Tally()
    for number in numbers:
        life = make(number)
        life.live()
        tally.lives += 1
        tally.settlements += sum(len(member.settlements) for member in life.members)
        tally.happened += life.happened
        tally.wrong += [f"life {number}{kind}, {line}" for line in wrong(life)]
    return tally
