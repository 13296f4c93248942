"""What the engine tests are written in: a settable clock, short orders, one venue."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from kalshi_async.sandbox.engine.state import Account, Order, Placement, Side
from kalshi_async.sandbox.exchange import Amendment, Exchange, NewOrder
from kalshi_async.sandbox.fixed_point import exact_e2, exact_e4
from kalshi_async.sandbox.settings import Rules

TICKER = "KXHIGHNY-26NOV23-B52.5"
OTHER = "KXHIGHNY-26NOV23-B54.5"
START_MS = 1_795_348_800_000


class ManualClock:
    """Time that moves when told to."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.time_ms = now_ms

    def now_ms(self) -> int:
        return self.time_ms

    def monotonic(self) -> float:
        return self.time_ms / 1_000

    async def sleep(self, seconds: float) -> None:
        self.pass_s(seconds)

    def pass_s(self, seconds: float) -> None:
        self.time_ms += round(seconds * 1_000)


def order(side: Side, price: str, count: str | int, **options: object) -> NewOrder:
    """A good-till-canceled order, unless an option says otherwise."""
    plain = NewOrder(TICKER, side, exact_e2(count), exact_e4(price), "good_till_canceled", "taker_at_cross")
    return replace(plain, **options)  # type: ignore[arg-type]  # options are fields of NewOrder


class Desk:
    """An exchange with one market, two members, and short words for what they do. Its reads do not lag."""

    def __init__(self, rules: Rules | None = None, *, seed: int = 7, read_lag_ms: int = 0) -> None:
        rules = replace(rules or Rules(), read_lag_ms=read_lag_ms)
        self.clock = ManualClock()
        self.exchange = Exchange(self.clock, rules, seed=seed)
        self.exchange.markets.add(TICKER)
        self.alice = self.exchange.accounts.open("alice", tier="advanced")
        self.bob = self.exchange.accounts.open("bob", tier="advanced")

    def place(
        self, account: Account, side: Side, price: str, count: str | int, **options: object
    ) -> Placement:
        return self.exchange.orders.create(account, order(side, price, count, **options))

    def take(
        self, account: Account, side: Side, price: str, count: str | int, **options: object
    ) -> Placement:
        return self.place(account, side, price, count, time_in_force="immediate_or_cancel", **options)

    def cancel(self, account: Account, resting: Order, **scope: int | str) -> int:
        scope.setdefault("market_ticker", resting.ticker)
        return self.exchange.orders.cancel(account, resting.order_id, **scope)[1]  # type: ignore[arg-type]

    def amend(
        self, account: Account, resting: Order, price: str, count: str | int, **terms: object
    ) -> Placement:
        plain = Amendment(resting.order_id, resting.ticker, resting.side, exact_e4(price), exact_e2(count))
        return self.exchange.orders.amend(account, replace(plain, **terms))  # type: ignore[arg-type]

    def cash(self, account: Account, subaccount: int = 0, shard: int = 0) -> Decimal:
        return Decimal(account.cash_e6[(subaccount, shard)]) / 1_000_000

    def position(self, account: Account, ticker: str = TICKER) -> int:
        return account.positions[(ticker, 0)].position_e2

    def depth(self, ticker: str = TICKER) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        return self.exchange.reads.book_levels(ticker)
