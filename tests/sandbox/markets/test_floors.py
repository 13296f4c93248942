"""Settlement floors: what may be ordered, what is paid, and what a correction takes back."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from kalshi_async.contract.markets import GET_MARKET
from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.engine.state import Account, Rejected
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.settings import NEGATIVE_BALANCE, PRICE_AT_FLOOR
from tests.sandbox.engine.audit import audit
from tests.sandbox.venue_kit import OTHER, Desk

DAYS = "KXSHUTDOWN-26DEC-DAYS"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.exchange.markets.add(
        DAYS, market_type="scalar", settlement_bounds="floor", fee_type="quadratic", fee_multiplier=Decimal(0)
    )
    return desk


def trade(desk: Desk, buyer: Account, seller: Account, price: str, count: str | int, **options: int) -> None:
    """Let ``buyer`` take YES of the market with a floor from ``seller``."""
    desk.place(seller, "ask", price, count, ticker=DAYS)
    desk.take(buyer, "bid", price, count, ticker=DAYS, **options)


def changes(desk: Desk, *members: Account) -> list[Decimal]:
    """Return what each member has gained since it was opened, over all subaccounts."""
    return [Decimal(sum(member.cash_e6.values())) / 1_000_000 - 10_000 for member in members]


def test_the_worked_example_of_the_exchange(desk: Desk) -> None:
    # docs settlement_bounds, 2026-10: a shutdown pays 0.10 for each day, and is priced without fees.
    a, b = desk.alice, desk.bob
    c = desk.exchange.accounts.open("carol")
    market = desk.exchange.market(DAYS)
    trade(desk, a, b, "0.40", 100)
    assert changes(desk, a, b) == [-40, -60]
    market.set_settlement_floor("0.30")
    assert changes(desk, a, b) == [-10, -60]
    desk.place(c, "bid", "0.45", 50, ticker=DAYS)
    desk.take(a, "ask", "0.45", 50, ticker=DAYS)
    assert changes(desk, a, b, c) == [Decimal("-2.50"), -60, Decimal("-7.50")]
    market.settle(50)
    assert changes(desk, a, b, c) == [Decimal("7.50"), -10, Decimal("2.50")]
    audit(desk.exchange)


def test_orders_must_be_priced_above_the_floor(desk: Desk) -> None:
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    for side in ("bid", "ask"):
        with pytest.raises(Rejected) as refused:
            desk.place(desk.alice, side, "0.30", 1, ticker=DAYS)
        assert (refused.value.code, refused.value.details) == PRICE_AT_FLOOR
    resting = desk.place(desk.alice, "bid", "0.31", 1, ticker=DAYS).order
    with pytest.raises(Rejected, match="price must be above the settlement floor"):
        desk.amend(desk.alice, resting, "0.29", 1)
    assert desk.place(desk.alice, "bid", "0.30", 1).order.status == "resting"  # in a market without one


def test_a_raise_cancels_what_rests_at_or_below_the_new_floor(desk: Desk) -> None:
    low, at, above = (
        desk.place(desk.alice, "bid", price, 1, ticker=DAYS).order for price in ("0.29", "0.30", "0.31")
    )
    desk.exchange.market(DAYS).set_settlement_floor("0.10")
    ask = desk.place(desk.bob, "ask", "0.35", 1, ticker=DAYS).order
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    assert [order.status for order in (low, at, above, ask)] == ["canceled", "canceled", "resting", "resting"]
    reasons = [order.last_update_reason for order in (low, at, above, ask)]
    assert reasons == ["SettlementBoundsCancel", "SettlementBoundsCancel", None, None]
    assert low.updated_us == at.updated_us
    desk.exchange.market(DAYS).set_settlement_floor("0.35")
    assert (ask.status, ask.last_update_reason) == ("canceled", "SettlementBoundsCancel")
    audit(desk.exchange)


def test_a_resting_bid_ties_up_its_price_less_the_floor(desk: Desk) -> None:
    def tied_up(member: Account) -> Decimal:
        return Decimal(desk.exchange.reads.resting_commitment_e6(member, 0, 0)) / 1_000_000

    desk.place(desk.alice, "bid", "0.40", 10, ticker=DAYS)
    desk.place(desk.bob, "ask", "0.60", 10, ticker=DAYS)
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    assert [tied_up(desk.alice), tied_up(desk.bob)] == [1, 4]
    desk.place(desk.alice, "bid", "0.35", 20, ticker=DAYS)
    assert tied_up(desk.alice) == 2
    poor = desk.exchange.accounts.open("poor", cash=Decimal(1))
    desk.place(poor, "bid", "0.40", 10, ticker=DAYS)
    with pytest.raises(Rejected, match="insufficient_balance"):
        desk.place(poor, "bid", "0.31", 1, ticker=DAYS)


def test_members_behind_an_fcm_are_paid_at_the_settlement_alone(desk: Desk) -> None:
    cents = desk.exchange.accounts.open("cents", is_fcm=True)
    trade(desk, cents, desk.bob, "0.40", 100)
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    assert changes(desk, cents) == [-40]
    desk.place(desk.alice, "bid", "0.45", 50, ticker=DAYS)
    desk.take(cents, "ask", "0.45", 50, ticker=DAYS)
    assert changes(desk, cents, desk.alice) == [Decimal("-17.50"), Decimal("-7.50")]
    audit(desk.exchange)
    desk.exchange.market(DAYS).settle(50)
    assert changes(desk, cents, desk.alice) == [Decimal("7.50"), Decimal("2.50")]
    audit(desk.exchange)


def test_a_lowered_floor_cancels_what_is_no_longer_paid_for_newest_first(desk: Desk) -> None:
    poor = desk.exchange.accounts.open("poor", cash=Decimal(50))
    trade(desk, poor, desk.bob, "0.40", 100)
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    orders = [
        desk.place(poor, "bid", "0.50", 20, ticker=OTHER if elsewhere else DAYS).order
        for elsewhere in _listed(desk, (False, True, True))
    ]
    closing = desk.place(poor, "ask", "0.90", 100, ticker=DAYS).order
    desk.exchange.market(DAYS).set_settlement_floor("0.20")
    assert [order.status for order in (*orders, closing)] == ["resting", "resting", "resting", "resting"]
    desk.exchange.market(DAYS).set_settlement_floor("0.10")
    assert [order.status for order in orders] == ["resting", "resting", "canceled"]
    assert orders[2].last_update_reason == "MarginCancel"
    assert changes(desk, poor) == [-10_000 + 50 - 40 + 10]
    audit(desk.exchange)


def _listed(desk: Desk, where: tuple[bool, ...]) -> tuple[bool, ...]:
    desk.exchange.markets.add(OTHER, fee_type="quadratic")
    return where


def in_debt(desk: Desk) -> Account:
    """A member that has spent what a floor had paid, before the floor was lowered."""
    poor = desk.exchange.accounts.open("poor", tier="advanced", cash=Decimal(50))
    desk.exchange.accounts.create_subaccount(poor)
    desk.exchange.transfers.between_subaccounts(poor, "first", 0, 1, 4_500)
    trade(desk, poor, desk.bob, "0.40", 100, subaccount=1)
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    assert [desk.cash(poor, number) for number in (0, 1)] == [5, 35]
    desk.exchange.accounts.create_subaccount(poor)
    desk.exchange.transfers.between_subaccounts(poor, "second", 1, 2, 500)
    desk.exchange.transfers.between_subaccounts(poor, "back", 1, 0, 3_000)
    desk.exchange.accounts.withdraw(poor, Decimal(30))
    assert [desk.cash(poor, number) for number in (0, 1, 2)] == [5, 0, 5]
    return poor


def test_a_debt_is_covered_by_other_subaccounts_and_the_rest_stands_on_the_primary(desk: Desk) -> None:
    poor = in_debt(desk)
    desk.exchange.market(DAYS).set_settlement_floor("0.22")
    assert [desk.cash(poor, number) for number in (0, 1, 2)] == [0, 0, 2]
    audit(desk.exchange)
    desk.exchange.market(DAYS).set_settlement_floor("0.10")
    assert [desk.cash(poor, number) for number in (0, 1, 2)] == [-10, 0, 0]
    audit(desk.exchange)


def test_no_order_is_taken_from_a_subaccount_in_debt_until_it_is_paid_in(desk: Desk) -> None:
    poor = desk.exchange.accounts.open("poor", cash=Decimal(40))
    trade(desk, poor, desk.bob, "0.40", 100)
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    resting = desk.place(poor, "ask", "0.90", 10, ticker=DAYS).order
    desk.exchange.accounts.withdraw(poor, Decimal(30))
    desk.exchange.market(DAYS).set_settlement_floor("0.20")
    assert desk.cash(poor) == -10
    desk.place(desk.alice, "bid", "0.40", 10, ticker=DAYS)
    for side, count, reduce_only in (("ask", 10, False), ("ask", 10, True), ("bid", 1, True)):
        with pytest.raises(Rejected) as caught:
            desk.take(poor, side, "0.40", count, ticker=DAYS, reduce_only=reduce_only)  # type: ignore[arg-type]  # a side
        assert (caught.value.code, caught.value.details) == NEGATIVE_BALANCE
    with pytest.raises(Rejected, match="insufficient_balance"):
        desk.amend(poor, resting, "0.95", 10)
    desk.cancel(poor, resting)
    desk.exchange.accounts.deposit(poor, Decimal(10))
    desk.take(poor, "ask", "0.40", 10, ticker=DAYS)
    assert desk.cash(poor) == Decimal("2.00")
    audit(desk.exchange)


def test_what_a_floor_pays_is_rounded_as_cash_is_and_the_rest_is_a_fee(desk: Desk) -> None:
    trade(desk, desk.alice, desk.bob, "0.40", "0.03")
    desk.exchange.market(DAYS).set_settlement_floor("0.0111")
    # 0.03 of a contract times 0.0111 is 0.000333.
    assert desk.alice.positions[(DAYS, 0)].fees_e6 == 33
    assert desk.alice.floor_entries[0].amount_e6 == 300
    desk.exchange.market(DAYS).set_settlement_floor(0)
    assert desk.alice.floor_entries[1].amount_e6 == -400
    audit(desk.exchange)
    desk.exchange.market(DAYS).settle(50)
    audit(desk.exchange)


def test_an_open_position_is_worth_its_mark_less_the_floor(desk: Desk) -> None:
    trade(desk, desk.alice, desk.bob, "0.40", 100)
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    values = (desk.exchange.reads.portfolio_value_cents(member, 0, 0) for member in (desk.alice, desk.bob))
    assert tuple(values) == (1_000, 6_000)


@pytest.mark.parametrize("reservation", ["max", "sum"])
def test_the_rebalancer_keeps_what_a_bid_ties_up(desk: Desk, reservation: str) -> None:
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    desk.place(desk.alice, "bid", "0.40", 100, ticker=DAYS)
    desk.exchange.allocations.set(desk.alice, [(1, 100)], reservation)
    desk.clock.pass_s(10)
    desk.exchange.advance()
    assert desk.cash(desk.alice, 0, 0) == 10


def test_a_market_shows_its_bounds(desk: Desk) -> None:
    def shown(exchange: Exchange, ticker: str) -> tuple[str | None, Decimal | None]:
        view = market_views.market(exchange.markets[ticker], [], [], 0)
        market = GET_MARKET.decoder.decode(json.dumps({"market": view})).market
        return market.settlement_bounds_type, market.settlement_floor

    assert shown(desk.exchange, DAYS) == ("floor", Decimal(0))
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    assert shown(desk.exchange, DAYS) == ("floor", Decimal("0.3000"))
    assert {shown(desk.exchange, ticker) for ticker in desk.exchange.markets if ticker != DAYS} == {
        ("default", None)
    }


def test_a_lagging_read_bears_an_order_below_the_floor(desk: Desk) -> None:
    desk.exchange.reads.set_lag(1_000)
    desk.place(desk.alice, "bid", "0.20", 10, ticker=DAYS)
    desk.clock.pass_s(2)
    seen = desk.exchange.reads.account(desk.alice)
    desk.exchange.market(DAYS).set_settlement_floor("0.30")
    assert desk.exchange.reads.resting_commitment_e6(seen, 0, 0) == 0


@pytest.mark.parametrize(
    ("ticker", "floor", "message"),
    [
        (DAYS, "1", "a settlement floor must be at least 0 and below 1 dollar, was 1"),
        (DAYS, "-0.1", "a settlement floor must be at least 0 and below 1 dollar, was -0.1"),
        (OTHER, "0.1", "only an undecided market with settlement bounds has a floor, .* of the type default"),
    ],
)
def test_a_floor_that_cannot_be_is_refused(desk: Desk, ticker: str, floor: str, message: str) -> None:
    desk.exchange.markets.add(OTHER)
    with pytest.raises(ValueError, match=message):
        desk.exchange.market(ticker).set_settlement_floor(floor)


def test_a_market_settles_at_its_floor_or_above_and_keeps_it_then(desk: Desk) -> None:
    market = desk.exchange.market(DAYS)
    market.set_settlement_floor("0.30")
    for result in ("no", 29):
        with pytest.raises(ValueError, match=f"{DAYS} pays YES at least 0.3000, was "):
            market.settle(result)
    market.settle(30)
    with pytest.raises(ValueError, match=f"{DAYS} is finalized"):
        market.set_settlement_floor("0.20")
