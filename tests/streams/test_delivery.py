"""What waits for a slow reader, by class of delivery."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from kalshi_async.contract.frames.channels import CHANNELS
from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.contract.frames.market_data import TickerEvent, TradeEvent
from kalshi_async.contract.frames.private import PositionEvent
from kalshi_async.errors import InvalidRequest, SlowConsumer
from kalshi_async.streams.delivery import Inbox
from kalshi_async.streams.events import Gap, GapReason, Resumed


def trade(number: int, market: str = "A") -> TradeEvent:
    price = Decimal("0.4")
    return TradeEvent(
        trade_id=str(number), market_ticker=market, yes_price=price, no_price=price, count=price
    )


def ticker(number: int, market: str) -> TickerEvent:
    price = Decimal(number)
    return TickerEvent(
        market_ticker=market, price=price, yes_bid=price, yes_ask=price, volume=price, open_interest=price
    )


def position(count: int, subaccount: int) -> PositionEvent:
    dollars = Decimal(count)
    return PositionEvent(
        market_ticker="A",
        position=dollars,
        position_cost=dollars,
        realized_pnl=dollars,
        fees_paid=dollars,
        position_fee_cost=dollars,
        volume=dollars,
        subaccount=subaccount,
    )


def framed(event: object, size: int) -> tuple[Frame, bytes, int]:
    return Frame(msg=event), b" " * size, 0


async def all_of(inbox: Inbox) -> list[object]:
    taken: list[object] = []
    while True:
        try:
            async with asyncio.timeout(0):
                taken.append(await inbox.take())
        except TimeoutError:
            return taken


async def test_facts_are_all_kept_and_a_reader_too_far_behind_ends_after_them() -> None:
    inbox = Inbox(CHANNELS["fill"], most_bytes=250)
    for number in range(5):
        inbox.put(*framed(trade(number), 100))
    assert [(await inbox.take()).trade_id for _ in range(2)] == ["0", "1"]  # type: ignore[attr-defined]
    for _ in range(2):
        with pytest.raises(SlowConsumer, match="a reader of fill did not take 2 events in time"):
            await inbox.take()
    inbox.put(*framed(trade(9), 1))
    inbox.note(Resumed("fill", 1))
    assert inbox.has_ended


async def test_a_reader_that_keeps_up_is_never_too_slow() -> None:
    inbox = Inbox(CHANNELS["fill"], most_bytes=250)
    for number in range(100):
        inbox.put(*framed(trade(number), 100))
        await inbox.take()


async def test_the_newest_state_of_a_market_takes_the_place_of_the_older_one() -> None:
    inbox = Inbox(CHANNELS["ticker"])
    for number, market in ((1, "A"), (2, "B"), (3, "A"), (4, "C"), (5, "B")):
        inbox.put(*framed(ticker(number, market), 100))
    taken = await all_of(inbox)
    assert [(each.market_ticker, each.price) for each in taken] == [("A", 3), ("B", 5), ("C", 4)]  # type: ignore[attr-defined]


async def test_each_subaccount_has_a_position_of_its_own_in_a_market() -> None:
    inbox = Inbox(CHANNELS["market_positions"])
    for count, subaccount in ((1, 0), (2, 1), (3, 0)):
        inbox.put(*framed(position(count, subaccount), 100))
    assert await all_of(inbox) == [position(3, 0), position(2, 1)]


async def test_a_break_among_states_is_kept() -> None:
    inbox = Inbox(CHANNELS["ticker"])
    gap, again = Gap("ticker", GapReason.LINK_LOST), Resumed("ticker", 1)
    inbox.put(*framed(ticker(1, "A"), 100))
    for note in (gap, again, gap):
        inbox.note(note)
    inbox.put(*framed(ticker(2, "A"), 100))
    taken = await all_of(inbox)
    assert taken[1:] == [gap, again, gap]


async def test_flow_sheds_its_oldest_and_says_how_many() -> None:
    inbox = Inbox(CHANNELS["trade"], most_flow=3)
    for number in range(10):
        inbox.put(*framed(trade(number), 100))
    gap, *rest = await all_of(inbox)
    assert gap == Gap("trade", GapReason.SHED, dropped=7)
    assert [each.trade_id for each in rest] == ["7", "8", "9"]  # type: ignore[attr-defined]


async def test_flow_that_is_shed_keeps_its_breaks() -> None:
    inbox = Inbox(CHANNELS["trade"], most_flow=3)
    lost, again = Gap("trade", GapReason.LINK_LOST), Resumed("trade", 1)
    inbox.note(lost)
    inbox.note(again)
    for number in range(4):
        inbox.put(*framed(trade(number), 100))
    assert await all_of(inbox) == [Gap("trade", GapReason.SHED, dropped=3), lost, again, trade(3)]


async def test_a_reader_gets_its_markets_and_its_subaccount_alone() -> None:
    of_market = Inbox(CHANNELS["trade"], frozenset("A"))
    of_market.put(*framed(trade(1, "B"), 1))
    of_market.put(*framed(trade(2, "A"), 1))
    assert [each.trade_id for each in await all_of(of_market)] == ["2"]  # type: ignore[attr-defined]
    primary = Inbox(CHANNELS["fill"], subaccount=0)
    primary.put(*framed(trade(1), 1))  # without a subaccount: of the primary one
    assert len(await all_of(primary)) == 1
    other = Inbox(CHANNELS["fill"], subaccount=3)
    other.put(*framed(trade(1), 1))
    assert await all_of(other) == []


async def test_a_cancellation_loses_nothing() -> None:
    inbox = Inbox(CHANNELS["fill"])
    waiting = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    inbox.put(*framed(trade(1), 1))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await inbox.take() == trade(1)


async def test_two_tasks_cannot_share_a_reader() -> None:
    inbox = Inbox(CHANNELS["fill"])
    waiting = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    with pytest.raises(InvalidRequest, match="two tasks read one reader"):
        await inbox.take()
    waiting.cancel()


async def test_a_break_is_told_once_and_ends_with_a_word() -> None:
    inbox = Inbox(CHANNELS["fill"])
    gap = Gap("fill", GapReason.LINK_LOST)
    assert not inbox.interrupt(gap, goes_on=False)  # nothing was promised yet
    inbox.resume(1)
    assert inbox.interrupt(gap, goes_on=False)
    assert not inbox.interrupt(gap, goes_on=False)
    inbox.resume(2)
    assert await all_of(inbox) == [gap, Resumed("fill", 2)]
