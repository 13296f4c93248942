"""The twenty operations as the 2025 reference lists them: written down from its text alone.

It knows nothing of this package; the tests hold the package against it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One operation: its route, its parameters by name, the model it returns, its statuses."""

    name: str
    method: str
    path: str
    parameters: tuple[str, ...]
    returns: str | None
    success: int
    failures: tuple[int, ...]

    def __str__(self) -> str:
        return self.name


_ORDERS = "/portfolio/orders"
_ORDER = "/portfolio/orders/{order_id}"
_GROUPS = "/portfolio/order_groups"
_GROUP = "/portfolio/order_groups/{order_group_id}"
_RESTING = "/portfolio/summary/total_resting_order_value"
_PAGE = ("limit", "cursor")
_TIMES = ("min_ts", "max_ts")


def _row(
    name: str,
    method: str,
    path: str,
    parameters: tuple[str, ...],
    returns: str | None,
    success: int,
    *failures: int,
) -> Row:
    return Row(name, method, path, parameters, returns, success, failures)


ROWS = (
    _row(
        "amend_order", "POST", _ORDER + "/amend",
        ("order_id", "amend_order_request"), "AmendOrderResponse", 200, 400, 401, 404, 500,
    ),
    _row(
        "batch_cancel_orders", "DELETE", _ORDERS + "/batched",
        ("batch_cancel_orders_request",), "BatchCancelOrdersResponse", 200, 400, 401, 500,
    ),
    _row(
        "batch_create_orders", "POST", _ORDERS + "/batched",
        ("batch_create_orders_request",), "BatchCreateOrdersResponse", 200, 400, 401, 500,
    ),
    _row("cancel_order", "DELETE", _ORDER, ("order_id",), "CancelOrderResponse", 200, 401, 404, 500),
    _row(
        "create_order", "POST", _ORDERS,
        ("create_order_request",), "CreateOrderResponse", 201, 400, 401, 429, 500,
    ),
    _row(
        "create_order_group", "POST", _GROUPS + "/create",
        ("create_order_group_request",), "CreateOrderGroupResponse", 201, 400, 401, 500,
    ),
    _row(
        "decrease_order", "POST", _ORDER + "/decrease",
        ("order_id", "decrease_order_request"), "DecreaseOrderResponse", 200, 400, 401, 404, 500,
    ),
    _row("delete_order_group", "DELETE", _GROUP, ("order_group_id",), None, 204, 401, 404, 500),
    _row("get_balance", "GET", "/portfolio/balance", (), "GetBalanceResponse", 200, 401, 500),
    _row(
        "get_fills", "GET", "/portfolio/fills",
        ("ticker", "order_id", *_TIMES, *_PAGE), "GetFillsResponse", 200, 400, 401, 500,
    ),
    _row("get_order", "GET", _ORDER, ("order_id",), "GetOrderResponse", 200, 401, 404, 500),
    _row(
        "get_order_group", "GET", _GROUP,
        ("order_group_id",), "GetOrderGroupResponse", 200, 401, 404, 500,
    ),
    _row(
        "get_order_groups", "GET", _GROUPS,
        ("status", *_PAGE), "GetOrderGroupsResponse", 200, 400, 401, 500,
    ),
    _row(
        "get_order_queue_position", "GET", _ORDER + "/queue_position",
        ("order_id",), "GetOrderQueuePositionResponse", 200, 401, 404, 500,
    ),
    _row(
        "get_orders", "GET", _ORDERS,
        ("ticker", "event_ticker", *_TIMES, "status", *_PAGE), "GetOrdersResponse", 200, 400, 401, 500,
    ),
    _row(
        "get_positions", "GET", "/portfolio/positions",
        ("ticker", "event_ticker", "count_down", "count_up", *_PAGE),
        "GetPositionsResponse", 200, 400, 401, 500,
    ),
    _row(
        "get_queue_positions", "POST", _ORDERS + "/queue_positions",
        ("get_queue_positions_request",), "GetQueuePositionsResponse", 200, 400, 401, 500,
    ),
    _row(
        "get_settlements", "GET", "/portfolio/settlements",
        _PAGE, "GetSettlementsResponse", 200, 400, 401, 500,
    ),
    _row(
        "get_total_resting_order_value", "GET", _RESTING,
        (), "GetTotalRestingOrderValueResponse", 200, 401, 500,
    ),
    _row("reset_order_group", "PUT", _GROUP + "/reset", ("order_group_id",), None, 204, 401, 404, 500),
)  # fmt: skip

BY_NAME = {row.name: row for row in ROWS}
