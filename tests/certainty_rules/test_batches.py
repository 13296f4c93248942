"""Batches that cannot lose a leg, whatever happens to their replies."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from kalshi_async import BadRequest, Conflict, ExchangePaused, NotFound, NotSent, OutcomeUnknown, RateLimited
from kalshi_async.sandbox.engine.instructions import NewOrder
from tests.certainty_rules.scene import RESET, Scene, new_order, refusal
from tests.session.scripted import Line
from tests.session.stage import D


def rewritten(scene: Scene, change: Any) -> Line:
    """Let the exchange answer, and change the list of entries on its way back."""

    async def deliver(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        await response.aread()
        entries = response.json()["orders"]
        return httpx.Response(response.status_code, json={"orders": change(entries)})

    return deliver


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


async def test_a_leg_without_an_entry_is_looked_for(scene: Scene) -> None:
    orders = [new_order(1), new_order(2), new_order(3)]
    scene.play(rewritten(scene, lambda entries: [entries[0], entries[2]]))
    result = await scene.session.orders.create_batch(orders)
    assert [order.count for order in result.ok] == [D(1), D(2), D(3)]
    assert len(scene.account.orders) == 3


async def test_entries_out_of_order_find_their_legs(scene: Scene) -> None:
    orders = [new_order(1), new_order(2), new_order(3)]
    scene.play(rewritten(scene, lambda entries: entries[::-1]))
    result = await scene.session.orders.create_batch(orders)
    assert [leg.request for leg in result] == orders
    assert [order.count for order in result.ok] == [D(1), D(2), D(3)]
    for order in result.ok:
        assert scene.account.orders[order.order_id].client_order_id == order.client_order_id
    assert not scene.reads, "nothing was in doubt"


async def test_an_entry_twice_is_one_leg(scene: Scene) -> None:
    orders = [new_order(1), new_order(2)]
    scene.play(rewritten(scene, lambda entries: [entries[0], *entries]))
    result = await scene.session.orders.create_batch(orders)
    assert [order.count for order in result.ok] == [D(1), D(2)]
    assert not scene.reads


async def test_two_entries_that_contradict_each_other_say_nothing(scene: Scene) -> None:
    # The last one would call a live order refused.
    def contradict(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        error = {"client_order_id": entries[0]["client_order_id"], "error": {"code": "invalid_price"}}
        return [*entries, error]

    scene.play(rewritten(scene, contradict))
    result = await scene.session.orders.create_batch([new_order(1), new_order(2)])
    assert [order.count for order in result.ok] == [D(1), D(2)]
    assert len(scene.reads) >= 2, "the first was looked for"


async def test_an_error_beside_an_order_id_says_nothing(scene: Scene) -> None:
    def contradict(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**entries[0], "error": {"code": "internal_error"}}, *entries[1:]]

    scene.play(rewritten(scene, contradict))
    result = await scene.session.orders.create_batch([new_order(1), new_order(2)])
    assert [order.count for order in result.ok] == [D(1), D(2)]


async def test_a_reply_with_no_entries_loses_no_leg(scene: Scene) -> None:
    scene.play(rewritten(scene, lambda entries: []))
    result = await scene.session.orders.create_batch([new_order(1), new_order(2)])
    assert [order.count for order in result.ok] == [D(1), D(2)]


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
    scene.play(*[line] * 4)
    result = await scene.session.orders.create_batch([new_order(), new_order()])
    assert [type(leg.error) for leg in result.failed] == [error, error]
    assert not scene.account.orders


async def test_one_lost_piece_does_not_stop_the_others(scene: Scene) -> None:
    # Advanced has 540 write tokens for creates: pieces of 54.
    orders = [new_order() for _ in range(120)]
    lost: list[Line] = [scene.landed() for _ in range(4)]
    scene.play(None, *lost)
    result = await scene.session.orders.create_batch(orders)
    assert [leg.request for leg in result] == orders
    assert (len(result.ok), len(result.unknown)) == (66, 54)
    assert [leg.request for leg in result.unknown] == orders[54:108]
    assert len(scene.account.orders) == 120


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


async def test_cancels_without_entries_that_still_read_resting_are_unknown(scene: Scene) -> None:
    scene.sandbox.faults.lag_reads(60_000)
    orders = [await scene.session.orders.create(new_order(3)) for _ in range(2)]
    scene.play(rewritten(scene, lambda entries: entries[:1]))
    result = await scene.session.orders.cancel_batch(orders)
    assert (len(result.ok), len(result.unknown)) == (1, 1)
    assert result.unknown[0].request.order_id == orders[1].order_id
    assert scene.clock.monotonic() == pytest.approx(5.0)


async def test_a_batch_of_cancels_that_was_not_sent_fails_in_every_leg(scene: Scene) -> None:
    order_id = await scene.rest()
    scene.play(*[httpx.ConnectError("refused")] * 4)
    result = await scene.session.orders.cancel_batch([order_id])
    assert isinstance(result.failed[0].error, NotSent)
    scene.play(*[RESET] * 4)
    result = await scene.session.orders.cancel_batch([order_id])
    assert isinstance(result.unknown[0].error, OutcomeUnknown)
    assert order_id in scene.account.resting


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
