"""A row that is about something else settles nothing. The exchange sent such rows in May 2026."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest

from kalshi_async import NotFound, OutcomeUnknown, Session, UnexpectedReply
from tests.stages.replies import order as order_row
from tests.stages.scene import RESET, Scene, new_order, refusal
from tests.stages.served import TICKER

CANCELED = order_row(order_id="another", status="canceled", remaining_count_fp="0.00")
GONE = refusal(404, "not_found")


async def wrong_row(scene: Scene, request: httpx.Request) -> httpx.Response:
    """Answer reads of one order with another one, and everything else truly."""
    if request.method == "GET" and "/portfolio/orders/" in request.url.path:
        return httpx.Response(200, json={"order": CANCELED})
    return await scene.inner.handle_async_request(request)


CALLS: dict[str, Callable[[Session, str], Awaitable[object]]] = {
    "cancel": lambda session, order_id: session.orders.cancel(order_id, ticker=TICKER),
    "decrease": lambda session, order_id: session.orders.decrease(order_id, reduce_to=1, ticker=TICKER),
    "amend": lambda session, order_id: session.orders.amend(
        order_id, ticker=TICKER, side="bid", price="0.41", count=5
    ),
}


@pytest.mark.parametrize("call", CALLS)
async def test_a_change_is_not_settled_by_another_order(scene: Scene, call: str) -> None:
    order_id = await scene.rest()
    scene.play(RESET, GONE, *[lambda request: wrong_row(scene, request)] * 100)
    with pytest.raises(OutcomeUnknown):
        await CALLS[call](scene.session, order_id)
    assert scene.account.resting[order_id].remaining_e2 == 1_000


async def test_a_batch_of_cancels_is_not_settled_by_another_order(scene: Scene) -> None:
    order_id = await scene.rest()

    async def lost(request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            raise RESET
        return await wrong_row(scene, request)

    scene.play(ever=lambda: lost)
    result = await scene.session.orders.cancel_batch([order_id])
    assert len(result.unknown) == 1


NO_ORDER = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("call", CALLS)
async def test_a_change_of_an_order_that_does_not_exist_is_refused_once_reads_prove_it(
    scene: Scene, call: str, lag_ms: int
) -> None:
    """A typo, or an order of another account: no late copy of the request can find it either."""
    scene.play(RESET)
    with pytest.raises(NotFound, match="reads know no such order"):
        await CALLS[call](scene.session, NO_ORDER)
    assert 2 + lag_ms / 1_000 <= scene.clock.monotonic() < 5


@pytest.mark.parametrize("others", [1, 8])
async def test_a_leg_whose_order_does_not_exist_is_refused_and_hides_no_other(
    scene: Scene, others: int, lag_ms: int
) -> None:
    orders = [await scene.rest() for _ in range(others)]
    await scene.clock.sleep(5)
    scene.play(scene.landed())
    result = await scene.session.orders.cancel_batch([*orders, NO_ORDER])
    assert [leg.error is None for leg in result] == [*[True] * others, False]
    assert isinstance(list(result)[-1].error, NotFound)


@pytest.mark.parametrize("call", CALLS)
async def test_a_gateway_that_knows_no_path_of_reads_proves_nothing(scene: Scene, call: str) -> None:
    order_id = await scene.rest()
    gateway = httpx.Response(404, text="<html>")

    async def gone(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and "/portfolio/orders/" in request.url.path:
            return gateway
        return await scene.inner.handle_async_request(request)

    scene.play(RESET, GONE, *[gone] * 100)
    with pytest.raises(OutcomeUnknown):
        await CALLS[call](scene.session, order_id)


async def test_reading_an_order_never_returns_another_one(scene: Scene) -> None:
    order_id = await scene.rest()
    scene.play(ever=lambda: lambda request: wrong_row(scene, request))
    wanted = f"order {order_id} was asked for, the reply is about another"
    with pytest.raises(UnexpectedReply, match=wanted) as caught:
        await scene.session.orders.get(order_id)
    assert msgspec.json.decode(caught.value.body) == {"order": CANCELED}
    assert caught.value.operation == "get_order"


async def test_an_order_that_was_answered_under_another_key_is_looked_up(scene: Scene) -> None:
    order = new_order()
    answer = {"order_id": "x", "client_order_id": "other", "fill_count": "0.00", "remaining_count": "1.00"}
    scene.play(scene.landed(httpx.Response(201, json={**answer, "ts_ms": 1})))
    placed = await scene.session.orders.create(order)
    assert placed.client_order_id == order.client_order_id
    assert set(scene.account.orders) == {placed.order_id}


async def test_waiting_for_an_order_looks_again_when_another_one_is_shown(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order())
    scene.play(lambda request: wrong_row(scene, request))
    assert (await scene.session.orders.wait(order, "resting")).order_id == order.order_id


async def test_a_group_that_the_list_does_not_show_has_no_limit_that_was_set(scene: Scene) -> None:
    group = (await scene.session.order_groups.create(contracts_limit=5)).order_group_id

    async def other_list(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith("/order_groups"):
            row = {"id": "another", "is_auto_cancel_enabled": True, "contracts_limit_fp": "7.00"}
            return httpx.Response(200, json={"order_groups": [row]})
        return await scene.inner.handle_async_request(request)

    scene.play(RESET, refusal(403, "permission_denied"), *[other_list] * 100)
    with pytest.raises(OutcomeUnknown):
        await scene.session.order_groups.update_limit(group, contracts_limit=7)


@pytest.mark.parametrize("operation", ["trigger", "delete"])
async def test_a_group_that_is_gone_refuses_a_change_even_if_no_answer_ever_came(
    scene: Scene, operation: str
) -> None:
    # Nothing answers but reads: whatever was sent, the group is gone.
    group = (await scene.session.order_groups.create(contracts_limit=5)).order_group_id
    await scene.session.order_groups.delete(group)
    await scene.clock.sleep(5)
    scene.play(RESET, GONE)
    if operation == "delete":
        await scene.session.order_groups.delete(group)
        return
    with pytest.raises(NotFound):
        await scene.session.order_groups.trigger(group)
