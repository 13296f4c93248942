"""Random lives of a venue: against a slow reference book, and under a full audit."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from decimal import Decimal

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kalshi_async.sandbox.engine.state import (
    Account,
    MarketState,
    Order,
    Rejected,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from kalshi_async.sandbox.exchange import Amendment, Exchange, NewOrder
from kalshi_async.sandbox.settings import Rules
from tests.sandbox.engine.audit import audit
from tests.sandbox.engine.reference_book import ReferenceBook, Resting
from tests.sandbox.venue_kit import OTHER, TICKER, Desk, ManualClock

SIDES = st.sampled_from(["bid", "ask"])
MEMBERS = st.integers(0, 2)
CENTS = st.integers(45, 55)
COUNTS_E2 = st.sampled_from([1, 50, 100, 300, 700])
TIMES = st.sampled_from(["good_till_canceled", "good_till_canceled", "immediate_or_cancel", "fill_or_kill"])
PREVENTION = st.sampled_from(["taker_at_cross", "maker"])
ANY = st.integers(0, 1_000)
GTC: TimeInForce = "good_till_canceled"
OPERATOR = ("settle", "cancel_all", "market", "pause", "pause_trading")


class AgainstTheReferenceBook(RuleBasedStateMachine):
    """Every match happens with the order, at the price and in the size that the slow book says."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.members = [self.desk.alice, self.desk.bob, self.desk.exchange.accounts.open("carol")]
        self.reference = ReferenceBook()
        self.seen_fills = 0

    @rule(
        member=MEMBERS,
        side=SIDES,
        cents=CENTS,
        count_e2=COUNTS_E2,
        may_rest=st.booleans(),
        prevention=PREVENTION,
    )
    def place(
        self,
        member: int,
        side: Side,
        cents: int,
        count_e2: int,
        may_rest: bool,
        prevention: SelfTradePrevention,
    ) -> None:
        account = self.members[member]
        time_in_force: TimeInForce = "good_till_canceled" if may_rest else "immediate_or_cancel"
        order = NewOrder(TICKER, side, count_e2, cents * 100, time_in_force, prevention)
        placed = self.desk.exchange.orders.create(account, order).order
        incoming = Resting(placed.order_id, account.user_id, side, cents * 100, count_e2)
        expected = self.reference.arrive(incoming, may_rest=may_rest, cancels_maker=prevention == "maker")
        self.compare(placed, expected)

    @precondition(lambda self: self.reference.resting)
    @rule(pick=ANY, cents=CENTS, count_e2=COUNTS_E2, stays=st.booleans())
    def amend(self, pick: int, cents: int, count_e2: int, stays: bool) -> None:
        order = self.pick(pick)
        old = self.reference.find(order.order_id)
        cents = order.price_e4 // 100 if stays else cents
        if (cents * 100, count_e2) == (order.price_e4, order.remaining_e2):
            return
        total = str(Decimal(order.filled_e2 + count_e2) / 100)
        self.desk.amend(self.account_of(order), order, f"0.{cents}", total)
        expected = []
        if cents * 100 == old.price and count_e2 < old.count:
            old.count = count_e2
        else:
            self.reference.resting.remove(old)
            old.price, old.count = cents * 100, count_e2
            cancels_maker = order.self_trade_prevention_type == "maker"
            expected = self.reference.arrive(old, may_rest=True, cancels_maker=cancels_maker)
        self.compare(order, expected)

    @precondition(lambda self: self.reference.resting)
    @rule(pick=ANY)
    def cancel(self, pick: int) -> None:
        order = self.pick(pick)
        self.desk.cancel(self.account_of(order), order)
        self.reference.resting.remove(self.reference.find(order.order_id))

    @invariant()
    def the_books_are_equal(self) -> None:
        for side in ("bid", "ask"):
            expected = [order for order in self.reference.resting if order.side == side]
            expected.sort(key=lambda order: -order.price if side == "bid" else order.price)
            actual = self.desk.exchange.venue.books[TICKER].sides[side].in_priority()
            assert [(order.order_id, order.price_e4, order.remaining_e2) for order in actual] == [
                (order.name, order.price, order.count) for order in expected
            ]

    def compare(self, order: Order, expected: list[tuple[str, int, int]]) -> None:
        fills = [fill for account in self.members for fill in account.fills]
        makers = {fill.fill_id: fill for fill in fills if not fill.is_taker}
        mine = [fill for fill in fills if fill.order_id == order.order_id and fill.is_taker]
        recent = mine[len(mine) - len(expected) :]
        actual = [(makers[fill.fill_id].order_id, fill.price_e4, fill.count_e2) for fill in recent]
        assert actual == expected
        assert len(makers) == self.seen_fills + len(expected)
        self.seen_fills = len(makers)

    def pick(self, pick: int) -> Order:
        chosen = self.reference.resting[pick % len(self.reference.resting)]
        return self.desk.exchange.accounts[chosen.user].orders[chosen.name]

    def account_of(self, order: Order) -> Account:
        return self.desk.exchange.accounts[order.user_id]


