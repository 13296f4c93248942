"""How the end of orders is told that nobody asked to end: by their group, and by a settlement floor."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from kalshi_async import Session
from kalshi_async.contract.frames.private import GroupChange, UpdateReason
from kalshi_async.sandbox import Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams import GroupEvent, OrderEvent
from kalshi_async.streams.stream import Stream
from tests.sandbox.streams.kit import OTHER, TICKER, Client, order, types
from tests.stages.served import session_of

FLOORED = "KXDAYS-26-T10"


def by_a_fill(exchange: Sandbox, alice: SandboxAccount, group_id: str) -> None:
    exchange.market(TICKER).trade("ask", "0.40", 6)


def by_her_own_taker(exchange: Sandbox, alice: SandboxAccount, group_id: str) -> None:
    exchange.market(OTHER).quote("ask", "0.30", 6)
    taker = order("bid", "0.30", 6, ticker=OTHER, order_group_id=group_id)
    exchange.exchange.orders.create(alice.account, taker)


def by_the_member(exchange: Sandbox, alice: SandboxAccount, group_id: str) -> None:
    exchange.exchange.groups.trigger(alice.account, group_id)


def by_a_lower_limit(exchange: Sandbox, alice: SandboxAccount, group_id: str) -> None:
    exchange.market(TICKER).trade("ask", "0.40", 2)
    exchange.exchange.groups.set_limit(alice.account, group_id, 100)


Trip = Callable[[Sandbox, SandboxAccount, str], None]
TRIPS: list[tuple[Trip, list[str]]] = [
    (by_a_fill, ["user_order resting", "triggered"]),
    (by_her_own_taker, ["user_order executed", "triggered"]),
    (by_the_member, ["triggered"]),
    (by_a_lower_limit, ["user_order resting", "limit_updated", "triggered"]),
]


@pytest.mark.parametrize(("trip", "before"), TRIPS)
async def test_a_group_that_trips_is_told_before_its_members(
    exchange: Sandbox, client: Client, alice: SandboxAccount, trip: Trip, before: list[str]
) -> None:
    """Whoever hears of a member first would take its end for a cancel of his own."""
    sids = await client.subscribe("user_orders", "order_group_updates")
    group_id = exchange.exchange.groups.create(alice.account, 500).order_group_id
    bystander = order("bid", "0.20", 1)
    for placed in (*[order("bid", bid, 10, order_group_id=group_id) for bid in ("0.40", "0.39")], bystander):
        exchange.exchange.orders.create(alice.account, placed)
    await client.quiet()
    trip(exchange, alice, group_id)
    frames = await client.quiet()
    said = [frame["msg"].get("event_type") or f"{frame['type']} {frame['msg']['status']}" for frame in frames]
    assert said == [*before, "user_order canceled", "user_order canceled"]
    members = [frame["msg"] for frame in frames[len(before) :]]
    assert {member["order_group_id"] for member in members} == {group_id}
    (tripped,) = (frame["msg"] for frame in frames if frame["msg"].get("event_type") == "triggered")
    assert {member["last_updated_ts_ms"] for member in members} == {tripped["ts_ms"]}
    assert client.seqs(sids["order_group_updates"])[0] == 1


async def test_a_raised_settlement_floor_is_the_reason_that_is_told(
    exchange: Sandbox, client: Client, alice: SandboxAccount
) -> None:
    exchange.exchange.markets.add(FLOORED, settlement_bounds="floor")
    exchange.market(FLOORED).set_settlement_floor("0.10")
    await client.subscribe("user_orders")
    for bid in ("0.25", "0.30", "0.31"):
        exchange.exchange.orders.create(alice.account, order("bid", bid, 1, ticker=FLOORED))
    await client.quiet()
    exchange.market(FLOORED).set_settlement_floor("0.30")
    frames = await client.quiet()
    assert types(frames) == ["user_order", "user_order"]
    ended = [frame["msg"] for frame in frames]
    assert {message["yes_price_dollars"] for message in ended} == {"0.2500", "0.3000"}
    assert {(message["status"], message["last_update_reason"]) for message in ended} == {
        ("canceled", "SettlementBoundsCancel")
    }


async def test_our_own_stream_shows_both(
    exchange: Sandbox, alice: SandboxAccount, clock: VirtualClock
) -> None:
    exchange.exchange.markets.add(FLOORED, settlement_bounds="floor")
    exchange.market(FLOORED).set_settlement_floor("0.10")
    group_id = exchange.exchange.groups.create(alice.account, 500).order_group_id
    floored = order("bid", "0.25", 1, ticker=FLOORED)
    for placed in (floored, order("bid", "0.40", 10, order_group_id=group_id)):
        exchange.exchange.orders.create(alice.account, placed)
    async with session_of(exchange, alice, clock) as session, session.stream() as stream:
        heard = await _heard(exchange, session, stream, group_id)
    assert [type(event) for event in heard] == [GroupEvent, OrderEvent, OrderEvent]
    tripped, member, below = heard
    assert isinstance(tripped, GroupEvent)
    assert (tripped.event_type, tripped.order_group_id) == (GroupChange.TRIGGERED, group_id)
    assert isinstance(member, OrderEvent)
    assert (member.order_group_id, member.last_update_reason) == (group_id, None)
    assert isinstance(below, OrderEvent)
    assert (below.last_update_reason, below.yes_price) == (
        UpdateReason.SETTLEMENT_BOUNDS_CANCEL,
        Decimal("0.25"),
    )


async def _heard(exchange: Sandbox, session: Session, stream: Stream, group_id: str) -> list[object]:
    """Return what two readers of one stream get of a trip, and then of a raised floor."""
    async with stream.order_groups() as groups, stream.orders() as orders:
        await session.order_groups.trigger(group_id)
        tripped, member = await anext(groups), await anext(orders)
        exchange.market(FLOORED).set_settlement_floor("0.30")
        return [tripped, member, await anext(orders)]
