"""Where a request is signed, as a user would notice: whom it holds up, and what is sent.

The exchange verifies every signature. The keys are real; ``NotedKey`` stands before one, notes
on which thread it signs, and can be held.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import cast

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from kalshi_async import (
    CreatedOrder,
    Credentials,
    CredentialsError,
    DeadlineExceeded,
    InvalidRequest,
    KeySigner,
    OutcomeUnknown,
    RateLimits,
    Session,
    Signer,
    Unauthorized,
)
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.access.keys import KeyType
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.credentials import PrivateKey
from kalshi_async.signing.source import TURNS
from tests.signing.test_skew import dated
from tests.stages.scene import RESET, new_order
from tests.stages.scripted import Scripted, silence
from tests.stages.served import CREATE_PATH

PAUSE_S = 0.1


@dataclass(eq=False)
class NotedKey:
    """Somebody's private key; ``on_loop`` says of each signature whether the event loop made it."""

    inner: PrivateKey
    on_loop: list[bool] = field(default_factory=list)
    may_sign: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_sign.set()

    def sign(self, *message: object) -> bytes:
        self.on_loop.append(threading.current_thread() is threading.main_thread())
        assert self.may_sign.wait(10)
        return self.inner.sign(*message)  # type: ignore[arg-type]  # those of either kind


class NotedRsa(NotedKey):
    pass


class NotedEd25519(NotedKey):
    pass


RSAPrivateKey.register(NotedRsa)
Ed25519PrivateKey.register(NotedEd25519)


@dataclass
class Scene:
    """Alice, who has all the tokens that she wants, her key, and the network before the exchange."""

    clock: VirtualClock
    key_type: KeyType = "rsa"

    def __post_init__(self) -> None:
        self.sandbox = Sandbox(tier="off", clock=self.clock, seed=7)
        self.alice = self.sandbox.add_account("alice", key_type=self.key_type)
        inner = Credentials(self.alice.key_id, self.alice.private_key_pem).private_key
        self.key = NotedRsa(inner) if self.key_type == "rsa" else NotedEd25519(inner)
        self.network = Scripted(inner=httpx.ASGITransport(self.sandbox.app))

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.alice.key_id, cast(PrivateKey, self.key))

    def session(self, signer: Signer | None = None) -> Session:
        """A session that asks nothing at opening."""
        limits = RateLimits(self.clock.monotonic, read=(10**6, 10**6), write=(10**6, 10**6))
        return Session(
            self.sandbox.environment,
            signer or self.credentials,
            rate_limits=limits,
            clock=self.clock,
            base_transport=self.network,
        )

    async def under_way(self, session: Session) -> asyncio.Task[CreatedOrder]:
        """Send a create that nobody answers: from now on no other call is alone."""
        self.network.requests.clear()
        self.network.play(silence)
        task = asyncio.create_task(session.with_options(deadline_s=3_600).orders.create(new_order()))
        await turned(lambda: len(self.network.requests) > 0)
        self.forget()
        return task

    def forget(self) -> None:
        self.key.on_loop.clear()
        self.network.requests.clear()

    async def paced(self, session: Session, times: int = 3) -> None:
        """Create orders with pauses in between."""
        for _ in range(times):
            await session.orders.create(new_order())
            await self.clock.sleep(PAUSE_S)
        self.forget()

    @property
    def ages_ms(self) -> list[int]:
        """How long before they were sent, at most one at a time, the last requests were signed."""
        return [self.clock.now_ms() - stamp_of(request) for request in self.network.requests]


def stamp_of(request: httpx.Request) -> int:
    return int(request.headers["kalshi-access-timestamp"])


