"""One scene per operation of trading: orders, order groups, fills, positions, markets.

Each plays on a fresh stage, goes through the session's public method and asserts what
the exchange did, not merely that it answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest

from kalshi_async import ALL, Conflict, CreateOrder, NotFound, OrderStatus
from kalshi_async.contract import Operation, fills, markets, order_groups, orders, positions
from kalshi_async.contract.fields import MarketStatus
from tests.stages.served import EVENT, OTHER_TICKER, TICKER, D, Stage

Case = Callable[[Stage], Awaitable[None]]


async def create_order(stage: Stage) -> None:
    order = await stage.session.orders.create(CreateOrder(TICKER, "bid", "1.25", "0.44"))
    (placed,) = stage.account.resting.values()
    assert (placed.order_id, placed.client_order_id) == (order.order_id, order.client_order_id)
    assert (placed.side, placed.price_e4, placed.remaining_e2) == ("bid", 4400, 125)


async def cancel_order(stage: Stage) -> None:
    order = await stage.rest(count=10)
    canceled = await stage.session.orders.cancel(order)
    assert (canceled.order_id, canceled.reduced_by) == (order.order_id, D(10))
    assert not stage.account.resting


async def amend_order(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    amended = await stage.session.orders.amend(order, price="0.41", count=12)
    assert (amended.order_id, amended.remaining_count) == (order.order_id, D(12))
    placed = stage.account.resting[order.order_id]
    assert (placed.price_e4, placed.remaining_e2) == (4100, 1200)


async def decrease_order_to(stage: Stage) -> None:
    order = await stage.rest(count=10)
    assert (await stage.session.orders.decrease(order, reduce_to=4)).remaining_count == D(4)
    assert stage.account.resting[order.order_id].remaining_e2 == 400


async def decrease_order_by(stage: Stage) -> None:
    order = await stage.rest(count=10)
    assert (await stage.session.orders.decrease(order, reduce_by=4)).remaining_count == D(6)
    assert stage.account.resting[order.order_id].remaining_e2 == 600


async def batch_create_orders(stage: Stage) -> None:
    wanted = [CreateOrder(TICKER, "bid", 1, price) for price in ("0.10", "0.1055", "0.12")]
    result = await stage.session.orders.create_batch(wanted)
    assert [leg.request for leg in result] == wanted
    assert [order.yes_price for order in result.ok] == [D("0.10"), D("0.12")]
    (refused,) = result.failed
    assert refused.request is wanted[1]
    assert set(stage.account.resting) == {order.order_id for order in result.ok}


async def batch_cancel_orders(stage: Stage) -> None:
    first, second = await stage.rest(), await stage.rest()
    result = await stage.session.orders.cancel_batch([first, "no-such-order", second])
    assert [reply.order_id for reply in result.ok] == [first.order_id, second.order_id]
    assert isinstance(result.failed[0].error, NotFound)
    assert not stage.account.resting


async def cancel_all_orders(stage: Stage) -> None:
    await stage.rest()
    await stage.rest()
    await stage.session.orders.cancel_all(subaccount=ALL)
    assert not stage.account.resting


async def get_order(stage: Stage) -> None:
    placed = await stage.trade(count=3)
    order = await stage.session.orders.get(placed.order_id)
    assert (order.status, order.fill_count) == (OrderStatus.EXECUTED, D(3))
    assert order.client_order_id == placed.client_order_id


async def get_orders(stage: Stage) -> None:
    resting = await stage.rest()
    await stage.session.orders.cancel(await stage.rest())
    listed = await stage.session.orders.list(ticker=TICKER, status="resting").collect()
    assert [order.order_id for order in listed] == [resting.order_id]


async def get_order_queue_position(stage: Stage) -> None:
    await stage.other.orders.create(CreateOrder(TICKER, "bid", 5, "0.40"))
    order = await stage.rest("0.40")
    assert await stage.session.orders.queue_position(order) == D(5)


async def get_queue_positions(stage: Stage) -> None:
    await stage.other.orders.create(CreateOrder(TICKER, "bid", 5, "0.40"))
    order = await stage.rest("0.40")
    (row,) = await stage.session.orders.queue_positions(market_tickers=[TICKER, OTHER_TICKER])
    assert (row.order_id, row.queue_position) == (order.order_id, D(5))


async def create_order_group(stage: Stage) -> None:
    group = await stage.session.order_groups.create(contracts_limit=5)
    assert stage.account.groups[group.order_group_id].limit_e2 == 500


async def get_order_groups(stage: Stage) -> None:
    assert await stage.session.order_groups.list() == []
    group = await stage.session.order_groups.create(contracts_limit="2.5")
    (row,) = await stage.session.order_groups.list()
    assert (row.order_group_id, row.contracts_limit) == (group.order_group_id, D("2.5"))


async def get_order_group(stage: Stage) -> None:
    group, order_id = await _grouped_order(stage)
    details = await stage.session.order_groups.get(group)
    assert (details.orders, details.contracts_limit) == ([order_id], D(5))


async def delete_order_group(stage: Stage) -> None:
    group, _ = await _grouped_order(stage)
    await stage.session.order_groups.delete(group)
    assert not stage.account.groups
    assert not stage.account.resting


async def trigger_order_group(stage: Stage) -> None:
    group, _ = await _grouped_order(stage)
    await stage.session.order_groups.trigger(group)
    assert not stage.account.resting
    with pytest.raises(Conflict):
        await stage.rest(order_group_id=group)


async def reset_order_group(stage: Stage) -> None:
    group, _ = await _grouped_order(stage)
    await stage.session.order_groups.trigger(group)
    await stage.session.order_groups.reset(group)
    await stage.rest(order_group_id=group)


async def update_order_group_limit(stage: Stage) -> None:
    group, _ = await _grouped_order(stage)
    await stage.session.order_groups.update_limit(group, contracts_limit=8)
    assert stage.account.groups[group].limit_e2 == 800


async def get_positions(stage: Stage) -> None:
    await stage.trade("0.40", 3)
    (position,) = await stage.session.positions.list().collect()
    assert (position.ticker, position.position, position.market_exposure) == (TICKER, D(3), D("1.20"))
    (event,) = await stage.other.positions.events(event_ticker=EVENT).collect()
    assert (event.event_ticker, event.event_exposure) == (EVENT, D("1.80"))


async def get_fills(stage: Stage) -> None:
    order = await stage.trade("0.40", 3)
    (fill,) = await stage.session.fills.list(order_id=order.order_id).collect()
    assert (fill.count, fill.yes_price, fill.is_taker) == (D(3), D("0.40"), False)


async def get_market(stage: Stage) -> None:
    await stage.rest("0.40", 10)
    market = await stage.session.markets.get(TICKER)
    assert (market.status, market.yes_bid, market.yes_bid_size) == (MarketStatus.ACTIVE, D("0.40"), D(10))


async def get_markets(stage: Stage) -> None:
    listed = await stage.session.markets.list(tickers=[TICKER, OTHER_TICKER], status="open").collect()
    assert [market.ticker for market in listed] == [TICKER, OTHER_TICKER]
    stage.sandbox.market(OTHER_TICKER).settle("yes")
    settled = await stage.session.markets.list(min_settled_ts=1, mve_filter="exclude").collect()
    assert [market.ticker for market in settled] == [OTHER_TICKER]
    closing = listed[0].close_time
    assert closing is not None
    assert await stage.session.markets.list(min_close_ts=closing + timedelta(days=1)).collect() == []


async def get_market_orderbook(stage: Stage) -> None:
    await stage.rest("0.40", 10)
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 7, "0.45"))
    book = await stage.session.markets.orderbook(TICKER)
    assert (book.best_bid, book.best_ask) == (D("0.40"), D("0.45"))
    assert book.no == [(D("0.55"), D(7))]


async def _grouped_order(stage: Stage) -> tuple[str, str]:
    group = await stage.session.order_groups.create(contracts_limit=5)
    order = await stage.rest(order_group_id=group.order_group_id)
    return group.order_group_id, order.order_id


CASES: Mapping[Operation[object], Case] = {
    orders.CREATE_ORDER: create_order,
    orders.CANCEL_ORDER: cancel_order,
    orders.AMEND_ORDER: amend_order,
    orders.DECREASE_ORDER_TO: decrease_order_to,
    orders.DECREASE_ORDER_BY: decrease_order_by,
    orders.BATCH_CREATE_ORDERS: batch_create_orders,
    orders.BATCH_CANCEL_ORDERS: batch_cancel_orders,
    orders.CANCEL_ALL_ORDERS: cancel_all_orders,
    orders.GET_ORDER: get_order,
    orders.GET_ORDERS: get_orders,
    orders.GET_ORDER_QUEUE_POSITION: get_order_queue_position,
    orders.GET_QUEUE_POSITIONS: get_queue_positions,
    order_groups.CREATE_ORDER_GROUP: create_order_group,
    order_groups.GET_ORDER_GROUPS: get_order_groups,
    order_groups.GET_ORDER_GROUP: get_order_group,
    order_groups.DELETE_ORDER_GROUP: delete_order_group,
    order_groups.RESET_ORDER_GROUP: reset_order_group,
    order_groups.TRIGGER_ORDER_GROUP: trigger_order_group,
    order_groups.UPDATE_ORDER_GROUP_LIMIT: update_order_group_limit,
    positions.GET_POSITIONS: get_positions,
    fills.GET_FILLS: get_fills,
    markets.GET_MARKET: get_market,
    markets.GET_MARKETS: get_markets,
    markets.GET_MARKET_ORDERBOOK: get_market_orderbook,
}
