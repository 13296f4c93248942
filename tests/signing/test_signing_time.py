"""Each request is signed once, when it is sent, in the time of the exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from kalshi_async import OutcomeUnknown, Session
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.signing.scene import PAUSE_S, KeyScene, stamp_of
from tests.signing.test_skew import dated
from tests.stages.scene import RESET, new_order
from tests.stages.scripted import silence
from tests.stages.served import CREATE_PATH


@pytest.fixture
async def scene(clock: VirtualClock) -> KeyScene:
    return KeyScene(clock)


@pytest.fixture
async def session(scene: KeyScene) -> AsyncIterator[Session]:
    async with scene.session() as session:
        yield session


async def test_no_signature_is_sent_twice(scene: KeyScene, session: Session) -> None:
    for burst in (1, 3, 1, 5, 2, 9, 4):
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(burst)))
        await scene.clock.sleep(PAUSE_S)
    signatures = [request.headers["kalshi-access-signature"] for request in scene.network.requests]
    assert len(set(signatures)) == len(signatures) == 25


async def test_an_idle_session_signs_nothing(scene: KeyScene, session: Session) -> None:
    await scene.paced(session, 5)
    await scene.clock.sleep(3_600)
    assert scene.key.on_loop == []
    await session.orders.create(new_order())
    assert scene.ages_ms == [0]


async def test_a_resend_is_signed_when_it_is_sent(scene: KeyScene, session: Session) -> None:
    """Settling counts from the last signature of a write: it must not be older than the write."""
    sent_ms = list[int]()

    async def lost(_: httpx.Request) -> httpx.Response:
        sent_ms.append(scene.clock.now_ms())
        raise RESET

    scene.network.play(lost, lost, lost)
    await session.orders.create(new_order())
    ages_ms = [
        sent - stamp_of(request) for sent, request in zip(sent_ms, scene.network.requests, strict=False)
    ]
    assert ages_ms == [0, 0, 0]


async def test_what_is_told_of_a_lost_order_is_what_was_signed(scene: KeyScene, session: Session) -> None:
    await scene.paced(session)
    scene.network.play(silence)
    with pytest.raises(OutcomeUnknown) as caught:
        await session.with_options(deadline_s=0.5).orders.create(new_order())
    (request,) = scene.network.requests
    assert caught.value.first_sent_ms == caught.value.last_signed_ms == stamp_of(request)
    assert stamp_of(request) == pytest.approx(scene.clock.now_ms() - 500, abs=2)


async def test_a_clock_that_was_corrected_is_signed_from_the_next_request_on(
    scene: KeyScene, session: Session
) -> None:
    await scene.paced(session)
    ahead_ms = 60_000
    balance = httpx.Response(
        200, content=b'{"balance":1,"balance_dollars":"0.01","portfolio_value":0,"updated_ts":1}'
    )
    scene.network.play(dated(scene.clock.now_ms() + ahead_ms), balance)
    await session.portfolio.balance()
    scene.forget()
    scene.network.play(silence)
    with pytest.raises(OutcomeUnknown):
        await session.with_options(deadline_s=0.001).orders.create(new_order())
    (request,) = scene.network.requests
    assert request.url.path == CREATE_PATH
    assert stamp_of(request) == pytest.approx(scene.clock.now_ms() + ahead_ms, abs=501)
    assert scene.key.on_loop == [True]
