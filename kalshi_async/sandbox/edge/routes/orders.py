"""Order mutations: /portfolio/events/orders."""

from __future__ import annotations

from kalshi_async.sandbox.edge import error_views, order_views
from kalshi_async.sandbox.edge.bodies import (
    AmendOrderV2Request,
    BatchCancelOrdersV2Request,
    BatchCancelOrdersV2RequestOrder,
    BatchCreateOrdersV2Request,
    CreateOrderV2Request,
    DecreaseOrderV2Request,
    one_subaccount,
    shard,
)
from kalshi_async.sandbox.edge.parsing import require
from kalshi_async.sandbox.edge.queries import SUBACCOUNT, WRITE_SHARD, Text
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.edge.views import Json
from kalshi_async.sandbox.engine.state import Rejected


def create_order(call: Call) -> Reply:
    """Place one order."""
    order = call.body(CreateOrderV2Request).to_order(call.key)
    return Reply(201, order_views.placement(call.exchange.orders.create(call.account, order)))


def cancel_order(call: Call) -> Reply:
    """Cancel one order."""
    canceled = call.exchange.orders.cancel(
        call.account,
        call.path["order_id"],
        subaccount=call.subaccount(),
        exchange_index=call.query.integer("exchange_index"),
        market_ticker=call.query.text("market_ticker"),
    )
    return ok(order_views.cancellation(*canceled))


def amend_order(call: Call) -> Reply:
    """Change price, total size or expiry of a resting order."""
    body = call.body(AmendOrderV2Request)
    amendment = body.to_amendment(call.path["order_id"], call.subaccount())
    return ok(order_views.amendment(call.exchange.orders.amend(call.account, amendment)))


def decrease_order(call: Call) -> Reply:
    """Lower the count of a resting order."""
    body = call.body(DecreaseOrderV2Request)
    reduce_by_e2, reduce_to_e2 = body.sizes_e2()
    order, ts_ms = call.exchange.orders.decrease(
        call.account,
        call.path["order_id"],
        reduce_by_e2=reduce_by_e2,
        reduce_to_e2=reduce_to_e2,
        subaccount=call.subaccount(),
        exchange_index=shard(body.exchange_index),
        market_ticker=body.market_ticker or None,
    )
    return ok(order_views.decrease(order, ts_ms))


def batch_create_orders(call: Call) -> Reply:
    """Place several orders, each on its own; 201 even if every one is refused."""
    orders = call.body(BatchCreateOrdersV2Request).orders
    _refuse_foreign_subaccounts(call, [order.subaccount for order in orders])
    return Reply(201, {"orders": [_create_item(call, order) for order in orders]})


def batch_cancel_orders(call: Call) -> Reply:
    """Cancel several orders, each on its own."""
    orders = call.body(BatchCancelOrdersV2Request).orders
    _refuse_foreign_subaccounts(call, [order.subaccount for order in orders])
    return ok({"orders": [_cancel_item(call, order) for order in orders]})


def cancel_all_orders(call: Call) -> Reply:
    """Cancel every resting order, of one subaccount if named."""
    call.exchange.orders.cancel_all(call.account, call.subaccounts())
    return Reply(204, None)


def _refuse_foreign_subaccounts(call: Call, subaccounts: list[int | None]) -> None:
    # One foreign subaccount refuses the whole batch of a restricted key (docs subaccounts).
    if not subaccounts:
        raise Rejected("invalid_parameters", "orders must not be empty")
    for subaccount in subaccounts:
        call.key.choose_one(subaccount)


def _create_item(call: Call, item: CreateOrderV2Request) -> Json:
    try:
        return order_views.placement(call.exchange.orders.create(call.account, item.to_order(call.key)))
    except Rejected as rejected:
        echoed: Json = {"client_order_id": item.client_order_id} if item.client_order_id else {}
        return echoed | {"error": error_views.item(rejected)}


def _cancel_item(call: Call, item: BatchCancelOrdersV2RequestOrder) -> Json:
    try:
        require(item, names=("order_id",))
        canceled = call.exchange.orders.cancel(
            call.account,
            item.order_id or "",
            subaccount=one_subaccount(call.key, item.subaccount),
            exchange_index=shard(item.exchange_index),
            market_ticker=item.market_ticker or None,
        )
    except Rejected as rejected:
        error = error_views.item(rejected)
        return {"order_id": item.order_id or "", "reduced_by": "0.00", "error": error}
    return order_views.cancellation_item(*canceled)


_EVENTS = "/portfolio/events/orders"
_CANCEL_QUERY = (SUBACCOUNT, WRITE_SHARD, Text("market_ticker"))

ROUTES = (
    Route("create_order", "POST", _EVENTS, create_order),
    Route("batch_create_orders", "POST", _EVENTS + "/batched", batch_create_orders),
    Route("batch_cancel_orders", "DELETE", _EVENTS + "/batched", batch_cancel_orders),
    Route("cancel_all_orders", "DELETE", _EVENTS, cancel_all_orders, (SUBACCOUNT,)),
    Route("cancel_order", "DELETE", _EVENTS + "/{order_id}", cancel_order, _CANCEL_QUERY),
    Route("amend_order", "POST", _EVENTS + "/{order_id}/amend", amend_order, (SUBACCOUNT,)),
    Route("decrease_order", "POST", _EVENTS + "/{order_id}/decrease", decrease_order, (SUBACCOUNT,)),
)
