"""What a dead-man switch says when the exchange did not confirm that it worked."""

from __future__ import annotations

import asyncio
import logging

import pytest

from kalshi_async import NotFound, OutcomeUnknown
from tests.stages.scene import RESET, Scene
from tests.stages.scripted import silence


async def test_what_could_not_be_confirmed_is_raised(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    group = await scene.quote()
    scene.play(ever=lambda: RESET)
    with pytest.raises(OutcomeUnknown, match=f"did not confirm that group {group} was shut down") as caught:
        async with scene.session.dead_man(order_group_id=group) as switch:
            pass
    assert switch.report is not None
    assert not switch.report.confirmed
    assert switch.report.error is caught.value.__cause__
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    assert len(scene.writes) >= 5, "it was tried again and again"


async def test_what_could_not_be_confirmed_is_a_note_on_an_error(scene: Scene) -> None:
    # The error that ended the strategy must not be hidden by the second one.
    group = await scene.quote()
    scene.play(ever=lambda: RESET)
    with pytest.raises(ZeroDivisionError) as caught:
        async with scene.session.dead_man(order_group_id=group):
            raise ZeroDivisionError
    (note,) = caught.value.__notes__
    assert f"did not confirm that group {group} was shut down" in note


async def test_what_could_not_be_confirmed_is_a_note_on_a_cancellation(scene: Scene) -> None:
    group = await scene.quote()

    async def work() -> None:
        async with scene.session.dead_man(order_group_id=group):
            pass

    scene.play(ever=lambda: RESET)
    task = asyncio.create_task(work())
    await scene.clock.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert any("did not confirm" in note for note in caught.value.__notes__)


async def test_an_exchange_that_never_answers_does_not_hold_it_for_ever(scene: Scene) -> None:
    group = await scene.quote()
    scene.play(ever=lambda: silence)
    with pytest.raises(OutcomeUnknown):
        async with scene.session.dead_man(order_group_id=group):
            pass
    assert scene.clock.monotonic() <= 30


async def test_a_group_that_does_not_exist_is_not_called_shut_down(scene: Scene) -> None:
    # In another subaccount it would answer the same, with its orders alive.
    with pytest.raises(OutcomeUnknown) as caught:
        async with scene.session.dead_man(order_group_id="no-such-group"):
            pass
    assert isinstance(caught.value.__cause__, NotFound)
