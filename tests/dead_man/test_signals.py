"""Blocks of ``cancel_on_signals`` inside one another, beside one another, and after their end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from kalshi_async import cancel_on_signals

NUMBERS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[list[Any]]:
    """A signal that comes through would end the tests: it is noted instead. No block leaves a trace."""
    came: list[Any] = []

    def note(number: int, _: object) -> None:
        came.append(number)

    former = {number: signal.signal(number, note) for number in NUMBERS}
    yield came
    left = [signal.getsignal(number) for number in NUMBERS]
    for number, handler in former.items():
        signal.signal(number, handler)
    assert left == [note] * len(NUMBERS)


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main())


@pytest.mark.parametrize("number", NUMBERS)
def test_after_an_inner_block_the_outer_one_cancels_again(number: signal.Signals) -> None:
    # The handler of the outer block was not restored: SIGTERM killed the process, nothing was canceled.
    cleaned: list[bool] = []

    async def script() -> None:
        async with cancel_on_signals():
            async with cancel_on_signals():
                pass
            try:
                os.kill(os.getpid(), number)
                await asyncio.sleep(10)
            finally:
                cleaned.append(True)

    with pytest.raises(asyncio.CancelledError):
        run(script)
    assert cleaned == [True]


def test_within_an_inner_block_the_second_ctrl_c_leaves() -> None:
    async def script() -> None:
        async with cancel_on_signals(), cancel_on_signals():
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    continue

    with pytest.raises(KeyboardInterrupt):
        run(script)


def test_after_the_block_ctrl_c_cancels_as_asyncio_run_does() -> None:
    canceled: list[bool] = []

    async def script() -> None:
        async with cancel_on_signals():
            pass
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            canceled.append(True)
            raise

    former = signal.signal(signal.SIGINT, signal.default_int_handler)  # so that asyncio.run installs its own
    try:
        with pytest.raises(KeyboardInterrupt):
            run(script)
    finally:
        signal.signal(signal.SIGINT, former)
    assert canceled == [True]


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_blocks_side_by_side_the_one_that_still_runs_is_canceled(first: int) -> None:
    async def block(ends: asyncio.Event) -> None:
        async with cancel_on_signals():
            await ends.wait()

    async def script() -> None:
        ends = [asyncio.Event(), asyncio.Event()]
        blocks = [asyncio.create_task(block(each)) for each in ends]
        await asyncio.sleep(0)
        ends[first].set()
        await blocks[first]
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait([blocks[1 - first]], timeout=10)
        assert blocks[1 - first].cancelled()

    run(script)


def test_blocks_that_end_in_the_order_in_which_they_began_leave_no_handler(handlers: list[Any]) -> None:
    async def block(ends: asyncio.Event) -> None:
        async with cancel_on_signals():
            await ends.wait()

    async def script() -> None:
        ends = [asyncio.Event() for _ in range(3)]
        blocks = [asyncio.create_task(block(each)) for each in ends]
        await asyncio.sleep(0)
        for event, task in zip(ends, blocks, strict=True):
            event.set()
            await task
        os.kill(os.getpid(), signal.SIGTERM)

    run(script)
    assert handlers == [signal.SIGTERM]


def test_a_handler_that_python_did_not_install_becomes_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    real, installed = signal.signal, []

    def without_a_former(number: int, handler: Any) -> Any:
        installed.append(handler)
        real(number, handler)

    note = signal.getsignal(signal.SIGTERM)

    async def script() -> None:
        monkeypatch.setattr(signal, "signal", without_a_former)
        async with cancel_on_signals([signal.SIGTERM]):
            pass

    run(script)
    monkeypatch.undo()
    assert installed[-1] is signal.SIG_DFL
    signal.signal(signal.SIGTERM, note)
