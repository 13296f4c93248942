"""The FastAPI backend's JSON: orders, positions, fills, and whose they are."""

from __future__ import annotations

import json
from decimal import Decimal

import httpx
import pytest

from kalshi_async.sandbox.faults import LoseReply, ServerFailure
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.examples.backend import TICKER, order, running


async def test_an_order_is_placed_listed_and_canceled(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        placed = await client.post("/api/orders", json=order())
        assert placed.status_code == 201
        listed = (await client.get("/api/orders", params={"status": "resting"})).json()
        assert [row["order_id"] for row in listed] == [placed.json()["order_id"]]
        path = f"/api/orders/{placed.json()['order_id']}"
        canceled = await client.delete(path, params={"ticker": TICKER})
        assert canceled.json()["reduced_by"] == "2.00"
        assert (await client.get("/api/orders", params={"status": "resting"})).json() == []


async def test_money_is_text_to_the_last_decimal(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        backend.sandbox.market(TICKER).quote("ask", "0.33", 2)
        await client.post("/api/orders", json=order())
        (fill,) = (await client.get("/api/fills")).json()
        (position,) = (await client.get("/api/positions")).json()
    assert (fill["yes_price_dollars"], fill["count_fp"]) == ("0.3300", "2.00")
    assert isinstance(fill["fee_cost"], str)
    assert Decimal(position["fees_paid_dollars"]) == Decimal(fill["fee_cost"])
    assert position["position_fp"] == "2.00"


async def test_every_user_sees_their_own_account_alone(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as one, backend.visitor() as other:
        await one.post("/api/orders", json=order())
        assert len((await one.get("/api/orders")).json()) == 1
        assert (await other.get("/api/orders")).json() == []
        assert not backend.account("me").orders


@pytest.mark.parametrize("path", ["/api/desk", "/api/orders", "/api/positions", "/api/fills", "/api/events"])
async def test_without_a_desk_nothing_is_shown(clock: VirtualClock, path: str) -> None:
    async with running(clock) as backend:
        transport = httpx.ASGITransport(app=backend.app)
        async with httpx.AsyncClient(transport=transport, base_url=backend.url) as stranger:
            refused = await stranger.get(path, headers={"Cookie": "desk=guessed"})
    assert refused.status_code == 401
    assert refused.json()["error"] == "CredentialsError"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (order(price=0.4), "Expected `str`, got `float` - at `$.price`"),  # type: ignore[arg-type]  # the mistake
        (order(post_onlyy=True), "unknown field `post_onlyy`"),
        (order(count="0.001"), "count must have at most 2 decimals, was '0.001'"),
        (order(price="1"), "price must be above 0 and below 1"),
        (order(side="buy"), "Invalid enum value 'buy' - at `$.side`"),
    ],
)
async def test_a_mistake_is_refused_before_it_is_sent(
    clock: VirtualClock, body: dict[str, object], message: str
) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        refused = await client.post("/api/orders", json=body)
    assert refused.status_code == 422
    assert message in refused.json()["message"]
    assert refused.json()["sent"] is False


@pytest.mark.parametrize("path", ["/api/orders", "/api/orders/resolve", "/api/login"])
async def test_json_that_is_all_brackets_is_refused(clock: VirtualClock, path: str) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        body = b'{"more":' + b"[" * 100_000
        refused = await client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422


async def test_what_a_foreign_page_can_send_is_refused(clock: VirtualClock) -> None:
    # A form of another site on this machine may send text, with the cookie, without asking.
    async with running(clock) as backend, backend.visitor() as client:
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            headers = {"Content-Type": kind}
            refused = await client.post("/api/orders", content=json.dumps(order()), headers=headers)
            assert refused.status_code == 422
        assert not backend.account("guest 1").orders


async def test_an_order_that_is_sent_twice_is_one_order(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        answers = [await client.post("/api/orders", json=order(client_order_id="mine")) for _ in range(2)]
        first, second = answers
        assert (first.status_code, second.status_code) == (201, 201), "as if a proxy had doubled it"
        assert first.json()["order_id"] == second.json()["order_id"]
        assert len(backend.account("guest 1").orders) == 1


async def test_what_the_exchange_refuses_keeps_its_code(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        refused = await client.post("/api/orders", json=order(count=1_000_000))
        unknown = await client.delete("/api/orders/00000000-0000-4000-8000-000000000000")
        backend.sandbox.market(TICKER).pause()
        paused = await client.post("/api/orders", json=order())
    assert (refused.status_code, refused.json()["code"]) == (400, "insufficient_balance")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (paused.status_code, paused.headers["Retry-After"]) == (503, "30")


async def test_an_order_in_doubt_is_504_and_its_record_settles_it(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        backend.sandbox.faults.on("create_order", LoseReply())
        backend.sandbox.faults.lag_reads(8_000)  # reads do not show the order before the deadline is over
        doubtful = await client.post("/api/orders", json=order(client_order_id="mine"))
        assert doubtful.status_code == 504
        record = doubtful.json()["record"]
        assert record["client_order_id"] == "mine"
        early = await client.post("/api/orders/resolve", json=record)
        assert early.json() == {"fate": "still unknown", "order": None}
        await clock.sleep(10)
        settled = (await client.post("/api/orders/resolve", json=record)).json()
        assert settled["fate"] == "placed"
        assert settled["order"]["order_id"] in backend.account("guest 1").orders


async def test_an_order_that_never_came_is_found_absent(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        backend.sandbox.faults.every("create_order", ServerFailure(502))
        record = (await client.post("/api/orders", json=order())).json()["record"]
        await clock.sleep(60)
        settled = await client.post("/api/orders/resolve", json=record)
        assert settled.json() == {"fate": "absent", "order": None}


async def test_a_record_that_is_none_is_refused(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        refused = await client.post("/api/orders/resolve", json={"client_order_id": "mine"})
    assert refused.status_code == 422


async def test_the_page_and_its_parts_are_served_to_anybody(clock: VirtualClock) -> None:
    async with running(clock) as backend:
        transport = httpx.ASGITransport(app=backend.app)
        async with httpx.AsyncClient(transport=transport, base_url=backend.url) as stranger:
            for path in ("/", "/page.js", "/page.css", "/icon.svg"):
                assert (await stranger.get(path)).status_code == 200
