"""What the mirror does where something is missing: lost frames, creates in doubt, drift, groups."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
import msgspec
import pytest

from kalshi_async import AttemptEvent, CreateOrder, Hooks, OrderStatus, OutcomeUnknown
from kalshi_async.errors import KalshiError, RiskGateClosed
from kalshi_async.mirror import Absent, Canceled, Drift, Filled, GroupChanged, Mirror, Placed
from kalshi_async.mirror._keeper import GRACE_MS
from kalshi_async.sandbox.faults.frames import DoubleFrame, DropFrame
from kalshi_async.sandbox.fixed_point import exact_e2
from tests.mirror.conftest import TICKER, D, Desk, is_current, kinds, told
from tests.mirror.lives.world import TICKERS

CHECK_S = 60.0


async def steady(desk: Desk, account: Mirror) -> None:
    """Let the time pass in which a read may include younger fills."""
    await asyncio.sleep(10)
    assert is_current(account)


# Frames that are lost without a trace.


async def test_a_fill_that_is_missing_is_found_at_the_next_one(desk: Desk, account: Mirror) -> None:
    for price in ("0.40", "0.41"):
        desk.place("bid", price, 10, by="alice")
    await steady(desk, account)
    events = account.events()
    desk.world.sandbox.streams.faults.on("fill", DropFrame())
    desk.world.sandbox.streams.faults.every("market_position", DropFrame())
    desk.place("ask", "0.41", 2)
    await asyncio.sleep(0.1)
    assert is_current(account), "nobody can know yet"
    desk.place("ask", "0.41", 3)
    await asyncio.sleep(0.1)
    assert not is_current(account), "found at that frame"
    await account.current(within_s=30)
    found = await told(events)
    assert sorted(event.count for event in found if isinstance(event, Filled)) == [D(2), D(3)]
    assert "Drift" not in kinds(found)
    assert account.positions.count(TICKER) == D(5)


async def test_a_missing_fill_is_found_by_the_position(desk: Desk, account: Mirror) -> None:
    desk.place("bid", "0.40", 10, by="alice")
    await steady(desk, account)
    desk.world.sandbox.streams.faults.on("fill", DropFrame())
    desk.place("ask", "0.40", 2)
    await asyncio.sleep(0.1)
    assert not is_current(account)
    await account.current(within_s=30)
    assert account.positions.count(TICKER) == D(2)


async def test_a_missing_fill_is_found_by_its_order(desk: Desk, account: Mirror) -> None:
    desk.world.sandbox.streams.faults.on("fill", DropFrame())
    desk.world.sandbox.streams.faults.on("market_position", DropFrame())
    events = account.events()
    order = await desk.rest("0.40", 2)
    desk.place("ask", "0.40", 1)
    await asyncio.sleep(0.1)
    await desk.session.orders.cancel(order)
    assert is_current(account)
    assert "Canceled" not in kinds(await told(events, 0.3)), "its end is told after its fills"
    await asyncio.sleep(GRACE_MS / 1000)
    assert not is_current(account)
    await account.current(within_s=30)
    assert kinds(await told(events))[-4:] == ["Filled", "Canceled", "PositionChanged", "UpToDate"]


async def test_a_fill_that_is_missing_while_reads_catch_up_is_found_after_them(
    desk: Desk, account: Mirror
) -> None:
    desk.world.sandbox.faults.lag_reads(4_000)
    desk.world.carrier.cut()
    await asyncio.sleep(4)
    for kind in ("fill", "market_position"):
        desk.world.sandbox.streams.faults.on(kind, DropFrame())
    await desk.rest("0.40", 2)
    desk.place("ask", "0.40", 2)
    events = account.events()
    await account.current(within_s=10)
    assert "Filled" not in kinds(await told(events)), "no read has shown it"
    await asyncio.sleep(2)
    await account.current(within_s=30)
    assert "Filled" in kinds(await told(events))


async def test_a_fill_without_its_order_is_told_with_it(desk: Desk, account: Mirror) -> None:
    desk.world.sandbox.streams.faults.on("user_order", DropFrame(), DropFrame())
    desk.place("ask", "0.40", 2)
    events = account.events()
    desk.place("bid", "0.40", 2, by="alice")
    assert kinds(await told(events)) == ["PositionChanged"], "a fill follows its order"
    await account.current(within_s=1)
    await asyncio.sleep(GRACE_MS / 1000)
    await account.current(within_s=30)
    assert kinds(await told(events)) == ["OutOfDate", "Placed", "Filled", "UpToDate"]


async def test_frames_that_come_twice_are_one_fact(desk: Desk, account: Mirror) -> None:
    events = account.events()
    for kind in ("user_order", "fill", "market_position"):
        desk.world.sandbox.streams.faults.every(kind, DoubleFrame())
    await desk.rest("0.40", 5)
    desk.place("ask", "0.40", 2)
    assert kinds(await told(events)) == ["Placed", "Filled", "PositionChanged"]
    assert is_current(account)


@pytest.mark.parametrize("of", ["order", "end", "fills"])
async def test_what_nothing_betrays_is_found_by_the_comparison(desk: Desk, account: Mirror, of: str) -> None:
    resting = desk.place("bid", "0.40", 10, by="alice").order
    await steady(desk, account)
    events = account.events()
    faults = desk.world.sandbox.streams.faults
    for kind in ("user_order", "fill", "market_position"):
        faults.every(kind, DropFrame())
    if of == "order":
        desk.place("bid", "0.30", 1, by="alice")
    elif of == "end":
        desk.cancel(resting.order_id)
    else:  # they sum to zero
        desk.place("ask", "0.40", 2)
        desk.place("bid", "0.60", 2)
        desk.place("ask", "0.60", 2, by="alice")
    await asyncio.sleep(0.1)
    faults.clear()
    await asyncio.sleep(CHECK_S + 5)
    await account.current(within_s=10)
    found = await told(events)
    drifts = [event for event in found if isinstance(event, Drift)]
    assert drifts
    assert {event.kind for event in drifts} <= {"order", "fill"}
    assert [order.order_id for order in account.orders] == list(desk.world.alice.account.resting)
    assert account.positions.count(TICKER) == 0


async def test_the_exchange_wins_over_what_seemed_newer(desk: Desk, account: Mirror) -> None:
    resting = desk.place("bid", "0.40", 10, by="alice").order
    await steady(desk, account)
    events = account.events()
    statement = account._state.orders.known(resting.order_id)
    assert statement is not None
    wrong = msgspec.structs.replace(statement.order, status=OrderStatus.CANCELED, remaining_count=D(0))
    account._state._state(statement._replace(order=wrong, version=statement.version._replace(is_over=True)))
    assert not len(account.orders)
    await asyncio.sleep(CHECK_S + 5)
    found = await told(events)
    (drift,) = [event for event in found if isinstance(event, Drift)]
    assert (drift.mirror, drift.exchange) == (
        "canceled, 0.00 filled",
        "10.00 rest at 0.4000, 0.00 filled",
    )
    assert [order.remaining_count for order in account.orders] == [D(10)]


async def test_a_position_that_differs_is_drift(desk: Desk, account: Mirror) -> None:
    desk.place("bid", "0.40", 10, by="alice")
    desk.place("ask", "0.40", 4)
    await steady(desk, account)
    events = account.events()
    desk.world.alice.account.positions[TICKER, 0].position_e2 = exact_e2(3)
    desk.world.sandbox.faults.lag_reads(0)
    await asyncio.sleep(CHECK_S + 5)
    (drift,) = [event for event in await told(events) if isinstance(event, Drift)]
    assert (drift.kind, drift.mirror, drift.exchange) == ("position", "4.00", "3.00")
    assert account.positions.count(TICKER) == D(3)


async def test_a_link_that_is_lost_during_a_comparison_ends_it(desk: Desk, account: Mirror) -> None:
    account._keeper._check_s = 20
    await asyncio.sleep(19)
    events = account.events()

    class Cutting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/fills"):
                desk.world.carrier.cut()
            return await inner.handle_async_request(request)

    inner, desk.world.network._inner = desk.world.network._inner, Cutting()  # type: ignore[assignment]
    await asyncio.sleep(42)
    desk.world.network._inner = inner
    await account.current(within_s=60)
    assert set(kinds(await told(events))) == {"OutOfDate", "UpToDate"}


async def doubted(account: Mirror) -> None:
    """Wait until the account is not current."""
    async with asyncio.timeout(CHECK_S + 5):
        while is_current(account):
            await account.changed()


@pytest.mark.parametrize("is_cut", [True, False])
async def test_a_difference_that_the_second_reading_does_not_show_is_healed_and_not_told(
    desk: Desk, account: Mirror, is_cut: bool
) -> None:
    await steady(desk, account)
    events = account.events()
    desk.world.sandbox.streams.faults.on("user_order", DropFrame())
    order = desk.place("bid", "0.40", 5, by="alice").order
    await doubted(account)
    desk.place("ask", "0.40", 2)
    if is_cut:
        desk.world.carrier.cut()
    await account.current(within_s=30)
    assert not [event for event in await told(events) if isinstance(event, Drift)]
    assert account.orders[order.order_id].remaining_count == D(3)


async def test_a_key_that_may_not_list_subaccounts_has_one(desk: Desk) -> None:
    inner = desk.world.network._inner

    class Forbidding(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/balances"):
                return httpx.Response(403, json={"error": {"code": "permission_denied", "message": ""}})
            return await inner.handle_async_request(request)

    desk.world.network._inner = Forbidding()  # type: ignore[assignment]
    account = await desk.mirror()
    assert account._reads.numbers == (0,)


async def test_without_comparisons_nothing_is_read(desk: Desk) -> None:
    account = await desk.mirror(check_s=None)
    await asyncio.sleep(1)
    before = desk.world.network.requests
    await asyncio.sleep(600)
    assert desk.world.network.requests == before
    desk.world.carrier.cut()
    await account.current(within_s=30)


async def test_an_order_of_an_unknown_status_is_read(desk: Desk, account: Mirror) -> None:
    order = desk.place("bid", "0.40", 10, by="alice").order
    message = {"order_id": order.order_id, "status": "unknown", "ticker": TICKER, "side": "yes"}
    amounts = ("taker_fill_cost_dollars", "maker_fill_cost_dollars", "taker_fees_dollars")
    counts = ("initial_count_fp", "fill_count_fp", "remaining_count_fp", "maker_fees_dollars")
    numbers = dict.fromkeys((*amounts, *counts, "yes_price_dollars"), "0.0000")
    frame: dict[str, Any] = {**message, **numbers, "book_side": "bid", "outcome_side": "yes"}
    desk.world.sandbox.streams.publish("user_order", frame, account=desk.world.alice.account)
    await asyncio.sleep(0.1)
    assert not is_current(account)
    await account.current(within_s=30)
    assert account.orders[order.order_id].remaining_count == D(10)


# Creates in doubt.


def in_doubt(desk: Desk, *, lands: bool) -> CreateOrder:
    """An order whose answers are all lost."""
    desk.world.network.loses = 1.0
    desk.world.network.is_down = False
    if not lands:

        async def lose(request: httpx.Request) -> httpx.Response:
            raise httpx.ReadError("lost on its way")

        desk.world.network.handle_async_request = lose  # type: ignore[method-assign]
    return CreateOrder(TICKER, "bid", 3, "0.25")


def undo(desk: Desk) -> None:
    desk.world.network.loses = 0.0
    desk.world.network.__dict__.pop("handle_async_request", None)


async def test_a_create_in_doubt_is_resolved_by_its_frame(desk: Desk, account: Mirror) -> None:
    desk.world.carrier.delay_s = 20.0
    order = in_doubt(desk, lands=True)
    task = asyncio.create_task(desk.session.orders.create(order))
    await asyncio.sleep(0)
    assert account.unresolved[order.client_order_id].is_under_way
    with pytest.raises(OutcomeUnknown):
        await task
    known = account.unresolved.get(order.client_order_id)
    if known is not None:
        assert not known.is_under_way
        assert known.first_sent_ms is not None
    undo(desk)
    await asyncio.sleep(30)
    assert not account.unresolved
    (shown,) = account.orders
    assert (shown.client_order_id, shown.is_external) == (order.client_order_id, False)


@pytest.mark.parametrize("lands", [True, False])
async def test_a_create_in_doubt_is_resolved_by_reading(desk: Desk, lands: bool) -> None:
    account = await desk.mirror(check_s=None)
    events = account.events()
    desk.world.sandbox.streams.faults.every("user_order", DropFrame())
    order = in_doubt(desk, lands=lands)
    with pytest.raises(OutcomeUnknown):
        await desk.session.with_options(deadline_s=1).orders.create(order)
    undo(desk)
    assert order.client_order_id in account.unresolved
    await asyncio.sleep(28)
    assert account.unresolved, "a late copy could still be accepted"
    await asyncio.sleep(30)
    assert not account.unresolved
    found = await told(events)
    absent = [event for event in found if isinstance(event, Absent)]
    placed = [event for event in found if isinstance(event, Placed)]
    assert (len(absent), len(placed)) == ((0, 1) if lands else (1, 0))


async def test_a_search_that_proves_nothing_is_repeated(
    desk: Desk, account: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = in_doubt(desk, lands=False)
    with pytest.raises(OutcomeUnknown):
        await desk.session.with_options(deadline_s=1).orders.create(order)
    undo(desk)
    desk.world.sandbox.faults.lag_reads(20_000)
    await asyncio.sleep(45)
    assert account.unresolved
    desk.world.sandbox.faults.lag_reads(0)
    await asyncio.sleep(10)
    assert not account.unresolved


async def test_a_create_that_its_task_gave_up_is_in_doubt(desk: Desk, account: Mirror) -> None:
    desk.world.carrier.is_silent = True
    order = CreateOrder(TICKER, "bid", 3, "0.25")

    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1_000)
        raise AssertionError

    desk.world.network.handle_async_request = hang  # type: ignore[method-assign]
    task = asyncio.create_task(desk.session.orders.create(order))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    undo(desk)
    assert not account.unresolved[order.client_order_id].is_under_way


async def test_what_certainly_never_left_is_not_in_doubt(desk: Desk, account: Mirror) -> None:
    desk.world.network.is_down = True
    with pytest.raises(KalshiError):
        await desk.session.with_options(deadline_s=1).orders.create(CreateOrder(TICKER, "bid", 3, "0.25"))
    assert not account.unresolved


async def test_a_row_that_stands_for_a_lost_reply_to_an_amend_claims_nothing(
    desk: Desk, account: Mirror
) -> None:
    order = await desk.rest("0.40", 10)
    desk.place("ask", "0.45", 10)
    await asyncio.sleep(0.1)
    events = account.events()
    desk.world.carrier.delay_s = 5.0
    desk.world.network.loses = 1.0
    amending = asyncio.create_task(desk.session.orders.amend(order, price="0.46"))
    await asyncio.sleep(0.05)
    desk.world.network.loses = 0.0
    await amending
    await asyncio.sleep(10)
    await account.current(within_s=30)
    assert not [event for event in await told(events) if isinstance(event, Canceled)]
    assert not len(account.orders)


async def test_an_entry_of_a_batch_that_says_nothing_is_in_doubt(desk: Desk, account: Mirror) -> None:
    desk.world.carrier.is_silent = True
    orders = [CreateOrder(TICKER, "bid", 1, price) for price in ("0.20", "0.21")]
    inner = desk.world.network._inner

    class Halving(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await inner.handle_async_request(request)
            if not request.url.path.endswith("/batched"):
                return response
            document = msgspec.json.decode(await response.aread())
            return httpx.Response(201, json={"orders": document["orders"][:1]})

    desk.world.network._inner = Halving()  # type: ignore[assignment]
    result = await desk.session.with_options(deadline_s=0.3).orders.create_batch(orders)
    assert len(result.legs) == 2
    assert list(account.unresolved) == [orders[1].client_order_id]


async def test_creates_outside_the_scope_are_of_no_matter(desk: Desk) -> None:
    account = await desk.mirror(subaccount=1)
    desk.world.carrier.is_silent = True
    await desk.rest("0.40", 1)
    await desk.session.order_groups.create(contracts_limit=10)
    assert not account.unresolved
    assert not len(account.orders)
    assert not account.groups


# Groups.


async def test_groups_and_their_orders(desk: Desk, account: Mirror) -> None:
    events = account.events()
    groups = desk.session.order_groups
    group = (await groups.create(contracts_limit=10)).order_group_id
    assert account.groups[group].subaccount == 0
    old = await desk.rest("0.40", 1, order_group_id=group)
    await groups.update_limit(group, contracts_limit=12)
    await asyncio.sleep(0.1)
    assert account.groups[group].contracts_limit == D(12)
    assert account.groups[group].is_triggered is False
    assert not account.is_ending(account.orders[old.order_id])
    shown = account.orders[old.order_id]
    await asyncio.sleep(1)
    desk.world.sandbox.streams.faults.on("user_order", DropFrame())
    await groups.trigger(group)
    await asyncio.sleep(0.1)
    assert account.groups[group].is_triggered is True
    assert account.is_ending(shown)
    assert account.orders[old.order_id] == shown, "it is there until its end is told"
    await groups.reset(group)
    young = await desk.rest("0.41", 1, order_group_id=group)
    await asyncio.sleep(0.1)
    assert not account.is_ending(account.orders[young.order_id])
    assert not account.is_ending(msgspec.structs.replace(shown, order_group_id=None))
    await groups.delete(group)
    await asyncio.sleep(0.1)
    assert group not in account.groups
    assert [kind for kind in kinds(await told(events)) if kind == "GroupChanged"] == ["GroupChanged"] * 5


async def test_groups_after_a_gap(desk: Desk, account: Mirror) -> None:
    groups = desk.session.order_groups
    names = [(await groups.create(contracts_limit=10)).order_group_id for _ in range(3)]
    await asyncio.sleep(0.1)
    events = account.events()
    desk.world.carrier.cut()
    await groups.trigger(names[0])
    await groups.delete(names[1])
    await groups.update_limit(names[2], contracts_limit=33)
    fourth = (await groups.create(contracts_limit=5)).order_group_id
    await account.current(within_s=30)
    assert account.groups.keys() == {names[0], names[2], fourth}
    assert account.groups[names[0]].is_triggered is None, "reads do not tell"
    assert account.groups[names[2]].contracts_limit == D(33)
    changes = [str(event.change) for event in await told(events) if isinstance(event, GroupChanged)]
    assert sorted(changes) == ["created", "deleted", "limit_updated"]
    await groups.reset(names[0])
    await asyncio.sleep(0.1)
    assert account.groups[names[0]].is_triggered is False


async def test_groups_of_some_subaccounts_show_once_a_read_has_placed_them(desk: Desk) -> None:
    account = await desk.mirror(subaccount=(0, 2))
    exchange, alice = desk.world.sandbox.exchange, desk.world.alice.account
    mine, other, third = (exchange.groups.create(alice, 500, subaccount=number) for number in (0, 1, 2))
    await asyncio.sleep(0.1)
    assert not account.groups
    events = account.events()
    desk.place("bid", "0.30", 1, by="alice", order_group_id=third.order_group_id, subaccount=2)
    await asyncio.sleep(0.1)
    assert list(account.groups) == [third.order_group_id], "its order has placed it"
    exchange.groups.trigger(alice, mine.order_group_id)
    await asyncio.sleep(0.1)
    assert kinds(await told(events)) == ["GroupChanged", "Placed"] or kinds(await told(events)) == []
    await asyncio.sleep(CHECK_S + 10)
    assert account.groups.keys() == {mine.order_group_id, third.order_group_id}
    assert other.order_group_id not in account._state.groups.unplaced
    await account.current(within_s=10)


async def test_a_group_that_differs_is_drift(desk: Desk, account: Mirror) -> None:
    exchange, alice = desk.world.sandbox.exchange, desk.world.alice.account
    gone, changed = (exchange.groups.create(alice, 500) for _ in range(2))
    await steady(desk, account)
    events = account.events()
    faults = desk.world.sandbox.streams.faults
    del alice.groups[gone.order_group_id]
    changed.limit_e2 = 700
    desk.world.sandbox.faults.lag_reads(0)
    await asyncio.sleep(CHECK_S + 5)
    found = [event for event in await told(events) if isinstance(event, Drift)]
    assert {(event.mirror, event.exchange) for event in found} == {
        ("limit 5.00", "no such group"),
        ("limit 5.00", "limit 7.00"),
    }
    assert account.groups[changed.order_group_id].contracts_limit == D(7)
    assert faults.is_empty


# A switch that hangs on it.


async def test_a_switch_is_pulled_when_the_account_is_unknown_for_too_long(
    desk: Desk, account: Mirror, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.rest("0.40", 1)
    resting = desk.world.alice.account.resting
    with caplog.at_level(logging.CRITICAL, "kalshi_async"):
        async with desk.session.dead_man(subaccount=0, mirror=account, stale_s=5.0) as switch:
            desk.world.carrier.cut()
            await account.current(within_s=10)
            await asyncio.sleep(10)
            assert resting, "a short gap pulls nothing"
            desk.world.carrier.is_away = True
            desk.world.carrier.cut()
            await asyncio.sleep(4.5)
            assert resting
            await asyncio.sleep(1)
            assert not resting
            with pytest.raises(RiskGateClosed):
                await desk.rest("0.40", 1)
    assert switch.report is not None
    assert switch.report.confirmed


async def test_a_mirror_that_has_ended_pulls_it_too(
    desk: Desk, account: Mirror, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.rest("0.40", 1)
    with caplog.at_level(logging.CRITICAL, "kalshi_async"):
        async with desk.session.dead_man(subaccount=0, mirror=account):
            await account.aclose()
            await asyncio.sleep(11)
            assert not desk.world.alice.account.resting


# What it reads.


async def test_the_steady_state_costs_what_the_table_says(desk: Desk, account: Mirror) -> None:
    await asyncio.sleep(1)
    numbers, attempts = 3, list[AttemptEvent]()  # all subaccounts are mirrored
    desk.session._context.pipeline.hooks = Hooks(on_attempt=attempts.append)
    await asyncio.sleep(10 * CHECK_S)
    assert sum(one.bucket == "read" for one in attempts) * 10 == 10 * (60 + 20 * (numbers - 1))
    assert sum(one.bucket == "balance" for one in attempts) == 10 * numbers
    assert 0.01 * 200 * CHECK_S >= 60, "for one subaccount a hundredth of Basic's refill"
    attempts.clear()
    desk.world.carrier.cut()
    await account.current(within_s=30)
    assert sum(one.bucket == "read" for one in attempts) * 10 == 80 + 10 + 20 * (numbers - 1)


async def test_what_has_ended_is_forgotten(desk: Desk, account: Mirror) -> None:
    for _ in range(5):
        desk.place("bid", "0.40", 1, by="alice")
        desk.place("ask", "0.40", 1)
    group = (await desk.session.order_groups.create(contracts_limit=10)).order_group_id
    await desk.session.order_groups.delete(group)
    other = desk.place("bid", "0.40", 1, by="alice", ticker=TICKERS[1])
    desk.place("ask", "0.40", 1, ticker=TICKERS[1])
    desk.place("bid", "0.45", 1, ticker=TICKERS[1])
    desk.place("ask", "0.45", 1, by="alice", ticker=TICKERS[1])
    desk.world.sandbox.market(TICKERS[1]).settle("no")
    await asyncio.sleep(600)
    state = account._state
    assert other.order.order_id not in state.orders._records
    assert (len(state.orders), len(state.fills), len(state._settled)) == (0, 0, 0)
    assert len(state.groups._deleted) == 0
    assert list(state.positions.known) == [(TICKER, 0)]
    assert is_current(account)
