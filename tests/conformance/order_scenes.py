"""How the examples about orders and order groups come about, one scene each.

See ``scenes`` for what a scene is.
"""

from __future__ import annotations

from collections.abc import Mapping

from kalshi_async.sandbox.faults import ServerFailure
from tests.conformance.examples import Request
from tests.conformance.scenes import (
    Scene,
    an_account,
    gone,
    refused_amend,
    refused_create,
    refused_decrease,
    unknown,
)
from tests.conformance.stage import (
    BASE,
    CLIENT_ORDER_ID,
    EVENTS,
    GROUPS,
    OTHER_TICKER,
    SECOND_ORDER,
    TICKER,
    Stage,
    create,
)
from tests.stages.members import Json, new_order


async def a_bid_on_the_other_market(stage: Stage) -> None:
    await stage.open()
    stage.quote("bid", "0.48", 3, OTHER_TICKER)


async def a_resting_order(stage: Stage) -> None:
    await stage.open()
    await stage.order(client_order_id=CLIENT_ORDER_ID)


async def a_nameless_order(stage: Stage) -> None:
    await stage.open()
    await stage.order()


async def three_of_ten_filled(stage: Stage) -> None:
    await stage.open()
    await stage.fill_three()


async def an_ask_at_fifty_two(stage: Stage) -> None:
    await a_resting_order(stage)
    stage.quote("ask", "0.52", 2)


async def one_order_of_two(stage: Stage) -> None:
    # The example names a second order that is not in its subaccount 3.
    await stage.open()
    await stage.subaccounts(3)
    await stage.order(client_order_id=CLIENT_ORDER_ID)
    await stage.order(SECOND_ORDER)


async def a_bid_at_forty_seven(stage: Stage) -> None:
    await stage.open()
    stage.quote("bid", "0.47", 1)


async def two_subaccounts(stage: Stage) -> None:
    await stage.open()
    await stage.subaccounts(2)


async def a_member_of_a_group(stage: Stage) -> None:
    await stage.open()
    group_id = await stage.group()
    await stage.order(client_order_id=CLIENT_ORDER_ID, order_group_id=group_id)
    stage.trade("ask", "0.48", 3)


async def the_ask_that_was_dropped(stage: Stage) -> None:
    await stage.open()
    await stage.sell_three()


async def the_first_page(stage: Stage) -> None:
    await the_ask_that_was_dropped(stage)
    query = {"ticker": OTHER_TICKER, "status": "canceled", "limit": 1}
    page = (await stage.alice.get("/portfolio/orders", **query)).json()
    # The cursor that the example sends.
    assert stage.known.learn("CgwIgJ6Q0AYQ-MDV3QISJGM0ZTlkN2Ex", page["cursor"])


async def twenty_five_ahead(stage: Stage) -> None:
    await stage.open()
    stage.quote("bid", "0.48", 25)
    await stage.order()


async def a_group(stage: Stage) -> None:
    await stage.open()
    await stage.group()


async def a_group_of_two(stage: Stage) -> None:
    await stage.open()
    group_id = await stage.group()
    await stage.order(order_group_id=group_id)
    await stage.order(SECOND_ORDER, order_group_id=group_id)


async def a_post_only_that_crosses(stage: Stage) -> Request:
    await stage.open()
    stage.quote("ask", "0.48", 1)
    return create(post_only=True)


async def an_id_that_was_used(stage: Stage) -> Request:
    await stage.open()
    order_id = await stage.order(client_order_id="once")
    await stage.mutate(f"{EVENTS}/{order_id}", method="DELETE")
    return create(client_order_id="once")


async def a_halted_market(stage: Stage) -> Request:
    await stage.open()
    stage.sandbox.exchange.market(TICKER).pause()
    return create()


async def an_empty_write_bucket(stage: Stage) -> Request:
    await stage.open(tier="basic")
    for _ in range(10):
        await stage.alice.rest(count="1.00")
    return create()


async def an_outage(stage: Stage) -> Request:
    await stage.open()
    stage.sandbox.faults.on("create_order", ServerFailure())
    return create()


async def a_batch_too_dear(stage: Stage) -> Request:
    await stage.open(tier="basic")
    for _ in range(9):
        await stage.alice.rest(count="1.00")
    orders = [new_order(count="1.00"), new_order(count="1.00")]
    return Request("POST", f"{BASE}{EVENTS}/batched", {"orders": orders})


