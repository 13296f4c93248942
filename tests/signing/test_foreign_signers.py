"""Signers that a caller hands in: slow ones, failing ones, and one that returns nonsense."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from kalshi_async import CredentialsError, DeadlineExceeded, KeySigner, RateLimits, Session, Signer
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.source import CONCURRENCY
from tests.signing.scene import KeyScene
from tests.stages.scene import Scene, new_order


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
    remote = Remote(KeySigner(keys.credentials), 0.02)
    async with keys.session(remote) as session:
        await asyncio.gather(*(session.orders.create(new_order()) for _ in range(20)))
    assert remote.most_at_once == CONCURRENCY
    assert keys.clock.monotonic() == pytest.approx(0.02 * 20 / CONCURRENCY)


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
