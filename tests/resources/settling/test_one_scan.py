"""A batch settles with one scan for all its legs, however many they are and however they are lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import tenacity

from kalshi_async import CreateOrder, OutcomeUnknown
from kalshi_async.calls.retry import RetryPolicy
from kalshi_async.errors import ReplyLost
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.resources.settling.test_stale_reads import SKEWS_MS
from tests.stages.scene import RESET, Scene, new_order, opened, refusal
from tests.stages.scripted import Line
from tests.stages.served import OTHER_TICKER

LEGS = 180


@pytest.fixture
async def premier(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock, tier="premier") as scene:
        yield scene


def paths(scene: Scene) -> list[str]:
    return [request.url.path.rpartition("/v2")[2] for request in scene.reads]


@pytest.mark.parametrize("lag_ms", [0, 400, 2_000])
@pytest.mark.parametrize("skew_ms", SKEWS_MS)
@pytest.mark.parametrize(("legs", "lost"), [(LEGS, 1), (10, 3), (10, 4)])
async def test_every_leg_is_found_in_the_same_few_pages(
    premier: Scene, lag_ms: int, skew_ms: int, legs: int, lost: int
) -> None:
    premier.sandbox.faults.skew_clock(skew_ms)
    premier.sandbox.faults.lag_reads(lag_ms)
    premier.play(*[premier.landed() for _ in range(lost)])
    began_s = premier.clock.monotonic()
    result = await premier.session.orders.create_batch([new_order() for _ in range(legs)])
    assert len(result.ok) == legs
    assert len(paths(premier)) < 30, "three reads for each look, and not three for each leg of it"
    assert premier.clock.monotonic() - began_s < 5


async def test_legs_of_several_markets_are_one_scan_too(scene: Scene) -> None:
    scene.play(scene.landed())
    orders = [new_order(), CreateOrder(OTHER_TICKER, "bid", 1, "0.10")]
    assert len((await scene.session.orders.create_batch(orders)).ok) == 2
    assert paths(scene) == ["/exchange/user_data_timestamp", "/portfolio/orders"]
    assert "ticker" not in scene.reads[-1].url.params


async def test_a_late_loss_leaves_no_leg_unknown_that_a_page_shows(scene: Scene) -> None:
    # Four seconds of five are over when the last answer is lost.
    scene.sandbox.faults.lag_reads(300)

    async def late(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        await response.aread()
        await scene.clock.sleep(4)
        raise RESET

    scene.play(late)
    result = await scene.session.orders.create_batch([new_order() for _ in range(50)])
    assert (len(result.ok), len(result.unknown)) == (50, 0)
    assert scene.clock.monotonic() < 5


async def test_a_row_that_does_not_decode_hides_no_other_leg(scene: Scene) -> None:
    async def damaged(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        rows = (await _json(response))["orders"]
        rows[0]["yes_price_dollars"] = "a lot"
        return httpx.Response(200, json={"orders": rows, "cursor": ""})

    scene.play(scene.landed(), None, None, *[damaged] * 100)
    result = await scene.session.orders.create_batch([new_order() for _ in range(3)])
    assert (len(result.ok), len(result.unknown)) == (2, 1)


async def _json(response: httpx.Response) -> dict[str, list[dict[str, object]]]:
    await response.aread()
    found: dict[str, list[dict[str, object]]] = response.json()
    return found


@pytest.mark.parametrize("lag_ms", [0, 400, 2_000])
async def test_lost_cancels_are_one_scan_too(scene: Scene, lag_ms: int) -> None:
    scene.sandbox.faults.lag_reads(lag_ms)
    orders = (await scene.session.orders.create_batch([new_order() for _ in range(50)])).ok
    await scene.clock.sleep(5)
    scene.play(scene.landed())
    result = await scene.session.orders.cancel_batch(orders)
    assert len(result.ok) == 50
    assert set(paths(scene)) == {"/portfolio/orders"}


@pytest.mark.parametrize("answers", [1, 4])
async def test_cancels_of_which_every_answer_was_lost_are_read(scene: Scene, answers: int) -> None:
    orders = (await scene.session.orders.create_batch([new_order() for _ in range(10)])).ok
    lines: list[Line] = [scene.landed() for _ in range(answers)]
    scene.play(*lines)
    result = await scene.session.orders.cancel_batch(orders)
    assert (len(result.ok), len(result.unknown)) == (10, 0)


async def test_a_batch_whose_time_is_over_reads_no_more(scene: Scene) -> None:
    scene.play(*[RESET] * 100)
    view = scene.session.with_options(deadline_s=0.2)
    result = await view.orders.create_batch([new_order(), new_order()])
    assert [type(leg.error) for leg in result] == [OutcomeUnknown, OutcomeUnknown]
    assert scene.clock.monotonic() <= 0.201


async def test_a_code_that_is_not_known_is_a_refusal_and_nothing_is_read(scene: Scene) -> None:
    code = "exceeded_per_market_risk_limit"

    async def refused(request: httpx.Request) -> httpx.Response:
        row = {"client_order_id": "mine", "error": {"code": code, "message": "risk"}}
        return httpx.Response(201, json={"orders": [row]})

    scene.play(refused)
    result = await scene.session.orders.create_batch([new_order(client_order_id="mine")])
    (leg,) = result.failed
    assert code in str(leg.error)
    assert not scene.reads


async def test_legs_that_certainly_do_not_exist_have_failed_and_were_not_sent(scene: Scene) -> None:
    # One answer is unreadable, and reads outlive the time in which a late copy could be accepted.
    scene.play(RESET, refusal(403, "permission_denied"), *[None] * 1_000)
    view = scene.session.with_options(deadline_s=40)
    result = await view.orders.create_batch([new_order(), new_order()])
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (0, 2, 0)
    assert not scene.account.orders


async def test_what_was_lost_once_and_certainly_does_not_exist_was_not_executed(scene: Scene) -> None:
    session = await scene.again(
        base_transport=scene.network, retry=RetryPolicy(stop=tenacity.stop_after_attempt(1))
    )
    view = session.with_options(deadline_s=40)
    scene.play(RESET)
    result = await view.orders.create_batch([new_order(), new_order()])
    assert [leg.error and leg.error.sent for leg in result.failed] == [False, False]
    scene.play(RESET)
    with pytest.raises(ReplyLost, match="reading shows that it was not executed") as caught:
        await view.orders.create(new_order())
    assert caught.value.sent is False
