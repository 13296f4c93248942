"""orders.wait: until an order reads as wanted, through lag, and never longer than told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

import httpx
import pytest

from kalshi_async import (
    CreatedOrder,
    DeadlineExceeded,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotReached,
    Order,
    OrderStatus,
)
from kalshi_async.sandbox.faults import Stall
from tests.stages.scene import Scene, new_order, path, refusal
from tests.stages.served import TICKER, D

Word = Literal["executed", "canceled", "resting", "done"]


def later(after_s: float, act: Callable[[], object]) -> None:
    asyncio.get_running_loop().call_later(after_s, act)


def fill(scene: Scene, count: int = 1) -> None:
    """Somebody sells to alice's bid."""
    scene.sandbox.market(TICKER).trade("ask", "0.10", count)


def looks(scene: Scene) -> int:
    return sum(request.url.path.startswith(path("/portfolio/orders/")) for request in scene.reads)


@pytest.mark.parametrize("until", ["executed", "done"])
async def test_it_returns_the_order_once_it_is_executed(scene: Scene, lag_ms: int, until: Word) -> None:
    order = await scene.session.orders.create(new_order())
    later(5, lambda: fill(scene))
    began_s = scene.clock.monotonic()
    done = await scene.session.orders.wait(order, until)
    assert (done.status, done.fill_count) == (OrderStatus.EXECUTED, D(1))
    assert 5 <= scene.clock.monotonic() - began_s <= 5 + lag_ms / 1000 + 1.1


async def test_it_returns_the_order_once_it_is_canceled(scene: Scene, lag_ms: int) -> None:
    order = await scene.session.orders.create(new_order())
    waiting = asyncio.create_task(scene.session.orders.wait(order.order_id, "canceled"))
    await asyncio.sleep(1)
    await scene.session.orders.cancel(order)
    assert (await waiting).remaining_count == 0


async def test_an_order_that_is_too_new_to_be_shown_is_waited_for(scene: Scene) -> None:
    scene.sandbox.faults.lag_reads(3_000)
    order = await scene.session.orders.create(new_order())
    scene.play()
    resting = await scene.session.orders.wait(order, "resting", timeout_s=10)
    assert resting.order_id == order.order_id
    assert 3 <= scene.clock.monotonic() <= 4.5


@pytest.mark.parametrize("lag_s", [0, 5])
async def test_an_order_that_is_not_there_is_not_found_once_reads_should_show_it(
    scene: Scene, lag_s: int
) -> None:
    scene.sandbox.faults.lag_reads(lag_s * 1000)
    with pytest.raises(NotFound, match="reads include the time it was placed"):
        await scene.session.orders.wait("no-such-order", "resting", timeout_s=30)
    assert lag_s + 2 <= scene.clock.monotonic() <= lag_s + 4


async def test_a_function_of_the_order_may_say_what_is_wanted(scene: Scene, lag_ms: int) -> None:
    order = await scene.session.orders.create(new_order(count=5))
    later(2, lambda: fill(scene, 2))
    half = await scene.session.orders.wait(order, lambda seen: seen.fill_count >= 2)
    assert (half.status, half.fill_count) == (OrderStatus.RESTING, D(2))


async def test_what_does_not_come_ends_in_time_and_shows_the_last_that_was_seen(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(count=5))
    later(1, lambda: fill(scene, 2))
    with pytest.raises(DeadlineExceeded, match=r"still resting after 7\.5 s, not executed") as caught:
        await scene.session.orders.wait(order, "executed", timeout_s=7.5)
    assert isinstance(caught.value, NotReached)
    assert caught.value.order is not None
    assert caught.value.order.fill_count == D(2)
    assert 7.3 <= scene.clock.monotonic() <= 7.5


async def test_an_order_that_was_never_shown_is_none(scene: Scene) -> None:
    scene.sandbox.faults.lag_reads(60_000)
    order = await scene.session.orders.create(new_order())
    with pytest.raises(NotReached, match="still not shown after 2 s") as caught:
        await scene.session.orders.wait(order, timeout_s=2)
    assert caught.value.order is None


@pytest.mark.parametrize("until", ["executed", "resting", lambda order: order.fill_count == 7])
async def test_what_an_ended_order_is_not_it_will_never_be(
    scene: Scene, until: Word | Callable[[Order], bool]
) -> None:
    # Waiting on would only lose time.
    order = await scene.session.orders.create(new_order())
    await scene.session.orders.cancel(order)
    with pytest.raises(NotReached, match="is canceled and will never be") as caught:
        await scene.session.orders.wait(order, until)
    assert caught.value.order is not None
    assert scene.clock.monotonic() < 1


async def test_it_looks_less_and_less_often(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order())
    scene.play()
    with pytest.raises(NotReached):
        await scene.session.orders.wait(order, timeout_s=60)
    assert 60 <= looks(scene) <= 65
    assert looks(scene) == len(scene.reads), "an order that is shown needs no other read"


async def test_a_look_that_is_not_answered_does_not_outlast_the_wait(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order())
    scene.sandbox.faults.every("get_order", Stall())
    with pytest.raises(NotReached) as caught:
        await scene.session.orders.wait(order, timeout_s=3)
    assert scene.clock.monotonic() <= 3
    assert isinstance(caught.value.__cause__, DeadlineExceeded)


async def test_a_slow_look_is_followed_by_another(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order())
    scene.sandbox.faults.on("get_order", Stall())
    session = scene.session.with_options(deadline_s=0.5)
    assert (await session.orders.wait(order, "resting", timeout_s=3)).order_id == order.order_id


async def test_an_exchange_that_refuses_ends_it_with_its_error(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order())
    scene.play(refusal(403, "permission_denied"))
    with pytest.raises(Forbidden):
        await scene.session.orders.wait(order)


async def test_a_canceled_wait_leaves_nothing_behind(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order())
    waiting = asyncio.create_task(scene.session.orders.wait(order))
    await asyncio.sleep(3)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    scene.play(httpx.Response(500))
    await asyncio.sleep(5)
    assert scene.reads == []


async def test_what_cannot_be_waited_for_is_refused_before_anything_is_sent(scene: Scene) -> None:
    scene.play()
    wait = scene.session.orders.wait
    with pytest.raises(InvalidRequest, match="until must be one of executed, canceled, resting, done or a"):
        await wait("o", "filled")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(InvalidRequest, match="until must be"):
        await wait("o", ["done"])  # type: ignore[arg-type]  # on purpose
    with pytest.raises(
        InvalidRequest, match="order_id must be visible ASCII characters without blanks, was ''"
    ):
        await wait("")
    with pytest.raises(InvalidRequest, match="timeout_s must be above 0"):
        await wait("o", timeout_s=0)
    assert scene.reads == []


async def test_the_result_of_a_create_says_from_when_on_it_must_be_shown(scene: Scene) -> None:
    # An order of an hour ago that is not found is not waited for: reads are valid beyond it.
    order = await scene.session.orders.create(new_order())
    await scene.clock.sleep(3_600)
    gone = CreatedOrder(
        order_id="gone",
        client_order_id="c",
        ticker=TICKER,
        book_side=order.book_side,
        yes_price=order.yes_price,
        count=order.count,
        fill_count=order.fill_count,
        remaining_count=order.remaining_count,
        ts_ms=order.ts_ms,
    )
    began_s = scene.clock.monotonic()
    with pytest.raises(NotFound):
        await scene.session.orders.wait(gone)
    assert scene.clock.monotonic() - began_s <= 0.2
