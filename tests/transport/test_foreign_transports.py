"""Base transports that a caller hands in: each of their errors becomes one of ours, without secrets."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from kalshi_async import (
    CreateOrder,
    Environment,
    InvalidRequest,
    OutcomeUnknown,
    RateLimits,
    ReplyLost,
    Session,
)
from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.raw_server import Anybody
from tests.stages.scene import Scene, new_order
from tests.stages.scripted import silence
from tests.stages.served import TICKER
from tests.transport.http1.server import serving, silent


async def cancels_itself(request: httpx.Request) -> httpx.Response:
    """A base transport whose own task was canceled by somebody."""
    raise asyncio.CancelledError("the pool's task died")


async def test_a_transport_that_cancels_itself_has_lost_the_reply_of_a_read(scene: Scene) -> None:
    """Nobody canceled the caller, who must hear of an error and may be served by a repetition."""
    scene.play(ever=lambda: cancels_itself)
    with pytest.raises(ReplyLost):
        await scene.session.portfolio.balance()
    scene.play(cancels_itself)
    assert (await scene.session.portfolio.balance()).balance_cents == 1_000_000


async def test_a_transport_that_cancels_itself_leaves_a_write_in_doubt(scene: Scene) -> None:
    order_id = await scene.rest()
    scene.play(cancels_itself)
    with pytest.raises(OutcomeUnknown):
        await scene.session.orders.decrease(order_id, reduce_by=1)
    assert len(scene.writes) == 1


async def test_a_real_cancellation_goes_through(scene: Scene) -> None:
    scene.play(silence)
    task = asyncio.create_task(scene.session.orders.create(new_order()))
    await scene.has_written()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(scene.writes) == 1


SECRET = b"a secret\nin two lines"


@pytest.mark.parametrize("kind", [Http1Transport, httpx.AsyncHTTPTransport])
async def test_a_header_that_cannot_be_sent_is_not_shown_by_any_transport(
    clock: VirtualClock, kind: type[httpx.AsyncBaseTransport]
) -> None:
    """h11 would quote the value in its error, having reported that it begins to send."""
    signer = Anybody((b"Authorization", SECRET))
    async with serving(silent) as server, kind() as base:
        limits = RateLimits(clock.monotonic)
        environment = Environment("silent", server.url)
        async with Session(
            environment, signer, rate_limits=limits, base_transport=base, clock=clock
        ) as session:
            with pytest.raises(InvalidRequest, match="Authorization") as caught:
                await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
    error: BaseException | None = caught.value
    while error is not None:
        assert "secret" not in repr(error)
        error = error.__cause__ or error.__context__
