"""Random lives of markets with a settlement floor, and whether every balance is the sum of its entries.

The floor rises and falls while members quote, take, flip, amend, cancel, and move cash between
subaccounts; then the markets settle. Nothing that the exchange notes about floors is believed: a
life notes itself which floor held when a fill came, and what a change of it has to pay.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal

from kalshi_async.contract.portfolio import Settlement
from kalshi_async.sandbox.edge import views
from kalshi_async.sandbox.engine.state import Account, Fill, Rejected, Side
from kalshi_async.sandbox.exchange import Amendment, Exchange, NewOrder
from tests.fees.lives import Tally, seen, tally_of
from tests.sandbox.engine.audit import audit
from tests.sandbox.venue_kit import ManualClock

MARKETS = {"KXDAYS-A": "linear_cent", "KXDAYS-B": "center_centi_edge_centi_cent"}
COUNTS_E2 = (1, 50, 100, 333, 2_500)
CASH = 20
STEPS = 80
ONE_E4 = 10_000

Stake = tuple[str, int]
"""A ticker and a subaccount."""


class Life:
    """One exchange, three members (one behind an FCM) and two markets whose floors move."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(f"floors {seed}")
        self.exchange = Exchange(ManualClock(), seed=seed)
        for ticker, structure in MARKETS.items():
            self.exchange.markets.add(
                ticker, structure=structure, market_type="scalar", settlement_bounds="floor"
            )
        self.members = [
            self.exchange.accounts.open(name, tier="advanced", cash=Decimal(CASH), is_fcm=name == "cents")
            for name in ("direct", "cents", "third")
        ]
        for member in self.members:
            self.exchange.accounts.create_subaccount(member)
            self.exchange.transfers.between_subaccounts(member, "first", 0, 1, CASH * 50)
        self.prices = {ticker: sorted(market.prices_e4) for ticker, market in self.exchange.markets.items()}
        self.floors = dict.fromkeys(MARKETS, 0)
        self.moved = rng.sample(range(STEPS // 8, STEPS), 14)
        self.cash_e6 = {member.name: CASH * 1_000_000 for member in self.members}
        self.held_e2: dict[str, defaultdict[Stake, int]] = {
            member.name: defaultdict(int) for member in self.members
        }
        self.counted = Counter[str]()
        self.happened = Counter[str]()

    def live(self) -> None:
        """Trade at random, move the floors, and settle; look after each move whether all adds up."""
        for step in range(STEPS):
            if step in self.moved:
                self.move_floor(self.rng.choice(tuple(MARKETS)))
                audit(self.exchange)
            else:
                self.rng.choice((self.quote, self.take, self.take, self.take, self.change))()
            self.count_fills()
        for ticker in MARKETS:
            self.settle(ticker)
        audit(self.exchange)

    def quote(self) -> None:
        """Let a member rest an order."""
        self.place(self.rng.choice(self.members), "good_till_canceled")

    def take(self) -> None:
        """Let a member meet an order that another has just placed, often with all that it holds."""
        maker, taker = self.rng.sample(self.members, 2)
        resting = self.place(maker, "good_till_canceled")
        if resting is None:
            return
        side: Side = "ask" if resting.side == "bid" else "bid"
        subaccount = self.rng.choice((0, 0, 1))
        held_e2 = self.held_e2[taker.name][(resting.ticker, subaccount)]
        count_e2 = self.rng.choice((abs(held_e2), 2 * abs(held_e2), resting.count_e2)) or resting.count_e2
        self.send(
            taker,
            replace(
                resting,
                side=side,
                count_e2=count_e2,
                time_in_force="immediate_or_cancel",
                subaccount=subaccount,
            ),
        )
        self.count_fills()
        now_e2 = self.held_e2[taker.name][(resting.ticker, subaccount)]
        self.happened["round trip"] += held_e2 != 0 == now_e2
        self.happened["flip"] += held_e2 * now_e2 < 0

    def change(self) -> None:
        """Amend or cancel an order, or move cash between subaccounts."""
        member = self.rng.choice(self.members)
        if member.resting and self.rng.random() < 0.7:
            order = self.rng.choice(list(member.resting.values()))
            price_e4 = self.rng.choice(self.prices[order.ticker])
            terms = Amendment(
                order.order_id,
                order.ticker,
                order.side,
                price_e4,
                order.filled_e2 + self.rng.choice(COUNTS_E2),
                subaccount=order.subaccount,
            )
            self.attempt(lambda: self.exchange.orders.amend(member, terms))
        else:
            source = self.rng.randint(0, 1)
            number = str(self.rng.random())
            transfers = self.exchange.transfers
            self.attempt(lambda: transfers.between_subaccounts(member, number, source, 1 - source, 700))

    def place(self, member: Account, time_in_force: str) -> NewOrder | None:
        """Let a member place an order at a price that mostly is above the floor."""
        ticker = self.rng.choice(tuple(MARKETS))
        prices = self.prices[ticker]
        if self.rng.random() < 0.9:
            prices = [price_e4 for price_e4 in prices if price_e4 > self.floors[ticker]]
        side: Side = self.rng.choice(("bid", "ask"))
        order = NewOrder(
            ticker,
            side,
            self.rng.choice(COUNTS_E2),
            self.rng.choice(prices),
            "good_till_canceled",
            "maker",
            subaccount=self.rng.choice((0, 0, 1)),
        )
        assert time_in_force == order.time_in_force
        return order if self.send(member, order) else None

    def send(self, member: Account, order: NewOrder) -> bool:
        """Place an order; at or below the floor it must be refused."""
        is_sent = self.attempt(lambda: self.exchange.orders.create(member, order))
        assert not (is_sent and order.price_e4 <= self.floors[order.ticker])
        return is_sent

    def attempt(self, action: object) -> bool:
        assert callable(action)
        try:
            action()
        except Rejected:
            self.happened["refused"] += 1
            return False
        return True

    def move_floor(self, ticker: str) -> None:
        """Raise or lower a floor, and note what it has to pay."""
        before_e4 = self.floors[ticker]
        rises = self.rng.random() < 0.6
        now_e4 = self.rng.randint(before_e4, 9_800) if rises else self.rng.randint(0, before_e4)
        resting = {order_id for member in self.members for order_id in member.resting}
        self.exchange.market(ticker).set_settlement_floor(Decimal(now_e4) / ONE_E4)
        self.floors[ticker] = now_e4
        self.happened["floor raised" if now_e4 > before_e4 else "floor lowered"] += 1
        for member in self.members:
            self.pay_floor(member, ticker, now_e4 - before_e4)
            gone = resting - set(member.resting)
            self.happened["canceled by a floor"] += sum(order_id in member.orders for order_id in gone)
            self.happened["left in debt"] += member.cash_e6[(0, 0)] < 0
            assert member.cash_e6[(1, 0)] >= 0, "a debt stands on the primary"
            assert all(
                order.price_e4 > now_e4 for order in member.resting.values() if order.ticker == ticker
            ), "nothing rests at or below a floor"

    def pay_floor(self, member: Account, ticker: str, rise_e4: int) -> None:
        """Note what a change of the floor pays to the YES contracts of a member."""
        for (held_ticker, _), held_e2 in self.held_e2[member.name].items():
            if held_ticker == ticker and held_e2 > 0 and not member.is_fcm:
                self.cash_e6[member.name] += rise_e4 * held_e2 // 100 * 100  # to $0.0001, downwards

    def count_fills(self) -> None:
        """Note the cash of the fills that have come, at the floor that holds."""
        for member in self.members:
            for fill in member.fills[self.counted[member.name] :]:
                self.cash_e6[member.name] += self.cash_of(member, fill) - fill.fee_e6
            self.counted[member.name] = len(member.fills)

    def cash_of(self, member: Account, fill: Fill) -> int:
        """Return what one fill brings before fees, contract by contract (in hundredths)."""
        stakes = self.held_e2[member.name]
        before_e2 = stakes[(fill.ticker, fill.subaccount)]
        after_e2 = before_e2 + (fill.count_e2 if fill.side == "bid" else -fill.count_e2)
        stakes[(fill.ticker, fill.subaccount)] = after_e2
        yes_e4 = fill.price_e4 - (0 if member.is_fcm else self.floors[fill.ticker])
        no_e4 = ONE_E4 - fill.price_e4
        new_yes_e2 = max(0, after_e2) - max(0, before_e2)
        new_no_e2 = max(0, -after_e2) - max(0, -before_e2)
        return -new_yes_e2 * yes_e4 - new_no_e2 * no_e4

    def settle(self, ticker: str) -> None:
        """Settle a market at a value that the floor allows, and note what it pays."""
        cents = self.rng.randint(-(-self.floors[ticker] // 100), 100)
        self.exchange.market(ticker).settle(cents)
        for member in self.members:
            for (held_ticker, _), held_e2 in self.held_e2[member.name].items():
                if held_ticker != ticker:
                    continue
                yes_e4 = cents * 100 - (0 if member.is_fcm else self.floors[ticker])
                leg_e4 = yes_e4 if held_e2 > 0 else ONE_E4 - cents * 100
                self.cash_e6[member.name] += (
                    leg_e4 * abs(held_e2) // ONE_E4 * ONE_E4
                )  # to the cent, downwards


def differences(life: Life) -> list[str]:
    """Say whose cash is not the sum of its entries, or not what the settlement rows say."""
    wrong = []
    for member in life.members:
        cash_e6 = sum(member.cash_e6.values())
        if cash_e6 != life.cash_e6[member.name]:
            wrong.append(f"{member.name}: entries say {life.cash_e6[member.name]}, cash {cash_e6}")
        rows = [seen(views.settlement(row), Settlement) for row in member.settlements]
        earned = sum((row.profit_and_loss for row in rows), Decimal(0))
        if earned != Decimal(cash_e6) / 1_000_000 - CASH:
            wrong.append(f"{member.name}: rows say {earned}, cash {Decimal(cash_e6) / 1_000_000 - CASH}")
    paid_in_e6 = len(life.members) * CASH * 1_000_000
    kept_e6 = sum(life.cash_e6.values()) + life.exchange.ledger.income_e6
    if kept_e6 != paid_in_e6:
        wrong.append(f"members and exchange have {kept_e6} of {paid_in_e6}")
    return wrong


def check(count: int, seed: int) -> Tally:
    """Live so many lives and compare the cash of each with its entries."""
    return tally_of(Life, differences, range(seed, seed + count), " with floors")
