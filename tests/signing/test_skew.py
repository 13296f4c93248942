"""A clock that is off: learned from the exchange's Date, kept and followed, and given up when refused."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

import httpx
import pytest

from kalshi_async import (
    CreateOrder,
    DeadlineExceeded,
    Environment,
    Fate,
    OutcomeUnknown,
    RateLimits,
    Session,
    Unauthorized,
)
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.skew import LARGEST_MS, Skew, parse_date_ms
from tests.conftest import START_MS
from tests.stages.raw_server import Anybody
from tests.stages.scene import RESET, Scene, new_order, refusal
from tests.stages.scripted import Scripted
from tests.stages.served import TICKER, session_of

EXPIRED = (401, "header_timestamp_expired")


class Machine(VirtualClock):
    """The clock of a machine that is ``ahead_ms`` off, and may be set."""

    ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


@pytest.fixture
async def machine() -> Machine:
    return Machine(START_MS)


async def session_on(scene: Scene, machine: Machine, ahead_s: float) -> Session:
    machine.ahead_ms = int(ahead_s * 1000)
    scene.play()
    session = session_of(scene.sandbox, scene.alice, machine, base_transport=scene.network)
    return await scene.exits.enter_async_context(session)


def dated(now_ms: int) -> httpx.Response:
    """A refused timestamp, at the exchange's time."""
    response = refusal(*EXPIRED)
    response.headers["date"] = formatdate(now_ms / 1000, usegmt=True)
    return response


@pytest.mark.parametrize("ahead_s", [60, -60, 590, -590])
async def test_a_clock_that_is_off_is_learned_once_and_kept(
    scene: Scene, machine: Machine, ahead_s: int
) -> None:
    # A leading SDK answers 401 for ever.
    session = await session_on(scene, machine, ahead_s)
    assert len(scene.network.requests) == 3, "limits, again with the right time, then costs"
    scene.play()
    await session.portfolio.balance()
    await session.orders.create(new_order())
    assert len(scene.network.requests) == 2, "the offset is kept"
    signed_ms = int(scene.network.requests[-1].headers["kalshi-access-timestamp"])
    assert abs(signed_ms - scene.clock.now_ms()) <= 1_000


async def test_a_clock_that_is_right_enough_is_left_alone(scene: Scene, machine: Machine) -> None:
    session = await session_on(scene, machine, 5)
    scene.play()
    await session.portfolio.balance()
    assert int(scene.network.requests[0].headers["kalshi-access-timestamp"]) == machine.now_ms()


@pytest.mark.parametrize("ahead_s", [601, -3_600, 86_400])
async def test_more_than_ten_minutes_are_a_mistake_and_end_the_opening(
    scene: Scene, machine: Machine, ahead_s: int
) -> None:
    with pytest.raises(Unauthorized, match=r"this machine's clock is .* synchronise it"):
        await session_on(scene, machine, ahead_s)


def stamps(scene: Scene) -> list[int]:
    """Return how far ahead of this machine's clock each request since ``play`` was signed, in ms."""
    now_ms = scene.clock.now_ms()
    return [int(each.headers["kalshi-access-timestamp"]) - now_ms for each in scene.network.requests]


async def test_it_is_learned_once_per_call_and_given_up_once(scene: Scene) -> None:
    # An exchange that goes on refusing is not asked for ever.
    for _ in range(2):
        scene.play(*[dated(scene.clock.now_ms() + 60_000) for _ in range(9)])
        with pytest.raises(Unauthorized) as caught:
            await scene.session.orders.list().collect()
        assert caught.value.code == "header_timestamp_expired"
        assert stamps(scene) == [0, 60_500, 0]
    scene.play()
    await scene.session.orders.list().collect()
    assert stamps(scene) == [0], "this machine's clock holds again"


