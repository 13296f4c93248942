"""Measure the embedded exchange, in ratios that are comparable between machines.

    python benchmarks/engine.py [--quick]

Prints one Markdown table and exits 1 if a target is missed by more than noise. The engine is
called directly; ``loopback.py`` measures it behind client and server, ``ledger_rows.py`` measures
the memory of its ledger.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from time import perf_counter

from ledger_rows import bytes_per_row
from loopback import Shares, loopback_shares
from rounds import Case, Rounds, Row, machine, table

from kalshi_async.sandbox.engine.state import Account, Side, TimeInForce
from kalshi_async.sandbox.exchange import Exchange, NewOrder

TICKER = "KXHIGHNY-26NOV23-B52.5"
GTC: TimeInForce = "good_till_canceled"
IOC: TimeInForce = "immediate_or_cancel"
BATCH = 200
# Operations before the timed ones of a batch: they refill the caches that another case has emptied.
WARM_UP = 100
NO_OP_BATCH = 2_000
FEW_RESTING, MANY_RESTING = 1_000, 100_000
# Targets of the plan "The embedded exchange becomes one that can be trusted".
MOST_NO_OPS_PER_CREATE = 150
MOST_GROWTH = 1.3


class StillClock:
    """A clock that does not move, so that no work falls due during a measurement."""

    def now_ms(self) -> int:
        return 1_795_348_800_000

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError("nothing waits here")


class NoOp:
    """Methods that do nothing: the unit in which the engine is measured."""

    def call(self) -> None:
        pass

    def create_order(self, account: Account, order: NewOrder) -> None:
        pass


class BusyMarket:
    """An exchange with one market, in which ``resting`` orders rest on both sides."""

    def __init__(self, resting: int) -> None:
        self._numbers = count()
        self.exchange = Exchange(StillClock(), seed=1)
        self.exchange.markets.add(TICKER)
        self.maker, self.taker = (self.exchange.accounts.open(name, cash=Decimal(10**9)) for name in "mt")
        placed = [self.exchange.orders.create(self.maker, order) for order in self.quotes(resting)]
        self._order_ids = [placement.order.order_id for placement in placed]
        random.Random(2).shuffle(self._order_ids)

    def quotes(self, number: int) -> list[NewOrder]:
        """Return new orders of one contract, at 98 prices, that do not cross each other."""
        return [
            self._order("bid", 1 + i % 49) if i % 2 else self._order("ask", 51 + i % 49)
            for i in range(number)
        ]

    def resting_create(self) -> float:
        """Create orders that rest; cancel them after the measurement."""
        exchange, account = self.exchange, self.maker
        orders = self.quotes(BATCH)
        resting = len(account.resting)
        for order in self.quotes(WARM_UP):
            exchange.orders.create(account, order)
        started = perf_counter()
        for order in orders:
            exchange.orders.create(account, order)
        took_s = perf_counter() - started
        for order_id in list(account.resting)[resting:]:
            exchange.orders.cancel(account, order_id)
        return took_s / BATCH

    def crossing_create(self) -> float:
        """Create orders that each match one resting order."""
        for _ in range(WARM_UP + BATCH):
            self.exchange.orders.create(self.maker, self._order("ask", 50))
        orders = [self._order("bid", 50, IOC) for _ in range(BATCH)]
        exchange, account = self.exchange, self.taker
        for _ in range(WARM_UP):
            exchange.orders.create(account, self._order("bid", 50, IOC))
        started = perf_counter()
        for order in orders:
            exchange.orders.create(account, order)
        return (perf_counter() - started) / BATCH

    def create_and_cancel(self) -> float:
        """Create one order after another, and cancel each at once."""
        exchange, account = self.exchange, self.maker
        orders = self.quotes(BATCH)
        for order in self.quotes(WARM_UP):
            exchange.orders.cancel(account, exchange.orders.create(account, order).order.order_id)
        started = perf_counter()
        for order in orders:
            exchange.orders.cancel(account, exchange.orders.create(account, order).order.order_id)
        return (perf_counter() - started) / BATCH

    def create_and_cancel_another(self) -> float:
        """Create one order after another, and cancel an old one each time, at a random place of the book."""
        orders = self.quotes(BATCH)
        old, self._order_ids = self._order_ids[:BATCH], self._order_ids[BATCH:]
        exchange, account = self.exchange, self.maker
        started = perf_counter()
        for order, order_id in zip(orders, old, strict=True):
            self._order_ids.append(exchange.orders.create(account, order).order.order_id)
            exchange.orders.cancel(account, order_id)
        return (perf_counter() - started) / BATCH

    def _order(self, side: Side, cents: int, time_in_force: TimeInForce = GTC) -> NewOrder:
        client_order_id = f"benchmark-{next(self._numbers):026d}"
        return NewOrder(
            TICKER, side, 100, cents * 100, time_in_force, "taker_at_cross", client_order_id=client_order_id
        )


def no_op() -> float:
    """Call a method that does nothing, in a loop over a range."""
    nothing = NoOp()
    started = perf_counter()
    for _ in range(NO_OP_BATCH):
        nothing.call()
    return (perf_counter() - started) / NO_OP_BATCH


def no_op_alike(account: Account, orders: list[NewOrder]) -> Case:
    """Return a case that calls a no-op with the arguments of ``create_order``, in a loop over orders.

    Some versions of Python run this faster than ``no_op``, because no loop counters are created.
    """
    nothing = NoOp()
    orders = orders * (NO_OP_BATCH // len(orders))

    def calls() -> float:
        started = perf_counter()
        for order in orders:
            nothing.create_order(account, order)
        return (perf_counter() - started) / len(orders)

    return calls


def engine_rows(rounds: int) -> list[Row]:
    """Measure the engine alone, with all cases interleaved."""
    few, many, crossed = BusyMarket(FEW_RESTING), BusyMarket(MANY_RESTING), BusyMarket(0)
    cases: dict[str, Callable[[], float]] = {
        "no-op": no_op,
        "no-op alike": no_op_alike(few.maker, few.quotes(BATCH)),
        "resting": few.resting_create,
        "crossing": crossed.crossing_create,
        "pair, few": few.create_and_cancel,
        "pair, many": many.create_and_cancel,
        "other, few": few.create_and_cancel_another,
        "other, many": many.create_and_cancel_another,
    }
    costs = Rounds(cases, count=rounds)

    def in_no_ops(name: str) -> float:
        return costs.ratio(name, "no-op")

    def took(name: str) -> str:
        return f"{costs.microseconds(name):.1f} µs"

    def nanoseconds(name: str) -> str:
        return f"one is {costs.microseconds(name) * 1_000:.0f} ns"

    grown = f"from {FEW_RESTING:,} to {MANY_RESTING:,} resting"
    return [
        Row(
            "create that rests", in_no_ops("resting"), "no-op calls", MOST_NO_OPS_PER_CREATE, took("resting")
        ),
        Row(
            "the same in no-ops with its arguments",
            costs.ratio("resting", "no-op alike"),
            "no-op calls",
            None,
            nanoseconds("no-op alike"),
        ),
        Row("create that matches one order", in_no_ops("crossing"), "no-op calls", None, took("crossing")),
        Row("create + cancel", in_no_ops("pair, few"), "no-op calls", None, took("pair, few")),
        Row("growth of create + cancel", costs.ratio("pair, many", "pair, few"), "times", MOST_GROWTH, grown),
        Row(
            "growth of create + cancel of an old order",
            costs.ratio("other, many", "other, few"),
            "times",
            None,
            f"{grown}, chosen at random: memory outside of the caches",
        ),
    ]


def share_rows(shares: Shares) -> list[Row]:
    """Return the shares of a loopback round trip as rows."""
    return [
        Row("server in a round trip of Session", shares.of_session * 100, "%", None, shares.session_note),
        Row("server in a round trip of a bare socket", shares.of_socket * 100, "%", None, shares.socket_note),
        Row("engine in the time of the server", shares.engine_of_app * 100, "%", None, "creates"),
    ]


def main() -> int:
    """Run everything and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure the embedded exchange.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = parser.parse_args().quick
    rows = engine_rows(30 if quick else 150)
    rows += share_rows(loopback_shares(10 if quick else 30))
    rows += [Row(f"memory per {kind}", size, "bytes") for kind, size in bytes_per_row().items()]
    print(f"## The embedded exchange\n\n{machine('msgspec', 'starlette', 'uvicorn')}\n")
    print(table(rows))
    return 1 if any(row.is_out_of_reach for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
