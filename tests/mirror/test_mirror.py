"""The mirror against the embedded exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from kalshi_async import CreateOrder
from kalshi_async.mirror import EventReader, Mirror
from kalshi_async.mirror.events import (
    Amended,
    Canceled,
    Filled,
    MirrorEvent,
    Placed,
    PositionChanged,
)
from tests.stages.served import TICKER, Stage

D = Decimal


async def told(events: EventReader, within_s: float = 0.5) -> list[MirrorEvent]:
    """What is told until nothing comes for a while."""
    found: list[MirrorEvent] = []
    try:
        while True:
            async with asyncio.timeout(within_s):
                found.append(await anext(events))
    except TimeoutError:
        return found


@pytest.fixture
async def account(stage: Stage) -> AsyncIterator[Mirror]:
    async with stage.session.mirror() as account:
        yield account


def kinds(found: list[MirrorEvent]) -> list[type]:
    return [type(event) for event in found]


async def test_a_mirror_begins_with_what_is_there_and_tells_nothing_of_it(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    await stage.trade("0.45", 3)
    async with stage.session.mirror() as account:
        events = account.events()
        assert account.is_current
        assert [one.order_id for one in account.orders] == [order.order_id]
        assert account.positions.count(TICKER) == D(3)
        assert await told(events) == []


async def test_a_life_of_an_order_is_told_in_order(stage: Stage, account: Mirror) -> None:
    events = account.events()
    order = await stage.rest("0.40", 10)
    assert account.orders[order.order_id].remaining_count == D(10), "the own reply counts at once"
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 3, "0.40"))
    amended = await stage.session.orders.amend(account.orders[order.order_id], price="0.39", count=8)
    assert amended.order_id == order.order_id
    assert account.orders[order.order_id].yes_price == D("0.39")
    await stage.session.orders.cancel(account.orders[order.order_id])
    assert len(account.orders) == 0
    found = await told(events)
    assert kinds(found) == [Placed, Filled, PositionChanged, Amended, Canceled]
    assert account.positions.count(TICKER) == D(3)
    assert account.is_current
