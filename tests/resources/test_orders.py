"""Orders as their owner meets them: what each call does, and what it says when it cannot."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kalshi_async import (
    ALL,
    BadRequest,
    Conflict,
    CreateOrder,
    ExchangePaused,
    InvalidRequest,
    NotFound,
    Order,
    OrderStatus,
    TimeInForce,
)
from tests.stages.served import OTHER_TICKER, TICKER, D, Stage

EVENTS = "/portfolio/events/orders"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def read(stage: Stage, order_id: str) -> Order:
    return await stage.session.orders.get(order_id)


async def test_a_created_order_tells_what_became_of_it_at_once(stage: Stage) -> None:
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 4, "0.40"))
    order = await stage.session.orders.create(CreateOrder(TICKER, "bid", 10, "0.44"))
    assert (order.fill_count, order.remaining_count, order.total_count) == (D(4), D(6), D(10))
    # Trades print at the price that rested, and the fee is per contract.
    assert order.average_fill_price == D("0.40")
    assert order.average_fee_paid is not None
    assert order.average_fee_paid > 0


async def test_one_request_object_makes_one_order(stage: Stage) -> None:
    # Sent again at once it is the same order: it cannot be told from a request that was delivered twice.
    order = CreateOrder(TICKER, "bid", 1, "0.10")
    placed = await stage.session.orders.create(order)
    assert (await stage.session.orders.create(order)).order_id == placed.order_id
    await asyncio.sleep(5)
    with pytest.raises(Conflict, match=f"belongs to another order, {placed.order_id}") as caught:
        await stage.session.orders.create(order)
    assert caught.value.code == "order_already_exists"
    assert len(stage.account.orders) == 1


async def test_a_refused_order_may_be_sent_again(stage: Stage) -> None:
    # A refusal uses up no client_order_id.
    order = CreateOrder(TICKER, "bid", 1, "0.10")
    stage.sandbox.exchange.market(TICKER).pause()
    with pytest.raises(ExchangePaused) as caught:
        await stage.session.orders.create(order)
    assert caught.value.code == "trading_is_paused"
    stage.sandbox.exchange.market(TICKER).resume()
    await stage.session.orders.create(order)


@pytest.mark.parametrize(
    ("order", "error", "code"),
    [
        (CreateOrder(TICKER, "bid", 1, "0.4455"), BadRequest, "invalid_price"),
        (CreateOrder(TICKER, "bid", 100_000, "0.90"), BadRequest, "insufficient_balance"),
        (CreateOrder(TICKER, "bid", 1, "0.50", post_only=True), BadRequest, "invalid_order"),
        (CreateOrder("KXNOSUCH-26NOV23-T1", "bid", 1, "0.50"), NotFound, "market_not_found"),
        (
            CreateOrder(TICKER, "bid", 9, "0.50", time_in_force=TimeInForce.FILL_OR_KILL),
            Conflict,
            "fill_or_kill_insufficient_resting_volume",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_refusal_is_one_error_with_its_code(
    stage: Stage, order: CreateOrder, error: type[Exception], code: str
) -> None:
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 3, "0.45"))
    with pytest.raises(error) as caught:
        await stage.session.orders.create(order)
    assert getattr(caught.value, "code", None) == code
    assert not stage.account.orders


async def test_an_order_at_a_settlement_floor_is_told_where_prices_begin(stage: Stage) -> None:
    ticker = "KXSHUTDOWN-26DEC-DAYS"
    stage.sandbox.exchange.markets.add(ticker, market_type="scalar", settlement_bounds="floor")
    resting = await stage.session.orders.create(CreateOrder(ticker, "bid", 1, "0.30"))
    stage.sandbox.exchange.market(ticker).set_settlement_floor("0.30")
    assert (await read(stage, resting.order_id)).status is OrderStatus.CANCELED
    grid = (await stage.session.markets.get(ticker)).grid
    with pytest.raises(InvalidRequest, match=r"above the settlement floor 0\.3000"):
        grid.check("0.30")
    with pytest.raises(
        BadRequest, match=r"use a YES price above the settlement floor 0\.3000, a NO price below 0\.7"
    ):
        await stage.session.orders.create(CreateOrder.buy_no(ticker, 1, "0.70"))
    lowest = grid.up("0.30")
    assert (await stage.session.orders.create(CreateOrder(ticker, "bid", 1, lowest))).remaining_count == 1


async def test_an_unfilled_immediate_or_cancel_is_no_error(stage: Stage) -> None:
    order = CreateOrder(TICKER, "bid", 5, "0.40", time_in_force="immediate_or_cancel")
    created = await stage.session.orders.create(order)
    assert (created.fill_count, created.remaining_count) == (D(0), D(0))
    assert (await read(stage, created.order_id)).status is OrderStatus.CANCELED


async def test_an_order_expires_by_itself(stage: Stage) -> None:
    order = await stage.rest(expiration_time=NOON + timedelta(seconds=30))
    await stage.clock.sleep(31)
    assert (await read(stage, order.order_id)).status is OrderStatus.CANCELED


async def test_the_second_cancel_is_not_found(stage: Stage) -> None:
    order = await stage.rest()
    await stage.session.orders.cancel(order)
    with pytest.raises(NotFound):
        await stage.session.orders.cancel(order)


async def test_a_cancel_says_how_much_was_left_to_cancel(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 3, "0.40"))
    assert (await stage.session.orders.cancel(order)).reduced_by == D(7)


async def test_an_amend_counts_what_is_filled_already(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 3, "0.40"))
    await stage.session.orders.amend(order, count=8)
    now = await read(stage, order.order_id)
    assert (now.fill_count, now.remaining_count, now.total_count) == (D(3), D(5), D(8))


async def test_an_amend_of_the_price_alone_keeps_the_total(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 3, "0.40"))
    await stage.session.orders.amend(order, price="0.39")
    now = await read(stage, order.order_id)
    assert (now.yes_price, now.remaining_count, now.total_count) == (D("0.39"), D(7), D(10))


async def test_an_amend_may_cross_and_fill(stage: Stage) -> None:
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 4, "0.45"))
    order = await stage.rest("0.40", 10)
    amended = await stage.session.orders.amend(order, price="0.46")
    assert (amended.fill_count, amended.remaining_count) == (D(4), D(6))
    assert amended.average_fill_price == D("0.45")


async def test_an_amend_that_changes_nothing_is_refused_as_such(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    with pytest.raises(BadRequest) as caught:
        await stage.session.orders.amend(order, price="0.40")
    assert (caught.value.code, caught.value.raw_code) == ("amend_order_no_op", "AMEND_ORDER_NO_OP")


async def test_a_smaller_amend_keeps_its_place_in_the_queue_and_a_larger_one_does_not(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    await stage.other.orders.create(CreateOrder(TICKER, "bid", 5, "0.40"))
    await stage.session.orders.amend(order, count=6)
    assert await stage.session.orders.queue_position(order) == 0
    await stage.session.orders.amend(order, count=7)
    assert await stage.session.orders.queue_position(order) == D(5)


async def test_an_amend_can_give_and_take_an_expiry_and_rename(stage: Stage) -> None:
    order = await stage.rest()
    expiry = NOON + timedelta(minutes=1)
    await stage.session.orders.amend(order, expiration_time=expiry, updated_client_order_id="second-name")
    now = await read(stage, order.order_id)
    assert (now.expiration_time, now.client_order_id) == (expiry, "second-name")
    await stage.session.orders.amend(order, expiration_time=0)
    assert (await read(stage, order.order_id)).expiration_time is None


async def test_an_amend_of_a_bare_id_needs_all_that_an_amend_repeats(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    with pytest.raises(InvalidRequest, match="ticker, side, price and count"):
        await stage.session.orders.amend(order.order_id, price="0.41")
    await stage.session.orders.amend(order.order_id, ticker=TICKER, side="bid", price="0.41", count=10)
    assert (await read(stage, order.order_id)).yes_price == D("0.41")


async def test_a_decrease_by_more_than_rests_cancels(stage: Stage) -> None:
    order = await stage.rest(count=10)
    assert (await stage.session.orders.decrease(order, reduce_by=99)).remaining_count == 0
    assert (await read(stage, order.order_id)).status is OrderStatus.CANCELED


async def test_a_decrease_to_zero_cancels_and_keeps_what_was_filled(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 3, "0.40"))
    await stage.session.orders.decrease(order, reduce_to=0)
    now = await read(stage, order.order_id)
    assert (now.status, now.fill_count, now.remaining_count) == (OrderStatus.CANCELED, D(3), D(0))


async def test_a_decrease_takes_exactly_one_of_its_two_words(stage: Stage) -> None:
    order = await stage.rest()
    for words in ({}, {"reduce_by": 1, "reduce_to": 1}):
        with pytest.raises(InvalidRequest, match="exactly one"):
            await stage.session.orders.decrease(order, **words)  # type: ignore[arg-type]  # the point


async def test_an_answer_about_another_order_is_no_answer(stage: Stage) -> None:
    # In May 2026 the exchange answered cancels with another order's numbers (changelog 2026-05-21).
    mine, other = await stage.rest(), await stage.rest()
    cancel = stage.sandbox.exchange.orders.cancel

    def confuse(*args: object, **scope: object) -> object:
        _, reduced_by_e2, ts_ms = cancel(*args, **scope)  # type: ignore[arg-type]  # passed on as they came
        return stage.account.orders[other.order_id], reduced_by_e2, ts_ms

    stage.sandbox.exchange.orders.cancel = confuse  # type: ignore[assignment,method-assign]  # a bug, planted
    # Sent again, refused because it is canceled, and read.
    answer = await stage.session.orders.cancel(mine)
    assert (answer.order_id, answer.reduced_by) == (mine.order_id, None)
    assert set(stage.account.resting) == {other.order_id}


async def test_cancel_all_must_be_told_its_scope(stage: Stage) -> None:
    # "All" by omission is how a subaccount of somebody else gets flattened.
    with pytest.raises(TypeError):
        await stage.session.orders.cancel_all()  # type: ignore[call-arg]  # the point
    with pytest.raises(InvalidRequest):
        await stage.session.orders.cancel_all(subaccount=None)  # type: ignore[arg-type]  # the point
    assert stage.requests("DELETE") == []


async def test_cancel_all_of_one_subaccount_spares_the_others(stage: Stage) -> None:
    stage.subaccounts(1)
    spared = await stage.rest()
    await stage.rest(subaccount=1)
    await stage.session.orders.cancel_all(subaccount=1)
    assert set(stage.account.resting) == {spared.order_id}


async def test_cancel_all_reaches_every_subaccount_and_shard(stage: Stage) -> None:
    stage.subaccounts(1)
    await stage.rest()
    await stage.rest(subaccount=1)
    await stage.session.orders.create(CreateOrder(stage.market_on_shard(2), "bid", 1, "0.30"))
    await stage.session.with_options(subaccount=1).orders.cancel_all(subaccount=ALL)
    assert not stage.account.resting


async def test_find_returns_the_order_of_a_client_order_id_or_none(stage: Stage) -> None:
    wanted = await stage.rest()
    await stage.rest()
    found = await stage.session.orders.find(wanted.client_order_id, ticker=TICKER)
    assert found is not None
    assert found.order_id == wanted.order_id
    assert await stage.session.orders.find(wanted.client_order_id, ticker=OTHER_TICKER) is None
    assert await stage.session.orders.find("never-used") is None


async def test_find_goes_on_into_the_archive(stage: Stage) -> None:
    order = await stage.rest()
    await stage.session.orders.cancel(order)
    stage.archive()
    found = await stage.session.orders.find(order.client_order_id)
    assert found is not None
    assert found.order_id == order.order_id


async def test_a_missing_queue_position_is_an_error_and_not_the_front(stage: Stage) -> None:
    order = await stage.trade()
    with pytest.raises(NotFound):
        await stage.session.orders.queue_position(order)


async def test_queue_positions_want_markets_or_an_event(stage: Stage) -> None:
    with pytest.raises(InvalidRequest, match="market_tickers or event_ticker"):
        await stage.session.orders.queue_positions()