async def test_the_wrong_date_of_a_proxy_is_given_up_when_it_is_refused_too(scene: Scene) -> None:
    """A request was held up on its way; the proxy's clock, which dates the refusal, is five minutes off."""
    scene.play(dated(scene.clock.now_ms() + 300_000))
    placed = await scene.session.orders.create(new_order())
    assert stamps(scene) == [0, 300_500, 0]
    assert placed.order_id in scene.account.resting
    scene.play()
    await scene.session.orders.cancel(placed.order_id)
    assert stamps(scene) == [0]


async def test_a_wrong_date_is_given_up_by_whichever_call_meets_the_refusal(scene: Scene) -> None:
    """Twenty calls are signed with the wrong offset; none of them may teach it to the others again."""
    scene.play(dated(scene.clock.now_ms() + 300_000))
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(scene.session.orders.create(new_order()))
    assert len(scene.account.resting) == 20
    scene.play()
    await scene.session.portfolio.balance()
    assert stamps(scene) == [0]


async def test_a_good_offset_survives_a_request_that_was_held_up(scene: Scene, machine: Machine) -> None:
    """This machine is a minute behind, as was learned long ago; one delivery arrives too late."""
    session = await session_on(scene, machine, -60)
    scene.play(dated(scene.clock.now_ms()))
    await session.orders.create(new_order())
    assert len(scene.network.requests) == 3, "refused late, refused by the machine's clock, and right again"
    scene.play()
    await session.portfolio.balance()
    assert len(scene.network.requests) == 1


async def test_a_machine_whose_clock_was_set_right_needs_no_offset_any_longer(
    scene: Scene, machine: Machine
) -> None:
    session = await session_on(scene, machine, -60)
    machine.ahead_ms = 0
    scene.play()
    await session.orders.create(new_order())
    assert stamps(scene) == [pytest.approx(60_000, abs=1_000), 0]


async def test_a_wrong_offset_leaves_no_write_in_doubt_unsettled(scene: Scene) -> None:
    """An answer is lost; the resend is refused for its time, by a proxy with a wrong clock."""
    scene.play(scene.landed(), dated(scene.clock.now_ms() + 300_000))
    placed = await scene.session.orders.create(new_order())
    assert set(scene.account.orders) == {placed.order_id}


async def test_a_call_that_finds_the_offset_corrected_by_another_uses_it(clock: VirtualClock) -> None:
    skew = Skew(clock)
    skew.learn(b"Sun, 22 Nov 2026 12:01:00 GMT")
    assert skew.correct(0, None), "the refused timestamp was made before"
    assert skew.offset_ms == 60_500
    assert skew.correct(60_500, b"Sun, 22 Nov 2026 12:01:00 GMT")
    assert skew.offset_ms == 0
    assert not skew.correct(0, None)
    assert skew.correct(0, b"Sun, 22 Nov 2026 12:01:00 GMT")
    assert skew.offset_ms == 60_500


@pytest.mark.parametrize("header", [None, "", "yesterday", "Sun, 99 Nov 2026 12:00:00 GMT", "\x80"])
async def test_a_refusal_that_does_not_tell_the_time_is_final(scene: Scene, header: str | None) -> None:
    headers = [] if header is None else [(b"date", header.encode("latin-1"))]
    scene.play(httpx.Response(401, headers=headers, content=refusal(*EXPIRED).content))
    with pytest.raises(Unauthorized):
        await scene.session.portfolio.balance()
    assert len(scene.network.requests) == 1


async def test_another_401_teaches_nothing(scene: Scene) -> None:
    response = refusal(401, "authentication_error", details="INCORRECT_API_KEY_SIGNATURE")
    response.headers["date"] = "Sun, 22 Nov 2026 13:00:00 GMT"
    scene.play(response)
    with pytest.raises(Unauthorized):
        await scene.session.portfolio.balance()
    assert len(scene.network.requests) == 1


async def test_a_drifting_clock_is_followed(scene: Scene, machine: Machine) -> None:
    session = await session_on(scene, machine, 0)
    for _ in range(14):
        machine.ahead_ms += 40_000
        await scene.clock.sleep(60)
        order = await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
        assert order.order_id in scene.account.resting


