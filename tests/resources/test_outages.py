"""What polls goes on through an outage until its own time is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

from kalshi_async import DeadlineExceeded, Fate, Forbidden, NotReached, OutcomeUnknown
from tests.resources.settling.test_resolve import in_doubt, lost
from tests.stages.scene import RESET, Scene, new_order
from tests.stages.scripted import Line

FAILURES: dict[str, Line] = {
    "not sent": httpx.ConnectError("refused"),
    "lost": RESET,
    "429": httpx.Response(429),
    "502": httpx.Response(502, content=b"<html>"),
    "408": httpx.Response(408),
    "a page of a gateway": httpx.Response(200, content=b"<html>"),
}
OUTAGE_S = 3.0


def outage(scene: Scene, failure: str, seconds: float = OUTAGE_S) -> None:
    ends_s = scene.clock.monotonic() + seconds
    line = FAILURES[failure]

    async def fail(request: httpx.Request) -> httpx.Response:
        if scene.clock.monotonic() >= ends_s:
            return await scene.inner.handle_async_request(request)
        if isinstance(line, Exception):
            raise line
        assert isinstance(line, httpx.Response)
        return httpx.Response(line.status_code, content=line.content)

    scene.play(*[fail] * 10_000)


every_failure = pytest.mark.parametrize("failure", FAILURES)


@every_failure
async def test_resolve_goes_on(scene: Scene, failure: str) -> None:
    error = await lost(scene, landed=True) if failure == "lost" else None
    if error is None:
        order = new_order()
        await scene.session.orders.create(order)
        error = in_doubt(scene).replace(
            client_order_ids=(order.client_order_id,), client_order_id=order.client_order_id
        )
    outage(scene, failure)
    assert (await scene.session.orders.resolve(error, timeout_s=10)).fate is Fate.PLACED


@every_failure
@pytest.mark.parametrize("lag_ms", [0, 2_000])
async def test_wait_goes_on(scene: Scene, failure: str, lag_ms: int) -> None:
    scene.sandbox.faults.lag_reads(lag_ms)
    order = await scene.session.orders.create(new_order())
    outage(scene, failure)
    assert (await scene.session.orders.wait(order, "resting", timeout_s=10)).order_id == order.order_id


@every_failure
@pytest.mark.parametrize("skew_ms", [-900, 900])
async def test_settled_goes_on(scene: Scene, failure: str, skew_ms: int) -> None:
    scene.sandbox.faults.skew_clock(skew_ms)
    order = await scene.session.orders.create(new_order())
    scene.sandbox.faults.lag_reads(400)
    outage(scene, failure)
    await scene.session.settled(after_ms=order.ts_ms, timeout_s=10)
    assert scene.clock.monotonic() >= OUTAGE_S


Poll = Callable[[Scene], Awaitable[object]]


@pytest.mark.parametrize("failure", ["not sent", "502"])
async def test_an_outage_that_lasts_ends_with_the_time_and_is_told(scene: Scene, failure: str) -> None:
    order = await scene.session.orders.create(new_order())
    outage(scene, failure, 60)
    began_s = scene.clock.monotonic()
    with pytest.raises(NotReached, match="still not shown after 4 s") as caught:
        await scene.session.orders.wait(order, timeout_s=4)
    assert caught.value.__cause__ is not None
    assert 3.8 <= scene.clock.monotonic() - began_s <= 4.001
    began_s = scene.clock.monotonic()
    with pytest.raises(DeadlineExceeded, match="not known to be valid up to the change") as late:
        await scene.session.settled(after_ms=order.ts_ms, timeout_s=4)
    assert late.value.__cause__ is not None
    assert 3.8 <= scene.clock.monotonic() - began_s <= 4.001
    began_s = scene.clock.monotonic()
    resolution = await scene.session.orders.resolve(in_doubt(scene), timeout_s=4)
    assert resolution.fate is Fate.UNKNOWN
    assert 3.8 <= scene.clock.monotonic() - began_s <= 4.001


async def test_a_refusal_that_will_not_pass_is_raised_at_once(scene: Scene) -> None:
    polls: list[Poll] = [
        lambda scene: scene.session.orders.resolve(in_doubt(scene), timeout_s=10),
        lambda scene: scene.session.orders.wait("some", timeout_s=10),
        lambda scene: scene.session.settled(after_ms=scene.clock.now_ms(), timeout_s=10),
    ]
    for poll in polls:
        scene.play(*[httpx.Response(403)] * 9)
        with pytest.raises(Forbidden):
            await poll(scene)
    assert scene.clock.monotonic() == 0


async def test_a_single_look_raises_what_it_meets(scene: Scene) -> None:
    scene.play(*[httpx.Response(403)] * 9)
    with pytest.raises(Forbidden):
        await scene.session.orders.resolve(in_doubt(scene))
    assert isinstance(in_doubt(scene), OutcomeUnknown)
