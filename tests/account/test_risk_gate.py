"""Which scope a request shuts down, read from the request as it is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pytest

from kalshi_async.account.risk_gate import RiskGate
from kalshi_async.contract import OPERATIONS
from kalshi_async.contract.operation import Operation, Priority
from kalshi_async.contract.order_groups import (
    DELETE_ORDER_GROUP,
    RESET_ORDER_GROUP,
    TRIGGER_ORDER_GROUP,
    UPDATE_ORDER_GROUP_LIMIT,
)
from kalshi_async.contract.orders import AMEND_ORDER, BATCH_CREATE_ORDERS, CANCEL_ALL_ORDERS, CREATE_ORDER
from kalshi_async.requests.orders import CreateOrder
from kalshi_async.resources.results import about_all
from kalshi_async.wire.outgoing import Outgoing, encode

BASE = "/trade-api/v2"
VALUES = defaultdict(lambda: "X-1", order_group_id="g-1", order_id="o-1")
"""A value for each placeholder of a path."""


def create(subaccount: int | None = 0, group: str = "g-1") -> Outgoing:
    return encode(CREATE_ORDER, BASE, subaccount=subaccount, order_group_ids=(group,))


def stops(request: Outgoing, resend: Outgoing) -> bool:
    """Whether a request, once begun, stops the resends of what was sent before it."""
    gate = RiskGate()
    permit = gate.permit(resend)
    gate.recall_by(request)
    return permit.is_recalled


def mistaken(operations: Sequence[Operation[object]]) -> list[str]:
    """Name the operations that the gate takes for a kill switch and are none, or the reverse.

    A kill switch reduces risk and names no order.
    """
    wrong = []
    for operation in operations:
        is_kill = operation.method in ("DELETE", "PUT") and operation.priority <= Priority.RISK_REDUCING
        names_orders = "{order_id}" in operation.path or operation.per_item
        request = encode(operation, BASE, path=VALUES)
        if stops(request, create()) != (is_kill and not names_orders):
            wrong.append(operation.name)
    return wrong


@pytest.mark.parametrize("kill", [TRIGGER_ORDER_GROUP, DELETE_ORDER_GROUP])
@pytest.mark.parametrize("group", ["g-1", "a-group/of-mine"])
def test_a_kill_of_a_group_stops_what_is_in_that_group(kill: Operation[object], group: str) -> None:
    request = encode(kill, BASE, path={"order_group_id": group}, query={"subaccount": 3})
    assert stops(request, create(group=group))
    assert not stops(request, create(group="another"))


def test_a_cancel_all_stops_what_may_be_in_its_subaccount() -> None:
    request = encode(CANCEL_ALL_ORDERS, BASE, query={"subaccount": 3})
    assert stops(request, create(3))
    assert not stops(request, create(None)), "it is in the primary subaccount"
    assert not stops(request, create(0))
    primary = encode(CANCEL_ALL_ORDERS, BASE, query={"subaccount": 0})
    assert stops(primary, create(None))


def test_with_a_restricted_key_an_order_that_names_no_subaccount_may_be_in_any() -> None:
    gate = RiskGate()
    gate.has_restricted_key = True
    permit = gate.permit(create(None))
    gate.recall_by(encode(CANCEL_ALL_ORDERS, BASE, query={"subaccount": 3}))
    assert permit.is_recalled


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_batch_is_in_every_subaccount_of_its_orders(number: int) -> None:
    orders = [CreateOrder("T-1", "bid", 1, "0.10", subaccount=each) for each in (None, 1, 3)]
    batch = encode(BATCH_CREATE_ORDERS, BASE, **about_all(orders))
    assert stops(encode(CANCEL_ALL_ORDERS, BASE, query={"subaccount": number}), batch)
    assert not stops(encode(CANCEL_ALL_ORDERS, BASE, query={"subaccount": 2}), batch)


@pytest.mark.parametrize(
    "query", ["", "subaccount=", "subaccount=three", "unknown=1", "subaccount=" + "9" * 5000]
)
def test_a_cancel_all_that_names_no_subaccount_stops_everything(query: str) -> None:
    assert stops(Outgoing(CANCEL_ALL_ORDERS, BASE + CANCEL_ALL_ORDERS.path, query), create(5))


@pytest.mark.parametrize(
    "operation", [RESET_ORDER_GROUP, UPDATE_ORDER_GROUP_LIMIT, AMEND_ORDER, CREATE_ORDER]
)
def test_what_adds_risk_stops_nothing(operation: Operation[object]) -> None:
    assert not stops(encode(operation, BASE, path=VALUES), create())


def test_every_operation_that_shuts_a_scope_down_is_known_to_the_gate() -> None:
    assert not mistaken(OPERATIONS)
