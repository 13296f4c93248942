"""What a program sees of the mirror, against the embedded exchange."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from kalshi_async import ALL, CancelItem, CreateOrder, Credentials, InvalidRequest, Session, Unauthorized
from kalshi_async.errors import DeadlineExceeded, Forbidden, KalshiError, SlowConsumer
from kalshi_async.mirror import (
    Amended,
    Canceled,
    Expired,
    Filled,
    Mirror,
    OutOfDate,
    Placed,
    PositionChanged,
    Settled,
    UpToDate,
    event_reader,
)
from kalshi_async.sandbox.faults.frames import DropFrame, FailSubscription, GarbleFrame
from kalshi_async.streams import Gap, GapReason
from tests.mirror.conftest import TICKER, D, Desk, is_current, kinds, told
from tests.stages.served import session_of


async def test_a_mirror_begins_with_what_is_there_and_tells_nothing_of_it(desk: Desk) -> None:
    order = await desk.rest("0.40", 10)
    desk.place("ask", "0.40", 3)
    account = await desk.mirror()
    events = account.events()
    assert is_current(account)
    assert account.stale_since_ms is None
    (shown,) = account.orders
    assert (shown.order_id, shown.remaining_count, shown.fill_count) == (order.order_id, D(7), D(3))
    assert order.order_id in account.orders
    assert account.orders.get(order.order_id) == account.orders.by_client_id(order.client_order_id) == shown
    assert account.orders.of(TICKER) == account.orders.of(TICKER, "bid", subaccount=0) == [shown]
    assert account.orders.of(TICKER, "ask") == []
    assert account.positions.count(TICKER) == D(3)
    assert [one.position for one in account.positions] == [D(3)]
    held = account.positions.get(TICKER)
    assert held is not None
    assert (held.cost, len(account.positions)) == (D("1.20"), 1)
    assert account.positions.count("another") == 0
    assert await told(events) == []


async def test_a_life_of_an_order_is_told_in_order(desk: Desk, account: Mirror) -> None:
    events = account.events()
    order = await desk.rest("0.40", 10)
    assert account.orders[order.order_id].remaining_count == D(10), "the own reply counts at once"
    desk.place("ask", "0.40", 3)
    await asyncio.sleep(0.1)
    await desk.session.orders.amend(account.orders[order.order_id], price="0.39", count=8)
    assert account.orders[order.order_id].yes_price == D("0.39")
    await desk.session.orders.decrease(account.orders[order.order_id], reduce_to=2)
    assert account.orders[order.order_id].remaining_count == D(2)
    await desk.session.orders.cancel(account.orders[order.order_id])
    assert len(account.orders) == 0
    found = await told(events)
    assert kinds(found) == ["Placed", "Filled", "PositionChanged", "Amended", "Amended", "Canceled"]
    fill, canceled = found[1], found[-1]
    assert isinstance(fill, Filled)
    assert isinstance(canceled, Canceled)
    assert fill.order is not None
    assert (fill.count, fill.post_position, fill.order.remaining_count) == (D(3), D(3), D(7))
    assert (canceled.order.fill_count, canceled.reason) == (D(3), None)


async def test_a_reply_counts_before_any_frame(desk: Desk, account: Mirror) -> None:
    desk.world.carrier.is_silent = True
    order = await desk.rest("0.40", 10)
    other = await desk.rest("0.38", 5)
    assert len(account.orders) == 2
    await desk.session.orders.amend(order, price="0.41")
    assert account.orders[order.order_id].yes_price == D("0.41")
    await desk.session.orders.amend(order, price="0.41", count=4, expiration_time=1_900_000_000)
    shown = account.orders[order.order_id]
    assert (shown.remaining_count, shown.expiration_ms) == (D(4), 1_900_000_000_000)
    await desk.session.orders.amend(shown, expiration_time=0, updated_client_order_id="another")
    again = account.orders.by_client_id("another")
    assert again is not None
    assert again.expiration_ms is None
    assert account.orders.by_client_id(order.client_order_id) is None
    await desk.session.orders.decrease(other, reduce_to=0)
    assert [one.order_id for one in account.orders] == [order.order_id]
    await desk.session.orders.cancel(order)
    assert not len(account.orders)


async def test_amends_that_fill_or_end_an_order_count_at_once(desk: Desk, account: Mirror) -> None:
    first = await desk.rest("0.40", 4)
    second = await desk.rest("0.39", 4)
    desk.place("ask", "0.40", 1)
    await asyncio.sleep(0.1)
    desk.world.carrier.is_silent = True
    await desk.session.orders.amend(first, count=1)  # to what is filled: it is canceled
    desk.place("ask", "0.45", 4)
    await desk.session.orders.amend(second, price="0.45")
    (filled,) = account.orders
    assert filled.remaining_count == 0, "its frame tells whether it was executed"


async def test_batches_count_at_once(desk: Desk, account: Mirror) -> None:
    desk.world.carrier.is_silent = True
    orders = [CreateOrder(TICKER, "bid", 2, price) for price in ("0.30", "0.31", "0.3123")]
    result = await desk.session.orders.create_batch(orders)
    assert (len(result.ok), len(result.failed)) == (2, 1)
    assert [one.client_order_id for one in account.orders] == [one.client_order_id for one in orders[:2]]
    assert not account.unresolved
    taken = CreateOrder(TICKER, "ask", 2, "0.31", time_in_force="immediate_or_cancel", subaccount=1)
    await desk.session.orders.create_batch([taken])
    missing = CancelItem("00000000-0000-4000-8000-000000000000", market_ticker=TICKER)
    canceled = await desk.session.orders.cancel_batch([*account.orders, missing])
    assert (len(canceled.ok), len(canceled.failed)) == (2, 1)
    assert not len(account.orders)


async def test_another_session_of_the_account_counts_at_once_too(desk: Desk, account: Mirror) -> None:
    other = await desk.another_session(
        base_transport=desk.world.network, rate_limits=desk.session.rate_limits
    )
    desk.world.carrier.is_silent = True
    order = await other.orders.create(CreateOrder(TICKER, "bid", 1, "0.20"))
    assert not account.orders[order.order_id].is_external


async def test_without_a_mirror_nothing_is_observed(desk: Desk) -> None:
    account = await desk.mirror()
    assert desk.session.rate_limits.observers
    await account.aclose()
    assert not desk.session.rate_limits.observers


async def test_a_refused_create_leaves_nothing(desk: Desk, account: Mirror) -> None:
    with pytest.raises(KalshiError):
        await desk.rest("0.4023")
    assert not account.unresolved


async def test_orders_that_expire_or_are_taken_down_say_why(desk: Desk, account: Mirror) -> None:
    events = account.events()
    await desk.rest("0.40", 1, expiration_time=desk.world.clock.now_ms() // 1000 + 5)
    await desk.rest("0.30", 1)
    await asyncio.sleep(6)
    market = desk.world.sandbox.market(TICKER)
    market.pause()
    market.resume()
    found = await told(events)
    assert kinds(found) == ["Placed", "Placed", "Expired", "Canceled"]
    ended = found[-1]
    assert isinstance(found[2], Expired)
    assert isinstance(ended, Canceled)
    assert ended.reason == "HaltCancel"


async def test_strangers_orders_are_external_and_mine_alone_are_canceled(desk: Desk) -> None:
    account = await desk.mirror(owner="mm-")
    assert await account.cancel_mine() is None
    theirs = desk.place("bid", "0.20", 1, by="alice")
    mine = await desk.rest("0.21", 1, client_order_id=account.new_client_order_id())
    await desk.rest("0.22", 1, client_order_id="another-1")
    await asyncio.sleep(0.1)
    assert [one.order_id for one in account.mine] == [mine.order_id]
    assert account.orders[theirs.order.order_id].is_external
    canceled = await account.cancel_mine()
    assert canceled is not None
    assert len(canceled.ok) == 1
    await asyncio.sleep(0.1)
    assert len(account.orders) == 2


async def test_without_an_owner_what_this_program_placed_is_its_own(desk: Desk) -> None:
    before = await desk.rest("0.20", 1)
    account = await desk.mirror()
    after = await desk.rest("0.21", 1)
    await asyncio.sleep(0.1)
    assert account.orders[before.order_id].is_external
    assert not account.orders[after.order_id].is_external


# Gaps.


async def test_a_lost_link_is_said_at_once_and_what_happened_meanwhile_is_told(
    desk: Desk, account: Mirror
) -> None:
    first = await desk.rest("0.40", 10)
    events = account.events()
    await told(events)
    desk.world.carrier.is_away = True
    desk.world.carrier.cut()
    assert not is_current(account), "before anything else runs"
    assert account.stale_since_ms is not None
    desk.place("ask", "0.40", 4)
    desk.cancel(first.order_id)
    born = desk.place("bid", "0.30", 2, by="alice")
    gone = desk.place("bid", "0.31", 2, by="alice")
    desk.cancel(gone.order.order_id)
    with pytest.raises(DeadlineExceeded, match="connection lost"):
        await account.current(within_s=3)
    desk.world.carrier.is_away = False
    await account.current(within_s=60)
    found = await told(events)
    between = ["Placed", "Placed", "Canceled", "Filled", "Canceled", "PositionChanged"]
    assert kinds(found) == ["OutOfDate", *between, "UpToDate"]
    assert isinstance(found[0], OutOfDate)
    assert isinstance(found[-1], UpToDate)
    assert found[-1].gap.since_ms == found[0].since_ms
    assert found[-1].gap.found == 6
    assert [one.order_id for one in account.orders] == [born.order.order_id]


async def test_many_orders_that_ended_in_a_gap_are_read_by_the_page(desk: Desk, account: Mirror) -> None:
    orders = [await desk.rest("0.20", 1) for _ in range(8)]
    for _ in range(20):  # younger ones, which the list shows before
        await desk.rest("0.21", 1)
    await asyncio.sleep(300)
    desk.world.carrier.cut()
    for order in orders:
        desk.cancel(order.order_id)
    before = desk.world.network.requests
    await account.current(within_s=60)
    assert len(account.orders) == 20
    assert desk.world.network.requests - before < 20


async def test_orders_that_were_archived_in_a_gap_are_found_there(desk: Desk, account: Mirror) -> None:
    order, other = [await desk.rest("0.20", 1) for _ in range(2)]
    await desk.session.orders.cancel(other)
    await asyncio.sleep(100)
    events = account.events()
    desk.world.carrier.is_away = True
    desk.world.carrier.cut()
    desk.cancel(order.order_id)
    await asyncio.sleep(90_000)
    desk.world.sandbox.exchange.historical_cutoff_us = desk.world.clock.now_ms() * 1000
    desk.world.carrier.is_away = False
    await account.current(within_s=120)
    assert kinds(await told(events)) == ["OutOfDate", "Canceled", "UpToDate"]


async def test_an_order_that_no_list_shows_any_more_is_over(desk: Desk, account: Mirror) -> None:
    order = await desk.rest("0.20", 1)
    await asyncio.sleep(100)
    events = account.events()
    desk.world.carrier.cut()
    desk.world.sandbox.faults.lag_reads(0)
    del desk.world.alice.account.orders[order.order_id], desk.world.alice.account.resting[order.order_id]
    await account.current(within_s=120)
    assert kinds(await told(events)) == ["OutOfDate", "Canceled", "UpToDate"]


async def test_a_break_while_reading_makes_it_read_again(desk: Desk) -> None:
    account = await desk.mirror()
    events = account.events()
    desk.world.carrier.cut()
    await asyncio.sleep(1.5)
    desk.world.carrier.cut()
    desk.place("bid", "0.30", 2, by="alice")
    await account.current(within_s=60)
    assert kinds(await told(events)) == ["OutOfDate", "Placed", "UpToDate"]


async def test_reads_that_fail_are_repeated_until_they_succeed(desk: Desk, account: Mirror) -> None:
    desk.world.carrier.cut()
    desk.world.network.is_down = True
    await asyncio.sleep(60)
    assert not is_current(account)
    desk.world.network.is_down = False
    await account.current(within_s=30)


@pytest.mark.parametrize("kind", ["fill", "user_order"])
async def test_an_unreadable_frame_is_a_gap(desk: Desk, account: Mirror, kind: str) -> None:
    events = account.events()
    desk.world.sandbox.streams.faults.on(kind, GarbleFrame())
    await desk.rest("0.40", 3)
    desk.place("ask", "0.40", 3)
    await asyncio.sleep(0.1)
    assert not is_current(account)
    await account.current(within_s=60)
    found = kinds(await told(events))
    assert [name for name in found if name not in ("OutOfDate", "UpToDate")] == [
        *("Placed", "Filled", "PositionChanged")
    ]


async def test_a_fill_that_never_came_is_missed_at_the_next_one(desk: Desk, account: Mirror) -> None:
    events = account.events()
    desk.world.sandbox.streams.faults.on("fill", DropFrame())
    await desk.rest("0.40", 6)
    for _ in range(2):
        desk.place("ask", "0.40", 3)
        await asyncio.sleep(0.1)
    await asyncio.sleep(10)
    await account.current(within_s=60)
    found = kinds(await told(events))
    assert found.count("Filled") == 2
    assert "OutOfDate" in found


async def test_what_the_state_doubts_is_not_current_until_a_read(desk: Desk, account: Mirror) -> None:
    account._state._doubt("a fill is missing")
    assert not is_current(account)
    await account.current(within_s=60)


async def test_a_subscription_that_ends_is_made_again(desk: Desk, account: Mirror) -> None:
    desk.world.sandbox.streams.faults.on("user_order", FailSubscription(10))
    desk.place("bid", "0.30", 2, by="alice")
    await asyncio.sleep(0.1)
    assert not is_current(account)
    await account.current(within_s=60)
    assert len(account.orders) == 1


# Opening and closing.


async def test_entering_goes_on_without_when_the_exchange_is_away(desk: Desk) -> None:
    desk.world.carrier.is_away = True
    desk.place("bid", "0.30", 2, by="alice")
    account = await desk.mirror()
    events = account.events()
    assert not is_current(account)
    desk.world.carrier.is_away = False
    await account.current(within_s=60)
    assert kinds(await told(events)) == ["UpToDate"], "nothing of before it was current"
    assert len(account.orders) == 1


async def test_a_key_that_is_not_accepted_ends_it(desk: Desk) -> None:
    keys = desk.world.bob
    wrong = Credentials(keys.key_id, desk.world.alice.private_key_pem)
    session = Session(
        desk.world.sandbox.environment,
        wrong,
        clock=desk.world.clock,
        base_transport=desk.world.network,
        rate_limits=desk.session.rate_limits,
    )
    await desk.exits.enter_async_context(session)
    with pytest.raises(Unauthorized):
        await desk.mirror(session=session)


async def test_a_mirror_opens_and_closes_a_stream_of_its_own(desk: Desk) -> None:
    session = session_of(desk.world.sandbox, desk.world.alice, desk.world.clock)
    async with desk.world.sandbox:
        session = session_of(desk.world.sandbox, desk.world.alice, desk.world.clock)
        async with session, session.mirror() as account:
            assert is_current(account)
            with pytest.raises(InvalidRequest, match="entered once"):
                await account.__aenter__()
        events = account.events()
        with pytest.raises(InvalidRequest, match="closed"):
            await anext(events)
        with pytest.raises(InvalidRequest, match="closed"):
            await account.changed()


async def test_readers_and_waiters_end_with_the_mirror(desk: Desk) -> None:
    account = await desk.mirror()
    events = account.events()
    waiting = [asyncio.ensure_future(anext(events)), asyncio.ensure_future(account.changed())]
    await asyncio.sleep(0.1)
    await account.aclose()
    for error in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(error, InvalidRequest)
    assert not is_current(account)


async def test_a_canceled_entry_leaves_nothing(desk: Desk) -> None:
    desk.world.carrier.is_away = True
    entering = asyncio.create_task(desk.mirror())
    await asyncio.sleep(1)
    entering.cancel()
    await asyncio.wait([entering])
    assert not desk.session.rate_limits.observers


async def test_a_stream_that_is_closed_carries_no_mirror(desk: Desk) -> None:
    async with desk.session.stream(transport=desk.world.carrier) as stream:
        pass
    with pytest.raises(InvalidRequest, match="closed"):
        await desk.session.mirror(stream=stream).__aenter__()
    assert not desk.session.rate_limits.observers


async def test_a_slow_reader_ends_alone(desk: Desk, account: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_reader, "MOST_EVENTS", 3)
    slow, quick = account.events(), account.events()
    for _ in range(5):
        desk.place("bid", "0.30", 2, by="alice")
        assert len(await told(quick)) == 1
    assert len([await anext(slow) for _ in range(4)]) == 4
    with pytest.raises(SlowConsumer):
        await anext(slow)


async def test_a_change_wakes_who_waits_for_one(desk: Desk, account: Mirror) -> None:
    waiting = asyncio.create_task(account.changed())
    gone = asyncio.create_task(account.changed())
    await asyncio.sleep(0.1)
    gone.cancel()
    desk.place("bid", "0.30", 2, by="alice")
    await asyncio.wait_for(waiting, 1)


async def test_a_fault_of_ours_ends_the_mirror_and_not_the_stream(
    desk: Desk, account: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(account._state.orders, "state", fail)
    desk.place("bid", "0.30", 2, by="alice")
    with pytest.raises(KalshiError, match="failed at a frame"):
        await account.changed()
    assert not is_current(account)


async def test_a_read_that_is_forbidden_ends_the_mirror(desk: Desk, account: Mirror) -> None:
    inner = desk.world.network._inner

    class Forbidding(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/portfolio/orders"):
                return httpx.Response(403, json={"error": {"code": "permission_denied", "message": ""}})
            return await inner.handle_async_request(request)

    desk.world.network._inner = Forbidding()  # type: ignore[assignment]
    desk.world.carrier.cut()
    await asyncio.sleep(30)
    with pytest.raises(Forbidden):
        await account.current()


async def test_a_reading_of_which_one_list_fails_is_none(desk: Desk, account: Mirror) -> None:
    inner, fails = desk.world.network._inner, True

    class Failing(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if fails and request.url.path.endswith("/fills"):
                raise httpx.ReadError("lost")
            return await inner.handle_async_request(request)

    desk.world.network._inner = Failing()  # type: ignore[assignment]
    desk.world.carrier.cut()
    await asyncio.sleep(40)
    assert not is_current(account)
    fails = False
    await account.current(within_s=30)


async def test_a_break_that_is_known_is_not_told_twice(desk: Desk, account: Mirror) -> None:
    tap = account._taps["fill"]
    gap = Gap("fill", GapReason.LINK_LOST)
    assert tap.interrupt(gap, goes_on=False)
    assert not tap.interrupt(gap, goes_on=False)
    tap.resume(0)
    await account.current(within_s=30)


async def test_a_fault_of_ours_in_reading_ends_the_mirror(
    desk: Desk, account: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(account._state, "merge", fail)
    desk.world.carrier.cut()
    await asyncio.sleep(60)
    with pytest.raises(KalshiError, match="failed within"):
        await account.changed()


# Scopes.


@pytest.mark.parametrize(
    ("scope", "shown"), [(ALL, [0, 1, 2]), (None, [0, 1, 2]), (1, [1]), ((0, 2), [0, 2])]
)
async def test_a_mirror_shows_the_subaccounts_of_its_scope(
    desk: Desk, scope: object, shown: list[int]
) -> None:
    for number in (0, 1, 2):
        desk.place("bid", "0.40", 1, by="alice", subaccount=number)
    account = await desk.mirror(subaccount=scope)
    assert sorted(one.subaccount for one in account.orders) == shown
    for number in (0, 1, 2):
        await desk.rest("0.39", 1, subaccount=number)
        desk.place("bid", "0.38", 1, by="alice", subaccount=number)
    desk.place("ask", "0.30", 3)
    await asyncio.sleep(0.1)
    assert sorted({one.subaccount for one in account.orders}) == shown
    assert sorted(one.subaccount for one in account.positions) == shown
    assert is_current(account)


async def test_a_view_gives_its_subaccount(desk: Desk) -> None:
    account = await desk.mirror(session=desk.session.with_options(subaccount=1, exchange_index=0))
    await desk.rest("0.39", 1, subaccount=1)
    await desk.rest("0.39", 1)
    assert [one.subaccount for one in account.orders] == [1]


async def test_a_restricted_key_shows_its_own_subaccount(desk: Desk) -> None:
    keys = desk.world.sandbox.add_key(desk.world.alice, subaccount=2)
    options = {"base_transport": desk.world.network}
    session = session_of(desk.world.sandbox, keys, desk.world.clock, **options)
    await desk.exits.enter_async_context(session)
    account = await desk.mirror(session=session)
    desk.world.carrier.is_silent = True
    order = await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.20"))
    assert account.orders[order.order_id].subaccount == 2


@pytest.mark.parametrize("wrong", [(), (64,), (-1,), 70])
async def test_a_scope_names_subaccounts_that_can_be(desk: Desk, wrong: object) -> None:
    with pytest.raises(InvalidRequest, match="subaccount"):
        desk.session.mirror(subaccount=wrong)  # type: ignore[arg-type]


async def test_a_period_is_positive(desk: Desk) -> None:
    with pytest.raises(InvalidRequest, match="check_s"):
        desk.session.mirror(check_s=0)


async def test_a_settled_market_is_flat_and_told(desk: Desk, account: Mirror) -> None:
    await desk.rest("0.40", 3)
    desk.place("ask", "0.40", 3)
    events = account.events()
    await asyncio.sleep(10)
    desk.world.sandbox.market(TICKER).settle("yes")
    await asyncio.sleep(0.1)
    assert not is_current(account), "a position that no fill explains"
    await account.current(within_s=60)
    found = await told(events)
    settled = [event for event in found if isinstance(event, Settled)]
    assert [(event.subaccount, event.settlement.revenue_cents) for event in settled] == [(0, 300)]
    assert [event.before for event in found if isinstance(event, PositionChanged)][-1] == D(3)
    assert account.positions.count(TICKER) == 0
    assert not [event for event in found if isinstance(event, Placed | Amended) and event.order.is_external]
