"""Faults of the application, each as a client meets it on a loopback socket."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import (
    Delay,
    DeliverTwice,
    EmptyPage,
    Fault,
    GarbageCursor,
    LagReads,
    LoseReply,
    RepeatCursor,
    ServerFailure,
    SkewClock,
    Stall,
    TooManyRequests,
)
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.faults.conftest import orders_of
from tests.stages.members import TICKER, Member


async def test_a_429_is_refused_and_not_applied(exchange: Sandbox, alice: Member) -> None:
    exchange.faults.on("create_order", TooManyRequests())
    refused, accepted = await alice.create(), await alice.create()
    assert (refused.status_code, refused.json()) == (429, {"error": "too many requests"})
    assert accepted.status_code == 201
    assert orders_of(alice.keys) == 1


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_failure_comes_before_or_after_applying(
    exchange: Sandbox, alice: Member, status: int, applied: bool
) -> None:
    exchange.faults.on("create_order", ServerFailure(status, applied=applied))
    assert (await alice.create()).status_code == status
    assert orders_of(alice.keys) == applied


async def test_only_an_outage_speaks_json(exchange: Sandbox, alice: Member) -> None:
    exchange.faults.on("create_order", ServerFailure(503), call=1)
    exchange.faults.on("create_order", ServerFailure(502), call=2)
    outage, gateway = await alice.create(), await alice.create()
    assert outage.json()["error"]["code"] == "service_unavailable"
    assert gateway.text == "<html><body><h1>502</h1></body></html>"


async def test_a_delay_before_applying_applies_after_the_client_has_gone(
    exchange: Sandbox, alice: Member
) -> None:
    """The order that appears after its sender has given it up: the case that hurts most."""
    exchange.faults.on("create_order", Delay(10.0))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(alice.create(), 5.0)
    assert orders_of(alice.keys) == 0
    await alice.clock.sleep(6.0)
    assert orders_of(alice.keys) == 1


async def test_a_request_that_is_delayed_for_too_long_arrives_expired(
    exchange: Sandbox, alice: Member
) -> None:
    """The venue's window bounds how late an order can still appear."""
    exchange.faults.on("create_order", Delay(16.0))
    assert (await alice.create()).json()["error"]["code"] == "header_timestamp_expired"
    assert orders_of(alice.keys) == 0


async def test_a_delay_after_applying_holds_back_the_reply(exchange: Sandbox, alice: Member) -> None:
    exchange.faults.on("create_order", Delay(30.0, applied=True))
    started_ms = alice.clock.now_ms()
    creating = asyncio.create_task(alice.create())
    await alice.clock.sleep(1.0)
    assert orders_of(alice.keys) == 1
    assert (await creating).status_code == 201
    assert alice.clock.now_ms() - started_ms == pytest.approx(30_000, abs=5)


@pytest.mark.parametrize("applied", [False, True])
async def test_a_stall_never_answers(exchange: Sandbox, alice: Member, applied: bool) -> None:
    exchange.faults.on("create_order", Stall(applied=applied))
    with pytest.raises(httpx.ReadTimeout):
        await alice.create()
    assert orders_of(alice.keys) == applied


async def test_a_stalled_request_does_not_keep_the_exchange_from_stopping(
    exchange: Sandbox, alice: Member
) -> None:
    exchange.faults.on("create_order", Stall())
    creating = asyncio.create_task(alice.create())
    await alice.clock.sleep(1.0)
    stopping_s = alice.clock.monotonic()
    await exchange.stop()
    assert alice.clock.monotonic() - stopping_s < 0.5
    with pytest.raises(httpx.RemoteProtocolError):
        await creating


@pytest.mark.parametrize("applied", [False, True])
async def test_a_lost_reply_ends_in_the_middle(exchange: Sandbox, alice: Member, applied: bool) -> None:
    exchange.faults.on("create_order", LoseReply(applied=applied))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        await alice.create()
    assert orders_of(alice.keys) == applied


async def test_a_lost_reply_is_lost_in_process_too(exchange: Sandbox, clock: VirtualClock) -> None:
    exchange.faults.on("create_order", LoseReply())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(exchange.app), base_url="http://x") as http:
        member = Member(http, exchange.accounts["alice"], clock)
        with pytest.raises(ConnectionError):
            await member.create()
    assert orders_of(member.keys) == 1


