"""Two members and the operator, who make things happen on the exchange, at random by a seed."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

from kalshi_async.contract.frames.channels import CHANNEL_OF
from kalshi_async.sandbox import Rejected, Sandbox
from kalshi_async.sandbox.engine.instructions import Amendment
from kalshi_async.sandbox.engine.state import Account, Order, Side
from tests.sandbox.venue_kit import order
from tests.streams.lives.facts import Facts

SAMPLES = json.loads((Path(__file__).parents[1] / "frames.json").read_text())["frames"]
SIDES: tuple[Side, Side] = ("bid", "ask")
SUBACCOUNTS = (0, 0, 1)
PUBLISHED = (
    ("rfq_created", ""),
    ("cfbenchmarks_value", "BRTI"),
    ("cfbenchmarks_value", "ETHUSD_RTI"),
    ("pyth_value", "Metal.XAU/USD"),
)
"""What the operator sends by hand: the type of a frame, and what it is about."""


def message(kind: str) -> dict[str, Any]:
    """Return what a sample of a frame says."""
    return dict(next(each for each in SAMPLES if each["type"] == kind)["msg"])


class Trading:
    """Members that trade, and an operator who lists, halts and settles markets."""

    def __init__(self, sandbox: Sandbox, facts: Facts, markets: list[str], dice: random.Random) -> None:
        self._sandbox, self._facts, self._dice = sandbox, facts, dice
        self._parts = sandbox.exchange
        self._markets = markets
        self._members = [each.account for each in sandbox.accounts.values()]
        self._groups = {
            account.user_id: self._parts.groups.create(account, 2_000).order_group_id
            for account in self._members
        }
        self._listed: dict[str, set[str]] = {}  # new markets, and what has happened to them
        self._number = 0

    def step(self) -> None:
        """Let one thing happen; the exchange refuses many."""
        account = self._dice.choice(self._members)
        moves = (
            *((self._place, 12), (self._cancel, 3), (self._amend, 2), (self._decrease, 2)),
            *((self._group, 1), (self._operate, 1), (self._publish, 2)),
        )
        move = self._dice.choices([move for move, _ in moves], [weight for _, weight in moves])[0]
        with suppress(Rejected):
            move(account)

    def finish(self) -> None:
        """Let one more thing happen on every channel and in every market."""
        for member in self._members:
            for one in list(member.resting.values()):
                scope: dict[str, Any] = {"subaccount": one.subaccount, "market_ticker": one.ticker}
                with suppress(Rejected):  # one that has expired meanwhile
                    self._parts.orders.cancel(member, one.order_id, **scope)
        for subaccount in (0, 1):
            for ticker in self._markets:
                self._trade_with(self._members[0], ticker, subaccount)
        first = self._members[0]
        self._parts.groups.set_limit(first, self._groups[first.user_id], 5_000)
        self._list_market()
        self._list_market("KXMVECROSS")
        for kind, about in PUBLISHED:
            self._say(kind, about)

    def _trade_with(self, account: Account, ticker: str, subaccount: int) -> None:
        count = self._count()
        mine = order("bid", "0.50", count, ticker=ticker, subaccount=subaccount)
        self._parts.orders.create(account, mine)
        self._parts.orders.create(self._members[1], order("ask", "0.50", count, ticker=ticker))

    def _count(self) -> str:
        # No two orders have one count, so that no two changes of a book look alike.
        self._number += 1
        return f"{self._dice.randint(1, 9)}.{self._number % 100:02d}"

    # Members.

    def _place(self, account: Account) -> None:
        options: dict[str, object] = {
            "ticker": self._dice.choice(self._markets),
            "subaccount": self._dice.choice(SUBACCOUNTS),
        }
        kind = self._dice.choice(("plain", "plain", "ioc", "expires", "grouped", "maker"))
        if kind == "ioc":
            options["time_in_force"] = "immediate_or_cancel"
        elif kind == "expires":
            now_s = self._sandbox.clock.now_ms() // 1_000
            options["expiration_s"] = now_s + self._dice.randint(2, 20)
        elif kind == "grouped":
            options |= {"order_group_id": self._groups[account.user_id], "subaccount": 0}
        elif kind == "maker":
            options["self_trade_prevention_type"] = "maker"
        price = f"0.{self._dice.randint(46, 54)}"
        self._parts.orders.create(account, order(self._dice.choice(SIDES), price, self._count(), **options))

    def _cancel(self, account: Account) -> None:
        one = self._any(account)
        scope: dict[str, Any] = {"subaccount": one.subaccount, "market_ticker": one.ticker}
        self._parts.orders.cancel(account, one.order_id, **scope)

    def _amend(self, account: Account) -> None:
        one = self._any(account)
        count_e2 = one.filled_e2 + self._dice.randint(1, 1_200)
        terms = self._dice.randint(46, 54) * 100, count_e2
        amendment = Amendment(one.order_id, one.ticker, one.side, *terms, subaccount=one.subaccount)
        self._parts.orders.amend(account, amendment)

    def _decrease(self, account: Account) -> None:
        one = self._any(account)
        scope: dict[str, Any] = {"subaccount": one.subaccount, "market_ticker": one.ticker}
        by_e2 = self._dice.randint(1, 300)
        self._parts.orders.decrease(account, one.order_id, reduce_by_e2=by_e2, reduce_to_e2=None, **scope)

    def _group(self, account: Account) -> None:
        group = self._groups[account.user_id]
        if self._dice.random() < 0.5:
            self._parts.groups.set_limit(account, group, self._dice.randint(1_000, 9_000))
        else:
            self._dice.choice((self._parts.groups.reset, self._parts.groups.trigger))(account, group)

    def _any(self, account: Account) -> Order:
        if not account.resting:
            raise Rejected("not_found")
        return self._dice.choice(list(account.resting.values()))

    # The operator.

    def _operate(self, account: Account) -> None:
        markets = self._parts.markets
        if not self._listed or self._dice.random() < 0.4:
            self._list_market(self._dice.choice(("KXNEW", "KXMVECROSS")))
            return
        ticker, done = self._dice.choice(list(self._listed.items()))
        act = self._dice.choice(("close", "halt", "settle"))
        if act in done or "settle" in done:
            return  # each once: else two facts would look alike
        done.add(act)
        if act == "close":
            markets.close(ticker, in_s=self._dice.randint(10_000, 20_000))
        elif act == "halt":
            markets.pause(ticker)
            markets.resume(ticker)
        else:
            markets.settle(ticker, self._dice.choice(("yes", "no", 40)))

    def _list_market(self, series: str = "KXNEW") -> None:
        self._number += 1
        ticker = f"{series}-E{self._number}-M{self._number}"
        self._listed[ticker] = set()
        self._parts.markets.add(ticker)

    def _publish(self, account: Account) -> None:
        self._say(*self._dice.choice(PUBLISHED))

    def _say(self, kind: str, about: str) -> None:
        self._number += 1
        new: dict[str, dict[str, object]] = {
            "rfq_created": {"id": f"rfq {self._number}"},
            "cfbenchmarks_value": {"index_id": about, "received_at": self._number},
            "pyth_value": {"underlying_ticker": about, "received_at": self._number},
        }
        channel = CHANNEL_OF[kind]
        self._facts.note(channel, next(reversed(new[kind].values())), about)
        self._sandbox.streams.publish(kind, message(kind) | new[kind])
