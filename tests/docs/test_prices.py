"""The price that a docstring names is that of the contract: tokens, bucket, and whether per order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest

from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.exchange import GET_EXCHANGE_STATUS
from kalshi_async.contract.orders import BATCH_CANCEL_ORDERS, CREATE_ORDER
from tests.docs.pages import PAGES
from tests.docs.published import subjects

RESOURCES = [page for page in PAGES if page.startswith("kalshi_async.resources.")]

# "GET /one, then GET /two, 10 read tokens a page": one figure for all endpoints before it.
_PRICED = re.compile(
    r"((?:(?:GET|POST|PUT|DELETE) /[\w/{}]+, (?:then )?)+)(?:\d{3}; )?"
    r"(\d+) (read|write|balance) tokens?( per order)?"
)
_ENDPOINT = re.compile(r"(GET|POST|PUT|DELETE) (/[\w/{}]+)")


def figures(words: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield each endpoint of a text with the price beside it, as it is written."""
    for endpoints, tokens, bucket, each in _PRICED.findall(" ".join(words.split())):
        yield from (
            (endpoint, f"{tokens} {bucket} tokens{each}") for endpoint in _ENDPOINT.findall(endpoints)
        )


def price_of(operation: Operation[object]) -> str:
    return f"{operation.cost} {operation.bucket.value} tokens{' per order' if operation.per_item else ''}"


def wrong(words: str, operations: Iterable[Operation[object]]) -> list[str]:
    """Return the prices of a text that are not those of the contract."""
    prices = {(operation.method, operation.path): price_of(operation) for operation in operations}
    return [
        f"{' '.join(endpoint)} is said to cost {said}, and costs {prices.get(endpoint)}"
        for endpoint, said in figures(words)
        if said != prices.get(endpoint)
    ]


@pytest.mark.parametrize("page", RESOURCES)
def test_a_docstring_names_the_price_of_its_endpoint(page: str) -> None:
    assert [line for subject in subjects(page) for line in wrong(subject.words, OPERATIONS)] == []


def test_every_endpoint_has_its_price_in_a_docstring() -> None:
    words = [subject.words for page in RESOURCES for subject in subjects(page)]
    priced = {endpoint for text in words for endpoint, _ in figures(text)}
    endpoints = {(operation.method, operation.path) for operation in OPERATIONS}
    assert endpoints - priced == set()


# api2025: from here
def test_the_docstrings_of_2025_name_their_prices_too() -> None:
    from kalshi_async.api2025 import methods
    from kalshi_async.contract.api2025.operations import OPERATIONS_2025

    texts = [method.__doc__ or "" for name, method in vars(methods.Legacy).items() if name[0] != "_"]
    assert [line for text in texts for line in wrong(text, OPERATIONS_2025)] == []
    assert {endpoint for text in texts for endpoint, _ in figures(text)} == {
        (operation.method, operation.path) for operation in OPERATIONS_2025
    }


# api2025: to here
@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (GET_EXCHANGE_STATUS, "Tell.\n\n GET /exchange/status, 2 read tokens; public."),
        (GET_EXCHANGE_STATUS, "GET /exchange/status, then GET /exchange/status, 2 read\n tokens a page."),
        (GET_EXCHANGE_STATUS, "GET /exchange/status, 10 write tokens."),
        (CREATE_ORDER, "POST /portfolio/events/orders, 10 write tokens per order."),
        (BATCH_CANCEL_ORDERS, "DELETE /portfolio/events/orders/batched, 2 write tokens."),
        (CREATE_ORDER, "GET /exchange/status, 10 read tokens."),
    ],
)
def test_a_wrong_price_would_be_found(operation: Operation[object], words: str) -> None:
    assert wrong(words, [operation])
