"""A dead-man switch: leave the block in whatever way, and its scope is shut down or it is said."""

from __future__ import annotations

import asyncio
import os
import signal

import httpx
import pytest

from kalshi_async import ALL, InvalidRequest, RiskGateClosed, Session, cancel_on_signals
from kalshi_async.clock import SystemClock
from kalshi_async.sandbox import Sandbox
from tests.stages.scene import RESET, Scene, new_order, path
from tests.stages.served import ONE_PIECE, session_of


async def test_leaving_the_block_triggers_the_group(scene: Scene) -> None:
    group = await scene.quote()
    async with scene.session.dead_man(order_group_id=group) as switch:
        pass
    assert switch.report is not None
    assert switch.report.confirmed
    assert switch.report.error is None
    assert not scene.account.resting
    assert scene.account.groups[group].is_triggered


@pytest.mark.parametrize("everything", [False, True])
async def test_leaving_the_block_cancels_the_subaccount(scene: Scene, everything: bool) -> None:
    await scene.quote()
    async with scene.session.dead_man(subaccount=ALL if everything else 0):
        pass
    assert not scene.account.resting
    (request,) = scene.writes
    assert request.url.path == path("/portfolio/events/orders")
    assert request.url.query == (b"" if everything else b"subaccount=0")


async def test_an_exception_goes_on_after_the_shutdown(scene: Scene) -> None:
    group = await scene.quote()
    with pytest.raises(ZeroDivisionError):
        async with scene.session.dead_man(order_group_id=group):
            raise ZeroDivisionError
    assert not scene.account.resting


async def test_a_cancellation_goes_on_after_the_shutdown(scene: Scene) -> None:
    group = await scene.quote()

    async def work() -> None:
        async with scene.session.dead_man(order_group_id=group):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await scene.clock.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not scene.account.resting


async def test_a_timeout_around_it_is_a_timeout_all_the_same(scene: Scene) -> None:
    group = await scene.quote()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1), scene.session.dead_man(order_group_id=group):
            await asyncio.Event().wait()
    assert not scene.account.resting


async def test_canceling_the_shutdown_does_not_stop_it(scene: Scene) -> None:
    # An impatient supervisor cancels again while the exchange is slow to answer.
    group = await scene.quote()

    async def work() -> None:
        async with scene.session.dead_man(order_group_id=group):
            scene.play(httpx.Response(503), httpx.Response(503), RESET)
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await scene.clock.sleep(0.1)
    for _ in range(4):
        task.cancel()
        await scene.clock.sleep(0.1)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not scene.account.resting


async def test_a_cancellation_during_the_shutdown_alone_goes_on_after_it(scene: Scene) -> None:
    group = await scene.quote()

    async def work() -> None:
        async with scene.session.dead_man(order_group_id=group):
            scene.play(httpx.Response(503))

    task = asyncio.create_task(work())
    await scene.clock.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not scene.account.resting


async def test_no_new_risk_leaves_while_the_scope_is_shut_down(scene: Scene) -> None:
    group = await scene.quote()
    order, elsewhere = new_order(order_group_id=group), new_order()

    async def leave() -> None:
        async with scene.session.dead_man(order_group_id=group):
            scene.play(httpx.Response(503))

    leaving = asyncio.create_task(leave())
    await scene.has_written()
    with pytest.raises(RiskGateClosed) as caught:
        await scene.session.orders.create(order)
    assert caught.value.sent is False
    assert (await scene.session.orders.create(elsewhere)).order_id in scene.account.resting
    await leaving
    await scene.session.order_groups.reset(group)
    assert (await scene.session.orders.create(order)).order_id, "the gate is open again"


async def test_a_reset_of_the_group_is_refused_while_it_is_shut_down(scene: Scene) -> None:
    # It would arm again what is just being triggered.
    group = await scene.quote()

    async def leave() -> None:
        async with scene.session.dead_man(order_group_id=group):
            scene.play(httpx.Response(503))

    leaving = asyncio.create_task(leave())
    await scene.has_written()
    with pytest.raises(RiskGateClosed):
        await scene.session.order_groups.reset(group)
    await leaving
    assert scene.account.groups[group].is_triggered


