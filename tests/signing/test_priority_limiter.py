"""Who signs next: a cancel before the quotes, and nobody's turn is lost."""

from __future__ import annotations

import asyncio

import pytest

from kalshi_async.contract.operation import Priority
from kalshi_async.signing._priority_limiter import PriorityLimiter


async def stand_in_line(desk: PriorityLimiter, order: list[str], name: str, priority: Priority) -> None:
    await desk.enter(priority)
    order.append(name)
    await asyncio.sleep(0)
    desk.leave(priority)


async def test_turns_go_by_priority_and_then_by_arrival() -> None:
    desk, order = PriorityLimiter(1), list[str]()
    await desk.enter(Priority.BACKGROUND)
    waiting = [
        asyncio.create_task(stand_in_line(desk, order, name, priority))
        for name, priority in (
            ("list", Priority.BACKGROUND),
            ("first quote", Priority.RISK_ADDING),
            ("second quote", Priority.RISK_ADDING),
            ("cancel", Priority.RISK_REDUCING),
        )
    ]
    await asyncio.sleep(0)
    desk.leave(Priority.BACKGROUND)
    await asyncio.gather(*waiting)
    assert order == ["cancel", "first quote", "second quote", "list"]


async def test_as_many_sign_at_once_as_the_desk_is_wide() -> None:
    desk, order = PriorityLimiter(3), list[str]()
    waiting = [
        asyncio.create_task(stand_in_line(desk, order, name, Priority.RISK_ADDING))
        for name in ("a", "b", "c")
    ]
    await asyncio.sleep(0)
    assert order == ["a", "b"]
    await asyncio.gather(*waiting)


async def test_who_leaves_the_line_is_passed_over() -> None:
    desk, order = PriorityLimiter(1), list[str]()
    await desk.enter(Priority.RISK_ADDING)
    gone = asyncio.create_task(stand_in_line(desk, order, "gone", Priority.RISK_REDUCING))
    stays = asyncio.create_task(stand_in_line(desk, order, "stays", Priority.RISK_ADDING))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    desk.leave(Priority.RISK_ADDING)
    await stays
    assert order == ["stays"]


async def test_a_turn_given_to_one_who_is_being_canceled_goes_on_to_the_next() -> None:
    # Both happen in one tick of the loop: the turn must not be lost.
    desk, order = PriorityLimiter(1), list[str]()
    await desk.enter(Priority.RISK_ADDING)
    gone = asyncio.create_task(stand_in_line(desk, order, "gone", Priority.RISK_REDUCING))
    stays = asyncio.create_task(stand_in_line(desk, order, "stays", Priority.RISK_ADDING))
    await asyncio.sleep(0)
    desk.leave(Priority.RISK_ADDING)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    async with asyncio.timeout(1):
        await stays
    assert order == ["stays"]
    async with asyncio.timeout(1):
        await desk.enter(Priority.BACKGROUND)