async def turned(condition: Callable[[], bool]) -> None:
    """Let others run until something has happened."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never happened")


def signing_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("kalshi_async signing")]


async def end(task: asyncio.Task[CreatedOrder]) -> None:
    task.cancel()
    await asyncio.wait([task])


@pytest.fixture
async def scene(clock: VirtualClock) -> Scene:
    return Scene(clock)


@pytest.fixture
async def session(scene: Scene) -> AsyncIterator[Session]:
    async with scene.session() as session:
        yield session


async def test_rsa_signs_here_and_now_when_nothing_else_is_under_way(scene: Scene, session: Session) -> None:
    # To another thread and back takes as long as the signature.
    await session.orders.create(new_order())
    assert scene.key.on_loop == [True]


async def test_rsa_never_holds_up_the_loop_while_others_are_under_way(scene: Scene, session: Session) -> None:
    waiting = await scene.under_way(session)
    await asyncio.gather(*(session.orders.create(new_order()) for _ in range(20)))
    assert scene.key.on_loop == [False] * 20
    await end(waiting)


async def test_ed25519_signs_here_and_now_whoever_waits(clock: VirtualClock) -> None:
    scene = Scene(clock, "ed25519")
    async with scene.session() as session:
        waiting = await scene.under_way(session)
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(20)))
        assert scene.key.on_loop == [True] * 20
        await end(waiting)
    assert signing_threads() == []


async def test_the_loop_goes_on_while_a_key_is_slow(scene: Scene, session: Session) -> None:
    waiting = await scene.under_way(session)
    scene.key.may_sign.clear()
    create = asyncio.create_task(session.orders.create(new_order()))
    await turned(lambda: len(scene.key.on_loop) == 1)
    await session.exchange.schedule()  # unsigned
    assert not create.done()
    scene.key.may_sign.set()
    await create
    await end(waiting)


async def test_signatures_are_made_by_class(scene: Scene, session: Session) -> None:
    """A cancel before the quotes, what is only read after them; asked for in the other order."""
    order = await session.orders.create(new_order())
    waiting = await scene.under_way(session)
    scene.key.may_sign.clear()
    creates = [asyncio.create_task(session.orders.create(new_order())) for _ in range(TURNS)]
    await turned(lambda: len(scene.key.on_loop) == 2)
    balance = asyncio.create_task(session.portfolio.balance())
    await asyncio.sleep(0)
    creates += [asyncio.create_task(session.orders.create(new_order())) for _ in range(20)]
    await asyncio.sleep(0)
    cancel = asyncio.create_task(session.orders.cancel(order))
    await asyncio.sleep(0)
    scene.key.may_sign.set()
    await asyncio.gather(balance, cancel, *creates)
    methods = [request.method for request in scene.network.requests]
    # Those that have a turn at the same time may be done in any order.
    assert methods.index("DELETE") <= 2 * TURNS
    assert methods.index("GET") >= len(methods) - TURNS
    await end(waiting)


@dataclass
class Remote:
    """A key in another machine, which takes ``seconds`` or fails."""

    inner: Signer
    seconds: float = 0.0
    fails: bool = False
    at_once: int = 0
    most_at_once: int = 0

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
            if self.fails:
                raise ConnectionError("the module is gone")
            return await self.inner.headers(method, path, now_ms)
        finally:
            self.at_once -= 1


async def test_a_remote_key_signs_a_few_at_a_time(scene: Scene) -> None:
    remote = Remote(KeySigner(scene.credentials), 0.02)
    async with scene.session(remote) as session:
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(20)))
    assert remote.most_at_once == TURNS
    assert scene.clock.monotonic() == pytest.approx(0.02 * 20 / TURNS)


async def test_a_remote_key_that_hangs_holds_no_deadline_and_no_turn(scene: Scene) -> None:
    remote = Remote(KeySigner(scene.credentials), 3_600)
    async with scene.session(remote) as session:
        hurried = session.with_options(deadline_s=0.5)
        calls = [asyncio.create_task(hurried.orders.create(new_order())) for _ in range(3 * TURNS)]
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(error, DeadlineExceeded) and error.sent is False for error in ends)
        assert scene.clock.monotonic() == pytest.approx(0.5)
        remote.seconds = 0.0
        await asyncio.gather(*(hurried.orders.create(new_order()) for _ in range(3 * TURNS)))
    assert len(scene.network.requests) == 3 * TURNS


async def test_a_remote_key_that_fails_is_told_of_and_holds_no_turn(scene: Scene) -> None:
    remote = Remote(KeySigner(scene.credentials), fails=True)
    async with scene.session(remote) as session:
        calls = [asyncio.create_task(session.orders.create(new_order())) for _ in range(3 * TURNS)]
        for error in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(error, CredentialsError)
            assert isinstance(error.__cause__, ConnectionError)
        remote.fails = False
        await session.orders.create(new_order())


async def test_a_signer_derived_from_ours_is_asked_itself(scene: Scene) -> None:
    # It may count, log or refuse.
    class Counting(KeySigner):
        count = 0

        async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
            self.count += 1
            return await super().headers(method, path, now_ms)

    signer = Counting(scene.credentials)
    async with scene.session(signer) as session:
        await scene.paced(session, 5)
    assert signer.count == 5


async def test_our_signer_by_itself_signs_rsa_off_the_loop(scene: Scene) -> None:
    # For the handshake of a WebSocket client, say.
    await KeySigner(scene.credentials).headers("GET", "/trade-api/ws/v2", scene.clock.now_ms())
    assert scene.key.on_loop == [False]


async def test_a_closed_session_leaves_no_signing_thread_behind(scene: Scene) -> None:
    async with scene.session() as session:
        waiting = await scene.under_way(session)
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(8)))
        assert 1 <= len(signing_threads()) <= 2
        await end(waiting)
    for thread in signing_threads():
        thread.join(10)
    assert signing_threads() == []


async def test_a_session_that_closes_while_it_signs_ends_its_calls_and_threads(scene: Scene) -> None:
    async with scene.session() as session:
        waiting = await scene.under_way(session)
        scene.key.may_sign.clear()
        creates = [asyncio.create_task(session.orders.create(new_order())) for _ in range(3 * TURNS)]
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


async def test_a_session_that_was_closed_makes_nothing_more(scene: Scene) -> None:
    async with scene.session() as session:
        await scene.paced(session)
        await session.orders.create(new_order())
        scene.forget()
    await scene.clock.sleep(PAUSE_S)
    assert scene.key.on_loop == []


async def test_a_session_that_is_opened_again_signs_on_threads_again(scene: Scene) -> None:
    session = scene.session()
    for _ in range(2):
        async with session:
            waiting = await scene.under_way(session)
            await session.orders.create(new_order())
            assert scene.key.on_loop == [False]
            await end(waiting)


async def test_after_a_pause_a_signature_that_was_made_ahead_is_used(scene: Scene, session: Session) -> None:
    await scene.paced(session)
    for _ in range(5):
        await session.orders.create(new_order())
        assert scene.ages_ms == [pytest.approx(1_000 * PAUSE_S, abs=2)]
        await scene.clock.sleep(PAUSE_S)
        scene.network.requests.clear()
    assert scene.key.on_loop == [False] * 5, "none was made twice, and none on the loop"


async def test_no_signature_is_sent_twice(scene: Scene, session: Session) -> None:
    for burst in (1, 3, 1, 5, 2, 9, 4):
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(burst)))
        await scene.clock.sleep(PAUSE_S)
    signatures = [request.headers["kalshi-access-signature"] for request in scene.network.requests]
    assert len(set(signatures)) == len(signatures) == 25


async def test_an_idle_session_signs_nothing(scene: Scene, session: Session) -> None:
    await scene.paced(session, 5)
    await scene.clock.sleep(3_600)
    assert scene.key.on_loop == []
    await session.orders.create(new_order())
    assert scene.ages_ms == [0]


async def test_one_request_after_another_uses_none_and_makes_none(scene: Scene, session: Session) -> None:
    # They would take the processor from the requests; a caller who waits for no reply has no pause.
    for _ in range(20):
        await session.orders.create(new_order())
    assert scene.key.on_loop == [True] * 20


async def test_a_path_with_an_id_is_signed_when_it_is_asked_for(scene: Scene, session: Session) -> None:
    order = await session.orders.create(new_order())
    for _ in range(5):
        scene.forget()
        await session.orders.get(order.order_id)
        assert scene.ages_ms == [0]
        assert scene.key.on_loop == [True]
        await scene.clock.sleep(PAUSE_S)


async def test_a_resend_is_signed_when_it_is_sent(scene: Scene, session: Session) -> None:
    """Settling counts from the last signature of a write: it must not be older than the write."""
    for _ in range(2):
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(3)))
        await scene.clock.sleep(PAUSE_S)
    scene.forget()
    sent_ms = list[int]()

    async def lost(_: httpx.Request) -> httpx.Response:
        sent_ms.append(scene.clock.now_ms())
        raise RESET

    scene.network.play(lost, lost, lost)
    await session.orders.create(new_order())
    ages_ms = [
        sent - stamp_of(request) for sent, request in zip(sent_ms, scene.network.requests, strict=False)
    ]
    assert ages_ms == [pytest.approx(1_000 * PAUSE_S, abs=2), 0, 0]


async def test_what_is_told_of_a_lost_order_is_what_was_signed(scene: Scene, session: Session) -> None:
    await scene.paced(session)
    scene.network.play(silence)
    with pytest.raises(OutcomeUnknown) as caught:
        await session.with_options(deadline_s=0.5).orders.create(new_order())
    (request,) = scene.network.requests
    assert caught.value.first_sent_ms == caught.value.last_signed_ms == stamp_of(request)
    assert stamp_of(request) < scene.clock.now_ms() - 500


async def test_a_clock_that_was_corrected_is_signed_from_the_next_request_on(
    scene: Scene, session: Session
) -> None:
    await scene.paced(session)
    ahead_ms = 60_000
    scene.network.play(dated(scene.clock.now_ms() + ahead_ms))
    with pytest.raises(Unauthorized):  # by the exchange itself, whose clock is right
        await session.portfolio.balance()
    scene.forget()
    scene.network.play(silence)
    with pytest.raises(OutcomeUnknown):
        await session.with_options(deadline_s=0.001).orders.create(new_order())
    (request,) = scene.network.requests
    assert request.url.path == CREATE_PATH
    assert stamp_of(request) == pytest.approx(scene.clock.now_ms() + ahead_ms, abs=501)
    assert scene.key.on_loop == [True]
