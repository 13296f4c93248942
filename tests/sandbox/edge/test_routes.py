"""The route table against the contract, and the price list against the client's."""

from __future__ import annotations

import re
from pathlib import Path

import kalshi_async.sandbox
from kalshi_async.contract import OPERATIONS
from kalshi_async.sandbox.access.costs import PRICES, price_of
from kalshi_async.sandbox.edge.rejections import REJECTIONS
from kalshi_async.sandbox.edge.routes import ROUTES


def test_every_operation_has_a_handler_at_its_path() -> None:
    for operation in OPERATIONS:
        route = ROUTES[operation.name]
        assert (route.method, route.path) == (operation.method, operation.path)
        assert route.public == (not operation.signed)


def test_client_and_exchange_agree_on_every_price() -> None:
    # Two tables written apart: this is where a typing error in either shows.
    for operation in OPERATIONS:
        if not operation.signed:
            continue
        price = price_of(operation.method, operation.path)
        assert (price.cost, price.bucket, price.per_item) == (
            operation.cost,
            operation.bucket.value,
            operation.per_item,
        ), operation.name


def test_every_price_belongs_to_a_route() -> None:
    routes = {(route.method, route.path) for route in ROUTES.values()}
    assert set(PRICES) <= routes


def test_every_refusal_in_the_source_has_its_row() -> None:
    # A code without a row would be a crash instead of an answer, on a path rarely taken.
    sources = Path(kalshi_async.sandbox.__file__).parent.rglob("*.py")
    codes = {code for path in sources for code in re.findall(r'Rejected\("(\w+)"', path.read_text())}
    assert len(codes) > 20
    assert codes <= set(REJECTIONS)