class UnderAudit(RuleBasedStateMachine):
    """Whatever members, operator and time do, everything adds up.

    Most steps quote or take, so that positions, partial fills and groups come about.
    """

    @initialize(lag=st.sampled_from([0, 400]), seed=st.integers(0, 3))
    def open(self, lag: int, seed: int) -> None:
        rules = Rules(read_lag_ms=lag, transfer_delay_ms=lag, cancel_all_passes_s=(1, 3))
        self.clock = ManualClock()
        self.exchange = Exchange(self.clock, rules, seed=seed)
        self.exchange.markets.add(TICKER, fee_type="quadratic_with_maker_fees", structure="deci_cent")
        self.exchange.markets.add(OTHER, exchange_index=1)
        self.members = [
            self.exchange.accounts.open(name, tier="advanced", cash=Decimal(60), is_fcm=name == "cent")
            for name in ("rich", "poor", "cent")
        ]
        for member in self.members:
            self.exchange.accounts.create_subaccount(member)
            self.exchange.transfers.between_subaccounts(member, "first", 0, 1, 2_000)
            self.exchange.groups.create(member, 1_000)
        self.sent = 0

    @rule(member=MEMBERS, side=SIDES, away=st.integers(1, 6), count_e2=COUNTS_E2, grouped=st.booleans())
    def quote(self, member: int, side: Side, away: int, count_e2: int, grouped: bool) -> None:
        price_e4 = 5_000 - 10 * away if side == "bid" else 5_000 + 10 * away
        groups = [group for group in self.members[member].groups.values() if group.subaccount == 0]
        group_id = groups[0].order_group_id if grouped and groups else None
        order = NewOrder(TICKER, side, count_e2, price_e4, GTC, "maker", order_group_id=group_id)
        self.attempt(self.exchange.orders.create, self.members[member], order)

    @rule(member=MEMBERS, side=SIDES, count_e2=COUNTS_E2, subaccount=st.sampled_from([0, 0, 1]))
    def take(self, member: int, side: Side, count_e2: int, subaccount: int) -> None:
        price_e4 = 5_200 if side == "bid" else 4_810
        order = NewOrder(
            TICKER, side, count_e2, price_e4, "immediate_or_cancel", "maker", subaccount=subaccount
        )
        self.attempt(self.exchange.orders.create, self.members[member], order)

    @rule(
        member=MEMBERS,
        ticker=st.sampled_from([TICKER, OTHER]),
        side=SIDES,
        price_e4=st.sampled_from([100, 4_500, 4_810, 5_000, 5_200, 9_900]),
        count_e2=COUNTS_E2,
        time_in_force=TIMES,
        prevention=PREVENTION,
        flag=st.sampled_from(["", "post_only", "reduce_only", "expires", "pause"]),
    )
    def place(
        self,
        member: int,
        ticker: str,
        side: Side,
        price_e4: int,
        count_e2: int,
        time_in_force: TimeInForce,
        prevention: SelfTradePrevention,
        flag: str,
    ) -> None:
        if flag == "reduce_only":
            time_in_force = "immediate_or_cancel"
        order = NewOrder(
            ticker,
            side,
            count_e2,
            price_e4,
            time_in_force,
            prevention,
            post_only=flag == "post_only",
            reduce_only=flag == "reduce_only",
            expiration_s=self.clock.now_ms() // 1_000 + 2 if flag == "expires" else None,
            cancel_order_on_pause=flag == "pause",
        )
        self.attempt(self.exchange.orders.create, self.members[member], order)

    @rule(member=MEMBERS, pick=ANY, to_e2=st.sampled_from([0, 1, 100, 650]), amends=st.booleans())
    def shrink(self, member: int, pick: int, to_e2: int, amends: bool) -> None:
        orders = list(self.members[member].resting.values())
        if orders and amends:
            order = orders[pick % len(orders)]
            total_e2 = order.filled_e2 + to_e2
            terms = Amendment(
                order.order_id,
                order.ticker,
                order.side,
                order.price_e4,
                total_e2,
                subaccount=order.subaccount,
            )
            self.attempt(self.exchange.orders.amend, self.members[member], terms)
        elif orders:
            order = orders[pick % len(orders)]
            where = {"subaccount": order.subaccount, "market_ticker": order.ticker}
            sizes = {"reduce_by_e2": None, "reduce_to_e2": to_e2}
            self.attempt(
                self.exchange.orders.decrease, self.members[member], order.order_id, **sizes, **where
            )

    @rule(member=MEMBERS, pick=ANY, subaccount=st.sampled_from([0, 0, 0, 1]))
    def cancel(self, member: int, pick: int, subaccount: int) -> None:
        orders = list(self.members[member].orders.values())
        if orders:
            order = orders[-1 - pick % min(5, len(orders))]
            where = {"subaccount": subaccount, "market_ticker": order.ticker}
            self.attempt(self.exchange.orders.cancel, self.members[member], order.order_id, **where)

    @rule(member=MEMBERS, action=st.sampled_from(["delete", "reset", "reset", "trigger", "create"]))
    def change_group(self, member: int, action: str) -> None:
        account = self.members[member]
        if action == "create":
            self.attempt(self.exchange.groups.create, account, 1_500)
            return
        for group in list(account.groups.values())[:1]:
            where = {"subaccount": group.subaccount}
            self.attempt(getattr(self.exchange.groups, action), account, group.order_group_id, **where)

    @rule(member=MEMBERS, cents=st.sampled_from([1, 500, 99_999]), back=st.booleans(), shards=st.booleans())
    def move_cash(self, member: int, cents: int, back: bool, shards: bool) -> None:
        self.sent += 1
        if not shards:
            route = (1, 0) if back else (0, 1)
            self.attempt(
                self.exchange.transfers.between_subaccounts,
                self.members[member],
                str(self.sent),
                *route,
                cents,
            )
            return
        self.attempt(
            self.exchange.transfers.between_shards,
            self.members[member],
            client_transfer_id=None,
            source="event_contract",
            destination="event_contract",
            amount_e6=cents * 10_000,
            source_shard=int(back),
            destination_shard=int(not back),
            source_subaccount=0,
            destination_subaccount=0,
        )

    @rule(milliseconds=st.sampled_from([1, 400, 2_000, 15_000]))
    def wait(self, milliseconds: int) -> None:
        self.clock.time_ms += milliseconds
        self.exchange.advance()

    @rule(what=st.sampled_from([*OPERATOR, *["nothing"] * 12]), result=st.sampled_from(["yes", "no", 37]))
    def operate(self, what: str, result: str | int) -> None:
        market = self.exchange.markets[TICKER]
        if what == "settle" and market.state in (MarketState.ACTIVE, MarketState.INACTIVE):
            self.exchange.market(TICKER).settle(result)
        elif what == "cancel_all":
            self.attempt(self.exchange.orders.cancel_all, self.members[0], None)
        elif what == "market" and market.state is MarketState.ACTIVE:
            self.exchange.market(TICKER).pause()
        elif what in ("pause", "pause_trading"):
            getattr(self.exchange.shards, what)()
        else:
            self.exchange.shards.resume()
            if market.state is MarketState.INACTIVE:
                self.exchange.market(TICKER).resume()

    @invariant()
    def everything_adds_up(self) -> None:
        audit(self.exchange)

    def attempt(self, action: Callable[..., object], *arguments: object, **options: object) -> None:
        self.exchange.advance()
        before = self.exchange.reads.snapshot()
        try:
            action(*arguments, **options)
        except Rejected:
            assert self.exchange.reads.snapshot() == before, "a refusal changes nothing"


RUNS_VARIABLE = "INVARIANT_RUNS"
DEFAULT_RUNS = 100


def runs(variables: Mapping[str, str]) -> settings:
    """The same few lives in every ordinary run; as many new ones as ``INVARIANT_RUNS`` says."""
    number = variables.get(RUNS_VARIABLE)
    return settings(
        max_examples=int(number or DEFAULT_RUNS),
        stateful_step_count=50,
        deadline=None,
        database=None,
        derandomize=number is None,
        print_blob=True,
    )


TestAgainstTheReferenceBook = AgainstTheReferenceBook.TestCase
TestAgainstTheReferenceBook.settings = runs(os.environ)
TestUnderAudit = UnderAudit.TestCase
TestUnderAudit.settings = runs(os.environ)
