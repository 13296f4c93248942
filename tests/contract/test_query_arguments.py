"""Every query argument that a reading method sends is a parameter of the exchange's route.

Each method is called with all of its arguments at once. The embedded exchange ignores a
parameter that its route does not have, as the real one does: without this nobody would notice.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import httpx
import pytest

from kalshi_async import Credentials, Environment, KalshiError, RateLimits, Session
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.sandbox.access.keys import generate_pair
from kalshi_async.sandbox.edge.routes import ROUTES, Route
from tests.contract.endpoints import answer_of, bound, methods

BASE = "http://127.0.0.1:1"
READS = [operation for operation in OPERATIONS if operation.method == "GET"]

# What each argument of a reading method is given, by its name. A new name needs its row.
VALUES: Mapping[str, object] = {
    "client_order_id": "mine",
    "count_filter": "position",
    "depth": 3,
    "event_ticker": "KXHIGHNY-26NOV23",
    "exchange_index": 0,
    "limit": 5,
    "market_tickers": ["KXHIGHNY-26NOV23-B52.5"],
    "max_ts": 1_790_000_000,
    "min_ts": 1_780_000_000,
    "order": "7b1c2f0e-52a4-4c9d-8f1e-0a6b3d9e4c21",
    "order_group_id": "5a9e3c77-1f42-4d8b-9e60-2b7c8d1a4f53",
    "order_id": "7b1c2f0e-52a4-4c9d-8f1e-0a6b3d9e4c21",
    "series_ticker": "KXHIGHNY",
    "show_historical": True,
    "settlement_status": "all",
    "subaccount": 1,
    "ticker": "KXHIGHNY-26NOV23-B52.5",
    "tickers": ["KXHIGHNY-26NOV23-B52.5"],
    "transfer_id": "aa11bb22-cc33-4d44-8e55-ff6677889900",
}
WORDS_OF = {"orders": "resting", "markets": "open"}
"""The value of ``status``, by namespace."""
NOT_SENT = {"on_rejected", "until", "timeout_s"}
"""Arguments that shape the answer, and no request."""


def arguments_of(method: str, call: object) -> dict[str, object]:
    """Return a value for every argument of a method."""
    assert callable(call)
    names = inspect.signature(call).parameters.keys() - NOT_SENT
    values = {**VALUES, "status": WORDS_OF["markets" if method.startswith("markets.") else "orders"]}
    lacking = sorted(names - values.keys())
    assert not lacking, f"{method}: give {', '.join(lacking)} a value in {__name__}.VALUES"
    return {name: values[name] for name in sorted(names)}


async def sent_by(method: str) -> list[httpx.Request]:
    """Return the requests of a method that is called with all of its arguments."""
    sent: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(400, json={"error": {"code": "bad_request", "message": "no"}})

    private_key_pem, _ = generate_pair("ed25519")
    session = Session(
        Environment("none", BASE),
        Credentials("key", private_key_pem),
        rate_limits=RateLimits(),
        base_transport=httpx.MockTransport(refuse),
    )
    async with session:
        call = bound(session, method)
        with pytest.raises(KalshiError):
            await answer_of(call(**arguments_of(method, call)))
    return sent


def unknown(request: httpx.Request, route: Route) -> list[str]:
    """Return the query parameters of a request that its route does not have."""
    known = {parameter.key for parameter in route.parameters}
    return sorted(set(request.url.params) - known)


@pytest.mark.parametrize("operation", READS, ids=lambda operation: operation.name)
async def test_every_query_argument_is_a_parameter_of_the_route(operation: Operation[object]) -> None:
    for method in methods()[operation.method, operation.path]:
        for request in await sent_by(method):
            (spoken,) = (one for one in READS if is_path_of(one, request.url.path))
            lacking = unknown(request, ROUTES[spoken.name])
            assert not lacking, f"{spoken.name}: {', '.join(lacking)} not in parameters of its Route"


def is_path_of(operation: Operation[object], path: str) -> bool:
    """Tell whether a path is that of an operation; literal segments win over placeholders."""
    if any(one.path == path for one in READS):
        return operation.path == path
    parts, template = path.split("/"), operation.path.split("/")
    return len(parts) == len(template) and all(
        part == wanted or wanted.startswith("{") for part, wanted in zip(parts, template, strict=True)
    )


def test_a_parameter_that_a_route_lacks_would_be_found() -> None:
    route = ROUTES["get_exchange_status"]
    assert unknown(httpx.Request("GET", f"{BASE}/exchange/status?audience=all"), route) == ["audience"]


def test_an_argument_without_a_value_would_be_found() -> None:
    def list_of(*, audience: str | None = None, on_rejected: object = None) -> None: ...

    with pytest.raises(AssertionError, match="give audience a value in"):
        arguments_of("exchange.Exchange.list", list_of)
