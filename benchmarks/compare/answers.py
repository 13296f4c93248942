"""The replies of the canned exchange: whole HTTP messages, built in advance as far as possible.

Bodies have today's shapes (contract/examples, read 2026-11-22). The paths that the exchange retired
in June 2026 answer in the shapes of 2025, because one of the libraries still uses them. No request
is validated. This module does not know sockets.
"""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Callable
from functools import cache

BASE_PATH = b"/trade-api/v2"
FILLS = 100_000
TICKER = "KXHIGHNY-26NOV23-B52.5"
ORDER_ID = "7b1c2f0e-52a4-4c9d-8f1e-0a6b3d9e4c21"

_STATUS_LINES = {200: b"HTTP/1.1 200 OK", 201: b"HTTP/1.1 201 Created", 404: b"HTTP/1.1 404 Not Found"}
_CLIENT_ORDER_ID = re.compile(rb'"client_order_id":\s*"([^"]*)"')
_NUMBER = re.compile(rb"(limit|cursor)=(\d+)")

_PLACED_UNDER = (
    b'{"order_id":"%s","client_order_id":"%%s","fill_count":"0.00","remaining_count":"10.00",'
    b'"ts_ms":1795348800123}' % ORDER_ID.encode()
)
_PLACED = (
    b'{"order_id":"%s","fill_count":"0.00","remaining_count":"10.00","ts_ms":1795348800123}'
    % ORDER_ID.encode()
)
_CANCELED = b'{"order_id":"%s","reduced_by":"10.00","ts_ms":1795348860123}'
_NOT_FOUND = b'{"error":{"code":"not_found","message":"not found"}}'
_LIMITS = {
    "usage_tier": "prime",
    "read": {"refill_rate": 10**9, "bucket_capacity": 10**9},
    "write": {"refill_rate": 10**9, "bucket_capacity": 10**9},
    "grants": [],
}
_COSTS = {
    "default_cost": 10,
    "endpoint_costs": [
        {"method": "DELETE", "path": "/trade-api/v2/portfolio/events/orders/:order_id", "cost": 2}
    ],
}
_ORDER_OF_2025 = {
    "order_id": ORDER_ID,
    "client_order_id": "",
    "ticker": TICKER,
    "side": "yes",
    "action": "buy",
    "type": "limit",
    "status": "resting",
    "yes_price": 48,
    "no_price": 52,
    "count": 10,
    "remaining_count": 10,
    "created_time": "2026-11-22T12:00:00.123456Z",
}


def answer(method: bytes, target: bytes, body: bytes) -> bytes:
    """Return the whole reply to one request."""
    path, _, query = target.partition(b"?")
    path = path.removeprefix(BASE_PATH)
    change = _CHANGES.get((method, path.rpartition(b"/")[0] if method == b"DELETE" else path))
    if change is not None:
        return change(path, body)
    page = _PAGES.get(path) if method == b"GET" else None
    if page is not None:
        asked = {name: int(number) for name, number in _NUMBER.findall(query)}
        return page(asked.get(b"limit", 100), asked.get(b"cursor", 0))
    return reply(404, _NOT_FOUND)


def reply(status: int, body: bytes) -> bytes:
    """Return a reply with a body."""
    return (
        b"%s\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (_STATUS_LINES[status], len(body), body)
    )


def _placed(_: bytes, body: bytes) -> bytes:
    # The reply repeats the client_order_id of the request: some clients check it.
    named = _CLIENT_ORDER_ID.search(body)
    return reply(201, _PLACED_UNDER % named.group(1) if named else _PLACED)


def _placed_in_2025(_: bytes, body: bytes) -> bytes:
    return reply(201, json.dumps({"order": _ORDER_OF_2025}).encode())


def _canceled(path: bytes, _: bytes) -> bytes:
    return reply(200, _CANCELED % path.rpartition(b"/")[2])


def _canceled_in_2025(_: bytes, body: bytes) -> bytes:
    order = {**_ORDER_OF_2025, "status": "canceled"}
    return reply(200, json.dumps({"order": order, "reduced_by": 10}).encode())


