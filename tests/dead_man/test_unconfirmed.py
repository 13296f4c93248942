"""What a dead-man switch says when the exchange did not confirm that it worked."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest

from kalshi_async import InvalidRequest, OutcomeUnknown
from tests.stages.scene import RESET, Scene
from tests.stages.scripted import silence


async def test_what_could_not_be_confirmed_is_raised(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    group = await scene.quote()
    with pytest.raises(OutcomeUnknown, match=f"did not confirm that group {group} was shut down") as caught:
        async with scene.session.dead_man(order_group_id=group) as switch:
            scene.play(*[RESET] * 1_000)
    assert switch.report is not None
    assert not switch.report.confirmed
    assert switch.report.error is caught.value.__cause__
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    assert len(scene.writes) >= 5, "it was tried again and again"


async def test_what_could_not_be_confirmed_is_raised_over_an_error(scene: Scene) -> None:
    # The error that ended the strategy is its context, and named in a note.
    group = await scene.quote()

    async def work() -> None:
        async with scene.session.dead_man(order_group_id=group):
            scene.play(*[RESET] * 1_000)
            raise ZeroDivisionError

    with pytest.raises(OutcomeUnknown, match="did not confirm") as caught:
        await work()
    assert isinstance(caught.value.__context__, ZeroDivisionError)
    assert "ZeroDivisionError" in caught.value.__notes__[0]


async def test_what_could_not_be_confirmed_is_raised_over_a_cancellation(scene: Scene) -> None:
    # As a note on CancelledError it was lost: scripts suppress that, and ended with exit code 0.
    group = await scene.quote()

    async def work() -> None:
        async with scene.session.dead_man(order_group_id=group):
            scene.play(*[RESET] * 1_000)

    task = asyncio.create_task(work())
    await scene.clock.sleep(0.01)
    task.cancel()
    with pytest.raises(OutcomeUnknown, match="did not confirm") as caught:
        await task
    assert "CancelledError" in caught.value.__notes__[0]


async def test_what_could_not_be_confirmed_is_raised_through_a_timeout(scene: Scene) -> None:
    group = await scene.quote()

    async def work() -> None:
        async with asyncio.timeout(1), scene.session.dead_man(order_group_id=group):
            scene.play(*[RESET] * 1_000)
            await asyncio.Event().wait()

    with pytest.raises(OutcomeUnknown, match="did not confirm"):
        await work()


@pytest.mark.parametrize("give_up_s", [0.5, 30.0, 90.0])
async def test_an_exchange_that_never_answers_does_not_hold_it_for_ever(
    scene: Scene, give_up_s: float
) -> None:
    group = await scene.quote()

    async def work() -> None:
        async with scene.session.dead_man(order_group_id=group, give_up_s=give_up_s):
            scene.play(*[silence] * 1_000)

    began_s = scene.clock.monotonic()
    with pytest.raises(OutcomeUnknown):
        await work()
    took_s = scene.clock.monotonic() - began_s
    assert give_up_s - 2 <= took_s <= give_up_s + 1e-6


@pytest.mark.parametrize("give_up_s", [0, -1, float("nan"), "1"])
async def test_a_time_that_is_none_is_refused(scene: Scene, give_up_s: float) -> None:
    with pytest.raises(InvalidRequest, match="give_up_s"):
        scene.session.dead_man(subaccount=0, give_up_s=give_up_s)


async def test_a_deadline_of_the_view_does_not_make_it_give_up(scene: Scene) -> None:
    # Quotes have short deadlines; the switch would never hear an answer in so short a time.
    group = await scene.quote()
    hasty = scene.session.with_options(deadline_s=0.05)

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1.0)
        return await scene.inner.handle_async_request(request)

    async with hasty.dead_man(order_group_id=group) as switch:
        scene.play(slow)
    assert switch.report is not None
    assert switch.report.confirmed


async def test_an_exception_of_another_kind_does_not_end_it(scene: Scene) -> None:
    group = await scene.quote()

    async def strange(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("a transport of somebody else's")

    async with scene.session.dead_man(order_group_id=group):
        scene.play(strange, strange)
    assert not scene.account.resting


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_a_refusal_that_passes_is_tried_again(scene: Scene, status: int) -> None:
    group = await scene.quote()
    async with scene.session.dead_man(order_group_id=group):
        scene.play(*[httpx.Response(status)] * 8)
    assert not scene.account.resting


async def test_a_gateway_that_knows_no_such_path_confirms_nothing(scene: Scene) -> None:
    # The exchange's own 404 has a code.
    group = await scene.quote()
    async with scene.session.dead_man(order_group_id=group):
        scene.play(httpx.Response(404, text="nginx"))
    assert len(scene.writes) == 2
    assert not scene.account.resting
