"""orders.wait with a stream: the results of the polling wait, without its reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Literal

import pytest
from msgspec.structs import asdict, replace

from kalshi_async import CreateOrder, DeadlineExceeded, InvalidRequest, NotFound, NotReached, Order
from kalshi_async.resources._waiting import _is_older
from kalshi_async.sandbox.faults import HANDSHAKE, Cut, GoSilent, RefuseHandshake, Stall
from kalshi_async.streams import InProcessTransport, Phase, Stream
from tests.resources.test_waiting import fill, later, looks
from tests.stages.scene import Scene, new_order
from tests.stages.served import OTHER_TICKER, D

Word = Literal["executed", "canceled", "resting", "done"]


@asynccontextmanager
async def streaming(scene: Scene) -> AsyncIterator[Stream]:
    async with scene.session.stream(transport=InProcessTransport(scene.sandbox.app)) as stream:
        yield stream


@pytest.fixture
async def stream(scene: Scene) -> AsyncIterator[Stream]:
    async with streaming(scene) as stream:
        await stream.live()
        yield stream


def half(order: Order) -> bool:
    return order.fill_count >= 2


@pytest.mark.parametrize("until", ["executed", "done", "canceled", half])
@pytest.mark.parametrize("after_s", [0.05, 1, 30])
async def test_the_result_is_that_of_reading(
    scene: Scene, stream: Stream, lag_ms: int, until: Word | Callable[[Order], bool], after_s: float
) -> None:
    order = await scene.session.orders.create(new_order(count=4))
    orders = scene.session.orders
    waits = asyncio.gather(
        orders.wait(order, until, timeout_s=60), orders.wait(order, until, timeout_s=60, stream=stream)
    )
    if until == "canceled":
        later(after_s, lambda: scene.sandbox.exchange.orders.cancel(scene.account, order.order_id))
    else:
        later(after_s, lambda: fill(scene, 2 if until is half else 4))
    by_reading, by_stream = await waits
    told, read = asdict(by_stream), asdict(by_reading)
    later_by = read.pop("last_update_time") - told.pop("last_update_time")
    assert timedelta(0) <= later_by < timedelta(milliseconds=1), "the stream cuts it to milliseconds"
    if told["action"] is None:  # no look had shown the order
        unread = {name: read[name] for name in ("action", "cancel_order_on_pause", "created_time")}
        assert lag_ms > after_s * 1_000
        told |= unread
    assert told == read


async def test_nothing_is_read_once_the_stream_tells_everything(
    scene: Scene, stream: Stream, lag_ms: int
) -> None:
    order = await scene.session.orders.create(new_order())
    later(100, lambda: fill(scene))
    waiting = asyncio.create_task(scene.session.orders.wait(order, timeout_s=200, stream=stream))
    began_s = scene.clock.monotonic()
    await asyncio.sleep(5)
    assert 1 <= looks(scene) <= 12
    scene.play()
    done = await waiting
    assert (done.fill_count, scene.reads) == (D(1), [])
    assert scene.clock.monotonic() - began_s == pytest.approx(100, abs=0.01), "as soon as it is told"


async def test_what_happened_before_the_subscription_is_read(
    scene: Scene, stream: Stream, lag_ms: int
) -> None:
    """Also what reads do not show yet when the wait begins."""
    order = await scene.session.orders.create(new_order())
    await asyncio.sleep(5)
    fill(scene)
    began_s = scene.clock.monotonic()
    done = await scene.session.orders.wait(order, stream=stream)
    assert done.fill_count == D(1)
    assert scene.clock.monotonic() - began_s <= lag_ms / 1000 + 1.1


async def test_what_happened_in_a_gap_is_read(scene: Scene, stream: Stream, lag_ms: int) -> None:
    order = await scene.session.orders.create(new_order())
    waiting = asyncio.create_task(scene.session.orders.wait(order, timeout_s=200, stream=stream))
    await asyncio.sleep(20)
    faults = scene.sandbox.streams.faults
    faults.on("user_order", Cut())
    faults.every(HANDSHAKE, RefuseHandshake(502))
    began_s = scene.clock.monotonic()
    fill(scene)
    assert (await waiting).fill_count == D(1)
    assert scene.clock.monotonic() - began_s <= lag_ms / 1000 + 1.1
    assert stream.state.phase is not Phase.LIVE


async def test_after_a_gap_without_a_change_the_stream_is_trusted_again(
    scene: Scene, stream: Stream, lag_ms: int
) -> None:
    order = await scene.session.orders.create(new_order(count=2))
    waiting = asyncio.create_task(scene.session.orders.wait(order, timeout_s=200, stream=stream))
    await asyncio.sleep(20)
    scene.sandbox.streams.faults.on("user_order", Cut())
    fill(scene)
    await asyncio.sleep(20)
    scene.play()
    later(20, lambda: fill(scene))
    assert (await waiting).fill_count == D(2)
    assert scene.reads == []


async def test_a_stream_that_is_closed_leaves_the_wait_to_reads(scene: Scene, stream: Stream) -> None:
    order = await scene.session.orders.create(new_order())
    waiting = asyncio.create_task(scene.session.orders.wait(order, timeout_s=200, stream=stream))
    await asyncio.sleep(20)
    await stream.aclose()
    later(20, lambda: fill(scene))
    assert (await waiting).fill_count == D(1)


async def test_a_stream_that_is_not_open_is_refused(scene: Scene) -> None:
    stream = scene.session.stream()
    with pytest.raises(InvalidRequest, match="the stream is not open"):
        await scene.session.orders.wait("some-order", stream=stream)


async def test_a_stream_that_does_not_come_up_costs_nothing_but_reads(scene: Scene) -> None:
    scene.sandbox.streams.faults.every(HANDSHAKE, GoSilent())
    order = await scene.session.orders.create(new_order())
    async with streaming(scene) as stream:
        later(3, lambda: fill(scene))
        done = await scene.session.orders.wait(order, stream=stream)
    assert done.fill_count == D(1)
    assert scene.clock.monotonic() <= 4.2


@pytest.mark.parametrize("timeout_s", [2, 7.5, 60])
async def test_the_deadline_is_kept_and_the_last_that_was_told_is_shown(
    scene: Scene, stream: Stream, timeout_s: float
) -> None:
    order = await scene.session.orders.create(new_order(count=5))
    later(1, lambda: fill(scene, 2))
    began_s = scene.clock.monotonic()
    with pytest.raises(NotReached, match=f"still resting after {timeout_s} s, not executed") as caught:
        await scene.session.orders.wait(order, "executed", timeout_s=timeout_s, stream=stream)
    assert caught.value.order is not None
    assert caught.value.order.fill_count == D(2)
    assert timeout_s - 0.2 <= scene.clock.monotonic() - began_s <= timeout_s


async def test_a_frame_that_was_lost_without_a_trace_is_found_at_the_end(
    scene: Scene, stream: Stream
) -> None:
    order = await scene.session.orders.create(new_order())
    await asyncio.sleep(1)

    async def lose() -> None:
        await asyncio.sleep(10)
        (subscription,) = scene.sandbox.streams._hub._by_channel["user_orders"]
        scene.sandbox.streams._hub._by_channel["user_orders"] = []
        fill(scene)
        scene.sandbox.streams._hub._by_channel["user_orders"] = [subscription]

    losing = asyncio.create_task(lose())
    done = await scene.session.orders.wait(order, timeout_s=30, stream=stream)
    await losing
    assert done.fill_count == D(1)
    assert 29.7 <= scene.clock.monotonic() <= 31


async def test_an_order_that_is_not_there_is_not_found(scene: Scene, stream: Stream, lag_ms: int) -> None:
    with pytest.raises(NotFound, match="reads include the time it was placed"):
        await scene.session.orders.wait("no-such-order", "resting", timeout_s=30, stream=stream)
    assert scene.clock.monotonic() <= 4.5


async def test_what_an_ended_order_is_not_it_will_never_be(scene: Scene, stream: Stream) -> None:
    order = await scene.session.orders.create(new_order())
    waiting = asyncio.create_task(scene.session.orders.wait(order, "executed", stream=stream))
    await asyncio.sleep(10)
    await scene.session.orders.cancel(order)
    began_s = scene.clock.monotonic()
    with pytest.raises(NotReached, match="is canceled and will never be executed"):
        await waiting
    assert scene.clock.monotonic() == began_s


async def test_the_stream_answers_while_reads_do_not(scene: Scene, stream: Stream) -> None:
    order = await scene.session.orders.create(new_order())
    scene.sandbox.faults.every("get_order", Stall())
    later(3, lambda: fill(scene))
    done = await scene.session.orders.wait(order, stream=stream)
    assert done.fill_count == D(1)
    assert done.action is None, "only reads tell it"
    assert scene.clock.monotonic() <= 3.1


async def test_reads_that_stall_until_the_end_are_the_cause(scene: Scene, stream: Stream) -> None:
    order = await scene.session.orders.create(new_order())
    scene.sandbox.faults.every("get_order", Stall())
    with pytest.raises(NotReached) as caught:
        await scene.session.orders.wait(order, timeout_s=3, stream=stream)
    assert scene.clock.monotonic() <= 3
    assert isinstance(caught.value.__cause__, DeadlineExceeded)


async def test_other_orders_are_passed_over(scene: Scene, stream: Stream) -> None:
    order = await scene.session.orders.create(new_order())
    waiting = asyncio.create_task(scene.session.orders.wait(order.order_id, stream=stream))
    await asyncio.sleep(5)
    for ticker in (order.ticker, OTHER_TICKER):
        another = await scene.session.orders.create(CreateOrder(ticker, "bid", 1, "0.05"))
        await scene.session.orders.cancel(another)
    await asyncio.sleep(5)
    assert not waiting.done()
    fill(scene)
    assert (await waiting).order_id == order.order_id


async def test_an_old_read_takes_nothing_back(scene: Scene, stream: Stream) -> None:
    """Reads lag: a look after a frame may show what the order was before."""
    order = await scene.session.orders.create(new_order(count=3))
    scene.sandbox.faults.lag_reads(2_000)
    later(0.05, lambda: fill(scene, 2))
    seen: list[Order] = []

    def never(shown: Order) -> bool:
        seen.append(shown)
        return False

    with pytest.raises(NotReached):
        await scene.session.orders.wait(order, never, timeout_s=10, stream=stream)
    counts = [shown.fill_count for shown in seen]
    assert counts == sorted(counts)
    assert {D(0), D(2)} >= set(counts)


async def test_rows_without_times_are_taken_as_they_come(scene: Scene) -> None:
    order = await scene.session.orders.get((await scene.session.orders.create(new_order())).order_id)
    timeless = replace(order, last_update_time=None)
    assert not _is_older(timeless, order)
    assert not _is_older(order, timeless)


async def test_an_amend_is_newer_than_what_it_amends(scene: Scene, stream: Stream) -> None:
    order = await scene.session.orders.create(new_order(count=3))
    waiting = asyncio.create_task(
        scene.session.orders.wait(order, lambda shown: shown.yes_price == D("0.11"), stream=stream)
    )
    await asyncio.sleep(10)
    await scene.session.orders.amend(order, price="0.11")
    began_s = scene.clock.monotonic()
    assert (await waiting).yes_price == D("0.11")
    assert scene.clock.monotonic() == began_s


@pytest.mark.parametrize("after_s", [0, 10])
async def test_an_error_of_the_function_is_raised(scene: Scene, stream: Stream, after_s: int) -> None:
    def broken(shown: Order) -> bool:
        if scene.clock.monotonic() >= after_s:
            raise ZeroDivisionError
        return False

    order = await scene.session.orders.create(new_order(count=3))
    later(after_s + 1, lambda: fill(scene, 1))
    with pytest.raises(ZeroDivisionError):
        await scene.session.orders.wait(order, broken, stream=stream)


async def test_a_canceled_wait_leaves_nothing_behind(scene: Scene, stream: Stream) -> None:
    order = await scene.session.orders.create(new_order())
    before = asyncio.all_tasks()
    for after_s in (0, 0.001, 0.5, 3, 20):
        waiting = asyncio.create_task(scene.session.orders.wait(order, stream=stream))
        await asyncio.sleep(after_s)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0.001)
        assert asyncio.all_tasks() == before
        assert scene.sandbox.streams._hub._by_channel["user_orders"] == []
