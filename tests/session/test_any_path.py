"""session.transport and a batch that may have been delivered: a reply is passed on or it is a doubt."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from tests.stages.scene import RESET, Scene, new_order

BATCHED = "/portfolio/events/orders/batched"


@pytest.fixture
async def client(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    transport = scene.session.transport
    async with httpx.AsyncClient(transport=transport, base_url=scene.sandbox.rest_url) as client:
        yield client


@pytest.mark.parametrize("body", ["<html>", "{}", '{"orders": 5}', '{"orders": [{"order_id": "1"}]}'])
async def test_a_reply_that_names_no_refused_item_comes_back_as_it_is(
    scene: Scene, client: httpx.AsyncClient, body: str
) -> None:
    scene.play(RESET, httpx.Response(201, text=body))
    content = msgspec.json.encode({"orders": [new_order()]})
    response = await client.post(BATCHED, content=content)
    assert (response.status_code, response.text) == (201, body)
    scene.assert_resent(2)