@cache
def _orders_page(limit: int, _: int) -> bytes:
    return reply(200, _encoded({"orders": [_order(number) for number in range(limit)], "cursor": ""}))


def _fills_page(limit: int, start: int) -> bytes:
    # All pages have the same rows. Only the cursors differ, because clients stop at a repeated one.
    following = start + limit
    cursor = str(following).encode() if following < FILLS else b""
    return reply(200, b'{"cursor":"%s",%s' % (cursor, _fill_rows(limit)))


@cache
def _fill_rows(limit: int) -> bytes:
    return _encoded({"fills": [_fill(number) for number in range(limit)]})[1:]


def _order(number: int) -> dict[str, object]:
    some = random.Random(number)
    cents = some.randrange(1, 100)
    created = f"2026-11-22T12:{number // 60 % 60:02}:{number % 60:02}.{some.randrange(10**6):06}Z"
    return {
        "order_id": _uuid(some),
        "user_id": "3f0c8a52-6d0e-4b6e-9a55-1d2f7c4b9e10",
        "client_order_id": _uuid(some),
        "ticker": TICKER,
        "side": "yes",
        "action": "buy",
        "outcome_side": "yes",
        "book_side": "bid",
        "type": "limit",
        "status": "resting",
        "yes_price_dollars": f"{cents / 100:.4f}",
        "no_price_dollars": f"{1 - cents / 100:.4f}",
        "initial_count_fp": "10.00",
        "fill_count_fp": "3.00",
        "remaining_count_fp": "7.00",
        "taker_fill_cost_dollars": "0.000000",
        "maker_fill_cost_dollars": f"{3 * cents / 100:.6f}",
        "taker_fees_dollars": "0.000000",
        "maker_fees_dollars": "0.000000",
        "created_time": created,
        "last_update_time": created,
        "self_trade_prevention_type": "taker_at_cross",
        "subaccount_number": 0,
        "exchange_index": 0,
        "order_group_id": "5a9e3c77-1f42-4d8b-9e60-2b7c8d1a4f53",
    }


def _fill(number: int) -> dict[str, object]:
    some = random.Random(number)
    fill_id, cents = _uuid(some), some.randrange(1, 100)
    return {
        "fill_id": fill_id,
        "trade_id": fill_id,
        "order_id": _uuid(some),
        "ticker": TICKER,
        "market_ticker": TICKER,
        "exchange_index": 0,
        "book_side": "bid",
        "outcome_side": "yes",
        "side": "yes",
        "action": "buy",
        "count_fp": f"{some.randrange(1, 50)}.00",
        "yes_price_dollars": f"{cents / 100:.4f}",
        "no_price_dollars": f"{1 - cents / 100:.4f}",
        "is_taker": bool(number % 2),
        "fee_cost": "0.052500",
        "created_time": f"2026-11-22T12:00:00.{some.randrange(10**6):06}Z",
        "ts": 1795348800,
        "subaccount_number": 0,
    }


def _uuid(some: random.Random) -> str:
    return str(uuid.UUID(int=some.getrandbits(128), version=4))


def _encoded(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


_CHANGES: dict[tuple[bytes, bytes], Callable[[bytes, bytes], bytes]] = {
    (b"POST", b"/portfolio/events/orders"): _placed,
    (b"DELETE", b"/portfolio/events/orders"): _canceled,
    (b"POST", b"/portfolio/orders"): _placed_in_2025,
    (b"DELETE", b"/portfolio/orders"): _canceled_in_2025,
}
_PAGES: dict[bytes, Callable[[int, int], bytes]] = {
    b"/portfolio/orders": _orders_page,
    b"/portfolio/fills": _fills_page,
    b"/account/limits": lambda limit, start: reply(200, _encoded(_LIMITS)),
    b"/account/endpoint_costs": lambda limit, start: reply(200, _encoded(_COSTS)),
}
