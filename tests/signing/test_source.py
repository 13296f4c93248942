"""Where a request is signed, as a user would notice: whom it holds up, and what is sent.

The exchange verifies every signature. The keys are real; ``NotedKey`` stands before one, notes
on which thread it signs, and can be held.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from kalshi_async import (
    InvalidRequest,
    KeySigner,
    Session,
)
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.signer import CONCURRENCY
from kalshi_async.signing.source import THREADS
from tests.signing.scene import PAUSE_S, KeyScene, end, signing_threads, turned
from tests.stages.scene import new_order


@pytest.fixture
async def scene(clock: VirtualClock) -> KeyScene:
    return KeyScene(clock)


@pytest.fixture
async def session(scene: KeyScene) -> AsyncIterator[Session]:
    async with scene.session() as session:
        yield session


async def test_rsa_signs_here_and_now_when_nothing_else_is_under_way(
    scene: KeyScene, session: Session
) -> None:
    # To another thread and back takes as long as the signature.
    await session.orders.create(new_order())
    assert scene.key.on_loop == [True]


async def test_rsa_never_holds_up_the_loop_while_others_are_under_way(
    scene: KeyScene, session: Session
) -> None:
    waiting = await scene.under_way(session)
    await asyncio.gather(*(session.orders.create(new_order()) for _ in range(20)))
    assert scene.key.on_loop == [False] * 20
    await end(waiting)


async def test_ed25519_signs_here_and_now_whoever_waits(clock: VirtualClock) -> None:
    scene = KeyScene(clock, "ed25519")
    async with scene.session() as session:
        waiting = await scene.under_way(session)
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(20)))
        assert scene.key.on_loop == [True] * 20
        await end(waiting)
    assert signing_threads() == []


async def test_the_loop_goes_on_while_a_key_is_slow(scene: KeyScene, session: Session) -> None:
    waiting = await scene.under_way(session)
    scene.key.may_sign.clear()
    create = asyncio.create_task(session.orders.create(new_order()))
    await turned(lambda: len(scene.key.on_loop) == 1)
    await session.exchange.schedule()  # unsigned
    assert not create.done()
    scene.key.may_sign.set()
    await create
    await end(waiting)


async def test_signatures_are_made_by_class(scene: KeyScene, session: Session) -> None:
    """The cancel is signed before the quotes that wait, and the read after them.

    Every signature is let through by itself, so that no thread overtakes the other.
    """
    order = await session.orders.create(new_order())
    waiting = await scene.under_way(session)
    held = scene.hold_each()
    creates = [asyncio.create_task(session.orders.create(new_order())) for _ in range(CONCURRENCY - 1)]
    await turned(lambda: len(held) == THREADS)
    balance = asyncio.create_task(session.portfolio.balance())
    await asyncio.sleep(0)
    creates += [asyncio.create_task(session.orders.create(new_order())) for _ in range(20)]
    await asyncio.sleep(0)
    cancel = asyncio.create_task(session.orders.cancel(order))
    await asyncio.sleep(0)
    asked = len(creates) + 2
    for _ in range(asked):
        await scene.sign_next(asked)
    await asyncio.gather(balance, cancel, *creates)
    methods = [request.method for request in scene.network.requests]
    assert methods == ["POST"] * (CONCURRENCY - 1) + ["DELETE"] + ["POST"] * 20 + ["GET"]
    await end(waiting)


async def test_our_signer_by_itself_signs_rsa_off_the_loop(scene: KeyScene) -> None:
    # For the handshake of a WebSocket client, say.
    await KeySigner(scene.credentials).headers("GET", "/trade-api/ws/v2", scene.clock.now_ms())
    assert scene.key.on_loop == [False]


async def test_a_closed_session_leaves_no_signing_thread_behind(scene: KeyScene) -> None:
    async with scene.session() as session:
        waiting = await scene.under_way(session)
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(8)))
        assert 1 <= len(signing_threads()) <= 2
        await end(waiting)
    for thread in signing_threads():
        thread.join(10)
    assert signing_threads() == []


async def test_a_session_that_closes_while_it_signs_ends_its_calls_and_threads(scene: KeyScene) -> None:
    async with scene.session() as session:
        waiting = await scene.under_way(session)
        scene.key.may_sign.clear()
        creates = [asyncio.create_task(session.orders.create(new_order())) for _ in range(3 * CONCURRENCY)]
        await turned(lambda: len(scene.key.on_loop) == 2)
    scene.key.may_sign.set()
    for error in await asyncio.gather(*creates, return_exceptions=True):
        assert isinstance(error, InvalidRequest)
        assert error.sent is False
    assert scene.network.requests == []
    await end(waiting)
    for thread in signing_threads():
        thread.join(10)
    assert signing_threads() == []


async def test_a_session_that_was_closed_makes_nothing_more(scene: KeyScene) -> None:
    async with scene.session() as session:
        await scene.paced(session)
        await session.orders.create(new_order())
        scene.forget()
    await scene.clock.sleep(PAUSE_S)
    assert scene.key.on_loop == []


async def test_a_session_that_is_opened_again_signs_on_threads_again(scene: KeyScene) -> None:
    session = scene.session()
    for _ in range(2):
        async with session:
            waiting = await scene.under_way(session)
            await session.orders.create(new_order())
            assert scene.key.on_loop == [False]
            await end(waiting)
