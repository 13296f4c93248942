"""What cancels everything else does not stop a switch at work: sweeps, scopes, the end of the loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager

import anyio
import httpx
import pytest

from kalshi_async import KeySigner, OutcomeUnknown, RateLimits, RiskGateClosed, Session
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from tests.stages.scene import RESET, Scene, new_order, opened
from tests.stages.scripted import Scripted, silence

OUTAGES_S = [1, 3, 8]


def fail_for(scene: Scene, outage_s: float) -> None:
    """From now on nothing arrives, for so long."""
    scene.play(*[RESET] * 10_000)
    asyncio.get_running_loop().call_later(outage_s, scene.network.play)


async def guarded(scene: Scene, group: str, outage_s: float = 0.0) -> None:
    """A strategy in the block of a switch, whose end meets an outage."""
    async with scene.session.dead_man(order_group_id=group):
        try:
            await asyncio.Event().wait()
        finally:
            fail_for(scene, outage_s)


@pytest.mark.parametrize("offset_s", [-0.9, 0.0, 0.9])
@pytest.mark.parametrize("lag", [0, 2_000])
@pytest.mark.parametrize("outage_s", OUTAGES_S)
async def test_an_outage_at_the_end_is_outlasted(
    scene: Scene, outage_s: float, lag: int, offset_s: float
) -> None:
    group = await scene.quote()
    scene.sandbox.faults.lag_reads(lag)
    await scene.clock.sleep(3)
    scene.session._context.pipeline.skew.offset_ms = int(offset_s * 1000)
    async with scene.session.dead_man(order_group_id=group) as switch:
        fail_for(scene, outage_s)
    assert not scene.account.resting
    assert switch.report is not None
    assert switch.report.reads_lag_until_ms is not None
    await scene.session.settled(after_ms=switch.report.reads_lag_until_ms)
    assert await scene.session.orders.list(status="resting").collect() == []


def on_a_loop_of_its_own(work: Callable[[Scene], Coroutine[object, object, None]]) -> Scene:
    """Run a program to its end and on through the end of ``asyncio.run``; return its scene."""
    kept: list[tuple[AbstractAsyncContextManager[Scene], Scene]] = []

    async def main() -> None:
        stage = opened(VirtualClock(1_795_348_800_000))
        kept.append((stage, await stage.__aenter__()))
        await work(kept[0][1])

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())
    return kept[0][1]


@pytest.mark.parametrize("outage_s", OUTAGES_S)
def test_a_sweep_of_all_tasks_again_and_again_does_not_stop_it(outage_s: float) -> None:
    async def program(scene: Scene) -> None:
        group = await scene.quote()
        task = asyncio.create_task(guarded(scene, group, outage_s))
        await scene.clock.sleep(1)
        while not task.done():
            for each in asyncio.all_tasks() - {asyncio.current_task()}:
                each.cancel()
            await scene.clock.sleep(0.01)
        assert task.cancelled()

    assert not on_a_loop_of_its_own(program).account.resting


@pytest.mark.parametrize("outage_s", OUTAGES_S)
def test_the_end_of_asyncio_run_waits_for_it(outage_s: float) -> None:
    # The program ends while its strategy still runs in a task of its own.
    async def program(scene: Scene) -> None:
        group = await scene.quote()
        task = asyncio.create_task(guarded(scene, group, outage_s))
        await scene.clock.sleep(1)
        assert not task.done()

    assert not on_a_loop_of_its_own(program).account.resting


async def test_a_canceled_scope_of_anyio_does_not_stop_it_nor_spin(scene: Scene) -> None:
    # anyio cancels the tasks of a scope on every pass of the loop until they have left it.
    group = await scene.quote()
    loop, passes = asyncio.get_running_loop(), 0
    is_over = False

    def count() -> None:
        nonlocal passes
        passes += 1
        if not is_over:
            loop.call_later(0.1, count)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(guarded, scene, group, 3.0)
        await scene.clock.sleep(1)
        tasks.cancel_scope.cancel()
        before = len(scene.network.requests)
        loop.call_later(0.1, count)
    is_over = True
    assert not scene.account.resting
    assert 20 <= passes <= 60, "time passed while it worked: the loop was idle in between"
    assert len(scene.network.requests) - before < 40


async def test_a_deadline_of_anyio_around_it_is_kept_after_the_shutdown(scene: Scene) -> None:
    group = await scene.quote()
    with anyio.move_on_after(1) as moved:
        await guarded(scene, group, 3.0)
    assert moved.cancelled_caught
    assert not scene.account.resting


@pytest.mark.parametrize("outage_s", [0, 3])
async def test_closing_the_session_shuts_the_scope_down_first(scene: Scene, outage_s: float) -> None:
    # The strategy's task outlives the session: with its connections closed it could do nothing.
    group = await scene.quote()

    async def strategy() -> None:
        async with scene.session.dead_man(order_group_id=group):
            await asyncio.Event().wait()

    task = asyncio.create_task(strategy())
    await scene.clock.sleep(1)
    fail_for(scene, outage_s)
    await scene.session.aclose()
    assert not scene.account.resting
    writes = len(scene.writes)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(scene.writes) == writes, "it was done already"


async def test_closing_that_is_canceled_is_canceled_after_the_shutdown(scene: Scene) -> None:
    group = await scene.quote()
    task = asyncio.create_task(guarded(scene, group))
    await scene.clock.sleep(1)
    fail_for(scene, 1)
    closing = asyncio.create_task(scene.session.aclose())
    await scene.clock.sleep(0.1)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert not scene.account.resting
    task.cancel()
    await asyncio.wait([task])


class RemoteSigner:
    """Signs in a task of its own, which a sweep of all tasks finds; the first of them is swept."""

    def __init__(self, inner: KeySigner) -> None:
        self.inner = inner
        self.is_swept = False

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        task = asyncio.ensure_future(self.inner.headers(method, path, now_ms))
        if self.is_swept:
            self.is_swept = False
            task.cancel()
        return await task


async def test_a_task_on_which_a_request_depends_may_be_canceled(scene: Scene) -> None:
    group = await scene.quote()
    signer = RemoteSigner(KeySigner(scene.alice.credentials))
    async with (
        Session(scene.sandbox.environment, signer, clock=scene.clock, base_transport=scene.inner) as session,
        session.dead_man(order_group_id=group),
    ):
        signer.is_swept = True
    assert not signer.is_swept
    assert not scene.account.resting


class BrokenClock(VirtualClock):
    """Raises once, the next time that somebody sleeps."""

    is_broken = False

    async def sleep(self, seconds: float) -> None:
        if BrokenClock.is_broken:
            BrokenClock.is_broken = False
            raise RuntimeError("a clock of somebody else's")
        await super().sleep(seconds)


async def test_an_exception_that_is_none_of_ours_is_tried_again(scene: Scene) -> None:
    group = await scene.quote()
    clock = BrokenClock(scene.clock.now_ms())
    network = Scripted(inner=scene.inner)
    credentials = scene.alice.credentials
    async with (
        Session(scene.sandbox.environment, credentials, clock=clock, base_transport=network) as session,
        session.dead_man(order_group_id=group),
    ):
        network.play(httpx.Response(503))
        BrokenClock.is_broken = True
    assert not BrokenClock.is_broken
    assert not scene.account.resting


async def test_a_shutdown_that_was_left_is_not_confirmed(scene: Scene) -> None:
    # What a second Ctrl-C does, as tests/dead_man/test_processes.py shows.
    group = await scene.quote()
    switch = scene.session.dead_man(order_group_id=group)

    async def work() -> None:
        async with switch:
            scene.play(*[silence] * 10)
            asyncio.get_running_loop().call_later(0.5, lambda: switch._fire().cancel())

    with pytest.raises(OutcomeUnknown, match="did not confirm"):
        await work()
    assert switch.report is not None
    assert "second Ctrl-C" in str(switch.report.error)


async def test_nested_switches_of_different_scope_both_work(scene: Scene) -> None:
    group = await scene.quote()
    await scene.rest()
    scene.play()
    async with (
        scene.session.dead_man(subaccount=0) as outer,
        scene.session.dead_man(order_group_id=group) as inner,
    ):
        pass
    assert inner.report is not None
    assert inner.report.confirmed
    assert outer.report is not None
    assert outer.report.confirmed
    assert [request.method for request in scene.writes] == ["PUT", "DELETE"]
    assert not scene.account.resting
    assert scene.session.rate_limits.gate.closed == {}


@pytest.mark.parametrize("is_shared", [True, False])
async def test_a_session_that_shares_the_limits_is_held_back_as_well(scene: Scene, is_shared: bool) -> None:
    group = await scene.quote()
    limits = scene.session.rate_limits if is_shared else RateLimits(scene.clock.monotonic)
    other = await scene.again(rate_limits=limits)
    refused: list[bool] = []

    async def late() -> None:
        try:
            await other.orders.create(new_order(order_group_id=group))
        except RiskGateClosed:
            refused.append(True)

    async with scene.session.dead_man(order_group_id=group):
        fail_for(scene, 1)
        asyncio.get_running_loop().call_later(0.5, asyncio.ensure_future, late())
    assert bool(refused) is is_shared
    assert not scene.account.resting, "the trigger takes those of another program too"


async def test_it_says_at_once_that_it_works(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    group = await scene.quote()
    said: list[str] = []

    async def listen(request: httpx.Request) -> httpx.Response:
        said.extend(record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING)
        return await scene.inner.handle_async_request(request)

    async with scene.session.dead_man(order_group_id=group, give_up_s=45):
        scene.play(listen)
    assert said == [f"shutting down group {group}, for up to 45 s; a second Ctrl-C leaves without it"]


async def cancels(scene: Scene, ids: list[str]) -> list[asyncio.Task[object]]:
    tasks: list[asyncio.Task[object]] = [
        asyncio.create_task(scene.session.orders.cancel(each)) for each in ids
    ]
    await asyncio.sleep(0)
    return tasks


async def by_dead_man(scene: Scene, group: str) -> None:
    async with scene.session.dead_man(order_group_id=group):
        pass


async def by_trigger(scene: Scene, group: str) -> None:
    await scene.session.order_groups.trigger(group)


async def by_cancel_all(scene: Scene, group: str) -> None:
    await scene.session.orders.cancel_all(subaccount=0)


@pytest.mark.parametrize("kill", [by_dead_man, by_trigger, by_cancel_all])
async def test_a_kill_switch_overtakes_cancels_that_are_queued(
    scene: Scene, kill: Callable[[Scene, str], asyncio.Future[None]]
) -> None:
    """Seen: a trigger waited 2.85 s behind 180 queued cancels."""
    group = await scene.quote()
    scene.session.rate_limits.write.configure(100, 100)
    began_s = scene.clock.monotonic()
    tasks = await cancels(scene, [f"order-{number}" for number in range(180)])
    await kill(scene, group)
    assert scene.clock.monotonic() - began_s < 0.3, "the refill of its own 10 tokens, after a full bucket"
    assert not scene.account.resting
    assert not all(task.done() for task in tasks)
    await asyncio.gather(*tasks, return_exceptions=True)
