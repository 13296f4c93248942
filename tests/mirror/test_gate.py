"""What an hour of trading costs a mirror: memory, calls from a frame to its event, frames in one turn."""

from __future__ import annotations

import asyncio
import cProfile
import pstats

import msgspec

from kalshi_async.contract.fields import BookSide, OrderStatus, OutcomeSide
from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.contract.frames.private import FillEvent, UpdateReason
from kalshi_async.mirror import Filled, Mirror, MirrorEvent
from kalshi_async.mirror._keeper import KEPT_MS
from kalshi_async.mirror.event_reader import EventReader
from kalshi_async.mirror.model import MirroredOrder
from kalshi_async.mirror.state import AccountState
from kalshi_async.streams.link import FRAMES_PER_TURN
from tests.mirror.conftest import TICKER, D, Desk
from tests.mirror.history import START_MS, event_of, new_state

ORDERS = 30_000
"""Of an hour."""
MOST_CALLS = 93
"""Calls for a fill: its order's frame and its own, each from the stream to a reader of events.

90 on CPython 3.13, to Python and to C (2026-11-28)."""


def order(number: int, at_ms: int) -> MirroredOrder:
    return MirroredOrder(
        order_id=f"o{number}",
        ticker=TICKER,
        book_side=BookSide.BID if number % 2 else BookSide.ASK,
        yes_price=D("0.40"),
        initial_count=D(1),
        fill_count=D(0),
        remaining_count=D(1),
        status=OrderStatus.RESTING,
        client_order_id=f"c{number}",
        created_ms=at_ms,
        updated_ms=at_ms,
    )


def filled(one: MirroredOrder) -> MirroredOrder:
    return msgspec.structs.replace(
        one,
        fill_count=D(1),
        remaining_count=D(0),
        status=OrderStatus.EXECUTED,
        reason=UpdateReason.TRADE,
    )


def fill_of(one: MirroredOrder) -> FillEvent:
    is_bid = one.book_side is BookSide.BID
    return FillEvent(
        trade_id=f"t{one.order_id}",
        order_id=one.order_id,
        market_ticker=TICKER,
        book_side=one.book_side,
        outcome_side=OutcomeSide.YES,
        yes_price=one.yes_price,
        count=D(1),
        fee_cost=D(0),
        post_position=D(0) if is_bid else D(-1),
        is_taker=False,
        ts_ms=one.updated_ms,
    )


def sizes(state: AccountState) -> tuple[int, ...]:
    """How much a state holds."""
    orders = state.orders
    own = len(orders), len(orders.resting), len(orders.by_client_id), len(orders.late)
    return *own, len(state.fills), len(state._read_only)


def test_memory_is_flat_in_closed_orders() -> None:
    told: list[MirrorEvent] = []
    state = new_state(told)
    most = 0
    for number in range(ORDERS):
        at_ms = START_MS + 1 + number * 3_600_000 // ORDERS
        one = order(number, at_ms)
        state.order_frame(event_of(one))
        state.order_frame(event_of(filled(one)))
        state.fill_frame(fill_of(one))
        if number % 500 == 0:  # as the keeper does once a minute
            state.forget(at_ms - 60_000 - KEPT_MS)
            told.clear()
            most = max(most, *sizes(state))
    assert most <= ORDERS * (60_000 + KEPT_MS + 60_000) / 3_600_000 + 1
    state.forget(START_MS + 4_000_000)
    assert sizes(state) == (0, 0, 0, 0, 0, 0)


async def test_a_fill_stays_within_its_budget_of_function_calls(desk: Desk, account: Mirror) -> None:
    events: EventReader = account.events()
    orders = [order(number, desk.world.clock.now_ms() + 60_000 + number) for number in range(1_000)]
    taps = account._taps
    for one in orders:
        taps["user_orders"].put(Frame(msg=event_of(one)), b"", 0)
    frames = [(Frame(msg=event_of(filled(one))), Frame(msg=fill_of(one))) for one in orders]
    events._events.clear()
    with cProfile.Profile() as profile:
        for changed, fill in frames:
            taps["user_orders"].put(changed, b"", 0)
            taps["fill"].put(fill, b"", 0)
    calls = pstats.Stats(profile).total_calls / len(frames)  # type: ignore[attr-defined]
    assert sum(isinstance(event, Filled) for event in events._events) == len(frames)
    assert calls <= MOST_CALLS
    assert account.is_current


async def test_frames_are_handled_as_they_come_and_no_more_of_them_in_a_turn_than_the_stream_hands_over(
    desk: Desk, account: Mirror
) -> None:
    """A mirror keeps no frames: its work of a turn is that of the frames of the turn."""
    carrier, turns = desk.world.carrier, list[int]()
    seen = 0

    async def watch() -> None:
        nonlocal seen
        while True:
            turns.append(account._state.heard - seen)
            seen = account._state.heard
            await asyncio.sleep(0)

    carrier.delay_s = 1.0
    for _ in range(400):
        desk.place("bid", "0.30", 1, by="alice")
    for _ in range(5):
        await asyncio.sleep(0)
    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    carrier.deliver_all()
    for _ in range(50):
        await asyncio.sleep(0)
    watching.cancel()
    assert sum(turns) == 400
    assert max(turns) <= FRAMES_PER_TURN
