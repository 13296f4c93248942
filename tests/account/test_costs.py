"""What a request costs: as the account reports it, literal segments before wildcards."""

from __future__ import annotations

import asyncio
from typing import cast

import msgspec
import pytest

from kalshi_async.account.costs import CostTable
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.account import AccountLimits, EndpointCost, EndpointCosts
from kalshi_async.contract.operation import Bucket
from kalshi_async.contract.orders import (
    BATCH_CANCEL_ORDERS,
    CANCEL_ALL_ORDERS,
    CANCEL_ORDER,
    CREATE_ORDER,
    GET_ORDER,
    GET_ORDER_QUEUE_POSITION,
    GET_QUEUE_POSITIONS,
)
from kalshi_async.rate_limits import BASIC_READ, BASIC_WRITE, RateLimits
from kalshi_async.session_transport import operation_of
from tests.stages.replies import BASE_PATH, successes

REPORTED = next(
    msgspec.convert(document, EndpointCosts)
    for operation, _, document in successes()
    if operation.name == "get_endpoint_costs"
)


def table(*rows: tuple[str, str, int], default: int = 10) -> CostTable:
    costs = [EndpointCost(method=method, path=path, cost=cost) for method, path, cost in rows]
    return CostTable(EndpointCosts(default_cost=default, endpoint_costs=costs))


def test_operations_cost_what_is_reported_of_their_template() -> None:
    # An order id is not a path of its own, and queue_positions is no order id.
    costs = CostTable(REPORTED)
    prices = {
        operation.name: costs.of(operation, BASE_PATH)
        for operation in (
            CREATE_ORDER,
            CANCEL_ORDER,
            BATCH_CANCEL_ORDERS,
            CANCEL_ALL_ORDERS,
            GET_ORDER,
            GET_QUEUE_POSITIONS,
            GET_ORDER_QUEUE_POSITION,
        )
    }
    assert prices == {
        "create_order": 10,
        "cancel_order": 2,
        "batch_cancel_orders": 2,
        "cancel_all_orders": 2,
        "get_order": 2,
        "get_queue_positions": 10,
        "get_order_queue_position": 10,
    }


def test_a_path_that_is_no_operation_is_priced_by_the_pattern_that_fits_it() -> None:
    # What is reached through session.transport has no template here.
    unknown = operation_of("GET", f"{BASE_PATH}/communications/quotes/q1", BASE_PATH)
    costs = table(("GET", f"{BASE_PATH}/communications/quotes/:quote_id", 2))
    assert costs.of(unknown, BASE_PATH) == 2
    known = operation_of("GET", f"{BASE_PATH}/portfolio/orders/7c9e", BASE_PATH)
    assert CostTable(REPORTED).of(known, BASE_PATH) == 2


def test_the_literal_segment_wins_wherever_it_stands_in_the_table() -> None:
    rows = (
        ("GET", "/v2/portfolio/orders/:order_id", 2),
        ("GET", "/v2/portfolio/orders/queue_positions", 7),
        ("GET", "/v2/portfolio/*rest", 50),
        ("GET", "/v2/*rest", 90),
    )
    for costs in (table(*rows), table(*reversed(rows))):
        assert costs.of_path("GET", "/v2/portfolio/orders/queue_positions") == 7
        assert costs.of_path("GET", "/v2/portfolio/orders/7c9e") == 2
        assert costs.of_path("GET", "/v2/portfolio/orders/7c9e/queue_position") == 50
        assert costs.of_path("GET", "/v2/portfolio/orders") == 50
        assert costs.of_path("GET", "/v2/other") == 90
        assert costs.of_path("GET", "/v3/other") == 10
        assert costs.of_path("DELETE", "/v2/portfolio/orders/7c9e") == 10


def test_the_first_literal_decides_between_two_patterns() -> None:
    costs = table(("GET", "/a/:x/c", 1), ("GET", "/a/b/:y", 2), ("GET", "/a/b/*rest", 3))
    assert costs.of_path("GET", "/a/b/c") == 2
    assert costs.of_path("GET", "/a/z/c") == 1
    assert costs.of_path("GET", "/a/b/c/d") == 3


def test_a_pattern_fits_whole_paths_only() -> None:
    costs = table(("GET", "/a/:x", 1))
    assert [costs.of_path("GET", path) for path in ("/a", "/a/b", "/a/b/c", "/b/a")] == [10, 1, 10, 10]
    assert costs.of_path("GET", "/a/b/") == 1  # as a router sees it


def test_methods_are_told_apart_in_any_spelling() -> None:
    assert table(("delete", "/a", 1)).of_path("DELETE", "/a") == 1


def test_what_the_table_does_not_name_costs_its_default() -> None:
    assert table(default=25).of(CREATE_ORDER, BASE_PATH) == 25


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_before_the_account_has_been_asked_the_published_costs_hold(operation: Operation[object]) -> None:
    assert CostTable().of(operation, BASE_PATH) == operation.cost


def test_many_paths_do_not_fill_the_memory() -> None:
    costs = table(("GET", "/a/:x", 3))
    for number in range(5_000):
        assert costs.of_path("GET", f"/a/{number}") == 3
    assert len(costs._cache) <= 1_026


async def test_limits_begin_as_published_and_become_what_the_account_reports() -> None:
    limits = RateLimits(asyncio.get_running_loop().time)
    for bucket, published in ((limits.read, BASIC_READ), (limits.write, BASIC_WRITE)):
        assert [bucket.refill_per_s, bucket.capacity] == list(published)
    reply = next(document for operation, _, document in successes() if operation.name == "get_account_limits")
    reported = msgspec.convert(reply, AccountLimits)
    limits.adopt(reported, REPORTED, fresh=True)
    assert limits.write.capacity == cast(dict[str, dict[str, int]], reply)["write"]["bucket_capacity"]
    assert limits.read.refill_per_s == reported.read.refill_rate
    assert limits.costs.of(CANCEL_ORDER, BASE_PATH) == 2


async def test_each_operation_draws_on_its_bucket() -> None:
    limits = RateLimits(asyncio.get_running_loop().time)
    assert limits.bucket(Bucket.READ) is limits.read
    assert limits.bucket(Bucket.WRITE) is limits.write
