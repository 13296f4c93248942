"""Batches that cannot lose a leg, whatever happens to their replies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from kalshi_async import (
    BadRequest,
    Conflict,
    CreateOrder,
    ExchangePaused,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
)
from kalshi_async.sandbox.engine.instructions import NewOrder
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.resources.settling.batch_replies import pieces_of, rewritten
from tests.stages.scene import RESET, Scene, new_order, opened, refusal
from tests.stages.scripted import Line
from tests.stages.served import OTHER_TICKER, D


async def test_a_lost_reply_is_sent_again_and_every_leg_is_found(scene: Scene) -> None:
    # The resend meets a duplicate in every leg: each is looked for by its own key.
    orders = [new_order(), new_order(2), new_order(3, "0.1005"), new_order(4)]
    scene.play(scene.landed())
    result = await scene.session.orders.create_batch(orders)
    scene.assert_resent(2)
    assert [leg.request for leg in result] == orders
    assert [order.count for order in result.ok] == [D(1), D(2), D(4)]
    assert set(scene.account.orders) == {order.order_id for order in result.ok}
    (unsettled,) = [*result.failed, *result.unknown]
    assert unsettled.request is orders[2]


async def test_a_batch_that_never_arrived_is_sent_again(scene: Scene) -> None:
    scene.play(RESET, httpx.Response(502))
    result = await scene.session.orders.create_batch([new_order(), new_order()])
    scene.assert_resent(3)
    assert len(result.ok) == len(scene.account.orders) == 2


async def test_a_refusal_of_a_leg_is_final_only_without_a_doubt(scene: Scene) -> None:
    # The first delivery of the batch may have been accepted before a rule or the cash changed.
    result = await scene.session.orders.create_batch([new_order(), new_order(price="0.1005")])
    assert isinstance(result.legs[1].error, BadRequest)
    scene.play(RESET)
    result = await scene.session.orders.create_batch([new_order(), new_order(price="0.1005")])
    assert isinstance(result.legs[1].error, OutcomeUnknown)
    assert isinstance(result.legs[1].error.__cause__, BadRequest)
    assert len(result.ok) == 1


async def test_an_unreadable_reply_leaves_every_leg_unknown_with_its_own_key(scene: Scene) -> None:
    scene.play(ever=lambda: httpx.Response(201, content=b"<html>"))
    orders = [new_order(), new_order()]
    result = await scene.session.orders.create_batch(orders)
    errors = [leg.error for leg in result.unknown]
    assert [error.client_order_id for error in errors if isinstance(error, OutcomeUnknown)] == [
        order.client_order_id for order in orders
    ]
    assert errors[0] is not errors[1]


async def test_a_leg_that_cannot_be_found_is_unknown_by_the_deadline(scene: Scene) -> None:
    # Reads lag: the others are told, and all of it ends on time.
    scene.sandbox.faults.lag_reads(60_000)
    scene.play(rewritten(scene, lambda entries: entries[:1]))
    result = await scene.session.orders.create_batch([new_order(1), new_order(2), new_order(3)])
    assert scene.clock.monotonic() == pytest.approx(5.0)
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (1, 0, 2)
    for leg in result.unknown:
        assert isinstance(leg.error, OutcomeUnknown)
        assert leg.error.client_order_ids == (leg.request.client_order_id,)
        assert leg.error.sent is True


async def test_a_batch_refused_as_a_whole_is_sent_again_after_a_429(scene: Scene) -> None:
    scene.play(httpx.Response(429))
    result = await scene.session.orders.create_batch([new_order(), new_order()])
    scene.assert_resent(2)
    assert len(result.ok) == 2


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (httpx.Response(429), RateLimited),
        (httpx.ConnectError("refused"), NotSent),
        (refusal(409, "exchange_is_paused"), ExchangePaused),
    ],
    ids=["429", "not sent", "paused"],
)
async def test_a_batch_that_certainly_was_not_executed_fails_in_every_leg(
    scene: Scene, line: Line, error: type[Exception]
) -> None:
    scene.play(ever=lambda: line)
    result = await scene.session.orders.create_batch([new_order(), new_order()])
    assert [type(leg.error) for leg in result.failed] == [error, error]
    assert not scene.account.orders


@pytest.fixture
async def basic(clock: VirtualClock) -> AsyncIterator[Scene]:
    """A scene whose account has 90 write tokens for creates: pieces of nine."""
    async with opened(clock, tier="basic") as scene:
        yield scene


async def test_one_lost_piece_does_not_stop_the_others(basic: Scene) -> None:
    # Reads lag behind all of it, so that nothing can be settled by reading.
    basic.sandbox.faults.lag_reads(60_000)
    orders = [new_order() for _ in range(25)]
    basic.play(None, basic.landed())
    result = await basic.session.orders.create_batch(orders)
    assert [leg.request for leg in result] == orders
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (16, 0, 9)
    assert [leg.request for leg in result.unknown] == orders[9:18]
    for leg in result.unknown:
        assert isinstance(leg.error, OutcomeUnknown)
        assert leg.error.client_order_id == leg.request.client_order_id
    with pytest.raises(OutcomeUnknown):
        result.raise_for_errors()
    pieces = pieces_of(basic)
    assert [len(piece) for piece in pieces] == [9, 9, 9, 7]
    assert pieces[1] == pieces[2]
    assert len(basic.account.orders) == 25, "the lost ones were placed, as 'unknown' allows for"


async def test_a_piece_of_which_every_answer_was_lost_is_found_by_reading(basic: Scene) -> None:
    orders = [new_order() for _ in range(25)]
    lost: list[Line] = [basic.landed() for _ in range(4)]
    basic.play(None, *lost)
    result = await basic.session.orders.create_batch(orders)
    assert {order.order_id for order in result.ok} == set(basic.account.orders)
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (25, 0, 0)


async def test_a_piece_whose_reply_was_lost_is_found_again(basic: Scene) -> None:
    # Sent again with the same keys, every leg of it is a duplicate of itself: read, and found.
    orders = [new_order() for _ in range(25)]
    basic.play(None, basic.landed())
    result = await basic.session.orders.create_batch(orders)
    assert {order.order_id for order in result.ok} == set(basic.account.orders)
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (25, 0, 0)
    pieces = pieces_of(basic)
    assert [len(piece) for piece in pieces] == [9, 9, 9, 7]
    assert pieces[1] == pieces[2]


async def test_a_lost_batch_of_cancels_is_settled_leg_by_leg(scene: Scene) -> None:
    scene.sandbox.faults.lag_reads(400)
    orders = [await scene.session.orders.create(new_order(3)) for _ in range(3)]
    scene.play(scene.landed())
    result = await scene.session.orders.cancel_batch(orders)
    scene.assert_resent(2)
    assert [reply.order_id for reply in result.ok] == [order.order_id for order in orders]
    assert [reply.reduced_by for reply in result.ok] == [None] * 3, "the number went with the answer"


async def test_a_cancel_of_what_was_filled_is_a_failed_leg(scene: Scene) -> None:
    first, second = await scene.rest("0.41", 3), await scene.rest("0.40", 3)

    def fill() -> None:
        scene.sandbox.market("KXHIGHNY-26NOV23-B52.5").trade("ask", "0.41", 3)

    scene.play(scene.meanwhile(fill, scene.landed()))
    result = await scene.session.orders.cancel_batch([first, second])
    assert isinstance(result.legs[0].error, NotFound)
    assert [reply.order_id for reply in result.ok] == [second]


async def test_a_batch_of_cancels_that_was_not_sent_fails_in_every_leg(scene: Scene) -> None:
    resting = [await scene.rest(), await scene.rest()]
    scene.play(ever=lambda: httpx.ConnectError("refused"))
    result = await scene.session.orders.cancel_batch(resting)
    assert [type(leg.error) for leg in result.failed] == [NotSent, NotSent]
    losses: list[Callable[[], Line]] = [lambda: RESET, lambda: httpx.Response(502)]
    for lost in losses:
        scene.play(ever=lost)
        result = await scene.session.orders.cancel_batch(resting)
        assert [leg.request.order_id for leg in result.unknown] == resting
    assert set(resting) <= set(scene.account.resting)


async def test_looking_for_a_leg_takes_no_longer_than_the_call_may(scene: Scene) -> None:
    # Two seconds are gone when the answer comes: three are left to settle what it lacks.
    scene.sandbox.faults.lag_reads(60_000)

    async def late(request: httpx.Request) -> httpx.Response:
        await scene.clock.sleep(2)
        deliver = rewritten(scene, lambda entries: entries[:1])
        assert callable(deliver)
        return await deliver(request)

    scene.play(late)
    result = await scene.session.orders.create_batch([new_order(1), new_order(2)])
    assert len(result.unknown) == 1
    assert scene.clock.monotonic() == pytest.approx(5.0)


async def test_a_leg_whose_key_another_order_holds_is_a_conflict(scene: Scene) -> None:
    # The first delivery was lost, and meanwhile the key went to an order of another shape.
    order = new_order(1)

    def place() -> None:
        taken = NewOrder(
            order.ticker, "bid", 900, 1000, "good_till_canceled", "taker_at_cross", order.client_order_id
        )
        scene.sandbox.exchange.orders.create(scene.account, taken)

    scene.play(scene.meanwhile(place))
    result = await scene.session.orders.create_batch([order, new_order(2)])
    assert isinstance(result.legs[0].error, Conflict)
    assert [reply.count for reply in result.ok] == [D(2)]


@pytest.mark.parametrize("paused_s", [0.3, 3, 8])
async def test_a_leg_that_is_refused_for_a_pause_is_sent_again_until_the_deadline(
    scene: Scene, paused_s: float
) -> None:
    market = scene.sandbox.exchange.market(OTHER_TICKER)
    market.pause()
    asyncio.get_running_loop().call_later(paused_s, market.resume)
    orders = [new_order(), CreateOrder(OTHER_TICKER, "bid", 1, "0.10"), new_order()]
    scene.play()
    result = await scene.session.orders.create_batch(orders)
    assert [leg.request for leg in result] == orders
    if paused_s < 5:
        assert len(result.ok) == len(scene.account.orders) == 3
        assert scene.clock.monotonic() < paused_s + 1.1
    else:
        assert isinstance(result.legs[1].error, ExchangePaused)
        assert 4 <= scene.clock.monotonic() <= 5
        assert len(result.ok) == 2
    assert len(pieces_of(scene)[0]) == 3
    assert all(len(piece) == 1 for piece in pieces_of(scene)[1:])