async def test_two_switches_on_one_scope_open_it_when_both_are_done(scene: Scene) -> None:
    group = await scene.quote()
    gate = scene.session._context.pipeline.gate

    both = asyncio.Barrier(2)

    async def leave() -> None:
        async with scene.session.dead_man(order_group_id=group):
            await both.wait()
            scene.play(httpx.Response(503), httpx.Response(503))

    leaving = [asyncio.create_task(leave()) for _ in range(2)]
    await scene.has_written(2)
    assert gate.closed == {("group", group): 2}
    await asyncio.gather(*leaving)
    assert gate.closed == {}


async def test_the_shutdown_overtakes_everything_in_the_queue(scene: Scene) -> None:
    # Twice what the bucket holds is waiting; the trigger needs tokens now.
    group = await scene.quote()
    waiting = [
        asyncio.create_task(scene.session.orders.create(new_order(order_group_id=group)))
        for _ in range(2 * ONE_PIECE)
    ]
    await scene.clock.sleep(0.01)
    async with scene.session.dead_man(order_group_id=group):
        scene.play()
    assert scene.clock.monotonic() < 0.1
    assert scene.writes[0].method == "PUT"
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert not scene.account.resting
    assert sum(isinstance(result, Exception) for result in results) >= 60


async def test_a_switch_has_exactly_one_scope(scene: Scene) -> None:
    with pytest.raises(InvalidRequest, match="exactly one"):
        scene.session.dead_man()  # type: ignore[call-overload]  # what mypy refuses as well
    with pytest.raises(InvalidRequest, match="exactly one"):
        scene.session.dead_man(order_group_id="g", subaccount=0)  # type: ignore[call-overload]


@pytest.mark.real_time
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_becomes_that_exit_for_scripts_that_ask_for_it(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    sandbox = Sandbox(clock=SystemClock())
    alice = sandbox.add_account("alice")
    network = httpx.ASGITransport(sandbox.app)
    session: Session
    async with session_of(sandbox, alice, SystemClock(), base_transport=network) as session:  # type: ignore[arg-type]  # any clock

        async def script() -> None:
            async with cancel_on_signals(), session.dead_man(subaccount=0):
                await session.orders.create(new_order(subaccount=0))
                os.kill(os.getpid(), number)
                await asyncio.Event().wait()

        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(script())
    assert not alice.account.resting
    assert len(alice.account.orders) == 1
    assert signal.getsignal(number) == before


class LoopWithoutSignalHandlers(asyncio.SelectorEventLoop):
    """Stands in for the event loops of Windows, which have none."""

    def add_signal_handler(self, sig: int, callback: object, *args: object) -> None:
        raise NotImplementedError

    def remove_signal_handler(self, sig: int) -> bool:
        raise NotImplementedError


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_loop_without_signal_handlers_cancels_as_well(number: signal.Signals) -> None:
    """Windows: ``cancel_on_signals`` raised NotImplementedError there."""
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    inside: list[bool] = []

    async def script() -> None:
        async with cancel_on_signals():
            inside.append(True)
            os.kill(os.getpid(), number)
            await asyncio.sleep(10)

    with asyncio.Runner(loop_factory=LoopWithoutSignalHandlers) as runner:
        with pytest.raises(asyncio.CancelledError):
            runner.run(script())
        assert inside
        assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


async def test_a_signal_that_cannot_be_handled_leaves_no_handler_behind() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(OSError, match="Invalid argument"):
        async with cancel_on_signals((signal.SIGTERM, signal.SIGKILL)):
            pass
    assert signal.getsignal(signal.SIGTERM) == before


async def test_a_switch_for_no_scope_of_the_exchange_is_refused_at_once(scene: Scene) -> None:
    """Found out only when the block is left, it would protect nothing."""
    for wrong in (99, -1, True):
        with pytest.raises(InvalidRequest, match="subaccount"):
            scene.session.dead_man(subaccount=wrong)
    with pytest.raises(InvalidRequest, match="order_group_id"):
        scene.session.dead_man(order_group_id="")
