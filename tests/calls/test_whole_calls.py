"""A call that is several requests keeps one deadline over all of them.

Time is virtual: "in time" is exact.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

from kalshi_async import CreateOrder, DeadlineExceeded, OutcomeUnknown, SessionView
from tests.stages.scene import RESET, Scene, new_order, refusal
from tests.stages.scripted import Line, silence
from tests.stages.served import ONE_PIECE, TICKER

Change = Callable[[SessionView, str], Awaitable[None]]


def slow(scene: Scene, seconds: float) -> Line:
    """The exchange answers as ever, and the answer takes its time."""

    async def answer(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        await response.aread()
        await scene.clock.sleep(seconds)
        return response

    return answer


async def rest_on_another_shard(scene: Scene) -> str:
    exchange = scene.sandbox.exchange
    exchange.markets.add("KXFAR-26NOV23-T1", exchange_index=2)
    exchange.accounts.deposit(scene.account, new_order().count * 1_000, exchange_index=2)
    order = await scene.session.orders.create(CreateOrder("KXFAR-26NOV23-T1", "bid", 10, "0.10"))
    return order.order_id


async def cancel(view: SessionView, order_id: str) -> None:
    await view.orders.cancel(order_id)


async def decrease(view: SessionView, order_id: str) -> None:
    await view.orders.decrease(order_id, reduce_to=3)


@pytest.mark.parametrize("change", [cancel, decrease])
@pytest.mark.parametrize(("deadline_s", "first_s"), [(None, 3.0), (0.5, 0.3)])
async def test_looking_an_id_up_has_what_the_first_request_left(
    scene: Scene, change: Change, deadline_s: float | None, first_s: float
) -> None:
    order_id = await rest_on_another_shard(scene)
    scene.play(slow(scene, first_s), silence)
    view = scene.session.with_options(deadline_s=deadline_s)
    with pytest.raises(DeadlineExceeded) as caught:
        await change(view, order_id)
    assert scene.clock.monotonic() == pytest.approx(deadline_s or 5.0)
    assert caught.value.operation == "get_order", "the change itself was refused for certain: not found"
    assert len(scene.writes) == 1


async def test_a_cancel_in_its_right_scope_has_what_is_left_then(scene: Scene) -> None:
    order_id = await rest_on_another_shard(scene)
    scene.play(slow(scene, 2.0), slow(scene, 1.0), silence)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.cancel(order_id)
    assert scene.clock.monotonic() == pytest.approx(5.0)
    assert caught.value.operation == "cancel_order"
    assert len(scene.writes) == 2


async def test_a_cancel_that_is_looked_up_in_time_is_done(scene: Scene) -> None:
    order_id = await rest_on_another_shard(scene)
    scene.play(slow(scene, 2.0), slow(scene, 2.0), RESET)
    assert (await scene.session.orders.cancel(order_id)).order_id == order_id
    assert scene.clock.monotonic() < 5.0


async def test_legs_whose_turn_did_not_come_have_failed_unsent(scene: Scene) -> None:
    # The second piece needs 1.8 s of refill: not within the deadline that the caller set.
    orders = [new_order() for _ in range(2 * ONE_PIECE + 12)]
    scene.play()
    result = await scene.session.with_options(deadline_s=1.0).orders.create_batch(orders)
    assert scene.clock.monotonic() == pytest.approx(1.0)
    assert [leg.request for leg in result] == orders
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (ONE_PIECE, ONE_PIECE + 12, 0)
    assert {(type(leg.error), leg.error and leg.error.sent) for leg in result.failed} == {
        (DeadlineExceeded, False)
    }
    assert len(scene.account.orders) == ONE_PIECE
    assert len(scene.writes) == 1


async def test_without_a_deadline_of_its_own_a_batch_waits_for_its_tokens(scene: Scene) -> None:
    # 30 s of refill: the default bounds each request, or the end of a long batch would never be sent.
    orders = [new_order() for _ in range(20 * ONE_PIECE)]
    result = await scene.session.orders.create_batch(orders)
    assert len(result.ok) == 20 * ONE_PIECE
    assert scene.clock.monotonic() > 5.0


async def test_a_piece_that_uses_the_time_up_leaves_none_for_the_next(scene: Scene) -> None:
    scene.play(silence)
    orders = [new_order() for _ in range(ONE_PIECE + 1)]
    result = await scene.session.with_options(deadline_s=0.5).orders.create_batch(orders)
    assert scene.clock.monotonic() == pytest.approx(0.5)
    assert (len(result.unknown), len(result.failed)) == (ONE_PIECE, 1)
    (late,) = result.failed
    assert isinstance(late.error, DeadlineExceeded)
    assert (late.error.sent, late.error.operation) == (False, "batch_create_orders")
    assert len(scene.writes) == 1


async def test_a_batch_of_cancels_is_one_call_too(scene: Scene) -> None:
    order_ids = [f"order-{number}" for number in range(451)]  # 450 cancels fit the bucket
    scene.play(silence)
    result = await scene.session.with_options(deadline_s=0.5).orders.cancel_batch(order_ids)
    assert scene.clock.monotonic() == pytest.approx(0.5)
    # The last one does not wait for the others: it goes as soon as its own tokens have come.
    assert (len(result.unknown), len(result.failed)) == (450, 1)
    assert len(scene.writes) == 2


@pytest.mark.parametrize(("deadline_s", "ends_s"), [(None, 10.0), (2.0, 2.0)])
async def test_finding_an_order_is_one_read_however_many_pages_it_takes(
    scene: Scene, deadline_s: float | None, ends_s: float
) -> None:
    scene.play(*[_page(scene)] * 9)
    with pytest.raises(DeadlineExceeded):
        await scene.session.with_options(deadline_s=deadline_s).orders.find("nobody's", ticker=TICKER)
    assert scene.clock.monotonic() == pytest.approx(ends_s)


@pytest.mark.parametrize(("deadline_s", "ends_s"), [(None, 10.0), (2.0, 2.0)])
async def test_resolving_without_a_time_limit_is_one_read(
    scene: Scene, deadline_s: float | None, ends_s: float
) -> None:
    scene.play(silence)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.with_options(deadline_s=0.5).orders.create(new_order())
    began_s = scene.clock.monotonic()
    scene.play(None, *[_page(scene)] * 9)
    with pytest.raises(DeadlineExceeded):
        await scene.session.with_options(deadline_s=deadline_s).orders.resolve(caught.value)
    assert scene.clock.monotonic() - began_s == pytest.approx(ends_s)


async def test_each_page_of_a_list_is_a_call_of_its_own(scene: Scene) -> None:
    # Whoever iterates may take hours between two pages.
    scene.play(_page(scene), _page(scene), _page(scene), _page(scene, last=True))
    assert await scene.session.orders.list().collect() == []
    assert scene.clock.monotonic() == pytest.approx(12.0)


async def test_a_change_that_is_settled_by_reading_keeps_its_deadline(scene: Scene) -> None:
    order_id = await scene.rest()
    scene.sandbox.faults.lag_reads(60_000)
    scene.play(scene.landed(), refusal(404, "not_found"), *[slow(scene, 0.2)] * 99)
    with pytest.raises(OutcomeUnknown):
        await scene.session.with_options(deadline_s=1.5).orders.cancel(order_id, ticker=TICKER)
    assert scene.clock.monotonic() == pytest.approx(1.5)


def _page(scene: Scene, *, last: bool = False) -> Line:
    """An empty page with another after it, three seconds late."""

    async def answer(request: httpx.Request) -> httpx.Response:
        await scene.clock.sleep(3.0)
        cursor = "" if last else f"c{len(scene.network.requests)}"
        return httpx.Response(200, json={"orders": [], "cursor": cursor})

    return answer
