"""Signers that a caller hands in: slow ones, failing ones, and one that returns nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from kalshi_async import (
    DEMO,
    CredentialsError,
    DeadlineExceeded,
    InvalidRequest,
    KeySigner,
    NotFound,
    RateLimits,
    Session,
    Signer,
)
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.signer import CONCURRENCY
from tests.signing.scene import KeyScene
from tests.stages.scene import Scene, new_order
from tests.stages.served import TICKER

NOWHERE = "629f6fbd-82c0-47cd-bdca-2d3e42485e3a"
"""The id of an order, or of a group, that does not exist."""


class FixedSigner:
    """Somebody's signer, which returns what it must not."""

    def __init__(self, returned: Any) -> None:
        self.returned = returned

    async def headers(self, method: str, path: str, now_ms: int) -> Any:
        return self.returned


@pytest.mark.parametrize(
    "returned", [None, 7, [(1, 2)], [("KALSHI-ACCESS-KEY", "\N{SNOWMAN}")], [("one",)], ["name"]], ids=repr
)
@pytest.mark.parametrize("is_ours", [True, False], ids=["our transport", "another"])
async def test_a_signer_that_returns_nonsense_costs_no_tokens(
    scene: Scene, returned: Any, is_ours: bool
) -> None:
    limits = RateLimits(scene.clock.monotonic)
    signer = FixedSigner(returned)
    async with Session(
        scene.sandbox.environment,
        signer,
        clock=scene.clock,
        rate_limits=limits,
        base_transport=None if is_ours else scene.network,
    ) as session:
        scene.play()
        before = limits.write.tokens()
        with pytest.raises(CredentialsError) as caught:
            await session.orders.create(new_order())
    assert limits.write.tokens() == before
    assert scene.network.requests == []
    assert "\N{SNOWMAN}" not in str(caught.value), "a header may hold what is secret"


@pytest.fixture
async def keys(clock: VirtualClock) -> KeyScene:
    return KeyScene(clock)


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


async def test_a_remote_key_signs_a_few_at_a_time(keys: KeyScene) -> None:
    # One turn of those there are is kept for what reduces risk.
    remote = Remote(KeySigner(keys.credentials), 0.02)
    async with keys.session(remote) as session:
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(20)))
    assert remote.most_at_once == CONCURRENCY - 1
    assert keys.clock.monotonic() == pytest.approx(0.02 * 20 / (CONCURRENCY - 1))


@dataclass
class Asking(Remote):
    """A key that says how many signatures it makes at once."""

    concurrency: object = 11


async def test_a_signer_gets_as_many_turns_as_it_asks_for(keys: KeyScene) -> None:
    remote = Asking(KeySigner(keys.credentials), 0.02)
    async with keys.session(remote) as session:
        assert session.signer.concurrency == 11
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(20)))
    assert remote.most_at_once == 10


async def test_the_signer_of_a_session_asks_for_as_many_in_another_session(keys: KeyScene) -> None:
    remote = Asking(KeySigner(keys.credentials), 0.02)
    async with keys.session(remote) as session, keys.session(session.signer) as other:
        await asyncio.gather(*(other.orders.create(new_order()) for _ in range(20)))
    assert remote.most_at_once == 10


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True, "4", None])
def test_a_signer_that_asks_for_no_number_of_turns_is_refused(concurrency: object) -> None:
    asking = Asking(FixedSigner(()), concurrency=concurrency)
    with pytest.raises(InvalidRequest, match="concurrency of a signer must be a positive int, was "):
        Session(DEMO, asking)


class HangsOnCreates(Remote):
    """A key whose signatures of creates take an hour: the module behind it is overloaded."""

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        self.seconds = 3_600 if method == "POST" else 0.01
        return await super().headers(method, path, now_ms)


async def canceled(session: Session) -> None:
    with pytest.raises(NotFound):
        await session.orders.cancel(NOWHERE, ticker=TICKER)


async def canceled_in_bulk(session: Session) -> None:
    (leg,) = await session.orders.cancel_batch([NOWHERE])
    assert isinstance(leg.error, NotFound)


async def triggered(session: Session) -> None:
    with pytest.raises(NotFound):
        await session.order_groups.trigger(NOWHERE)


@pytest.mark.parametrize("reduce", [canceled, canceled_in_bulk, triggered])
async def test_creates_that_hang_in_a_signer_never_block_what_reduces_risk(
    keys: KeyScene, reduce: Callable[[Session], Awaitable[None]]
) -> None:
    async with keys.session(HangsOnCreates(KeySigner(keys.credentials))) as session:
        creates = [asyncio.create_task(session.orders.create(new_order())) for _ in range(50)]
        await asyncio.sleep(0.5)
        await reduce(session)
        assert keys.clock.monotonic() == pytest.approx(0.51)
        await asyncio.gather(*creates, return_exceptions=True)


async def test_a_signer_that_signs_one_at_a_time_signs_for_everybody(keys: KeyScene) -> None:
    # There is no turn to keep: the signer has asked for one.
    remote = Asking(KeySigner(keys.credentials), 0.02, concurrency=1)
    async with keys.session(remote) as session:
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(5)))
    assert remote.most_at_once == 1


async def test_a_remote_key_that_hangs_holds_no_deadline_and_no_turn(keys: KeyScene) -> None:
    remote = Remote(KeySigner(keys.credentials), 3_600)
    async with keys.session(remote) as session:
        hurried = session.with_options(deadline_s=0.5)
        calls = [asyncio.create_task(hurried.orders.create(new_order())) for _ in range(3 * CONCURRENCY)]
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(error, DeadlineExceeded) and error.sent is False for error in ends)
        assert keys.clock.monotonic() == pytest.approx(0.5)
        remote.seconds = 0.0
        await asyncio.gather(*(hurried.orders.create(new_order()) for _ in range(3 * CONCURRENCY)))
    assert len(keys.network.requests) == 3 * CONCURRENCY


async def test_a_remote_key_that_fails_is_told_of_and_holds_no_turn(keys: KeyScene) -> None:
    remote = Remote(KeySigner(keys.credentials), fails=True)
    async with keys.session(remote) as session:
        calls = [asyncio.create_task(session.orders.create(new_order())) for _ in range(3 * CONCURRENCY)]
        for error in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(error, CredentialsError)
            assert isinstance(error.__cause__, ConnectionError)
        remote.fails = False
        await session.orders.create(new_order())


async def test_a_signer_derived_from_ours_is_asked_itself(keys: KeyScene) -> None:
    # It may count, log or refuse.
    class Counting(KeySigner):
        count = 0

        async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
            self.count += 1
            return await super().headers(method, path, now_ms)

    signer = Counting(keys.credentials)
    async with keys.session(signer) as session:
        await keys.paced(session, 5)
    assert signer.count == 5