_GONE = "unknown id, already canceled, or fully executed"
_FOREIGN = "unknown group, other subaccount or shard"
_TERMS: Json = {"ticker": TICKER, "side": "bid", "price": "0.4700", "count": "10.00"}

ORDER_SCENES: Mapping[str, Scene] = {
    "create_order, resting limit bid": an_account,
    "create_order, ask that takes liquidity immediately (sell YES / buy NO), partial IOC":
        a_bid_on_the_other_market,
    "create_order, self-trade prevention taker_at_cross": a_nameless_order,
    "create_order: cannot collateralise": refused_create(count="99999.00"),
    "create_order: price off the market grid": refused_create(price="0.4850"),
    "create_order: post_only would take": a_post_only_that_crosses,
    "create_order: reduce_only with another time_in_force": refused_create(reduce_only=True),
    "create_order: JSON number for a string field": refused_create(count=10),
    "create_order: unknown ticker or wrong shard": refused_create(exchange_index=1),
    "create_order: client_order_id used before, whatever became of that order": an_id_that_was_used,
    "create_order: fill_or_kill not fully fillable": refused_create(time_in_force="fill_or_kill"),
    "create_order: maintenance or halted market": a_halted_market,
    "create_order: write bucket empty": an_empty_write_bucket,
    "create_order: outage, outcome unknown": an_outage,
    "cancel_order": three_of_ten_filled,
    f"cancel_order: {_GONE}": gone("DELETE", EVENTS + "/{}"),
    "amend_order, move price, order untouched by fills": a_resting_order,
    "amend_order, shrink resting part from 7 to 4 after 3 fills": three_of_ten_filled,
    "amend_order, amend crosses and fills": an_ask_at_fifty_two,
    "amend_order, expiry only": a_resting_order,
    "amend_order: nothing would change": refused_amend(),
    "amend_order: ticker differs from the order": refused_amend(ticker=OTHER_TICKER),
    "amend_order: side differs": refused_amend(side="ask"),
    f"amend_order: {_GONE}": gone("POST", EVENTS + "/{}/amend", _TERMS),
    "decrease_order, reduce_by": a_resting_order,
    "decrease_order, reduce_to zero equals cancel": a_nameless_order,
    "decrease_order: order already has that size": refused_decrease({"reduce_to": "10.00"}),
    "decrease_order: both or neither of reduce_by / reduce_to (code unverified)": refused_decrease({}),
    f"decrease_order: {_GONE}": gone("POST", EVENTS + "/{}/decrease", {"reduce_by": "1.00"}),
    "batch_create_orders": a_bid_at_forty_seven,
    "batch_create_orders: 2 x 10 tokens not available at once: nothing is placed": a_batch_too_dear,
    "batch_cancel_orders": one_order_of_two,
    "cancel_all_orders, one subaccount": two_subaccounts,
    "cancel_all_orders, all subaccounts": two_subaccounts,
    "get_order": a_member_of_a_group,
    "get_order: unknown, other user, or already in the historical tier": unknown(
        "GET", "/portfolio/orders/nobody"
    ),
    "get_orders": the_ask_that_was_dropped,
    "get_orders, last page": the_first_page,
    "get_orders: limit=1001": unknown("GET", "/portfolio/orders", limit=1001),
    "get_order_queue_position": twenty_five_ahead,
    "get_order_queue_position: not a resting order of the caller": gone(
        "GET", "/portfolio/orders/{}/queue_position"
    ),
    "get_queue_positions": twenty_five_ahead,
    "get_queue_positions: neither market_tickers nor event_ticker (code unverified)": unknown(
        "GET", "/portfolio/orders/queue_positions"
    ),
    "create_order_group": an_account,
    "get_order_groups": a_group,
    "get_order_groups, no groups": an_account,
    "get_order_group": a_group_of_two,
    "get_order_group: unknown group or other subaccount": unknown("GET", GROUPS + "/nobody"),
    "delete_order_group": a_group,
    f"delete_order_group: {_FOREIGN}": unknown("DELETE", GROUPS + "/nobody"),
    "reset_order_group": a_group,
    f"reset_order_group: {_FOREIGN}": unknown("PUT", GROUPS + "/nobody/reset", {}),
    "trigger_order_group": a_group,
    f"trigger_order_group: {_FOREIGN}": unknown("PUT", GROUPS + "/nobody/trigger", {}),
    "update_order_group_limit": a_group,
}  # fmt: skip
"""Title of the example -> its scene."""
