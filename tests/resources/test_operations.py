"""Every operation of the contract: a method that sends it, a handler that answers it.

The scenes are in ``cases_trading`` and ``cases_account``, one per operation. A read that
needs no argument and has no scene there is called by its method alone.
"""

from __future__ import annotations

import re

import pytest

from kalshi_async import CostTable, Session
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.sandbox.access.costs import price_of
from kalshi_async.sandbox.edge.routes import ROUTES
from tests.contract.endpoints import Call, plain_reads
from tests.resources import cases_account, cases_markets, cases_trading
from tests.resources.cases_trading import Case
from tests.stages.served import BASE_PATH, Stage


def called(read: Call) -> Case:
    """Return the scene of a read that needs no argument: it answers with a value."""

    async def scene(stage: Stage) -> None:
        assert await read(stage.session) is not None

    return scene


BY_NAME = {operation.name: operation for operation in OPERATIONS}
PLAIN_READS = {BY_NAME[name]: called(read) for name, read in plain_reads().items()}
CASES = {**PLAIN_READS, **cases_trading.CASES, **cases_account.CASES, **cases_markets.CASES}

every_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda operation: f"{operation.name}-{operation.idempotency.value}"
)


@every_operation
async def test_every_operation_works_through_its_method(operation: Operation[object], stage: Stage) -> None:
    assert operation in CASES, f"{operation.name} has no scene, and perhaps no method"
    stage.wire.clear()
    await CASES[operation](stage)
    route = re.compile(BASE_PATH + re.sub(r"\{\w+\}", "[^/]+", operation.path))
    assert any(
        record.method == operation.method and route.fullmatch(record.path) and record.status < 300
        for record in stage.wire
    ), "the scene never sent its operation"


def test_every_operation_has_a_scene_of_its_own() -> None:
    # Who adds an Operation adds a scene, and by that a method.
    assert set(CASES) == set(OPERATIONS)
    assert len(set(CASES.values())) == len(OPERATIONS)


@every_operation
def test_every_operation_has_a_handler(operation: Operation[object]) -> None:
    route = ROUTES[operation.name]
    assert (route.method, route.path) == (operation.method, operation.path)
    assert route.public is not operation.signed


@every_operation
async def test_client_and_exchange_agree_on_every_price(
    operation: Operation[object], session: Session
) -> None:
    # The price lists are written down twice: in the contract, and in the exchange's own table.
    price = price_of(operation.method, operation.path)
    assert (operation.bucket.value, operation.per_item) == (price.bucket, price.per_item)
    discovered, published = session.rate_limits.costs, CostTable()
    assert discovered.of(operation, BASE_PATH) == published.of(operation, BASE_PATH) == price.cost