async def test_a_clock_that_is_set_back_moves_no_deadline(scene: Scene, machine: Machine) -> None:
    # Every wait is on the monotonic clock.
    session = await session_on(scene, machine, 0)

    async def set_back(request: httpx.Request) -> httpx.Response:
        machine.ahead_ms -= 300_000
        raise RESET

    scene.play(*[set_back] * 9)
    began_s = scene.clock.monotonic()
    with pytest.raises(OutcomeUnknown):
        await session.with_options(deadline_s=0.5).orders.create(new_order())
    assert scene.clock.monotonic() - began_s <= 0.5


async def test_the_first_attempt_is_remembered_in_the_exchanges_time(scene: Scene, machine: Machine) -> None:
    # Else the order that is found would look older than the attempt, and be taken for another's.
    session = await session_on(scene, machine, 0)
    machine.ahead_ms = 120_000
    scene.play(None, scene.landed())
    placed = await session.orders.create(new_order())
    assert len(scene.writes) == 3, "refused for its time, lost, and a duplicate"
    assert set(scene.account.orders) == {placed.order_id}


async def test_an_unknown_order_says_its_times_on_the_exchanges_clock(scene: Scene, machine: Machine) -> None:
    session = await session_on(scene, machine, 0)
    machine.ahead_ms = -120_000
    scene.play(None, ever=scene.landed)
    with pytest.raises(OutcomeUnknown) as caught:
        await session.orders.create(new_order())
    scene.play()
    unknown = caught.value
    assert unknown.first_sent_ms is not None
    assert abs(unknown.first_sent_ms - START_MS) <= 1_500
    assert (await session.orders.resolve(unknown)).fate is Fate.PLACED


async def test_an_order_in_doubt_survives_a_refused_timestamp(scene: Scene, machine: Machine) -> None:
    session = await session_on(scene, machine, 0)

    def drift() -> None:
        machine.ahead_ms = 90_000

    scene.play(scene.meanwhile(drift, scene.landed()))
    placed = await session.orders.create(new_order())
    assert set(scene.account.orders) == {placed.order_id}


async def test_the_middle_of_the_second_is_the_best_guess(clock: VirtualClock) -> None:
    skew = Skew(clock)
    assert skew.learn(b"Sun, 22 Nov 2026 12:01:00 GMT")
    assert skew.offset_ms == 60_500
    assert skew.now_ms() == clock.now_ms() + 60_500


async def test_an_offset_that_is_too_large_is_not_taken(clock: VirtualClock) -> None:
    skew = Skew(clock)
    skew.learn(b"Sun, 22 Nov 2026 12:01:00 GMT")
    assert not skew.learn(b"Sun, 22 Nov 2026 13:00:00 GMT")
    assert skew.offset_ms == 60_500 <= LARGEST_MS


def test_a_date_is_read_or_none() -> None:
    assert parse_date_ms(b"Sun, 22 Nov 2026 12:00:00 GMT") == START_MS
    for bad in (None, b"", b"now", b"\xff", b"Sun, 22 Nov 99999 12:00:00 GMT"):
        assert parse_date_ms(bad) is None


async def test_a_deadline_after_a_refused_timestamp_knows_that_nothing_was_executed(
    clock: VirtualClock,
) -> None:
    """The exchange answered 401, and the second attempt was still in the queue."""
    limits = RateLimits(clock.monotonic, write=(0.001, 10))
    network = Scripted(dated(clock.now_ms() + 60_000))
    environment = Environment("scripted", "http://127.0.0.1:1")
    async with Session(
        environment, Anybody(), rate_limits=limits, base_transport=network, clock=clock
    ) as session:
        with pytest.raises(DeadlineExceeded) as caught:
            await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
    assert caught.value.sent is False
    assert len(network.requests) == 1
