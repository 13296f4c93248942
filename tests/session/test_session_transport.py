"""session.transport: an httpx client reaches what has no method here, by the same rules."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest

from kalshi_async import (
    CreateOrder,
    DeadlineExceeded,
    InvalidRequest,
    KalshiError,
    NotSent,
    OutcomeUnknown,
    RateLimits,
    Session,
)
from kalshi_async.sandbox import Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.scripted import Line, Scripted, silence
from tests.stages.served import BASE_PATH, TICKER, WRITE_CAPACITY, Stage, session_of

UNMODELLED = "/exchange/announcements"
"""A path of the exchange for which a session has no method, and the embedded exchange no answer."""


@dataclass
class Bridge:
    """An httpx client on a session whose network is scripted, with the exchange behind it."""

    network: Scripted
    session: Session
    client: httpx.AsyncClient
    alice: SandboxAccount

    def play(self, *script: Line, ever: Callable[[], Line] | None = None) -> None:
        self.network.requests.clear()
        self.network.play(*script, ever=ever)


@pytest.fixture
async def bridge(sandbox: Sandbox, clock: VirtualClock) -> AsyncIterator[Bridge]:
    alice = sandbox.add_account("alice")
    network = Scripted(inner=httpx.ASGITransport(sandbox.app))
    async with session_of(sandbox, alice, clock, base_transport=network) as session:
        client = httpx.AsyncClient(transport=session.transport, base_url=sandbox.rest_url)
        async with client:
            network.requests.clear()
            yield Bridge(network, session, client, alice)


def new_order() -> dict[str, str]:
    return {
        "ticker": TICKER,
        "side": "bid",
        "count": "1.00",
        "price": "0.1000",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }


async def test_a_path_without_a_method_here_is_read_signed_and_paid_for(stage: Stage) -> None:
    tokens = stage.session.rate_limits.read.tokens()
    async with stage.client_of(stage.session) as client:
        response = await client.get(UNMODELLED, params={"with": "a query"})
    assert response.status_code == 404
    (record,) = stage.requests("GET", UNMODELLED)
    assert record.headers["kalshi-access-key"] == stage.alice.key_id
    assert record.headers["kalshi-access-signature"]
    assert stage.session.rate_limits.read.tokens() == tokens - 10


async def test_a_private_path_is_accepted_which_proves_the_signature(stage: Stage) -> None:
    async with stage.client_of(stage.session) as client:
        response = await client.get("/portfolio/orders", params={"limit": 5, "ticker": "A B/C"})
    assert (response.status_code, response.json()["orders"]) == (200, [])


async def test_closing_the_client_leaves_the_session_open(stage: Stage) -> None:
    async with stage.client_of(stage.session) as client:
        await client.get(UNMODELLED)
    assert (await stage.session.portfolio.balance()).balance_cents == 1_000_000


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/trade-api/v2/portfolio/balance",
        "https://external-api.kalshi.com/trade-api/v2/portfolio/balance",
        "http://localhost.evil.example/trade-api/v2/portfolio/balance",
    ],
)
async def test_another_origin_is_refused_unsigned(bridge: Bridge, url: str) -> None:
    with pytest.raises(httpx.TransportError, match="refused, unsigned") as caught:
        await bridge.client.get(url)
    assert isinstance(caught.value, InvalidRequest)
    assert bridge.network.requests == []


async def test_a_redirect_to_another_origin_is_not_followed_there(bridge: Bridge) -> None:
    bridge.play(httpx.Response(302, headers={"location": "https://evil.example/steal"}))
    with pytest.raises(httpx.TransportError, match="refused, unsigned"):
        await bridge.client.get(UNMODELLED, follow_redirects=True)
    assert [request.url.path for request in bridge.network.requests] == [BASE_PATH + UNMODELLED]


async def test_a_429_is_waited_out_in_the_bucket_and_retried(stage: Stage) -> None:
    reckless = RateLimits(stage.clock.monotonic, write=(300, WRITE_CAPACITY), headroom=0)
    async with session_of(stage.sandbox, stage.alice, stage.clock, rate_limits=reckless) as rival:
        for _ in range(WRITE_CAPACITY // 10):
            await rival.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
    async with stage.client_of(stage.session) as client:
        response = await client.post("/portfolio/events/orders", json=new_order())
    assert response.status_code == 201
    assert stage.statuses("POST")[-2:] == [429, 201]
    refused, placed = (record.headers for record in stage.requests("POST")[-2:])
    assert refused["kalshi-access-signature"] != placed["kalshi-access-signature"]


async def test_a_failing_server_is_asked_again_for_a_read(bridge: Bridge) -> None:
    bridge.play(httpx.Response(503), httpx.ReadError("reset"))
    assert (await bridge.client.get(UNMODELLED)).status_code == 404, "the exchange's own answer"
    signatures = {request.headers["kalshi-access-signature"] for request in bridge.network.requests}
    assert len(signatures) == 3, "every attempt is signed anew"


async def test_a_server_that_keeps_failing_is_a_response_like_any_other(bridge: Bridge) -> None:
    # Statuses come back as responses: raise_for_status is the caller's business.
    bridge.play(ever=lambda: httpx.Response(503, text="down for maintenance"))
    response = await bridge.client.get(UNMODELLED)
    assert (response.status_code, response.text) == (503, "down for maintenance")


async def test_anything_but_a_read_is_sent_once(bridge: Bridge) -> None:
    bridge.play(httpx.Response(503, text="?"))
    assert (await bridge.client.post("/communications/quotes", json={})).status_code == 503
    assert len(bridge.network.requests) == 1
    bridge.play(httpx.ReadError("reset"))
    with pytest.raises(httpx.TransportError) as caught:
        await bridge.client.post("/communications/quotes", json={})
    assert isinstance(caught.value, OutcomeUnknown)
    assert len(bridge.network.requests) == 1


async def test_what_was_not_sent_is_sent_again_whatever_it_is(bridge: Bridge) -> None:
    bridge.play(httpx.ConnectError("refused"))
    assert (await bridge.client.post("/portfolio/events/orders", json=new_order())).status_code == 201
    assert len(bridge.alice.account.orders) == 1


async def test_errors_are_of_both_families_and_keep_what_they_know(bridge: Bridge) -> None:
    bridge.play(ever=lambda: httpx.ConnectError("refused"))
    with pytest.raises(httpx.TransportError) as caught:
        await bridge.client.get(UNMODELLED)
    error = caught.value
    assert isinstance(error, NotSent)
    assert isinstance(error, KalshiError)
    assert (error.sent, error.operation) == (False, "GET " + UNMODELLED)
    assert error.request.url.path == BASE_PATH + UNMODELLED


async def test_a_view_brings_its_options_to_its_transport(bridge: Bridge, clock: VirtualClock) -> None:
    bridge.play(silence)
    hurried = bridge.session.with_options(deadline_s=0.5)
    started_s = clock.monotonic()
    async with httpx.AsyncClient(
        transport=hurried.transport, base_url=hurried.environment.rest_url
    ) as client:
        with pytest.raises(httpx.TransportError) as caught:
            await client.get(UNMODELLED)
    assert isinstance(caught.value, DeadlineExceeded)
    assert clock.monotonic() - started_s == 0.5


async def test_the_items_of_a_batch_are_counted(stage: Stage) -> None:
    async with stage.client_of(stage.session) as client:
        body = {"orders": [new_order() for _ in range(7)]}
        response = await client.post("/portfolio/events/orders/batched", json=body)
        assert response.status_code == 201
        assert stage.session.rate_limits.write.tokens() == WRITE_CAPACITY - 70
        ids = [{"order_id": row["order_id"]} for row in response.json()["orders"]]
        request = client.build_request("DELETE", "/portfolio/events/orders/batched", json={"orders": ids})
        assert (await client.send(request)).status_code == 200
        assert stage.session.rate_limits.write.tokens() == WRITE_CAPACITY - 70 - 14
        with pytest.raises(InvalidRequest, match="list of orders"):
            await client.post("/portfolio/events/orders/batched", content=b"{")


async def test_a_batch_that_names_a_subaccount_for_some_orders_places_the_others_in_the_primary_one(
    stage: Stage,
) -> None:
    orders = [new_order(), {**new_order(), "subaccount": 1}]
    async with stage.client_of(stage.session) as client:
        response = await client.post("/portfolio/events/orders/batched", json={"orders": orders})
    assert response.status_code == 201
    first, second = response.json()["orders"]
    assert first["order_id"]
    assert second["error"]["code"]


async def test_an_order_that_is_no_json_is_refused_by_the_exchange(stage: Stage) -> None:
    async with stage.client_of(stage.session) as client:
        response = await client.post("/portfolio/events/orders", content=b"{")
    assert response.status_code == 400


async def test_the_bucket_is_that_of_the_exchange_for_paths_known_here(stage: Stage) -> None:
    order = await stage.rest()
    before = stage.session.rate_limits.write.tokens()
    async with stage.client_of(stage.session) as client:
        await client.delete(f"/portfolio/events/orders/{order.order_id}")
    assert stage.session.rate_limits.write.tokens() == before - 2
    assert stage.sandbox.budget.tokens(stage.account, "write") == before - 2


async def test_a_compressed_body_comes_back_right(bridge: Bridge) -> None:
    body = json.dumps({"series": {"ticker": "KXHIGHNY"}}).encode()
    stream = httpx.ByteStream(gzip.compress(body))
    bridge.play(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=stream))
    response = await bridge.client.get(UNMODELLED)
    assert response.content == body
    assert response.json()["series"]["ticker"] == "KXHIGHNY"


async def test_a_retired_path_and_an_unknown_one_come_back_as_responses(stage: Stage) -> None:
    async with stage.client_of(stage.session) as client:
        gone = await client.post("/portfolio/orders", json={})
        missing = await client.get("/no/such/path")
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "deprecated_v1_order_endpoint")
    assert missing.status_code == 404


async def test_a_post_without_a_body_sends_an_empty_object(stage: Stage) -> None:
    # The exchange refuses POST and PUT without one.
    async with stage.client_of(stage.session) as client:
        response = await client.post("/portfolio/subaccounts")
    assert response.json() == {"subaccount_number": 1}


async def test_a_streamed_upload_is_read_before_it_is_sent(stage: Stage) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for part in (b'{"orders":[', json.dumps(new_order()).encode(), b"]}"):
            yield part

    async with stage.client_of(stage.session) as client:
        response = await client.post("/portfolio/events/orders/batched", content=chunks())
    assert response.status_code == 201
    assert stage.session.rate_limits.write.tokens() == 890


async def test_a_path_is_signed_as_it_is_sent(stage: Stage) -> None:
    # Percent-encoding is part of what is signed; a decoded path would be a wrong signature.
    async with stage.client_of(stage.session) as client:
        response = await client.get("/portfolio/orders/some%2Fid%20with%C3%A9")
    assert response.status_code == 404
    assert stage.requests("GET", "/portfolio/orders/")[0].path.endswith("/some%2Fid%20with%C3%A9")
