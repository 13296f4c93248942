"""session.transport, when the reply to a write is lost.

A body without a key is sent once: a second delivery would be a second order. A keyed body is
sent again, and a refusal of that resend says nothing about the first attempt.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from kalshi_async import OutcomeUnknown, RateLimits
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conftest import START_MS
from tests.stages.scene import RESET, Scene, new_order
from tests.stages.served import TICKER, session_of

CREATE = "/portfolio/events/orders"
KEY = "8f14e45f-ceea-467f-a3b7-5d1c2b9a0e11"


@pytest.fixture
async def client(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    transport = scene.session.transport
    async with httpx.AsyncClient(transport=transport, base_url=scene.sandbox.rest_url) as client:
        yield client


def order_body(**fields: str) -> dict[str, str]:
    return {
        "ticker": TICKER,
        "side": "bid",
        "count": "1.00",
        "price": "0.1000",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        **fields,
    }


@pytest.mark.parametrize(
    ("tail", "body"),
    [
        (CREATE, order_body()),
        (CREATE, order_body(client_order_id="")),
        (CREATE + "/batched", {"orders": [order_body(client_order_id="a"), order_body()]}),
        ("/portfolio/intra_exchange_instance_transfer", {"amount": "1.00"}),
        ("/portfolio/subaccounts/transfer", {"from_subaccount": 0, "to_subaccount": 1, "amount_cents": 1}),
    ],
    ids=["create", "empty key", "one of a batch", "between shards", "between subaccounts"],
)
async def test_a_body_without_a_key_is_sent_once(
    scene: Scene, client: httpx.AsyncClient, tail: str, body: dict[str, Any]
) -> None:
    """The exchange would take a second delivery of it for a second order."""
    scene.play(scene.landed())
    with pytest.raises(httpx.TransportError) as caught:
        await client.post(tail, json=body)
    assert isinstance(caught.value, OutcomeUnknown)
    assert len(scene.writes) == 1


async def test_a_decrease_by_so_much_is_sent_once(scene: Scene, client: httpx.AsyncClient) -> None:
    order_id = await scene.rest(count=10)
    scene.play(scene.landed())
    with pytest.raises(httpx.TransportError) as caught:
        await client.post(f"{CREATE}/{order_id}/decrease", json={"reduce_by": "3.00"})
    assert isinstance(caught.value, OutcomeUnknown)
    assert len(scene.writes) == 1
    assert scene.account.orders[order_id].remaining_e2 == 700


async def test_a_decrease_to_what_shall_be_left_is_repeated(scene: Scene, client: httpx.AsyncClient) -> None:
    order_id = await scene.rest(count=10)
    scene.play(RESET)
    await client.post(f"{CREATE}/{order_id}/decrease", json={"reduce_to": "7.00"})
    scene.assert_resent(2)
    assert scene.account.orders[order_id].remaining_e2 == 700


async def test_a_duplicate_after_a_lost_reply_is_a_doubt_and_no_answer(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    """The order lives: a 409 handed out as the answer would say that it does not."""
    scene.play(scene.landed())
    with pytest.raises(httpx.TransportError) as caught:
        await client.post(CREATE, json=order_body(client_order_id="mine"))
    assert isinstance(caught.value, OutcomeUnknown)
    assert len(scene.writes) == 2
    assert [order.client_order_id for order in scene.account.orders.values()] == ["mine"]


async def test_a_batch_whose_items_are_duplicates_after_a_lost_reply_is_a_doubt_too(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    """Its status is 201, but what its items say is what their first delivery did."""
    batch = {"orders": [order_body(client_order_id="a"), order_body(client_order_id="b")]}
    scene.play(scene.landed())
    with pytest.raises(httpx.TransportError) as caught:
        await client.post(CREATE + "/batched", json=batch)
    assert isinstance(caught.value, OutcomeUnknown)
    scene.assert_resent(2)
    assert len(scene.account.orders) == 2


async def test_a_duplicate_without_a_doubt_is_the_answer(scene: Scene, client: httpx.AsyncClient) -> None:
    assert (await client.post(CREATE, json=order_body(client_order_id="mine"))).status_code == 201
    assert (await client.post(CREATE, json=order_body(client_order_id="mine"))).status_code == 409


@pytest.mark.parametrize(
    ("tail", "body"),
    [
        (CREATE, order_body(client_order_id="mine")),
        (CREATE + "/batched", {"orders": [order_body(client_order_id="a"), order_body(client_order_id="b")]}),
        (
            "/portfolio/subaccounts/transfer",
            {"client_transfer_id": KEY, "from_subaccount": 0, "to_subaccount": 1, "amount_cents": 1},
        ),
        (
            "/portfolio/intra_exchange_instance_transfer",
            {
                "client_transfer_id": KEY,
                "source": "event_contract",
                "destination": "event_contract",
                "amount": 10_000,
                "source_exchange_shard": 0,
                "destination_exchange_shard": 1,
            },
        ),
    ],
    ids=["create", "batch", "between subaccounts", "between shards"],
)
async def test_a_keyed_body_that_never_arrived_is_sent_again(
    scene: Scene, client: httpx.AsyncClient, tail: str, body: dict[str, Any]
) -> None:
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    scene.play(RESET)
    assert (await client.post(tail, json=body)).is_success
    scene.assert_resent(2)


class WrongClock(VirtualClock):
    """A machine whose clock is a minute ahead."""

    def now_ms(self) -> int:
        return super().now_ms() + 60_000


async def test_an_expired_timestamp_is_corrected_here_too(scene: Scene) -> None:
    clock = WrongClock(START_MS)
    limits = RateLimits(clock.monotonic)
    session = await scene.exits.enter_async_context(
        session_of(scene.sandbox, scene.alice, clock, rate_limits=limits, base_transport=scene.network)
    )
    scene.play()
    async with httpx.AsyncClient(transport=session.transport, base_url=scene.sandbox.rest_url) as client:
        assert (await client.get("/portfolio/balance")).status_code == 200
        assert len(scene.reads) == 2
        assert (await client.post(CREATE, json=order_body())).status_code == 201
        assert len(scene.writes) == 1


BATCHED = "/portfolio/events/orders/batched"


@pytest.mark.parametrize("body", ["<html>", "{}", '{"orders": 5}', '{"orders": [{"order_id": "1"}]}'])
async def test_a_reply_that_names_no_refused_item_comes_back_as_it_is(
    scene: Scene, client: httpx.AsyncClient, body: str
) -> None:
    scene.play(RESET, httpx.Response(201, text=body))
    content = msgspec.json.encode({"orders": [new_order()]})
    response = await client.post(BATCHED, content=content)
    assert (response.status_code, response.text) == (201, body)
    scene.assert_resent(2)
