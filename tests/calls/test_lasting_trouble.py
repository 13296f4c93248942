"""Trouble that lasts for seconds: a call goes on until its deadline, and says what is certain then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

from kalshi_async import NotSent, RateLimited
from tests.stages.scene import Scene, new_order
from tests.stages.scripted import Line

LASTS_S = 3.0
CERTAIN: dict[str, Callable[[], Line]] = {
    "connections are refused": lambda: httpx.ConnectError("refused"),
    "429 by the exchange": lambda: httpx.Response(429, json={"error": "too many requests"}),
    "429 by a gateway": lambda: httpx.Response(429, headers={"retry-after": "60"}, text="<html>slow down"),
}
"""What leaves a request certainly not executed."""


async def create(scene: Scene) -> None:
    placed = await scene.session.orders.create(new_order())
    assert set(scene.account.orders) == {placed.order_id}


async def read(scene: Scene) -> None:
    assert await scene.session.orders.list().collect() == []


Call = Callable[[Scene], Awaitable[None]]
every_call = pytest.mark.parametrize("call", [create, read], ids=lambda call: call.__name__)
every_clock = pytest.mark.parametrize(("lag_ms", "skew_ms"), [(0, 0), (2_000, -900), (2_000, 900)])


def disturb(scene: Scene, lag_ms: int, skew_ms: int) -> None:
    scene.sandbox.faults.skew_clock(skew_ms)
    scene.sandbox.faults.lag_reads(lag_ms)


@every_call
@every_clock
@pytest.mark.parametrize("trouble", CERTAIN)
async def test_what_was_certainly_not_executed_is_done_once_the_trouble_is_over(
    scene: Scene, trouble: str, call: Call, lag_ms: int, skew_ms: int
) -> None:
    # Seen: given up after four attempts, 0.16 s of 5.
    disturb(scene, lag_ms, skew_ms)
    ends_s = scene.clock.monotonic() + LASTS_S
    scene.play(ever=lambda: CERTAIN[trouble]() if scene.clock.monotonic() < ends_s else None)
    await call(scene)
    assert ends_s <= scene.clock.monotonic() < ends_s + 1
    assert len(scene.network.requests) > 4


@pytest.mark.parametrize(("call", "deadline_s"), [(create, 5), (read, 10)], ids=["create", "read"])
async def test_what_never_gets_a_connection_is_not_sent_at_its_deadline(
    scene: Scene, call: Call, deadline_s: float
) -> None:
    scene.play(ever=lambda: httpx.ConnectError("refused"))
    with pytest.raises(NotSent) as caught:
        await call(scene)
    assert scene.clock.monotonic() == deadline_s
    assert caught.value.sent is False


async def test_a_read_that_is_refused_with_429_for_ever_ends_at_its_deadline(scene: Scene) -> None:
    scene.play(ever=CERTAIN["429 by a gateway"])
    with pytest.raises(RateLimited):
        await read(scene)
    assert scene.clock.monotonic() == 10


@every_clock
async def test_an_order_that_was_executed_behind_four_502s_is_placed(
    scene: Scene, lag_ms: int, skew_ms: int
) -> None:
    disturb(scene, lag_ms, skew_ms)
    scene.play(*[scene.landed(httpx.Response(502, text="<html>")) for _ in range(4)])
    await create(scene)
    scene.assert_resent(len(scene.writes))


@every_clock
async def test_an_order_whose_answers_stay_away_is_found_by_reading(
    scene: Scene, lag_ms: int, skew_ms: int
) -> None:
    # Every write is executed and answered with 502; reads are answered.
    disturb(scene, lag_ms, skew_ms)
    broken = scene.landed(httpx.Response(502, text="<html>"))

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return await scene.inner.handle_async_request(request)
        assert callable(broken)
        return await broken(request)

    scene.play(ever=lambda: answer)
    await create(scene)
    assert scene.clock.monotonic() < 5


@every_clock
async def test_a_second_program_that_cancels_it_meanwhile_leaves_the_order_found(
    scene: Scene, lag_ms: int, skew_ms: int
) -> None:
    disturb(scene, lag_ms, skew_ms)
    other = await scene.again()

    async def executed_and_canceled(request: httpx.Request) -> httpx.Response:
        await (await scene.inner.handle_async_request(request)).aread()
        await other.orders.cancel_all(subaccount=0)
        return httpx.Response(502, text="<html>")

    scene.play(executed_and_canceled, *[scene.landed(httpx.Response(502)) for _ in range(3)])
    await create(scene)
    assert not scene.account.resting
