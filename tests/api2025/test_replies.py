"""What the client makes of answers that are not what the reference says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from kalshi_async import (
    BadRequest,
    EndpointRetired,
    Environment,
    KalshiError,
    OutcomeUnknown,
    RateLimits,
    RejectedRows,
    Session,
    UnexpectedReply,
)
from kalshi_async.api2025 import requests as legacy
from kalshi_async.api2025.methods import Legacy
from kalshi_async.sandbox.access.keys import generate_pair
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.credentials import Credentials
from tests.stages.scripted import Line, Scripted

PRIVATE_KEY, _ = generate_pair("ed25519")
YEAR_2025 = Environment("then", "https://then.example/trade-api/v2", generation="2025")
ORDER = legacy.CreateOrderRequest(
    ticker="T", side="yes", action="buy", count=10, type="limit", yes_price=44, client_order_id="key-1"
)
OTHER = legacy.CreateOrderRequest(
    ticker="T", side="no", action="buy", count=1, type="limit", no_price=44, client_order_id="key-2"
)

Call = Callable[[Legacy], Awaitable[object]]


@asynccontextmanager
async def answering(clock: VirtualClock, *script: Line) -> AsyncIterator[tuple[Legacy, Scripted]]:
    """A session whose network answers with the script."""
    network = Scripted(*script)
    session = Session(
        YEAR_2025,
        Credentials("key id", PRIVATE_KEY),
        base_transport=network,
        clock=clock,
        rate_limits=RateLimits(clock.monotonic),
    )
    async with session:
        yield session.legacy, network


CHANGES: dict[str, Call] = {
    "create_order": lambda api: api.create_order(ORDER),
    "amend_order": lambda api: api.amend_order("o-1", legacy.AmendOrderRequest(count=3)),
    "decrease_order": lambda api: api.decrease_order("o-1", legacy.DecreaseOrderRequest(reduce_by=3)),
    "cancel_order": lambda api: api.cancel_order("o-1"),
    "create_order_group": lambda api: api.create_order_group(legacy.CreateOrderGroupRequest(name="g")),
}


ONCE = {"decrease_order", "create_order_group"}
NOTHING = [b"{}", b'{"order":null}', b"", b"<html>", b'{"order":{}}']


@pytest.mark.parametrize(
    ("name", "body"),
    # A cancel may leave the order's id out: it is addressed by the one that was asked for.
    [(name, body) for name in CHANGES for body in NOTHING if (name, body) != ("cancel_order", NOTHING[-1])],
)
async def test_a_change_that_is_answered_with_nothing_is_unknown(
    name: str, body: bytes, clock: VirtualClock
) -> None:
    # The order may be live: such an answer must never look like a success.
    async with answering(clock) as (api, network):
        network.play(ever=lambda: httpx.Response(200, content=body))
        with pytest.raises(OutcomeUnknown) as caught:
            await CHANGES[name](api)
    assert isinstance(caught.value.__cause__, UnexpectedReply)
    assert caught.value.__cause__.body == body
    assert caught.value.sent is True
    writes = [request for request in network.requests if request.method != "GET"]
    assert len(writes) == 1 if name in ONCE else len(writes) > 4


async def test_an_unknown_create_can_be_found_by_its_key(clock: VirtualClock) -> None:
    started_ms = clock.now_ms()
    async with answering(clock) as (api, network):
        network.play(ever=lambda: httpx.Response(201, content=b"{}"))
        with pytest.raises(OutcomeUnknown) as caught:
            await api.create_order(ORDER)
    assert (caught.value.client_order_ids, caught.value.ticker) == (("key-1",), "T")
    assert caught.value.first_sent_ms == started_ms
    assert caught.value.last_signed_ms is not None
    assert 0 <= clock.now_ms() - caught.value.last_signed_ms <= 1_000


@pytest.mark.parametrize("name", ["amend_order", "decrease_order", "cancel_order"])
async def test_an_answer_about_another_order_says_nothing_of_this_one(name: str, clock: VirtualClock) -> None:
    reply = httpx.Response(200, json={"order": {"order_id": "o-2"}, "reduced_by": 3})
    async with answering(clock) as (api, network):
        network.play(ever=lambda: reply)
        with pytest.raises(OutcomeUnknown, match="order o-1 was asked for, the reply is about o-2") as caught:
            await CHANGES[name](api)
    cause = caught.value.__cause__
    assert isinstance(cause, UnexpectedReply)
    assert cause.body == reply.content


@pytest.mark.parametrize("responses", [None, [], [{"order": {"order_id": "o-1"}}]])
async def test_a_batch_that_is_not_answered_leg_by_leg_is_unknown(
    responses: object, clock: VirtualClock
) -> None:
    request = legacy.BatchCreateOrdersRequest(orders=[ORDER, OTHER])
    async with answering(clock, httpx.Response(200, json={"responses": responses})) as (api, _):
        with pytest.raises(OutcomeUnknown) as caught:
            await api.batch_create_orders(request)
    assert caught.value.client_order_ids == ("key-1", "key-2")
    assert caught.value.first_sent_ms == clock.now_ms()


async def test_every_leg_of_a_batch_keeps_its_place(clock: VirtualClock) -> None:
    error = {
        "error": {"code": "invalid_price", "message": "invalid price", "details": {"field": "yes_price"}}
    }
    responses = [{"error": error}, {"order": {"order_id": "o-2", "client_order_id": "key-2"}}]
    request = legacy.BatchCreateOrdersRequest(orders=[ORDER, OTHER])
    async with answering(clock, httpx.Response(200, json={"responses": responses})) as (api, _):
        first, second = (await api.batch_create_orders(request)).responses or []
    assert first.error is not None
    assert first.error.error.code == "invalid_price"
    assert first.error.error.details == {"field": "yes_price"}
    assert second.order is not None
    assert second.order.order_id == "o-2"


async def test_a_word_of_tomorrow_does_not_hide_an_order(clock: VirtualClock) -> None:
    row = {"order_id": "o-1", "status": "parked", "side": "yes", "unheard_of": {"a": 1}, "yes_price": "48.5"}
    async with answering(clock, httpx.Response(200, json={"orders": [row], "cursor": None})) as (api, _):
        (order,) = (await api.get_orders()).orders or []
    assert order.status is not None
    assert not order.status.is_known
    assert (order.status.value, str(order.yes_price)) == ("parked", "48.5")


async def test_a_bad_row_hides_no_good_one(clock: VirtualClock) -> None:
    rows = [{"fill_id": "f-1", "count": 1}, {"fill_id": "f-2", "count": "one"}]
    async with answering(clock, httpx.Response(200, json={"fills": rows, "cursor": "next"})) as (api, _):
        with pytest.raises(RejectedRows) as caught:
            await api.get_fills()
    page = caught.value.page
    assert isinstance(page, legacy.GetFillsResponse)
    assert [fill.fill_id for fill in page.fills or []] == ["f-1"]
    assert page.cursor == "next"
    assert b'"f-2"' in caught.value.rows[0]


async def test_missing_lists_and_empty_texts_are_borne(clock: VirtualClock) -> None:
    bodies: list[dict[str, object]] = [{}, {"positions": None, "cursor": ""}, {"positions": []}]
    for body in bodies:
        async with answering(clock, httpx.Response(200, json=body)) as (api, _):
            assert not (await api.get_positions()).positions
    row = {"order": {"order_id": "o-1", "expiration_time": "", "created_time": None}}
    async with answering(clock, httpx.Response(200, json=row)) as (api, _):
        order = (await api.get_order("o-1")).order
    assert order is not None
    assert order.expiration_time is None


async def test_an_error_of_the_reference_keeps_its_details(clock: VirtualClock) -> None:
    body = {"error": {"code": "bad_request", "message": "bad request", "details": {"field": "count"}}}
    async with answering(clock, httpx.Response(400, json=body)) as (api, _):
        with pytest.raises(BadRequest) as caught:
            await api.create_order(ORDER)
    assert (caught.value.code, caught.value.details) == ("bad_request", {"field": "count"})


async def test_410_says_that_this_exchange_has_moved_on(clock: VirtualClock) -> None:
    # What the live exchange answers to these paths since June 2026.
    url = "https://docs.kalshi.com/api-reference/orders/create-order-v2"
    body = {"error": {"code": "deprecated_v1_order_endpoint", "message": "Please switch", "details": url}}
    async with answering(clock, httpx.Response(410, json=body)) as (api, network):
        with pytest.raises(EndpointRetired, match="Please switch") as caught:
            await api.create_order(ORDER)
    assert caught.value.successor == url
    assert len(network.requests) == 1


async def test_a_decrease_is_never_sent_twice_and_a_question_is(clock: VirtualClock) -> None:
    lost = httpx.ReadError("the line is dead")
    async with answering(clock, lost) as (api, network):
        with pytest.raises(OutcomeUnknown):
            await CHANGES["decrease_order"](api)
        assert len(network.requests) == 1
    positions = httpx.Response(200, json={"queue_positions": {"o-1": 26}})
    async with answering(clock, lost, positions) as (api, network):
        request = legacy.GetQueuePositionsRequest(order_ids=["o-1"])
        assert (await api.get_queue_positions(request)).queue_positions == {"o-1": 26}
        assert len(network.requests) == 2


async def test_an_id_cannot_lead_to_another_path(clock: VirtualClock) -> None:
    async with answering(clock, httpx.Response(404, json={})) as (api, network):
        for order_id in ("", ".", ".."):
            with pytest.raises(KalshiError, match=r"order_id must be (visible|an id other than)"):
                await api.cancel_order(order_id)
        assert network.requests == []
        with pytest.raises(KalshiError):
            await api.cancel_order("../order_groups")
    assert network.requests[0].url.raw_path == b"/trade-api/v2/portfolio/orders/..%2Forder_groups"
