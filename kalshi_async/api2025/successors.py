"""The current method for each operation of the 2025 API."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SUCCESSORS: Mapping[str, str] = MappingProxyType(
    {
        "create_order": "session.orders.create",
        "batch_create_orders": "session.orders.create_batch",
        "batch_cancel_orders": "session.orders.cancel_batch",
        "cancel_order": "session.orders.cancel",
        "amend_order": "session.orders.amend",
        "decrease_order": "session.orders.decrease",
        "get_order": "session.orders.get",
        "get_orders": "session.orders.list",
        "get_order_queue_position": "session.orders.queue_position",
        "get_queue_positions": "session.orders.queue_positions",
        "create_order_group": "session.order_groups.create",
        "get_order_groups": "session.order_groups.list",
        "get_order_group": "session.order_groups.get",
        "delete_order_group": "session.order_groups.delete",
        "reset_order_group": "session.order_groups.reset",
        "get_balance": "session.portfolio.balance",
        "get_positions": "session.positions.list",
        "get_fills": "session.fills.list",
        "get_settlements": "session.portfolio.settlements",
        "get_total_resting_order_value": "session.portfolio.resting_order_value",
    }
)
"""Name of a 2025 operation -> the method for the current API."""
