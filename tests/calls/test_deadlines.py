"""A call ends on time, says whether bytes had left, and gives back what it did not use.

Time is virtual, so that "on time" is exact: within one tick of the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from kalshi_async import (
    CredentialsError,
    DeadlineExceeded,
    NotSent,
    OutcomeUnknown,
    RateLimits,
    ReplyLost,
    Session,
    ThrottleTimeout,
    TokenBucket,
)
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.rate_limits import JITTER_S
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.signer import KeySigner, Signer
from kalshi_async.transport.progress import PROGRESS
from tests.conftest import START_MS
from tests.stages.scene import Scene, new_order, opened
from tests.stages.scripted import Line, Scripted, silence


@pytest.fixture
async def scene(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock, tier="basic") as scene:
        yield scene


def write_of(scene: Scene) -> TokenBucket:
    return scene.session.rate_limits.write


async def drain(scene: Scene) -> None:
    """Spend every write token there is; they come back at 100 per second, from JITTER_S on."""
    placed = [await scene.session.orders.create(new_order()) for _ in range(9)]
    for order in placed[:5]:
        await scene.session.orders.cancel(order)
    assert (write_of(scene).tokens(), elapsed_s(scene)) == (0, 0)
    scene.network.requests.clear()


async def connecting(request: httpx.Request) -> httpx.Response:
    """Report like a transport that has not got a connection yet, and stay there."""
    request.extensions[PROGRESS].report()
    return await silence(request)


async def waiting(request: httpx.Request) -> httpx.Response:
    """Report like a transport whose request has left, and wait for the reply."""
    request.extensions[PROGRESS].sent = True
    return await connecting(request)


@dataclass
class SlowSigner:
    """A key that lives in another machine."""

    inner: Signer
    seconds: float

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        await asyncio.sleep(self.seconds)
        return await self.inner.headers(method, path, now_ms)


def elapsed_s(scene: Scene) -> float:
    return (scene.clock.now_ms() - START_MS) / 1_000


async def test_a_deadline_in_the_queue_is_kept_and_nothing_was_sent(scene: Scene) -> None:
    await drain(scene)
    await scene.session.orders.cancel_all(subaccount=0)  # two more tokens than there are: 0.02 s
    scene.network.requests.clear()
    hurried = scene.session.with_options(deadline_s=0.05)
    with pytest.raises(DeadlineExceeded, match="before anything was sent") as caught:
        await hurried.orders.create(new_order())
    assert elapsed_s(scene) == pytest.approx(JITTER_S + 0.02 + 0.05, abs=0.002)
    assert caught.value.sent is False
    assert scene.network.requests == []


@pytest.mark.parametrize("deadline_s", [0.5, 0.001])
async def test_a_write_whose_bytes_left_is_unknown_at_its_deadline(scene: Scene, deadline_s: float) -> None:
    # A leading SDK took 1.01 s for a deadline of 0.5.
    scene.play(waiting)
    order = new_order()
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.with_options(deadline_s=deadline_s).orders.create(order)
    assert scene.clock.monotonic() == pytest.approx(deadline_s)
    assert caught.value.sent is True
    assert caught.value.client_order_id == order.client_order_id
    assert isinstance(caught.value.__cause__, DeadlineExceeded)


async def test_a_write_still_connecting_at_its_deadline_was_not_sent(scene: Scene) -> None:
    scene.play(connecting)
    with pytest.raises(DeadlineExceeded) as caught:
        await scene.session.with_options(deadline_s=0.5).orders.create(new_order())
    assert caught.value.sent is False
    assert caught.value.operation == "create_order"
    assert write_of(scene).tokens() == 100, "the tokens came back"


async def test_a_write_on_a_mute_transport_is_unknown_at_its_deadline(scene: Scene) -> None:
    scene.play(silence)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.with_options(deadline_s=0.5).orders.create(new_order())
    assert caught.value.sent is None


async def test_a_read_at_its_deadline_is_never_unknown(scene: Scene) -> None:
    scene.play(waiting)
    with pytest.raises(DeadlineExceeded) as caught:
        await scene.session.with_options(deadline_s=0.5).portfolio.balance()
    assert caught.value.sent is True


async def test_the_deadline_spans_all_attempts(scene: Scene) -> None:
    scene.play(httpx.ReadError("reset"), httpx.ReadError("reset"), silence)
    with pytest.raises(ReplyLost):
        await scene.session.with_options(deadline_s=1.0).orders.list().collect()
    assert elapsed_s(scene) == 1.0
    assert len(scene.network.requests) == 3


async def test_the_deadline_holds_between_attempts_too(scene: Scene) -> None:
    # Nothing is under way while the next attempt waits its turn, and the last one was not sent.
    scene.play(ever=lambda: httpx.ConnectError("refused"))
    with pytest.raises(NotSent) as caught:
        await scene.session.with_options(deadline_s=0.03).orders.create(new_order())
    assert elapsed_s(scene) == 0.03
    assert caught.value.sent is False


async def test_a_body_that_drips_is_cut_off_at_the_deadline(scene: Scene) -> None:
    class Dripping(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.1)

    scene.play(httpx.Response(201, stream=Dripping()))
    with pytest.raises(OutcomeUnknown):
        await scene.session.with_options(deadline_s=0.55).orders.create(new_order())
    assert elapsed_s(scene) == 0.55


async def test_without_options_writes_have_5_s_and_reads_10(scene: Scene) -> None:
    scene.play(silence, silence)
    with pytest.raises(OutcomeUnknown):
        await scene.session.orders.create(new_order())
    assert elapsed_s(scene) == 5
    with pytest.raises(DeadlineExceeded):
        await scene.session.portfolio.balance()
    assert elapsed_s(scene) == 15


async def test_max_queue_s_gives_up_on_tokens_alone(scene: Scene) -> None:
    # For quotes that go stale: late tokens are worth nothing, a late answer still is.
    await drain(scene)
    view = scene.session.with_options(max_queue_s=0.04)
    with pytest.raises(ThrottleTimeout) as caught:
        await view.orders.create(new_order())
    assert elapsed_s(scene) == 0.04
    assert caught.value.sent is False
    await scene.clock.sleep(JITTER_S + 0.16)
    scene.play(waiting)
    with pytest.raises(OutcomeUnknown):
        await view.orders.create(new_order())


async def test_canceling_a_call_in_the_queue_sends_nothing_and_spends_nothing(scene: Scene) -> None:
    await drain(scene)
    call = asyncio.create_task(scene.session.orders.create(new_order()))
    await scene.clock.sleep(JITTER_S)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await scene.clock.sleep(0.08)
    assert write_of(scene).tokens() == pytest.approx(8)
    assert write_of(scene).waiting == 0
    assert scene.network.requests == []


@pytest.mark.parametrize(("line", "left"), [(connecting, 100), (waiting, 90), (silence, 90)])
async def test_canceling_a_call_under_way_gives_back_what_certainly_was_not_sent(
    scene: Scene, line: Line, left: int
) -> None:
    scene.play(line)
    call = asyncio.create_task(scene.session.orders.create(new_order()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert write_of(scene).tokens() == left
    assert len(scene.network.requests) == 1


async def test_a_request_is_signed_when_it_is_admitted(scene: Scene) -> None:
    # Signed before the queue, a timestamp would age in it.
    await drain(scene)
    await scene.session.orders.create(new_order())
    (request,) = scene.network.requests
    # 10 tokens, over the 10 that are kept for cancels.
    assert request.headers["kalshi-access-timestamp"] == str(START_MS + 200 + round(1000 * JITTER_S))


async def test_a_deadline_while_signing_was_not_sent_and_costs_nothing(clock: VirtualClock) -> None:
    sandbox = Sandbox(clock=clock)
    sandbox.add_account("alice")
    signer = SlowSigner(KeySigner(sandbox.credentials("alice")), 0.0)
    session = Session(
        sandbox.environment, signer, clock=clock, base_transport=httpx.ASGITransport(sandbox.app)
    )
    async with session:
        signer.seconds = 9.0
        with pytest.raises(DeadlineExceeded) as caught:
            await session.with_options(deadline_s=0.5).orders.create(new_order())
        assert caught.value.sent is False
        assert session.rate_limits.write.tokens() == 100


class Broken:
    """A key whose security module was pulled out."""

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        raise RuntimeError("the module is gone, and its message might hold secrets")


async def test_a_signer_that_fails_is_a_credentials_error_and_costs_nothing(clock: VirtualClock) -> None:
    network = Scripted()
    session = Session(
        Sandbox(clock=clock).environment,
        Broken(),
        clock=clock,
        base_transport=network,
        rate_limits=RateLimits(clock.monotonic),
    )
    async with session:
        with pytest.raises(CredentialsError, match="the signer failed: RuntimeError") as caught:
            await session.orders.create(new_order())
        assert "secrets" not in str(caught.value)
        assert session.rate_limits.write.tokens() == 100
    assert network.requests == []


async def test_a_signer_that_fails_at_open_ends_the_opening(clock: VirtualClock) -> None:
    # It would fail every order, and every cancel, just the same.
    network = Scripted()
    session = Session(Sandbox(clock=clock).environment, Broken(), clock=clock, base_transport=network)
    with pytest.raises(CredentialsError, match="the signer failed: RuntimeError"):
        async with session:
            pass
    assert network.requests == []


async def test_a_signer_may_say_itself_what_is_wrong(clock: VirtualClock) -> None:
    class Locked:
        async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
            raise CredentialsError("the module is locked")

    limits = RateLimits(clock.monotonic)
    session = Session(
        Sandbox(clock=clock).environment, Locked(), clock=clock, base_transport=Scripted(), rate_limits=limits
    )
    async with session:
        with pytest.raises(CredentialsError, match="the module is locked"):
            await session.orders.create(new_order())
    assert limits.write.tokens() == 100
