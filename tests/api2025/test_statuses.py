"""Every status that the reference documents is provoked, and becomes the right error or result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
import tenacity

from kalshi_async import (
    ApiError,
    BadRequest,
    Credentials,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RateLimits,
    RetryPolicy,
    ServerError,
    Session,
    Unauthorized,
)
from kalshi_async.api2025 import methods as resource, requests as legacy
from kalshi_async.contract import LEGACY_OPERATIONS
from kalshi_async.contract.operation import Idempotency
from kalshi_async.sandbox.faults import ServerFailure
from tests.api2025.reference import BY_NAME, ROWS, Row
from tests.api2025.test_the_twenty import arguments_of
from tests.stages.served import TICKER, Stage

Request = TypeVar("Request")
Scene = Callable[[Stage], Awaitable[object]]

IDEMPOTENCY = {operation.name: operation.idempotency for operation in LEGACY_OPERATIONS}
TOO_LARGE = 10**20  # a number that the exchange cannot read
NOWHERE = "00000000-0000-4000-a000-000000000000"


def unchecked(kind: type[Request], **fields: Any) -> Request:
    """Build a request around its own checks: the exchange has checks of its own."""
    request = object.__new__(kind)
    for name in kind.__dataclass_fields__:  # type: ignore[attr-defined]  # each is a dataclass
        object.__setattr__(request, name, fields.get(name))
    return request


def rows_with(status: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", [row for row in ROWS if status in row.failures], ids=str)


def order(**changes: Any) -> legacy.CreateOrderRequest:
    fields: dict[str, Any] = {"side": "yes", "action": "buy", "count": 10, "type": "limit", "yes_price": 44}
    return legacy.CreateOrderRequest(ticker=TICKER, **{**fields, **changes})


async def bid(stage: Stage, **changes: Any) -> str:
    reply = await stage.session.legacy.create_order(order(**changes))
    assert reply.order is not None
    return reply.order.order_id or ""


@rows_with(401)
async def test_401_is_unauthorized(row: Row, stage: Stage) -> None:
    keys = stage.sandbox.credentials("alice")
    stranger = Credentials(NOWHERE, stage.sandbox.accounts["alice"].private_key_pem)
    assert stranger.key_id != keys.key_id
    async with Session(stage.sandbox.environment, stranger, clock=stage.clock) as session:
        with pytest.raises(Unauthorized) as caught:
            await getattr(session.legacy, row.name)(**arguments_of(row))
    # The reference's ErrorResponse: details are an object.
    assert caught.value.details == {"reason": "NOT_FOUND"}
    assert stage.statuses_of_route(row.method, row.path) == [401]


@rows_with(404)
async def test_404_is_not_found(row: Row, stage: Stage) -> None:
    with pytest.raises(NotFound) as caught:
        await getattr(stage.session.legacy, row.name)(**arguments_of(row))
    assert (caught.value.status, caught.value.code, caught.value.message) == (404, "not_found", "not found")
    assert stage.statuses_of_route(row.method, row.path) == [404]


@rows_with(500)
async def test_500_is_tried_again_for_a_question_and_unknown_for_a_change(row: Row, stage: Stage) -> None:
    stage.sandbox.faults.every(row.name, ServerFailure(500))
    if row.name == "delete_order_group":  # of no group: reading would prove that it is gone
        stage.sandbox.faults.every("get_order_group", ServerFailure(500))
    with pytest.raises((ServerError, OutcomeUnknown)) as caught:
        await getattr(stage.session.legacy, row.name)(**arguments_of(row))
    error, tries = caught.value, len(stage.sandbox.faults.played)
    if IDEMPOTENCY[row.name] is Idempotency.SAFE:
        assert isinstance(error, ServerError)
        assert tries > 10, "to its deadline"
    else:
        assert isinstance(error, OutcomeUnknown)
        cause = error.__cause__
        assert isinstance(cause, ApiError)
        error = cause
    assert error.status == 500


async def test_429_is_rate_limited_once_patience_ends(stage: Stage) -> None:
    limits = RateLimits(stage.clock.monotonic, write=(10_000, 10_000))  # believes in more than there is
    impatient = RetryPolicy(stop=tenacity.stop_after_attempt(1))
    async with stage.another_session("alice", rate_limits=limits, retry=impatient) as session:
        for _ in range(10):
            await session.legacy.create_order(order(count=1))
        with pytest.raises(RateLimited) as caught:
            await session.legacy.create_order(order(count=1))
    assert caught.value.status == 429
    assert caught.value.message == "too many requests"
    assert stage.statuses_of_route("POST", "/portfolio/orders") == [201] * 10 + [429]


async def test_429_is_waited_out_by_default(stage: Stage) -> None:
    limits = RateLimits(stage.clock.monotonic, write=(100, 10_000), headroom=0)
    async with stage.another_session("alice", rate_limits=limits) as session:
        for _ in range(11):
            await session.legacy.create_order(order(count=1))
    assert sorted(stage.statuses_of_route("POST", "/portfolio/orders")) == [201] * 11 + [429]


async def amend_nothing(stage: Stage) -> object:
    return await stage.session.legacy.amend_order(await bid(stage), legacy.AmendOrderRequest(yes_price=44))


async def create_beyond_means(stage: Stage) -> object:
    return await bid(stage, count=1_000_000)


async def cancel_none(stage: Stage) -> object:
    request = unchecked(legacy.BatchCancelOrdersRequest, order_ids=())
    return await stage.session.legacy.batch_cancel_orders(request)


async def create_more_than_a_bucket_holds(stage: Stage) -> object:
    limits = RateLimits(stage.clock.monotonic, write=(10_000, 10_000))
    orders = [order(count=1) for _ in range(11)]
    async with stage.another_session("alice", rate_limits=limits) as session:
        return await session.legacy.batch_create_orders(legacy.BatchCreateOrdersRequest(orders=orders))


async def create_unnamed_group(stage: Stage) -> object:
    request = unchecked(legacy.CreateOrderGroupRequest, name="")
    return await stage.session.legacy.create_order_group(request)


async def decrease_by_less_than_nothing(stage: Stage) -> object:
    request = unchecked(legacy.DecreaseOrderRequest, reduce_by=-1)
    return await stage.session.legacy.decrease_order(await bid(stage), request)


async def ask_for_no_queue(stage: Stage) -> object:
    request = unchecked(legacy.GetQueuePositionsRequest, order_ids=())
    return await stage.session.legacy.get_queue_positions(request)


BAD_REQUESTS: dict[str, Scene] = {
    "amend_order": amend_nothing,
    "batch_cancel_orders": cancel_none,
    "batch_create_orders": create_more_than_a_bucket_holds,
    "create_order": create_beyond_means,
    "create_order_group": create_unnamed_group,
    "decrease_order": decrease_by_less_than_nothing,
    "get_fills": lambda stage: stage.session.legacy.get_fills(min_ts=TOO_LARGE),
    "get_order_groups": lambda stage: stage.session.legacy.get_order_groups(limit=201),
    "get_orders": lambda stage: stage.session.legacy.get_orders(max_ts=TOO_LARGE),
    "get_positions": lambda stage: stage.session.legacy.get_positions(count_up=TOO_LARGE),
    "get_queue_positions": ask_for_no_queue,
    "get_settlements": lambda stage: stage.session.legacy.get_settlements(limit=201),
}


@rows_with(400)
async def test_400_is_bad_request(row: Row, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    # The client's own bound is lifted so that the exchange's is met.
    monkeypatch.setattr(resource, "PAGE_LIMIT", 1_000)
    with pytest.raises(BadRequest) as caught:
        await BAD_REQUESTS[row.name](stage)
    assert caught.value.status == 400
    assert caught.value.code
    assert caught.value.message
    assert stage.statuses_of_route(row.method, row.path)[-1] == 400


def test_every_documented_400_has_a_scene() -> None:
    assert set(BAD_REQUESTS) == {row.name for row in ROWS if 400 in row.failures}


async def test_a_page_of_201_is_refused_here_already(stage: Stage) -> None:
    for name in ("get_fills", "get_orders", "get_order_groups", "get_positions", "get_settlements"):
        with pytest.raises(ValueError, match="limit must be from 1 to 200, was 201"):
            await getattr(stage.session.legacy, name)(limit=201)
    assert stage.wire == []


async def test_201_and_204_are_results(stage: Stage) -> None:
    order_id = await bid(stage)
    made = await stage.session.legacy.create_order_group(legacy.CreateOrderGroupRequest(name="quotes"))
    assert made.order_group is not None
    group_id = made.order_group.order_group_id or ""
    assert await stage.session.legacy.reset_order_group(group_id) is None  # type: ignore[func-returns-value]  # that is the point
    assert await stage.session.legacy.delete_order_group(group_id) is None  # type: ignore[func-returns-value]  # that is the point
    assert order_id
    for name in ("create_order", "create_order_group", "reset_order_group", "delete_order_group"):
        row = BY_NAME[name]
        assert stage.statuses_of_route(row.method, row.path) == [row.success]
