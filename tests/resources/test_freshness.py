"""Read-your-writes: wait until reads show what was written."""

from __future__ import annotations

import httpx
import pytest

from kalshi_async import DeadlineExceeded, KalshiError
from tests.stages.scene import Scene, new_order
from tests.stages.scripted import silence


async def test_what_was_written_can_be_read_afterwards(scene: Scene) -> None:
    scene.sandbox.faults.lag_reads(700)
    order = await scene.session.orders.create(new_order())
    assert await scene.session.orders.list().collect() == [], "reads lag"
    began_s = scene.clock.monotonic()
    await scene.session.settled(after_ms=order.ts_ms)
    assert 0.7 <= scene.clock.monotonic() - began_s <= 0.9
    assert [row.order_id for row in await scene.session.orders.list().collect()] == [order.order_id]


async def test_it_waits_about_as_long_as_reads_are_behind(scene: Scene) -> None:
    # Each look costs tokens that backfills want as well.
    scene.sandbox.faults.lag_reads(5_000)
    order = await scene.session.orders.create(new_order())
    scene.play()
    await scene.session.settled(after_ms=order.ts_ms)
    assert len(scene.reads) <= 8


async def test_without_a_lag_it_returns_almost_at_once(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order())
    began_s = scene.clock.monotonic()
    await scene.session.settled(after_ms=order.ts_ms)
    assert scene.clock.monotonic() - began_s <= 0.1


async def test_reads_that_do_not_catch_up_end_in_time(scene: Scene) -> None:
    scene.sandbox.faults.lag_reads(60_000)
    order = await scene.session.orders.create(new_order())
    with pytest.raises(DeadlineExceeded, match="short of the change") as caught:
        await scene.session.settled(after_ms=order.ts_ms, timeout_s=3)
    assert scene.clock.monotonic() <= 3
    assert caught.value.sent is not None


async def test_an_exchange_that_does_not_answer_ends_it_with_its_error(scene: Scene) -> None:
    scene.play(*[httpx.Response(403)] * 9)
    with pytest.raises(KalshiError):
        await scene.session.settled(after_ms=scene.clock.now_ms())


async def test_settled_keeps_its_time_limit_though_a_read_stalls(scene: Scene) -> None:
    scene.play(silence)
    started_s = scene.clock.monotonic()
    with pytest.raises(DeadlineExceeded):
        await scene.session.settled(after_ms=scene.clock.now_ms(), timeout_s=0.5)
    assert scene.clock.monotonic() - started_s <= 0.501