@pytest.mark.parametrize(("answer", "status"), [("first", 201), ("second", 409)])
async def test_a_double_delivery_is_applied_twice(
    exchange: Sandbox, alice: Member, answer: str, status: int
) -> None:
    """With a key, the second one meets the first: a refusal of an order that stands."""
    exchange.faults.every("create_order", DeliverTwice(answer=answer))  # type: ignore[arg-type]  # a parameter
    assert (await alice.create(client_order_id="mine")).status_code == status
    assert orders_of(alice.keys) == 1
    assert (await alice.create()).status_code == 201
    assert orders_of(alice.keys) == 3


async def test_a_skewed_clock_refuses_what_is_signed_in_time(exchange: Sandbox, alice: Member) -> None:
    exchange.faults.on("create_order", SkewClock(60_000))
    refused = await alice.create()
    assert refused.json()["error"]["code"] == "header_timestamp_expired"
    assert refused.headers["date"] == "Sun, 22 Nov 2026 12:01:00 GMT"
    exchange.faults.skew_clock(0)
    assert (await alice.create()).status_code == 201


async def test_reads_can_begin_to_lag_and_catch_up(exchange: Sandbox, alice: Member) -> None:
    first = await alice.rest()
    exchange.faults.on("create_order", LagReads(500))
    await alice.rest()
    assert await listed(alice) == [first["order_id"]]
    await alice.clock.sleep(0.501)
    assert len(await listed(alice)) == 2
    await alice.rest()
    exchange.faults.lag_reads(0)
    assert len(await listed(alice)) == 3


async def test_a_lag_is_not_negative(exchange: Sandbox) -> None:
    with pytest.raises(ValueError, match="was -1 ms"):
        exchange.faults.lag_reads(-1)


async def listed(alice: Member, **query: object) -> list[str]:
    return [order["order_id"] for order in (await alice.get("/portfolio/orders", **query)).json()["orders"]]


async def page(alice: Member, cursor: str = "") -> tuple[int, str]:
    query = {"cursor": cursor} if cursor else {}
    body = (await alice.get("/portfolio/orders", limit=2, ticker=TICKER, **query)).json()
    return len(body["orders"]), body["cursor"]


async def test_a_page_can_repeat_its_cursor(exchange: Sandbox, alice: Member) -> None:
    for _ in range(5):
        await alice.rest()
    exchange.faults.every("get_orders", RepeatCursor())
    _, first = await page(alice)
    assert await page(alice, first) == (2, first)


async def test_an_empty_page_leads_to_the_rows_that_it_holds_back(exchange: Sandbox, alice: Member) -> None:
    for _ in range(5):
        await alice.rest()
    exchange.faults.on("get_orders", EmptyPage(), call=1)
    exchange.faults.on("get_orders", EmptyPage(), call=3)
    counts, cursor = [], ""
    while True:
        count, cursor = await page(alice, cursor)
        counts.append(count)
        if not cursor:
            break
    assert counts == [0, 2, 0, 2, 1]


async def test_a_garbage_cursor_leads_back_to_page_one(exchange: Sandbox, alice: Member) -> None:
    for _ in range(3):
        await alice.rest()
    exchange.faults.on("get_orders", GarbageCursor())
    _, cursor = await page(alice)
    assert "not a cursor" in cursor
    assert await page(alice, cursor) == await page(alice)


@pytest.mark.parametrize("fault", [EmptyPage(), GarbageCursor()])
async def test_what_is_no_page_stays_as_it_is(exchange: Sandbox, alice: Member, fault: Fault) -> None:
    exchange.faults.every("create_order", fault)
    exchange.faults.every("get_balance", fault)
    assert "order_id" in (await alice.create()).json()
    assert "balance" in (await alice.get("/portfolio/balance")).json()


async def test_faults_of_one_call_are_nested(exchange: Sandbox, alice: Member) -> None:
    exchange.faults.on("create_order", Delay(3.0), ServerFailure(500, applied=True))
    started_ms = alice.clock.now_ms()
    assert (await alice.create()).status_code == 500
    assert alice.clock.now_ms() - started_ms == pytest.approx(3_000, abs=5)
    assert orders_of(alice.keys) == 1


async def test_an_untouched_reply_is_the_same_with_and_without_a_script(
    exchange: Sandbox, alice: Member
) -> None:
    """The layer buffers as soon as there is a script; nobody may notice."""
    before = await alice.get("/portfolio/balance")
    exchange.faults.on("create_order", Stall())
    after = await alice.get("/portfolio/balance")
    assert (after.status_code, after.headers.raw, after.content) == (
        before.status_code,
        before.headers.raw,
        before.content,
    )


async def test_a_failure_of_the_server_is_a_5xx() -> None:
    with pytest.raises(ValueError, match="500 to 599, was 404"):
        ServerFailure(404)
