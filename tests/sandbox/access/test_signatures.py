"""Who may enter: signatures over the request as it was sent, inside the time window."""

from __future__ import annotations

from typing import Literal

import httpx
import pytest

from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.members import BASE, Json, Member, sign

BALANCE = "/portfolio/balance"


def error(code: str, message: str, details: str | None = None) -> Json:
    inner = {"code": code, "message": message}
    return {"error": inner | ({"details": details} if details else {})}


@pytest.mark.parametrize("key_type", ["rsa", "ed25519"])
async def test_both_kinds_of_key_open_the_gate(
    sandbox: Sandbox, http: httpx.AsyncClient, clock: VirtualClock, key_type: Literal["rsa", "ed25519"]
) -> None:
    carol = Member(http, sandbox.add_account("carol", key_type), clock)
    assert (await carol.get(BALANCE)).status_code == 200


@pytest.mark.parametrize("salt_bytes", [0, 20, 222])
async def test_an_rsa_salt_of_any_length_is_accepted(
    sandbox: Sandbox, http: httpx.AsyncClient, clock: VirtualClock, salt_bytes: int
) -> None:
    # Production clients sign with the longest, although docs api_keys names the length of the digest.
    carol = sandbox.add_account("carol", "rsa")
    timestamp = str(clock.now_ms())
    headers = {
        "KALSHI-ACCESS-KEY": carol.key_id,
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
        "KALSHI-ACCESS-SIGNATURE": sign(
            carol.private_key_pem, f"{timestamp}GET{BASE}{BALANCE}".encode(), salt_bytes
        ),
    }
    assert (await http.get(BASE + BALANCE, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("skew_ms", "status"), [(-15_000, 200), (-15_001, 401), (30_000, 200), (30_001, 401)]
)
async def test_the_window_is_fifteen_seconds_back_and_thirty_ahead(
    alice: Member, skew_ms: int, status: int
) -> None:
    headers = alice.headers("GET", BALANCE, skew_ms=skew_ms)
    reply = await alice.http.get(BASE + BALANCE, headers=headers)
    assert reply.status_code == status
    if status == 401:
        assert reply.json() == error("header_timestamp_expired", "header timestamp expired")


async def test_a_timestamp_that_is_no_number_is_expired(alice: Member) -> None:
    for timestamp in ("soon", "-1", "1e12", "٣"):
        headers = alice.headers("GET", BALANCE) | {"KALSHI-ACCESS-TIMESTAMP": timestamp.encode()}
        reply = await alice.http.get(BASE + BALANCE, headers=headers)  # type: ignore[arg-type]  # bytes are fine
        assert reply.json()["error"]["code"] == "header_timestamp_expired"


async def test_an_unknown_key_is_not_found(alice: Member) -> None:
    headers = alice.headers("GET", BALANCE) | {"KALSHI-ACCESS-KEY": "somebody-else"}
    reply = await alice.http.get(BASE + BALANCE, headers=headers)
    assert reply.status_code == 401
    assert reply.json() == error("authentication_error", "authentication_error", "NOT_FOUND")


@pytest.mark.parametrize("signature", ["AAAA", "not base64!", "%%%="])
async def test_a_wrong_signature_is_named_as_such(alice: Member, signature: str) -> None:
    headers = alice.headers("GET", BALANCE) | {"KALSHI-ACCESS-SIGNATURE": signature}
    reply = await alice.http.get(BASE + BALANCE, headers=headers)
    assert reply.status_code == 401
    assert reply.json() == error(
        "authentication_error", "authentication_error", "INCORRECT_API_KEY_SIGNATURE"
    )


@pytest.mark.parametrize("part", ["key", "timestamp", "signature"])
async def test_a_missing_header_is_named(alice: Member, part: str) -> None:
    headers = alice.headers("GET", BALANCE)
    del headers[f"KALSHI-ACCESS-{part.upper()}"]
    reply = await alice.http.get(BASE + BALANCE, headers=headers)
    assert reply.status_code == 401
    assert reply.json() == error(f"{part}_is_missing_from_headers", f"{part} is missing from headers")


async def test_the_query_is_not_part_of_the_message(alice: Member) -> None:
    headers = alice.headers("GET", "/portfolio/orders")
    reply = await alice.http.get(f"{BASE}/portfolio/orders?limit=5&status=resting", headers=headers)
    assert reply.status_code == 200


async def test_the_path_is_verified_as_sent_and_not_as_decoded(alice: Member) -> None:
    sent, decoded = "/portfolio/orders/a%20b", "/portfolio/orders/a b"
    as_sent = await alice.http.get(BASE + sent, headers=alice.headers("GET", sent))
    as_decoded = await alice.http.get(BASE + sent, headers=alice.headers("GET", decoded))
    # The order does not exist, but only the first request got as far as looking.
    assert (as_sent.status_code, as_decoded.status_code) == (404, 401)


async def test_the_method_is_part_of_the_message(alice: Member) -> None:
    path = "/portfolio/events/orders/x"
    reply = await alice.http.delete(BASE + path, headers=alice.headers("GET", path))
    assert reply.status_code == 401


async def test_replies_carry_the_time_of_the_exchange(alice: Member) -> None:
    # Clients set their clock by it (2026-11-22 12:00:00 UTC is where tests start).
    reply = await alice.get(BALANCE)
    assert reply.headers["date"] == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert reply.headers["content-type"] == "application/json"
