"""The order endpoints of the 2025 API, writes and reads, under /portfolio/orders."""

from __future__ import annotations

from kalshi_async.sandbox.api2025 import views as legacy_views
from kalshi_async.sandbox.api2025.bodies import (
    AmendOrderRequest,
    BatchCancelOrdersRequest,
    BatchCreateOrdersRequest,
    CreateOrderRequest,
    DecreaseOrderRequest,
    GetQueuePositionsRequest,
)
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import CURSOR, EVENT_TICKER, LIMIT_200, MAX_TS, MIN_TS, TICKER, Text
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.edge.views import Json
from kalshi_async.sandbox.engine.instructions import NewOrder
from kalshi_async.sandbox.engine.state import ONE_CONTRACT_E2, ONE_DOLLAR_E4, Order, Rejected

_CENT_E6 = 10_000


def create_order(call: Call) -> Reply:
    """Place one order."""
    return Reply(201, {"order": _place(call, call.body(CreateOrderRequest))})


def batch_create_orders(call: Call) -> Reply:
    """Place several orders, each on its own; 200 even if every one is refused."""
    items = call.body(BatchCreateOrdersRequest).items()
    return ok({"responses": [_create_item(call, item) for item in items]})


def cancel_order(call: Call) -> Reply:
    """Cancel one order."""
    order, reduced_by_e2 = _cancel(call, call.path["order_id"])
    return ok({"order": legacy_views.order(order), "reduced_by": legacy_views.contracts(reduced_by_e2)})


def batch_cancel_orders(call: Call) -> Reply:
    """Cancel several orders, each on its own."""
    order_ids = call.body(BatchCancelOrdersRequest).items()
    return ok({"responses": [_cancel_item(call, order_id) for order_id in order_ids]})


def amend_order(call: Call) -> Reply:
    """Change price or total size of a resting order."""
    body = call.body(AmendOrderRequest)
    amendment = body.to_amendment(_resting(call, call.path["order_id"]))
    return ok({"order": legacy_views.order(call.exchange.orders.amend(call.account, amendment).order)})


def decrease_order(call: Call) -> Reply:
    """Reduce the count of a resting order."""
    reduce_by_e2 = call.body(DecreaseOrderRequest).reduce_by_e2()
    order = _resting(call, call.path["order_id"])
    call.exchange.orders.decrease(
        call.account,
        order.order_id,
        reduce_by_e2=reduce_by_e2,
        reduce_to_e2=None,
        subaccount=order.subaccount,
        exchange_index=order.exchange_index,
    )
    return ok({"order": legacy_views.order(order)})


def get_order(call: Call) -> Reply:
    """Show one order of any age: the 2025 API had no archive."""
    order = call.seen.orders.get(call.path["order_id"])
    if order is None:
        raise Rejected("not_found")
    return ok({"order": legacy_views.order(order)})


def get_orders(call: Call) -> Reply:
    """List orders, newest first."""
    query, markets = call.query, call.exchange.markets
    rows = (
        order
        for order in call.seen.orders.values()
        if query.text("ticker") in (None, order.ticker)
        and query.text("event_ticker") in (None, markets[order.ticker].event_ticker)
        and query.text("status") in (None, order.status)
        and query.covers(order.created_us)
    )
    page = paginate(rows, _order_key, name="orders", limit=query.limit, cursor=query.cursor)
    return ok({"orders": [legacy_views.order(order) for order in page.rows], "cursor": page.cursor})


def get_order_queue_position(call: Call) -> Reply:
    """Show the queue position of one resting order; 1 is the front."""
    return ok({"queue_position": _queue_position(call, call.path["order_id"])})


def get_queue_positions(call: Call) -> Reply:
    """Show the queue positions of several orders; orders that do not rest are left out."""
    order_ids = call.body(GetQueuePositionsRequest).order_ids
    if not order_ids:
        raise Rejected("missing_parameters", "order_ids is required")
    resting = [order_id for order_id in order_ids if order_id in call.account.resting]
    return ok({"queue_positions": {order_id: _queue_position(call, order_id) for order_id in resting}})


