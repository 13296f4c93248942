"""The market maker: where it quotes, what it keeps, and that nothing of it stays behind."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from examples import market_maker
from examples.market_maker import fair_price, make_market, requote, target_levels
from kalshi_async import ApiError, BookSide, CreateOrder, Order, OrderBookLevels, Session
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.examples.stage import TICKER, account, trading

D = Decimal


async def a_book(session: Session, exchange: Sandbox) -> str:
    """Let somebody quote 0.40 to 0.50, and return a group to quote in."""
    exchange.market(TICKER).quote("bid", "0.40", 100)
    exchange.market(TICKER).quote("ask", "0.50", 100)
    return (await session.order_groups.create(contracts_limit=150)).order_group_id


def prices(orders: list[Order], side: BookSide) -> list[Decimal]:
    return sorted(order.yes_price for order in orders if order.book_side == side)


def test_the_levels_stand_around_the_fair_price() -> None:
    levels = target_levels(D("0.45"), D(0))
    assert sorted(price for side, price in levels if side == BookSide.BID) == [
        D("0.42"),
        D("0.43"),
        D("0.44"),
    ]
    assert sorted(price for side, price in levels if side == BookSide.ASK) == [
        D("0.46"),
        D("0.47"),
        D("0.48"),
    ]


def test_the_levels_are_skewed_against_the_inventory() -> None:
    best_bid = max(price for side, price in target_levels(D("0.45"), D(20)) if side == BookSide.BID)
    assert best_bid == D("0.42")


@pytest.mark.parametrize(("held", "shown"), [(30, BookSide.ASK), (-30, BookSide.BID)])
def test_a_full_inventory_is_only_ever_made_smaller(held: int, shown: BookSide) -> None:
    assert {side for side, _ in target_levels(D("0.45"), D(held))} == {shown}


def test_no_level_leaves_the_prices_of_a_market() -> None:
    assert all(0 < price < 1 for _, price in target_levels(D("0.01"), D(0)) | target_levels(D("0.99"), D(0)))


def test_a_one_sided_book_has_no_fair_price() -> None:
    assert fair_price(OrderBookLevels(yes=[(D("0.40"), D(1))], no=[]), {}) is None


async def test_the_own_quotes_do_not_move_the_fair_price(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        await a_book(session, exchange)
        await session.orders.create(CreateOrder(TICKER, "bid", 5, "0.48"))
        own = {(order.book_side, order.yes_price): order async for order in session.orders.list()}
        book = await session.markets.orderbook(TICKER)
        assert (book.best_bid, book.best_ask) == (D("0.48"), D("0.50"))
        assert fair_price(book, own) == D("0.45")
        exchange.market(TICKER).quote("bid", "0.48", 1)
        assert fair_price(await session.markets.orderbook(TICKER), own) == D("0.49")


async def test_a_right_quote_is_left_where_it_is(clock: VirtualClock) -> None:
    # To place it anew would give its place in the queue away.
    async with trading(clock) as (session, exchange):
        group = await a_book(session, exchange)
        await requote(session, TICKER, group)
        before = set(account(exchange).orders)
        await requote(session, TICKER, group)
        assert set(account(exchange).orders) == before
        assert len(before) == 6


async def test_only_wrong_quotes_are_replaced_when_the_market_moves(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        group = await a_book(session, exchange)
        await requote(session, TICKER, group)
        before = set(account(exchange).resting)
        exchange.market(TICKER).quote("bid", "0.42", 100)
        await requote(session, TICKER, group)
        resting = account(exchange).resting
        assert sorted(order.price_e4 for order in resting.values() if order.side == "bid") == [
            4300,
            4400,
            4500,
        ]
        assert len(before & set(resting)) == 4


async def test_orders_of_another_program_are_left_alone(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        group = await a_book(session, exchange)
        foreign = await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
        await requote(session, TICKER, group)
        assert foreign.order_id in account(exchange).resting


async def test_nothing_rests_after_the_time_is_over(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        await a_book(session, exchange)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await make_market(session, TICKER)
        assert len(account(exchange).orders) == 6
        assert not account(exchange).resting
        assert [group.is_triggered for group in account(exchange).groups.values()] == [False, True]


async def test_a_quote_that_reads_do_not_show_yet_is_not_placed_twice(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        await a_book(session, exchange)
        exchange.faults.lag_reads(3_000)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await make_market(session, TICKER)
        assert len(account(exchange).orders) == 6


async def test_fills_are_made_good_by_leaning(clock: VirtualClock) -> None:
    async with trading(clock) as (session, exchange):
        group = await a_book(session, exchange)
        await requote(session, TICKER, group)
        exchange.market(TICKER).trade("ask", "0.42", 15)
        await requote(session, TICKER, group)
        resting = await session.orders.list(status="resting").collect()
        assert prices(resting, BookSide.ASK)[0] < D("0.46")


async def test_a_triggered_group_ends_it(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    # The exchange has canceled the quotes: to reset the group is a decision for a person.
    monkeypatch.setattr(market_maker, "GROUP_LIMIT", 3)
    async with trading(clock) as (session, exchange):
        await a_book(session, exchange)

        async def take() -> None:
            await asyncio.sleep(0.25)
            exchange.market(TICKER).trade("ask", "0.40", 5)

        taking = asyncio.create_task(take())
        with pytest.raises(ApiError, match="exceeded_order_group_risk_limit"):
            await make_market(session, TICKER)
        await taking
        assert not account(exchange).resting
