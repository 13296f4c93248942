"""What changes an order, after an attempt whose fate is unknown.

404 and AMEND_ORDER_NO_OP are what a repetition of something done looks like; they are
settled by reading, never guessed. On a first attempt they mean what they say.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx
import pytest

from kalshi_async import BadRequest, Forbidden, NotFound, OutcomeUnknown, UnexpectedReply
from tests.stages.scene import RESET, Scene, new_order, refusal
from tests.stages.scripted import Line
from tests.stages.served import TICKER, D


async def test_a_cancel_that_landed_is_confirmed_by_reading(scene: Scene, lag_ms: int) -> None:
    order_id = await scene.rest(count=10)
    scene.play(scene.landed())
    canceled = await scene.session.orders.cancel(order_id, ticker=TICKER)
    assert (canceled.order_id, canceled.reduced_by) == (order_id, None)
    assert len(scene.writes) == 2
    assert scene.clock.monotonic() >= lag_ms / 1000


@pytest.mark.parametrize("change", ["decrease", "amend"])
async def test_a_cancel_that_reading_settles_does_not_say_how_much_it_took_off(
    scene: Scene, change: str
) -> None:
    # Initial less filled would be 10 here, and 7 or 4 rested; who amended it last may be another program.
    order = await scene.session.orders.create(new_order(10, "0.40"))
    if change == "decrease":
        await scene.session.orders.decrease(order, reduce_to=4)
    else:
        await scene.session.orders.amend(order, count=7)
    scene.play(scene.landed())
    assert (await scene.session.orders.cancel(order)).reduced_by is None


async def test_a_cancel_that_came_too_late_says_so(scene: Scene, lag_ms: int) -> None:
    # Executed is final: nothing was canceled, and the caller holds a position.
    order_id = await scene.rest(count=10)
    scene.play(scene.meanwhile(lambda: scene.sandbox.market(TICKER).trade("ask", "0.40", 10)))
    with pytest.raises(NotFound, match="the order reads executed"):
        await scene.session.orders.cancel(order_id, ticker=TICKER)


async def test_a_cancel_whose_order_still_reads_resting_stays_unknown(scene: Scene) -> None:
    # The read side may be behind: resting proves nothing until it says otherwise.
    order_id = await scene.rest()
    scene.sandbox.faults.lag_reads(60_000)
    scene.play(scene.landed())
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.cancel(order_id, ticker=TICKER)
    assert scene.clock.monotonic() == pytest.approx(5.0)
    assert isinstance(caught.value.__cause__, NotFound)


async def test_a_cancel_of_what_is_gone_is_not_found_at_once(scene: Scene) -> None:
    order_id = await scene.rest()
    await scene.session.orders.cancel(order_id, ticker=TICKER)
    scene.play()
    with pytest.raises(NotFound):
        await scene.session.orders.cancel(order_id, ticker=TICKER)
    assert len(scene.network.requests) == 1


async def test_a_cancel_that_never_arrived_is_sent_again_and_done(scene: Scene) -> None:
    order_id = await scene.rest(count=10)
    scene.play(RESET)
    assert (await scene.session.orders.cancel(order_id, ticker=TICKER)).reduced_by == D(10)
    scene.assert_resent(2)


async def test_an_amend_that_landed_is_confirmed_by_reading(scene: Scene, lag_ms: int) -> None:
    order = await scene.session.orders.create(new_order(10, "0.40"))
    scene.play(scene.landed())
    amended = await scene.session.orders.amend(order, price="0.41", count=12)
    assert (amended.order_id, amended.remaining_count) == (order.order_id, D(12))
    scene.assert_resent(2)


@dataclass
class LateCopy:
    """A delivery of an amend that was lost on its way, and arrives when it is let go."""

    scene: Scene
    request: httpx.Request | None = None

    async def hold(self, request: httpx.Request) -> httpx.Response:
        self.request = request
        raise RESET

    async def arrive(self) -> int:
        assert self.request is not None
        return (await self.scene.inner.handle_async_request(self.request)).status_code


async def test_a_late_copy_of_an_amend_undoes_a_newer_one(scene: Scene) -> None:
    # Documented, because the exchange numbers no changes: without keys it cannot tell a copy.
    order = await scene.session.orders.create(new_order(10, "0.40"))
    late = LateCopy(scene)
    scene.play(late.hold)
    await scene.session.orders.amend(order, price="0.41")
    await scene.session.orders.amend(order, price="0.42")
    assert await late.arrive() == 200
    assert scene.account.orders[order.order_id].price_e4 == 4100


async def test_a_late_copy_of_an_amend_with_both_keys_is_refused(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(10, "0.40"))
    late = LateCopy(scene)
    scene.play(late.hold)
    await scene.session.orders.amend(
        order, price="0.41", client_order_id=order.client_order_id, updated_client_order_id="second"
    )
    await scene.session.orders.amend(order, price="0.42")
    assert await late.arrive() == 400
    assert scene.account.orders[order.order_id].price_e4 == 4200


async def test_an_amend_with_both_keys_that_landed_is_confirmed_by_reading(scene: Scene, lag_ms: int) -> None:
    # Its second delivery is refused for the key that the first one has replaced.
    order = await scene.session.orders.create(new_order(10, "0.40"))
    scene.play(scene.landed())
    amended = await scene.session.orders.amend(
        order, price="0.41", client_order_id=order.client_order_id, updated_client_order_id="second"
    )
    assert (amended.order_id, amended.client_order_id) == (order.order_id, "second")
    scene.assert_resent(2)


async def test_an_amend_of_an_order_that_holds_another_key_by_now_is_refused(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(10, "0.40"))
    await scene.session.orders.amend(order, price="0.41", updated_client_order_id="second")
    with pytest.raises(BadRequest) as caught:
        await scene.session.orders.amend(order, price="0.42", client_order_id=order.client_order_id)
    assert caught.value.code == "order_id_and_client_order_id_mismatch"


async def test_a_no_op_on_a_first_attempt_is_the_callers_mistake(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(10, "0.40"))
    scene.play()
    with pytest.raises(BadRequest) as caught:
        await scene.session.orders.amend(order)
    assert caught.value.code == "amend_order_no_op"
    assert len(scene.network.requests) == 1


async def test_an_amend_of_an_order_that_ended_unchanged_was_not_done(scene: Scene, lag_ms: int) -> None:
    order = await scene.session.orders.create(new_order(10, "0.40"))
    scene.play(scene.meanwhile(lambda: scene.sandbox.market(TICKER).trade("ask", "0.40", 10)))
    with pytest.raises(NotFound, match=r"the order reads executed at 0\.4"):
        await scene.session.orders.amend(order, price="0.41")


async def test_an_amended_count_of_an_order_that_was_canceled_at_its_price_stays_unknown(
    scene: Scene,
) -> None:
    # What a canceled order was last amended to is not certain to be read from it (contract 3.31).
    order = await scene.session.orders.create(new_order(10, "0.40"))

    def cancel() -> None:
        scene.sandbox.exchange.orders.cancel(scene.account, order.order_id, market_ticker=TICKER)

    scene.play(scene.meanwhile(cancel))
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.amend(order, count=12)
    assert isinstance(caught.value.__cause__, NotFound)


async def test_an_expiry_that_was_not_set_is_not_confirmed(scene: Scene) -> None:
    # Price and count read as asked because they were so before: that proves nothing.
    order = await scene.session.orders.create(new_order(10, "0.40"))
    expiry = scene.clock.now_ms() // 1000 + 600
    scene.play(RESET, refusal(403, "permission_denied"))
    with pytest.raises(OutcomeUnknown):
        await scene.session.orders.amend(order, expiration_time=expiry)
    scene.play(scene.landed())
    await scene.session.orders.amend(order, expiration_time=expiry)
    assert scene.account.orders[order.order_id].expiration_s == expiry
    scene.play(RESET, refusal(403, "permission_denied"))
    with pytest.raises(OutcomeUnknown):
        await scene.session.orders.amend(order, updated_client_order_id="another")


async def test_an_order_that_is_over_with_another_expiry_was_not_amended(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(10, "0.40"))

    def cancel() -> None:
        scene.sandbox.exchange.orders.cancel(scene.account, order.order_id, market_ticker=TICKER)

    scene.play(scene.meanwhile(cancel))
    with pytest.raises(NotFound, match="the order reads canceled, with its expiry and key"):
        await scene.session.orders.amend(order, expiration_time=scene.clock.now_ms() // 1000 + 600)


async def test_a_count_that_was_once_so_is_not_confirmed(scene: Scene) -> None:
    # The initial count stays when an order is decreased: it is not what rests.
    order = await scene.session.orders.create(new_order(10, "0.40"))
    await scene.session.orders.decrease(order, reduce_to=4)
    scene.play(RESET, refusal(403, "permission_denied"))
    with pytest.raises(OutcomeUnknown):
        await scene.session.orders.amend(order, price="0.40", count=10)


async def test_a_decrease_to_that_landed_is_confirmed_by_reading(scene: Scene, lag_ms: int) -> None:
    order = await scene.session.orders.create(new_order(10, "0.40"))
    scene.play(scene.landed())
    assert (await scene.session.orders.decrease(order, reduce_to=4)).remaining_count == D(4)
    scene.assert_resent(2)


async def test_a_decrease_of_an_order_that_was_filled_whole_was_not_done(scene: Scene, lag_ms: int) -> None:
    order = await scene.session.orders.create(new_order(10, "0.40"))
    scene.play(scene.meanwhile(lambda: scene.sandbox.market(TICKER).trade("ask", "0.40", 10)))
    with pytest.raises(NotFound, match="the order reads executed"):
        await scene.session.orders.decrease(order, reduce_to=4)


async def test_a_decrease_by_is_never_repeated(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(10, "0.40"))
    scene.play(scene.landed())
    with pytest.raises(OutcomeUnknown):
        await scene.session.orders.decrease(order, reduce_by=4)
    assert len(scene.network.requests) == 1
    assert scene.account.resting[order.order_id].remaining_e2 == 600


async def test_a_read_that_fails_while_settling_leaves_it_unknown(scene: Scene) -> None:
    order_id = await scene.rest()
    script: list[Line] = [scene.landed(), None, *[httpx.Response(403)] * 9]
    scene.play(*script)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.cancel(order_id, ticker=TICKER)
    assert isinstance(caught.value.__cause__, NotFound)


async def test_settling_ends_when_its_task_is_canceled(scene: Scene) -> None:
    order_id = await scene.rest()
    scene.sandbox.faults.lag_reads(60_000)
    scene.play(scene.landed())
    call = asyncio.ensure_future(scene.session.orders.cancel(order_id, ticker=TICKER))
    await scene.clock.sleep(2)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    requests = len(scene.network.requests)
    await scene.clock.sleep(10)
    assert len(scene.network.requests) == requests


async def test_an_answer_about_another_order_is_no_answer(scene: Scene) -> None:
    # The exchange did that in May 2026.
    order_id = await scene.rest()
    other = {"order_id": "another", "reduced_by": "10.00", "ts_ms": 1}
    scene.play(httpx.Response(200, json=other))
    assert (await scene.session.orders.cancel(order_id, ticker=TICKER)).order_id == order_id
    assert scene.account.orders[order_id].status == "canceled"
    assert len(scene.writes) == 2


async def test_answers_about_another_order_without_end_are_unknown_with_their_bytes(scene: Scene) -> None:
    order_id = await scene.rest()
    body = b'{"order_id":"another","reduced_by":"10.00","ts_ms":1}'
    wrong = httpx.Response(200, content=body)

    async def confuse(request: httpx.Request) -> httpx.Response:
        return await scene.inner.handle_async_request(request) if request.method == "GET" else wrong

    scene.play(ever=lambda: confuse)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.cancel(order_id, ticker=TICKER)
    assert scene.clock.monotonic() == 5
    cause = caught.value.__cause__
    assert isinstance(cause, UnexpectedReply)
    assert cause.body == body
    assert f"order {order_id} was asked for, the reply is about another" in str(cause)


@pytest.mark.parametrize("lag_ms", [0, 800, 3_000])
async def test_an_amend_back_that_was_lost_never_reads_as_done_from_an_old_copy(
    scene: Scene, lag_ms: int
) -> None:
    """From 0.10 to 0.20 and back: while reads lag, the order still shows 0.10, of before."""
    order = await scene.session.orders.create(new_order(10, "0.10"))
    await scene.clock.sleep(5)
    scene.sandbox.faults.lag_reads(lag_ms)
    await scene.session.orders.amend(order, price="0.20")
    scene.play(RESET, refusal(403, "permission_denied"))
    with pytest.raises((OutcomeUnknown, Forbidden)):
        await scene.session.orders.amend(order, price="0.10")
    assert scene.account.orders[order.order_id].price_e4 == 2_000


async def test_an_amend_back_that_landed_is_seen_once_reads_are_young_enough(scene: Scene) -> None:
    order = await scene.session.orders.create(new_order(10, "0.10"))
    scene.sandbox.faults.lag_reads(800)
    await scene.session.orders.amend(order, price="0.20")
    scene.play(scene.landed(), refusal(403, "permission_denied"))
    assert (await scene.session.orders.amend(order, price="0.10")).remaining_count == D(10)


async def test_a_status_that_is_not_known_yet_settles_no_cancel(scene: Scene) -> None:
    order_id = await scene.rest()

    async def pending(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        body = await response.aread()
        return httpx.Response(200, content=body.replace(b'"resting"', b'"pending_cancel"'))

    scene.play(RESET, refusal(404, "not_found"), *[pending] * 100)
    with pytest.raises(OutcomeUnknown):
        await scene.session.with_options(deadline_s=5).orders.cancel(order_id, ticker=new_order().ticker)
    assert scene.reads
