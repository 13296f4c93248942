"""What a review found in the settling of doubts, kept found.

An item's error proves something only by its code, a read only by its age, a status
only if it is known, and a reply only if it is about our order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from kalshi_async import ExchangePaused, InvalidRequest, OutcomeUnknown, RateLimited, RiskGateClosed, Session
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.signer import KeySigner
from tests.stages.scene import RESET, Scene, new_order, opened, refusal
from tests.stages.scripted import Line
from tests.stages.served import D

DOUBTFUL = ["service_unavailable", "internal_error", "a_new_word", None]
"""Codes of an item that do not say whether it was executed."""


@pytest.fixture
async def scene(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock) as scene:
        yield scene


def refused_items(scene: Scene, codes: Sequence[str | None], *, applied: bool) -> Line:
    """A batch that is executed or not, and whose every item reads as an error."""

    async def answer(request: httpx.Request) -> httpx.Response:
        if applied:
            await (await scene.inner.handle_async_request(request)).aread()
        keys = [f"key-{place}" for place in range(len(codes))]
        entries = [
            {"client_order_id": key, "error": {"code": code, "message": "?"}}
            for key, code in zip(keys, codes, strict=True)
        ]
        return httpx.Response(200, json={"orders": entries})

    return answer


async def test_items_whose_code_proves_nothing_are_found_where_they_live(scene: Scene) -> None:
    orders = [new_order(client_order_id=f"key-{place}") for place in range(len(DOUBTFUL))]
    scene.play(refused_items(scene, DOUBTFUL, applied=True))
    result = await scene.session.orders.create_batch(orders)
    assert [order.client_order_id for order in result.ok] == [order.client_order_id for order in orders]
    assert {order.order_id for order in result.ok} == set(scene.account.orders)
    assert len(scene.writes) == 1


async def test_items_whose_code_proves_nothing_are_unknown_when_reading_tells_nothing(scene: Scene) -> None:
    """Not seen is not absent: a delayed copy may still be accepted when the deadline ends."""
    orders = [new_order(client_order_id=f"key-{place}") for place in range(len(DOUBTFUL))]
    scene.play(refused_items(scene, DOUBTFUL, applied=False))
    result = await scene.session.with_options(deadline_s=2).orders.create_batch(orders)
    assert (result.ok, result.failed) == ([], [])
    keys = [leg.error.client_order_id for leg in result.unknown if isinstance(leg.error, OutcomeUnknown)]
    assert keys == [order.client_order_id for order in orders]


async def test_an_item_without_tokens_is_rate_limited_and_certainly_not_executed(scene: Scene) -> None:
    scene.play(refused_items(scene, ["too_many_requests"], applied=False))
    result = await scene.session.orders.create_batch([new_order(client_order_id="key-0")])
    (leg,) = result.failed
    assert isinstance(leg.error, RateLimited)
    assert not scene.reads, "there is nothing to look for"


@pytest.mark.parametrize("lag_ms", [0, 800, 3_000])
async def test_an_amend_back_that_was_lost_never_reads_as_done_from_an_old_copy(
    scene: Scene, lag_ms: int
) -> None:
    """From 0.10 to 0.20 and back: while reads lag, the order still shows 0.10, of before."""
    order = await scene.session.orders.create(new_order(10, "0.10"))
    await scene.clock.sleep(5)
    scene.sandbox.faults.lag_reads(lag_ms)
    await scene.session.orders.amend(order, price="0.20")
    scene.play(RESET, refusal(409, "trading_is_paused"))
    with pytest.raises((OutcomeUnknown, ExchangePaused)):
        await scene.session.orders.amend(order, price="0.10")
    assert scene.account.orders[order.order_id].price_e4 == 2_000


async def test_an_amend_back_that_landed_is_seen_once_reads_are_young_enough(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(10, "0.10"))
    scene.sandbox.faults.lag_reads(800)
    await scene.session.orders.amend(order, price="0.20")
    scene.play(scene.landed(), refusal(409, "trading_is_paused"))
    assert (await scene.session.orders.amend(order, price="0.10")).remaining_count == D(10)


class SlowSigner:
    """Signs creates late, as a key that lives elsewhere does."""

    def __init__(self, inner: KeySigner) -> None:
        self.inner = inner

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        if method == "POST":
            await asyncio.sleep(0.3)
        return await self.inner.headers(method, path, now_ms)


async def test_no_create_leaves_behind_a_switch_that_closed_while_it_was_signed(scene: Scene) -> None:
    async def slow_cancel(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1.0)
        return await scene.inner.handle_async_request(request)

    async with Session(
        scene.sandbox.environment,
        SlowSigner(KeySigner(scene.alice.credentials)),
        clock=scene.clock,
        base_transport=scene.network,
    ) as session:
        scene.play(slow_cancel)
        tokens = session.rate_limits.write.tokens()
        create = asyncio.create_task(session.orders.create(new_order()))
        await scene.clock.sleep(0.01)
        async with session.dead_man(subaccount=0):
            pass
        with pytest.raises(RiskGateClosed):
            await create
    assert [request.method for request in scene.writes] == ["DELETE"]
    assert scene.account.orders == {}
    assert session.rate_limits.write.tokens() == tokens


async def test_a_status_that_is_not_known_yet_settles_no_cancel(scene: Scene) -> None:
    order_id = await scene.rest()

    async def pending(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        body = await response.aread()
        return httpx.Response(200, content=body.replace(b'"resting"', b'"pending_cancel"'))

    scene.play(RESET, refusal(404, "not_found"), *[pending] * 100)
    with pytest.raises(OutcomeUnknown):
        await scene.session.with_options(deadline_s=5).orders.cancel(order_id, ticker=new_order().ticker)
    assert scene.reads


async def test_a_switch_for_no_scope_of_the_exchange_is_refused_at_once(scene: Scene) -> None:
    """Found out only when the block is left, it would protect nothing."""
    for wrong in (99, -1, True):
        with pytest.raises(InvalidRequest, match="subaccount"):
            scene.session.dead_man(subaccount=wrong)
    with pytest.raises(InvalidRequest, match="order_group_id"):
        scene.session.dead_man(order_group_id="")


async def test_a_create_answered_with_the_key_of_another_is_in_doubt(scene: Scene) -> None:
    order = new_order()
    reply = {
        "order_id": "theirs",
        "client_order_id": "not-ours",
        "fill_count": "0.00",
        "remaining_count": "1.00",
        "ts_ms": scene.clock.now_ms(),
    }
    scene.play(httpx.Response(201, json=reply))
    with pytest.raises(OutcomeUnknown, match="not-ours") as caught:
        await scene.session.orders.create(order)
    assert caught.value.client_order_id == order.client_order_id
    assert len(scene.writes) == 1
