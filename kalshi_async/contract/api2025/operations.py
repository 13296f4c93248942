"""The twenty operations of the 2025 reference: method, path, token cost and idempotency of each.

In 2025 a tier was so many requests per second, and only the six order mutations drew on
the write limit, each item of a batch as one request and a batch cancel as a fifth of one
(docs rate_limits as archived in 2025, read 2026-11-22). With 10 tokens to a request that
is the token scale of today, so that one throttle serves both generations.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from kalshi_async.contract.api2025 import replies as legacy
from kalshi_async.contract.operation import Bucket, Empty, Idempotency, Operation, Priority, read, write

Reply = TypeVar("Reply")

GENERATION = "2025"

_ORDERS = "/portfolio/orders"
_ORDER = _ORDERS + "/{order_id}"
_GROUPS = "/portfolio/order_groups"
_GROUP = _GROUPS + "/{order_group_id}"


def _of_2025(operation: Operation[Reply]) -> Operation[Reply]:
    return replace(operation, generation=GENERATION)


def _get(name: str, path: str, reply: type[Reply], rows: tuple[str, ...] = ()) -> Operation[Reply]:
    return _of_2025(read(name, path, reply, rows=rows))


def _change(
    name: str,
    method: str,
    path: str,
    reply: type[Reply],
    idempotency: Idempotency,
    *,
    reduces: bool = False,
    cost: int = 10,
    per_item: bool = False,
    bucket: Bucket = Bucket.WRITE,
) -> Operation[Reply]:
    priority = Priority.RISK_REDUCING if reduces else Priority.RISK_ADDING
    return _of_2025(
        write(
            name,
            method,
            path,
            reply,
            idempotency,
            cost=cost,
            per_item=per_item,
            bucket=bucket,
            priority=priority,
        )
    )


CREATE_ORDER = _change("create_order", "POST", _ORDERS, legacy.CreateOrderResponse, Idempotency.REPEATABLE)
BATCH_CREATE_ORDERS = _change(
    "batch_create_orders",
    "POST",
    _ORDERS + "/batched",
    legacy.BatchCreateOrdersResponse,
    Idempotency.REPEATABLE,
    per_item=True,
)
BATCH_CANCEL_ORDERS = _change(
    "batch_cancel_orders",
    "DELETE",
    _ORDERS + "/batched",
    legacy.BatchCancelOrdersResponse,
    Idempotency.REPEATABLE,
    reduces=True,
    cost=2,
    per_item=True,
)
CANCEL_ORDER = _change(
    "cancel_order", "DELETE", _ORDER, legacy.CancelOrderResponse, Idempotency.REPEATABLE, reduces=True
)
AMEND_ORDER = _change(
    "amend_order", "POST", _ORDER + "/amend", legacy.AmendOrderResponse, Idempotency.REPEATABLE
)
# reduce_by alone exists, and a second delivery would apply it twice.
DECREASE_ORDER = _change(
    "decrease_order",
    "POST",
    _ORDER + "/decrease",
    legacy.DecreaseOrderResponse,
    Idempotency.ONCE,
    reduces=True,
)
GET_ORDER = _get("get_order", _ORDER, legacy.GetOrderResponse)
GET_ORDERS = _get("get_orders", _ORDERS, legacy.GetOrdersResponse, ("orders",))
GET_ORDER_QUEUE_POSITION = _get(
    "get_order_queue_position", _ORDER + "/queue_position", legacy.GetOrderQueuePositionResponse
)
# A read by POST: it changes nothing and may be repeated.
GET_QUEUE_POSITIONS = replace(
    _get("get_queue_positions", _ORDERS + "/queue_positions", legacy.GetQueuePositionsResponse),
    method="POST",
)
# A second group of the same name is another group.
CREATE_ORDER_GROUP = _change(
    "create_order_group",
    "POST",
    _GROUPS + "/create",
    legacy.CreateOrderGroupResponse,
    Idempotency.ONCE,
    bucket=Bucket.READ,
)
GET_ORDER_GROUPS = _get("get_order_groups", _GROUPS, legacy.GetOrderGroupsResponse, ("order_groups",))
GET_ORDER_GROUP = _get("get_order_group", _GROUP, legacy.GetOrderGroupResponse)
DELETE_ORDER_GROUP = _change(
    "delete_order_group",
    "DELETE",
    _GROUP,
    Empty,
    Idempotency.REPEATABLE,
    reduces=True,
    bucket=Bucket.READ,
)
# A second delivery could arm a group again that has triggered in between. PUT as the reference
# says; its SDK sends POST.
RESET_ORDER_GROUP = _change(
    "reset_order_group", "PUT", _GROUP + "/reset", Empty, Idempotency.ONCE, bucket=Bucket.READ
)
GET_BALANCE = _get("get_balance", "/portfolio/balance", legacy.GetBalanceResponse)
GET_POSITIONS = _get("get_positions", "/portfolio/positions", legacy.GetPositionsResponse, ("positions",))
GET_FILLS = _get("get_fills", "/portfolio/fills", legacy.GetFillsResponse, ("fills",))
GET_SETTLEMENTS = _get(
    "get_settlements", "/portfolio/settlements", legacy.GetSettlementsResponse, ("settlements",)
)
GET_TOTAL_RESTING_ORDER_VALUE = _get(
    "get_total_resting_order_value",
    "/portfolio/summary/total_resting_order_value",
    legacy.GetTotalRestingOrderValueResponse,
)

OPERATIONS_2025: tuple[Operation[object], ...] = tuple(
    value for value in list(vars().values()) if isinstance(value, Operation)
)
"""The twenty operations of the 2025 reference."""
