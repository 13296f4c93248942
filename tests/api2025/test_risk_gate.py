"""The risk gate knows which requests of 2025 shut a scope down."""

from __future__ import annotations

import pytest

from kalshi_async.contract.api2025.operations import DELETE_ORDER_GROUP, OPERATIONS_2025
from kalshi_async.wire.outgoing import encode
from tests.account.test_risk_gate import BASE, create, mistaken, stops


@pytest.mark.parametrize("group", ["g-1", "a/group;of%mine"])
def test_a_deletion_of_a_group_stops_what_is_in_that_group(group: str) -> None:
    request = encode(DELETE_ORDER_GROUP, BASE, path={"order_group_id": group}, query={"subaccount": 3})
    assert stops(request, create(group=group))
    assert not stops(request, create(group="another"))


def test_every_operation_of_2025_that_shuts_a_scope_down_is_known_to_the_gate() -> None:
    assert not mistaken(OPERATIONS_2025)
