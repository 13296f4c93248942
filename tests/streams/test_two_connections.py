"""A stream of two connections: what a program sees when one is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from kalshi_async import CreateOrder, DeadlineExceeded, InvalidRequest
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults.frames import Cut, DropFrame
from kalshi_async.streams import FillEvent, Gap, Phase, Stream, TradeEvent
from tests.stages.served import TICKER, Stage
from tests.streams.carrier import Carrier, refused


@pytest.fixture
async def stream(stage: Stage) -> AsyncIterator[Stream]:
    async with stage.session.stream(connections=2) as stream:
        yield stream


async def taken(reader: Any) -> list[Any]:
    found = []
    try:
        async with asyncio.timeout(0.05):
            while True:
                found.append(await anext(reader))
    except TimeoutError:
        return found


async def both_live(stream: Stream) -> None:
    for _ in range(100):
        await asyncio.sleep(0.1)
        if [state.phase for state in stream.states] == [Phase.LIVE] * 2:
            break
    await asyncio.sleep(0.1)


async def test_each_event_comes_once(stage: Stage, stream: Stream) -> None:
    async with stream.fills() as fills, stream.trades(TICKER) as trades, stream.orders() as orders:
        await both_live(stream)
        await stage.trade()
        await stage.trade()
        assert [type(each) for each in await taken(fills)] == [FillEvent] * 2
        assert [type(each) for each in await taken(trades)] == [TradeEvent] * 2
        assert len(await taken(orders)) == 4


@pytest.mark.parametrize("fault", [Cut(), DropFrame()])
async def test_losing_one_connection_loses_nothing(
    sandbox: Sandbox, stage: Stage, stream: Stream, fault: Any
) -> None:
    async with stream.trades() as trades:
        count = 0
        for call in range(6):
            await both_live(stream)
            await stage.trade()  # each has brought a frame since the other is level
            sandbox.streams.faults.on("trade", fault)
            await stage.trade()
            await stage.trade()
            count += 3
            found = await taken(trades)
            assert [type(each) for each in found] == [TradeEvent] * 3, call
            assert stream.state.phase is Phase.LIVE
        if isinstance(fault, Cut):
            assert max(state.since_ms for state in stream.states) > min(
                state.since_ms for state in stream.states
            )


async def test_books_of_two_connections_are_never_stale_while_one_is_cut(
    sandbox: Sandbox, stage: Stage, stream: Stream
) -> None:
    async with stream.books(TICKER) as books:
        book = books[TICKER]
        prices = iter(range(40, 60))
        for _ in range(8):
            await both_live(stream)
            sandbox.streams.faults.on("orderbook_delta", Cut())
            for _ in range(2):
                await stage.other.orders.create(_ask(next(prices)))
                await asyncio.sleep(0.01)
                assert book.is_current
                assert book.levels() == await stage.session.markets.orderbook(TICKER)
        seen = 0
        while books._changed:
            await anext(books)
            seen += 1
        assert seen == 1


def _ask(cents: int) -> Any:
    return CreateOrder(TICKER, "ask", 1, Decimal(cents) / 100)


async def test_what_cannot_be_merged_has_one_connection(sandbox: Sandbox, stream: Stream) -> None:
    async with stream.book_updates(TICKER) as updates, stream.events("communications"):
        assert len(await taken(updates)) == 1
        topics = [[*protocol._topics] for protocol in stream._joined.protocols]
        assert [len(each) for each in topics] == [2, 0]


async def test_both_lost_is_a_gap(stage: Stage, stream: Stream) -> None:
    async with stream.fills() as fills:
        await both_live(stream)
        for link in stream._joined.links:
            link._closed(None)
        gap, *_ = await taken(fills)
        assert isinstance(gap, Gap)
        await stream.live()


async def test_a_stream_is_live_by_one_connection(stage: Stage) -> None:
    good, bad = Carrier(), Carrier()
    bad.openings = [refused(502)] * 100
    async with stage.session.stream(connections=2, transport=(bad, good)) as stream:
        await stream.live()
        assert (stream.state.phase, stream.overflows) == (Phase.LIVE, 0)
        assert {state.phase for state in stream.states} > {Phase.LIVE}
        assert stream.latency.worst_ms == 0
        good.openings = [refused(502)] * 100
        good.cut()
        with pytest.raises(DeadlineExceeded, match="502"):
            await stream.live(2)


@pytest.mark.parametrize(
    "options",
    [
        {"connections": 3},
        {"connections": 0},
        {"connections": 2, "transport": Carrier()},
        {"connections": 1, "transport": (Carrier(), Carrier())},
    ],
)
async def test_connections_are_one_or_two(stage: Stage, options: Any) -> None:
    with pytest.raises(InvalidRequest, match="connections must be 1 or 2"):
        stage.session.stream(**options)
