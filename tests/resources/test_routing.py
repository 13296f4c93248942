"""An order is reached where it lives: subaccount, shard, and ids that say neither."""

from __future__ import annotations

import pytest

from kalshi_async import CancelItem, CreateOrder, InvalidRequest, NotFound
from tests.stages.served import TICKER, D, Stage, session_of

ORDERS = "/portfolio/orders/"
EVENTS = "/portfolio/events/orders"


async def placed_on(stage: Stage, exchange_index: int) -> str:
    """The id of an order that alice has resting on a shard."""
    ticker = stage.market_on_shard(exchange_index)
    return (await stage.session.orders.create(CreateOrder(ticker, "bid", 10, "0.30"))).order_id


async def test_an_order_of_subaccount_7_is_canceled_in_subaccount_7(stage: Stage) -> None:
    # A leading SDK sends the cancel to subaccount 0, where the exchange finds nothing.
    stage.subaccounts(7)
    order = await stage.session.orders.create(CreateOrder(TICKER, "bid", 10, "0.30", subaccount=7))
    assert (await stage.session.orders.cancel(order)).reduced_by == D(10)


async def test_an_order_read_back_is_canceled_in_its_subaccount_too(stage: Stage) -> None:
    stage.subaccounts(7)
    await stage.session.orders.create(CreateOrder(TICKER, "bid", 10, "0.30", subaccount=7))
    (order,) = await stage.session.orders.list(subaccount=7).collect()
    assert order.subaccount == 7
    assert (await stage.session.orders.cancel(order)).reduced_by == D(10)


async def test_amend_and_decrease_follow_an_order_to_its_subaccount(stage: Stage) -> None:
    stage.subaccounts(7)
    order = await stage.session.orders.create(CreateOrder(TICKER, "bid", 10, "0.30", subaccount=7))
    await stage.session.orders.amend(order, price="0.31")
    assert (await stage.session.orders.decrease(order, reduce_to=4)).remaining_count == D(4)


async def test_an_order_knows_its_scope_better_than_the_view_that_cancels_it(stage: Stage) -> None:
    stage.subaccounts(7)
    in_7 = await stage.session.orders.create(CreateOrder(TICKER, "bid", 10, "0.30", subaccount=7))
    elsewhere = stage.session.with_options(subaccount=3)
    assert (await elsewhere.orders.cancel(in_7)).reduced_by == D(10)


async def test_an_order_of_the_primary_is_canceled_there_through_any_view(stage: Stage) -> None:
    # It was created without a subaccount, which means the primary, whoever cancels it.
    stage.subaccounts(7)
    order = await stage.rest()
    assert (await stage.session.with_options(subaccount=7).orders.cancel(order)).reduced_by == D(10)


async def test_an_order_routed_by_its_ticker_is_so_through_any_view(stage: Stage) -> None:
    order = await stage.session.orders.create(CreateOrder(stage.market_on_shard(2), "bid", 10, "0.30"))
    assert (await stage.session.with_options(exchange_index=1).orders.cancel(order)).reduced_by == D(10)


async def test_words_of_the_caller_overrule_the_order(stage: Stage) -> None:
    stage.subaccounts(7)
    order = await stage.session.orders.create(CreateOrder(TICKER, "bid", 10, "0.30", subaccount=7))
    with pytest.raises(NotFound):
        await stage.session.orders.cancel(order, subaccount=3)


@pytest.mark.parametrize("exchange_index", [1, 3])
async def test_a_created_order_on_another_shard_is_reached_by_its_ticker(
    stage: Stage, exchange_index: int
) -> None:
    ticker = stage.market_on_shard(exchange_index)
    order = await stage.session.orders.create(CreateOrder(ticker, "bid", 10, "0.30"))
    assert (await stage.session.orders.decrease(order, reduce_to=6)).remaining_count == D(6)
    assert (await stage.session.orders.cancel(order)).reduced_by == D(6)
    assert stage.requests("GET", ORDERS) == []


async def test_a_bare_id_on_another_shard_is_looked_up_once_and_canceled(stage: Stage) -> None:
    order_id = await placed_on(stage, 2)
    assert (await stage.session.orders.cancel(order_id)).reduced_by == D(10)
    assert stage.statuses("DELETE", EVENTS) == [404, 200]
    assert len(stage.requests("GET", ORDERS)) == 1


async def test_a_bare_id_on_another_shard_is_decreased_after_one_look(stage: Stage) -> None:
    order_id = await placed_on(stage, 2)
    assert (await stage.session.orders.decrease(order_id, reduce_by=4)).remaining_count == D(6)
    assert len(stage.requests("GET", ORDERS)) == 1


async def test_a_bare_id_in_another_subaccount_is_looked_up_as_well(stage: Stage) -> None:
    stage.subaccounts(7)
    order = await stage.session.orders.create(CreateOrder(TICKER, "bid", 10, "0.30", subaccount=7))
    assert (await stage.session.orders.cancel(order.order_id)).reduced_by == D(10)


