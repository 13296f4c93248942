"""After a create whose fate is unknown, no refusal is final; only a match or a 2xx settles it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from kalshi_async import (
    ApiError,
    Conflict,
    CreateOrder,
    ExchangePaused,
    KalshiError,
    OutcomeUnknown,
    RateLimited,
    RateLimits,
    UnexpectedReply,
)
from kalshi_async.sandbox.engine.instructions import NewOrder
from tests.stages.scene import RESET, Scene, new_order, refusal
from tests.stages.scripted import Line
from tests.stages.served import OTHER_TICKER, TICKER, D

REFUSALS = [
    (400, "insufficient_balance"),
    (400, "invalid_order"),  # "post only cross", in its details
    (400, "market_already_closed"),
    (401, "authentication_error"),
    (403, "permission_denied"),
    (404, "market_not_found"),
    (409, "order_already_exists"),
    (410, "deprecated_v1_order_endpoint"),
]
every_refusal = pytest.mark.parametrize(("status", "code"), REFUSALS)


@every_refusal
@pytest.mark.parametrize("lag_ms", [0, 700])
async def test_a_refusal_after_an_attempt_that_landed_is_settled_as_placed(
    scene: Scene, status: int, code: str, lag_ms: int
) -> None:
    # The first took the money (the price, the key) that the second is refused for.
    scene.sandbox.faults.lag_reads(lag_ms)
    order = new_order(count=3)
    scene.play(scene.landed(), refusal(status, code))
    placed = await scene.session.orders.create(order)
    assert set(scene.account.orders) == {placed.order_id}
    assert (placed.client_order_id, placed.remaining_count) == (order.client_order_id, D(3))
    assert (placed.book_side, placed.yes_price) == (order.side, order.price)
    assert len(scene.writes) == 2, "found by reading, not sent again"


@every_refusal
async def test_a_refusal_after_an_attempt_that_never_arrived_stays_unknown(
    scene: Scene, status: int, code: str
) -> None:
    # A late copy of the first may still arrive: nothing is certain within five seconds.
    scene.play(RESET, refusal(status, code))
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.create(new_order())
    assert scene.clock.monotonic() == pytest.approx(5.0), "it was looked for to the deadline"
    cause = caught.value.__cause__
    assert isinstance(cause, KalshiError)
    assert code in str(cause) or "retired" in str(cause), "the refusal is told"
    assert len(scene.writes) == 2
    assert not scene.account.orders


@pytest.mark.parametrize(("status", "code"), [row for row in REFUSALS if row[1] != "order_already_exists"])
async def test_a_refusal_of_a_first_attempt_is_final_and_nothing_is_read(
    scene: Scene, status: int, code: str
) -> None:
    scene.play(refusal(status, code))
    with pytest.raises(KalshiError) as caught:
        await scene.session.orders.create(new_order())
    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.sent is True
    assert len(scene.network.requests) == 1


async def test_a_conflict_of_a_first_attempt_stays_a_conflict(scene: Scene) -> None:
    # Sending one object twice is the caller's mistake, and is told as such once it is read.
    order = new_order()
    await scene.session.orders.create(order)
    await scene.clock.sleep(5)
    scene.play()
    with pytest.raises(Conflict) as caught:
        await scene.session.orders.create(order)
    assert caught.value.code == "order_already_exists"
    assert len(scene.writes) == 1
    assert scene.reads


def holder(scene: Scene, order: CreateOrder, **changes: object) -> NewOrder:
    """An order under the same key that somebody else of the account places."""
    fields: dict[str, object] = {
        "ticker": order.ticker,
        "side": "bid",
        "count_e2": int(order.count * 100),
        "price_e4": int(order.price * 10_000),
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        "client_order_id": order.client_order_id,
    }
    return NewOrder(**{**fields, **changes})  # type: ignore[arg-type]  # the fields of NewOrder


OTHERS = [{"count_e2": 200}, {"price_e4": 1100}, {"side": "ask"}, {"ticker": OTHER_TICKER}]


@pytest.mark.parametrize("change", OTHERS, ids=lambda change: next(iter(change)))
@pytest.mark.parametrize("lag_ms", [0, 700])
async def test_a_duplicate_of_another_shape_is_a_conflict(
    scene: Scene, change: dict[str, object], lag_ms: int
) -> None:
    order = new_order()
    scene.sandbox.faults.lag_reads(lag_ms)

    def place() -> None:
        scene.sandbox.exchange.orders.create(scene.account, holder(scene, order, **change))

    scene.play(scene.meanwhile(place))
    with pytest.raises(Conflict) as caught:
        await scene.session.orders.create(order)
    assert caught.value.code == "order_already_exists"
    assert len(scene.account.orders) == 1, "the other one"


@pytest.mark.parametrize("age_s", [31, 60, 100_000])
async def test_a_duplicate_from_before_the_first_attempt_is_a_conflict(scene: Scene, age_s: float) -> None:
    # It has our key and shape, and is all the same an order of yesterday.
    order = new_order()
    scene.sandbox.exchange.orders.create(scene.account, holder(scene, order))
    await scene.clock.sleep(age_s)
    scene.play(RESET)
    with pytest.raises(Conflict):
        await scene.session.orders.create(order)
    assert len(scene.account.orders) == 1


async def test_a_duplicate_that_reads_do_not_show_yet_is_waited_for(scene: Scene) -> None:
    scene.sandbox.faults.lag_reads(3_000)
    scene.play(scene.landed())
    placed = await scene.session.orders.create(new_order())
    assert scene.clock.monotonic() >= 3.0
    assert set(scene.account.orders) == {placed.order_id}


async def test_a_found_order_says_what_the_lost_answer_said(scene: Scene) -> None:
    # It may have been filled by the time it is read: the caller must not count on all of it.
    order = new_order(count=10, price="0.40", subaccount=0, exchange_index=0)

    def fill() -> None:
        scene.sandbox.market(TICKER).trade("ask", "0.40", 4)

    scene.play(scene.landed(), scene.meanwhile(fill, scene.landed(refusal(409, "order_already_exists"))))
    placed = await scene.session.orders.create(order)
    assert (placed.fill_count, placed.remaining_count) == (D(4), D(6))
    assert (placed.count, placed.subaccount, placed.exchange_index) == (D(10), 0, 0)


async def test_resends_carry_the_routing_of_the_view_to_the_byte(scene: Scene) -> None:
    exchange = scene.sandbox.exchange
    exchange.markets.add("KXTWO-26NOV23-T1", exchange_index=2)
    exchange.accounts.create_subaccount(scene.account, 2)
    exchange.accounts.deposit(scene.account, D(100), exchange_index=2)
    exchange.transfers.between_subaccounts(scene.account, "some", 0, 1, 5_000, 2)
    view = scene.session.with_options(subaccount=1, exchange_index=2)
    scene.play(RESET, httpx.Response(503), RESET)
    placed = await view.orders.create(CreateOrder("KXTWO-26NOV23-T1", "bid", 1, "0.10"))
    scene.assert_resent(4)
    (order,) = scene.account.orders.values()
    assert (order.order_id, order.subaccount, order.exchange_index) == (placed.order_id, 1, 2)


async def test_every_attempt_is_admitted_and_paid_for(scene: Scene) -> None:
    # Next to no refill, so that what was spent can be read off at any time.
    limits = RateLimits(scene.clock.monotonic, read=(1e-6, 200), write=(1e-6, 100))
    session = await scene.again(rate_limits=limits, base_transport=scene.network)
    scene.play(RESET, RESET, RESET)
    await session.orders.create(new_order())
    assert limits.write.tokens() == pytest.approx(60)


async def test_not_sent_and_429_in_doubt_are_simply_sent_again(scene: Scene) -> None:
    # They prove nothing about the first attempt, and nothing new was risked.
    script: list[Line] = [RESET, httpx.ConnectError("refused"), httpx.Response(429)]
    scene.play(*script)
    placed = await scene.session.orders.create(new_order())
    scene.assert_resent(4)
    assert set(scene.account.orders) == {placed.order_id}


async def test_what_ends_a_call_in_doubt_never_says_it_was_not_executed(scene: Scene) -> None:
    # The last attempt was certainly refused or not sent; the first is still unknown.
    refusals: list[Callable[[], Line]] = [lambda: httpx.ConnectError("refused"), lambda: httpx.Response(429)]
    for last in refusals:
        scene.play(scene.landed(), ever=last)  # reads meet it too
        with pytest.raises(OutcomeUnknown) as caught:
            await scene.session.orders.create(new_order())
        assert caught.value.sent is not False
        assert not isinstance(caught.value.__cause__, ApiError) or isinstance(
            caught.value.__cause__, RateLimited
        )
    assert len(scene.account.orders) == 2


async def test_a_pause_is_waited_out_to_the_deadline(scene: Scene) -> None:
    scene.sandbox.exchange.shards.pause_trading(0)
    with pytest.raises(ExchangePaused) as caught:
        await scene.session.orders.create(new_order())
    assert scene.clock.monotonic() == 5
    assert caught.value.sent is True
    assert not scene.account.orders


async def test_a_pause_after_an_attempt_that_landed_is_settled_by_reading(scene: Scene) -> None:
    # The pause of the exchange outlasts the call: there is time for a look between the attempts.
    scene.sandbox.faults.lag_reads(700)
    order = new_order()
    scene.play(scene.landed(), scene.meanwhile(lambda: scene.sandbox.exchange.shards.pause_trading(0), RESET))
    placed = await scene.session.orders.create(order)
    assert set(scene.account.orders) == {placed.order_id}
    assert scene.clock.monotonic() < 3


async def test_one_attempt_that_certainly_left_is_enough_to_say_so(scene: Scene) -> None:
    scene.play(httpx.Response(503), ever=lambda: RESET)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.create(new_order())
    assert caught.value.sent is True, "the first was answered, whatever became of the others"
    scene.play(ever=lambda: RESET)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.create(new_order())
    assert caught.value.sent is None


async def test_a_create_answered_with_the_key_of_another_is_in_doubt(scene: Scene) -> None:
    order = new_order()
    reply = {
        "order_id": "theirs",
        "client_order_id": "not-ours",
        "fill_count": "0.00",
        "remaining_count": "1.00",
        "ts_ms": scene.clock.now_ms(),
    }
    scene.play(httpx.Response(201, json=reply))
    assert (await scene.session.orders.create(order)).client_order_id == order.client_order_id
    assert len(scene.writes) == 2

    async def theirs(request: httpx.Request) -> httpx.Response:
        is_read = request.method == "GET"
        return await scene.inner.handle_async_request(request) if is_read else httpx.Response(201, json=reply)

    order = new_order()
    scene.play(ever=lambda: theirs)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.create(order)
    assert caught.value.client_order_id == order.client_order_id
    assert "not-ours" in str(caught.value.__cause__)
    assert isinstance(caught.value.__cause__, UnexpectedReply)