def _place(call: Call, body: CreateOrderRequest) -> Json:
    order = body.to_order(call.now_ms // 1_000)
    if body.sell_position_floor is not None:
        _refuse_selling_more_than_held(call, order)
    if body.buy_max_cost is not None:
        _refuse_dearer_than(call, order, body.buy_max_cost * _CENT_E6)
    return legacy_views.order(call.exchange.orders.create(call.account, order).order)


def _create_item(call: Call, item: CreateOrderRequest) -> Json:
    try:
        return {"order": _place(call, item)}
    except Rejected as rejected:
        return {"error": legacy_views.error(rejected)}


def _cancel_item(call: Call, order_id: str) -> Json:
    try:
        _, reduced_by_e2 = _cancel(call, order_id)
    except Rejected as rejected:
        return {"order_id": order_id, "reduced_by": 0, "error": legacy_views.error(rejected)}
    return {"order_id": order_id, "reduced_by": legacy_views.contracts(reduced_by_e2)}


def _refuse_selling_more_than_held(call: Call, order: NewOrder) -> None:
    position = call.account.positions.get((order.ticker, order.subaccount))
    signed_e2 = 0 if position is None else position.position_e2
    if order.count_e2 > max(0, signed_e2 if order.side == "ask" else -signed_e2):
        raise Rejected("exceeded_sell_position_floor")


def _refuse_dearer_than(call: Call, order: NewOrder, most_e6: int) -> None:
    # The matching engine has limit prices but no limit on the total cost, so the cost of the whole
    # order is summed over the book here. No other request runs between this sum and the match, and
    # fill-or-kill makes the order fill in full or not at all.
    if order.ticker not in call.exchange.markets:
        return
    bids, asks = call.exchange.reads.book_levels(order.ticker)
    missing_e2, cost_e6 = order.count_e2, 0
    for price_e4, count_e2 in asks if order.side == "bid" else bids:
        taken_e2 = min(missing_e2, count_e2)
        cost_e6 += taken_e2 * (price_e4 if order.side == "bid" else ONE_DOLLAR_E4 - price_e4)
        missing_e2 -= taken_e2
    if cost_e6 > most_e6:
        raise Rejected("fill_or_kill_insufficient_resting_volume")


def _resting(call: Call, order_id: str) -> Order:
    order = call.account.resting.get(order_id)
    if order is None:
        raise Rejected("not_found")
    return order


def _cancel(call: Call, order_id: str) -> tuple[Order, int]:
    # The 2025 API had no shards and no subaccounts: they are taken from the order itself.
    order = _resting(call, order_id)
    canceled, reduced_by_e2, _ = call.exchange.orders.cancel(
        call.account, order_id, subaccount=order.subaccount, exchange_index=order.exchange_index
    )
    return canceled, reduced_by_e2


def _queue_position(call: Call, order_id: str) -> int:
    ahead_e2 = call.exchange.orders.queue_position_e2(call.account, order_id)
    return -(-ahead_e2 // ONE_CONTRACT_E2) + 1


def _order_key(order: Order) -> Key:
    return -order.created_us, order.order_id


_ORDERS = "/portfolio/orders"
_ORDER = _ORDERS + "/{order_id}"
_ORDERS_QUERY = (LIMIT_200, CURSOR, MIN_TS, MAX_TS, TICKER, EVENT_TICKER, Text("status"))

ROUTES = (
    Route("batch_create_orders", "POST", _ORDERS + "/batched", batch_create_orders),
    Route("batch_cancel_orders", "DELETE", _ORDERS + "/batched", batch_cancel_orders),
    Route("get_queue_positions", "POST", _ORDERS + "/queue_positions", get_queue_positions),
    Route("create_order", "POST", _ORDERS, create_order),
    Route("get_orders", "GET", _ORDERS, get_orders, _ORDERS_QUERY),
    Route("get_order", "GET", _ORDER, get_order),
    Route("cancel_order", "DELETE", _ORDER, cancel_order),
    Route("amend_order", "POST", _ORDER + "/amend", amend_order),
    Route("decrease_order", "POST", _ORDER + "/decrease", decrease_order),
    Route("get_order_queue_position", "GET", _ORDER + "/queue_position", get_order_queue_position),
)
