"""Pauses, the close, and what a market pays."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from kalshi_async.sandbox.engine.state import MarketState, Order, Rejected
from tests.sandbox.venue_kit import OTHER, TICKER, Desk

Action = Callable[[Desk, Order], object]

ACTIONS: dict[str, Action] = {
    "place": lambda desk, mine: desk.place(desk.alice, "bid", "0.40", 1),
    "amend": lambda desk, mine: desk.amend(desk.alice, mine, "0.41", 5),
    "cancel": lambda desk, mine: desk.cancel(desk.alice, mine),
    "decrease": lambda desk, mine: desk.exchange.orders.decrease(
        desk.alice, mine.order_id, reduce_by_e2=100, reduce_to_e2=None
    ),
    "cancel_all": lambda desk, mine: desk.exchange.orders.cancel_all(desk.alice, None),
    "create_group": lambda desk, mine: desk.exchange.groups.create(desk.alice, 1_000),
}

# What answers in which state, contract §17 and §24; None works.
PAUSES: dict[str, tuple[Callable[[Desk], None], dict[str, str | None]]] = {
    "trading pause": (
        lambda desk: desk.exchange.shards.pause_trading(),
        {"place": "trading_is_paused", "amend": "trading_is_paused", "cancel": None, "decrease": None},
    ),
    "exchange pause": (
        lambda desk: desk.exchange.shards.pause(),
        dict.fromkeys(ACTIONS, "exchange_is_paused"),
    ),
    "inactive market": (
        lambda desk: desk.exchange.market(TICKER).pause(),
        {"place": "trading_is_paused", "amend": "trading_is_paused", "cancel": None, "decrease": None},
    ),
    "closed market": (
        lambda desk: desk.exchange.market(TICKER).close(),
        dict.fromkeys(("place", "amend", "cancel", "decrease"), "market_inactive"),
    ),
}


@pytest.mark.parametrize("pause", PAUSES)
@pytest.mark.parametrize("action", ACTIONS)
def test_what_works_during_a_pause(desk: Desk, pause: str, action: str) -> None:
    begin, answers = PAUSES[pause]
    mine = desk.place(desk.alice, "bid", "0.40", 5).order
    begin(desk)
    if (code := answers.get(action)) is None:
        ACTIONS[action](desk, mine)
    else:
        with pytest.raises(Rejected, match=code):
            ACTIONS[action](desk, mine)
        assert (mine.status, mine.remaining_e2) == ("resting", 500)


@pytest.mark.parametrize("begin", ["pause", "pause_trading"])
def test_flagged_orders_leave_when_a_pause_begins(desk: Desk, begin: str) -> None:
    stays = desk.place(desk.alice, "bid", "0.40", 5).order
    leaves = desk.place(desk.alice, "bid", "0.40", 5, cancel_order_on_pause=True).order
    getattr(desk.exchange.shards, begin)()
    assert (stays.status, leaves.status) == ("resting", "canceled")
    desk.exchange.shards.resume()
    assert desk.cancel(desk.alice, stays) == 500


def test_a_shard_pauses_alone(desk: Desk) -> None:
    desk.exchange.shards.pause_trading(2)
    assert desk.exchange.shards.trading_active
    assert desk.exchange.shards.active(2) == (True, False)
    desk.exchange.shards.pause(0)
    assert (desk.exchange.shards.exchange_active, desk.exchange.shards.trading_active) == (False, False)
    assert desk.exchange.shards.active(1) == (True, True)


def test_reactivating_a_market_cancels_its_orders(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.40", 5).order
    desk.exchange.market(TICKER).pause()
    assert mine.status == "resting"
    desk.exchange.market(TICKER).resume()
    assert mine.status == "canceled"
    desk.place(desk.alice, "bid", "0.40", 5)


def test_a_market_closes_in_time_and_is_swept_a_moment_later(desk: Desk) -> None:
    desk.exchange.markets.add(OTHER, close_in_s=60)
    mine = desk.place(desk.alice, "bid", "0.40", 5, ticker=OTHER).order
    desk.clock.pass_s(60)
    desk.exchange.advance()
    assert desk.exchange.markets[OTHER].state is MarketState.CLOSED
    assert mine.status == "resting"
    desk.clock.pass_s(1)
    desk.exchange.advance()
    assert mine.status == "canceled"


def test_a_closed_market_opens_again_when_its_close_moves(desk: Desk) -> None:
    desk.exchange.market(TICKER).close()
    desk.exchange.market(TICKER).close(in_s=60)
    mine = desk.place(desk.alice, "bid", "0.40", 5).order
    desk.clock.pass_s(30)
    assert desk.cancel(desk.alice, mine) == 500
    desk.clock.pass_s(30)
    desk.exchange.advance()
    assert desk.exchange.markets[TICKER].state is MarketState.CLOSED


def test_a_decided_market_takes_no_orders(desk: Desk) -> None:
    desk.exchange.market(TICKER).determine("yes")
    with pytest.raises(Rejected, match="market_already_closed"):
        desk.place(desk.alice, "bid", "0.40", 5)


def trade_ten_at_forty(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.40", 10)
    desk.take(desk.bob, "bid", "0.40", 10)


@pytest.mark.parametrize(
    ("result", "to_alice", "to_bob"), [("yes", 0, 10), ("no", 10, 0), (25, Decimal("7.50"), Decimal("2.50"))]
)
def test_a_market_pays_one_dollar_per_pair(
    desk: Desk, result: str | int, to_alice: Decimal, to_bob: Decimal
) -> None:
    trade_ten_at_forty(desk)
    resting = desk.place(desk.alice, "bid", "0.30", 5).order
    before = (desk.cash(desk.alice), desk.cash(desk.bob))
    desk.exchange.market(TICKER).settle(result)
    assert desk.cash(desk.alice) - before[0] == to_alice
    assert desk.cash(desk.bob) - before[1] == to_bob
    assert resting.status == "canceled"
    assert desk.exchange.reads.portfolio_value_cents(desk.bob, 0, None) == 0


def test_a_settlement_row_adds_up_to_the_profit(desk: Desk) -> None:
    trade_ten_at_forty(desk)
    desk.exchange.market(TICKER).settle("yes")
    (row,) = desk.bob.settlements
    assert (row.result, row.yes_count_e2, row.no_count_e2, row.value_cents) == ("yes", 1_000, 0, 100)
    profit_e6 = row.revenue_cents * 10_000 - row.yes_cost_e6 - row.no_cost_e6 - row.fee_e6
    assert desk.cash(desk.bob) - 10_000 == Decimal(profit_e6) / 1_000_000
    position = desk.bob.positions[(TICKER, 0)]
    assert (position.position_e2, position.cost_e6, position.settled) == (0, 0, True)
    assert position.realized_e6 == 6_000_000


def test_fractions_of_a_cent_stay_with_the_venue(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.40", "0.01")
    desk.take(desk.bob, "bid", "0.40", "0.01")
    desk.exchange.market(TICKER).settle(50)
    assert [row.revenue_cents for row in (*desk.alice.settlements, *desk.bob.settlements)] == [0, 0]


def test_what_was_closed_by_trading_has_a_row_of_both_legs(desk: Desk) -> None:
    trade_ten_at_forty(desk)
    desk.place(desk.alice, "bid", "0.30", 10)
    desk.take(desk.bob, "ask", "0.30", 10)
    before = desk.cash(desk.bob)
    desk.exchange.market(TICKER).settle("yes")
    (row,) = desk.bob.settlements
    assert (row.yes_count_e2, row.no_count_e2, row.revenue_cents) == (1_000, 1_000, 0)
    assert (row.yes_cost_e6, row.no_cost_e6) == (4_000_000, 7_000_000)
    assert desk.cash(desk.bob) == before
    assert desk.bob.positions[(TICKER, 0)].settled


def test_the_residue_of_a_payout_is_a_fee_of_its_row(desk: Desk) -> None:
    desk.place(desk.alice, "ask", "0.40", "0.50")
    desk.take(desk.bob, "bid", "0.40", "0.50")
    (fill,) = desk.bob.fills
    desk.exchange.market(TICKER).settle(25)
    (row,) = desk.bob.settlements
    assert (row.revenue_cents, row.fee_e6) == (12, fill.fee_e6 + 5_000)


def test_the_settlement_timer_runs_after_determination(desk: Desk) -> None:
    trade_ten_at_forty(desk)
    desk.exchange.market(TICKER).determine("yes")
    assert desk.exchange.markets[TICKER].state is MarketState.DETERMINED
    assert not desk.bob.settlements
    desk.clock.pass_s(60)
    desk.exchange.advance()
    assert desk.exchange.markets[TICKER].state is MarketState.FINALIZED
    assert len(desk.bob.settlements) == 1


def test_a_market_is_decided_once(desk: Desk) -> None:
    desk.exchange.market(TICKER).settle("yes")
    with pytest.raises(ValueError, match="finalized already"):
        desk.exchange.market(TICKER).settle("no")


@pytest.mark.parametrize("result", ["maybe", -1, 101])
def test_a_result_is_yes_no_or_cents(desk: Desk, result: str | int) -> None:
    with pytest.raises(ValueError, match="result must be"):
        desk.exchange.market(TICKER).settle(result)


def test_an_anonymous_member_can_trade_with_somebody(desk: Desk) -> None:
    mine = desk.place(desk.alice, "bid", "0.40", 5).order
    assert desk.exchange.market(TICKER).trade("ask", "0.40", 2).fill_count_e2 == 200
    assert mine.filled_e2 == 200
    desk.exchange.market(TICKER).quote("ask", "0.60", 3)
    assert desk.take(desk.alice, "bid", "0.60", 3).fill_count_e2 == 300
    desk.exchange.market(TICKER).quote("ask", "0.70", 3)
    desk.exchange.market(TICKER).withdraw_quotes()
    assert desk.depth() == ([(4_000, 300)], [])


def test_the_commands_of_the_operator_refuse_nonsense(desk: Desk) -> None:
    with pytest.raises(KeyError):
        desk.exchange.market("KXNONE-1")
    with pytest.raises(ValueError, match="unique"):
        desk.exchange.markets.add(TICKER)
    with pytest.raises(ValueError, match="unique"):
        desk.exchange.accounts.open("alice")
    with pytest.raises(ValueError, match="structure"):
        desk.exchange.markets.add("KXNEW-1", structure="round")
    with pytest.raises(ValueError, match="only an inactive market"):
        desk.exchange.market(TICKER).resume()
    with pytest.raises(ValueError, match="multiple of"):
        desk.exchange.market(TICKER).trade("bid", "0.50001", 1)