async def test_a_bare_id_with_its_ticker_needs_no_look(stage: Stage) -> None:
    order_id = await placed_on(stage, 2)
    (ticker,) = {order.ticker for order in stage.account.resting.values()}
    await stage.session.orders.cancel(order_id, ticker=ticker)
    assert stage.statuses("DELETE", EVENTS) == [200]


async def test_an_unknown_id_is_looked_up_once_and_stays_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await stage.session.orders.cancel("no-such-order")
    assert (stage.statuses("DELETE", EVENTS), stage.statuses("GET", ORDERS)) == ([404], [404])


async def test_a_bare_id_of_an_executed_order_is_told_to_be_executed(stage: Stage) -> None:
    # A 404 on a cancel does not prove that nothing was bought.
    order = await stage.trade(count=3)
    with pytest.raises(NotFound, match="the order reads executed") as caught:
        await stage.session.orders.cancel(order.order_id)
    assert caught.value.operation == "cancel_order"
    assert stage.statuses("DELETE", EVENTS) == [404]


async def test_a_batch_cancel_carries_the_scope_of_each_order(stage: Stage) -> None:
    stage.subaccounts(7)
    orders = stage.session.orders
    on_shard = await orders.create(CreateOrder(stage.market_on_shard(2), "bid", 1, "0.30"))
    in_7 = await orders.create(CreateOrder(TICKER, "bid", 1, "0.30", subaccount=7))
    again = await orders.create(CreateOrder(TICKER, "bid", 1, "0.30", subaccount=7))
    plain = await stage.rest()
    spelled_out = CancelItem(again.order_id, subaccount=7)
    result = await orders.cancel_batch([on_shard, in_7, spelled_out, plain.order_id])
    assert len(result.ok) == 4


async def test_views_send_their_scope_with_creates_reads_and_groups(stage: Stage) -> None:
    stage.subaccounts(7)
    seven = stage.session.with_options(subaccount=7)
    group = await seven.order_groups.create(contracts_limit=5)
    assert group.subaccount == 7
    order = await seven.orders.create(
        CreateOrder(TICKER, "bid", 2, "0.30", order_group_id=group.order_group_id)
    )
    assert order.subaccount == 7
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 1, "0.30"))
    assert [row.order_id for row in await seven.orders.list().collect()] == [order.order_id]
    assert [row.position for row in await seven.positions.list().collect()] == [D(1)]
    assert await stage.session.positions.list().collect() == []
    assert (await seven.portfolio.balance()).balance == D("999.70")
    assert (await seven.orders.queue_positions(market_tickers=[TICKER]))[0].order_id == order.order_id
    await seven.order_groups.trigger(group.order_group_id)
    assert not stage.account.resting


async def test_a_group_on_another_shard_can_be_reached(stage: Stage) -> None:
    # The kill switch of a leading SDK has no way to name a shard.
    ticker = stage.market_on_shard(2)
    group = await stage.session.order_groups.create(contracts_limit=5, exchange_index=2)
    await stage.session.orders.create(
        CreateOrder(ticker, "bid", 1, "0.30", order_group_id=group.order_group_id)
    )
    with pytest.raises(NotFound):
        await stage.session.order_groups.trigger(group.order_group_id)
    await stage.session.order_groups.trigger(group.order_group_id, exchange_index=2)
    assert not stage.account.resting


async def test_an_order_names_its_own_scope_before_the_view_does(stage: Stage) -> None:
    stage.subaccounts(7)
    order = CreateOrder(TICKER, "bid", 1, "0.30", subaccount=7)
    created = await stage.session.with_options(subaccount=3).orders.create(order)
    assert created.subaccount == 7
    assert stage.account.orders[created.order_id].subaccount == 7


async def test_a_key_restricted_to_a_subaccount_works_without_naming_it(stage: Stage) -> None:
    # Such keys refuse any other number, 0 included: scope that was not set must stay unsaid.
    stage.subaccounts(1)
    key = stage.sandbox.add_key(stage.alice, subaccount=1)
    async with session_of(stage.sandbox, key, stage.clock) as session:
        order = await session.orders.create(CreateOrder(TICKER, "bid", 5, "0.30"))
        await session.orders.amend(order, price="0.31")
        await session.orders.decrease(order, reduce_to=2)
        assert (await session.orders.cancel(order.order_id)).reduced_by == D(2)
        assert (await session.portfolio.balance()).balance == D(1_000)
    assert stage.account.orders[order.order_id].subaccount == 1


async def test_an_id_that_names_nothing_is_refused_before_it_is_sent(stage: Stage) -> None:
    # DELETE …/orders/ would cancel every order.
    with pytest.raises(
        InvalidRequest, match="order_id must be visible ASCII characters without blanks, was ''"
    ):
        await stage.session.orders.cancel("")
    assert stage.requests("DELETE", EVENTS) == []


@pytest.mark.parametrize("no_order", [None, 7, {"order_id": "o-1"}, CancelItem("o-1")])
async def test_what_is_no_order_is_refused_by_name(stage: Stage, no_order: object) -> None:
    with pytest.raises(InvalidRequest, match="an order, the result of a create or an order_id is needed"):
        await stage.session.orders.cancel(no_order)  # type: ignore[arg-type]  # that is the point
    assert stage.requests("DELETE", EVENTS) == []
