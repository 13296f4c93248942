"""Which method does today what an operation of the 2025 reference did, and the way back.

One table, read both ways: an operation that the environment does not speak is refused
before anything is sent, with the method that its environment does speak.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kalshi_async.contract.legacy_operations import GENERATION
from kalshi_async.contract.operation import Operation
from kalshi_async.errors import EndpointRetired

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
"""By the name of a 2025 operation: the method that speaks to today's exchange."""

LEGACY_NAMESPACE = "session.legacy"


def successor_of(operation: Operation[object]) -> str | None:
    """Return the method of the other generation that does the same, None where there is none."""
    method = SUCCESSORS.get(operation.name)
    if method is None or operation.generation == GENERATION:
        return method
    return f"{LEGACY_NAMESPACE}.{operation.name}"


def retired(operation: Operation[object], spoken: str) -> EndpointRetired:
    """Return the error for an operation that an environment of generation ``spoken`` lacks."""
    successor = successor_of(operation)
    advice = f"use {successor}" if successor else f"the {spoken} API has nothing like it"
    return EndpointRetired(
        f"{operation.name} ({operation.method} {operation.path}) belongs to the {operation.generation} "
        f"API and this environment speaks {spoken}: {advice}",
        successor=successor,
    )
