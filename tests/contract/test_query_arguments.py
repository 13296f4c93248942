"""Every query argument that a reading method sends is a parameter of the exchange's route.

Each method is called with all of its arguments at once. The embedded exchange ignores a
parameter that its route does not have, as the real one does: without this nobody would notice.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from datetime import UTC, datetime

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
    "associated_event_ticker": "KXHIGHNY-26NOV23",
    "category": "Sports",
    "city": "miami",
    "collection_ticker": "KXMVEWEATHER-26",
    "competition": "World Cup",
    "detailed": True,
    "end_ts": 1_790_000_000,
    "from_ms": 1_780_000_000_000,
    "ids": ["0f1e2d3c-4b5a-4968-8776-5a4b3c2d1e0f"],
    "incentive_description": "quotes",
    "include_latest_before_start": True,
    "include_player_stats": True,
    "include_product_metadata": True,
    "include_volume": True,
    "is_block_trade": False,
    "last_sec": 60,
    "milestone_id": "9b8a7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d",
    "milestone_ids": ["9b8a7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d"],
    "minimum_start_date": datetime(2026, 11, 22, tzinfo=UTC),
    "page_size": 5,
    "percentiles": [2500, 5000],
    "period_interval": 60,
    "range": "day",
    "related_event_ticker": "KXHIGHNY-26NOV23",
    "source_id": "a-source",
    "start_ts": 1_789_000_000,
    "stream": None,
    "structured_target_id": "0f1e2d3c-4b5a-4968-8776-5a4b3c2d1e0f",
    "tags": ["Football"],
    "to_ms": 1_790_000_000_000,
    "with_nested_markets": True,
    "without_combos": True,
    "client_order_id": "mine",
    "count_filter": "position",
    "depth": 3,
    "event_ticker": "KXHIGHNY-26NOV23",
    "exchange_index": 0,
    "limit": 5,
    "market_tickers": ["KXHIGHNY-26NOV23-B52.5"],
    "max_close_ts": 1_790_000_000,
    "max_created_ts": 1_790_000_000,
    "max_settled_ts": 1_790_000_000,
    "max_updated_ts": 1_790_000_000,
    "max_ts": 1_790_000_000,
    "min_close_ts": 1_780_000_000,
    "min_created_ts": 1_780_000_000,
    "min_settled_ts": 1_780_000_000,
    "min_updated_ts": 1_780_000_000,
    "min_ts": 1_780_000_000,
    "mve_filter": "exclude",
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
WORDS_OF = {"orders": "resting", "incentive_programs": "active"}
"""The value of ``status``, by namespace; "open" in all others."""
TYPES_OF = {"incentive_programs": "volume"}
"""The value of ``type``, by namespace; "event" in all others."""
NOT_SENT = {"filters", "on_rejected", "until", "timeout_s", "where"}
"""Arguments that shape the answer, and no request; and those of ``list``, which ``find`` hands on."""


def arguments_of(method: str, call: object) -> dict[str, object]:
    """Return a value for every argument of a method."""
    assert callable(call)
    names = inspect.signature(call).parameters.keys() - NOT_SENT
    namespace = "orders" if method.startswith("order") else method.partition(".")[0]
    status, kind = WORDS_OF.get(namespace, "open"), TYPES_OF.get(namespace, "event")
    values = {**VALUES, "status": status, "type": kind}
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
