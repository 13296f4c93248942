"""What became of an order whose fate was unknown: also later, also in another process."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from kalshi_async import CreateOrder, Fate, InvalidRequest, KalshiError, OutcomeUnknown, Session
from kalshi_async.errors import DeadlineExceeded
from tests.stages.scene import RESET, Scene, new_order
from tests.stages.scripted import silence
from tests.stages.served import TICKER

PROOF_S = 32.0
"""A delayed request stays acceptable for 30 s, and reads get 2 s more."""


async def lost(scene: Scene, *, landed: bool, order: CreateOrder | None = None) -> OutcomeUnknown:
    """An order of which every answer is lost."""
    scene.play(ever=lambda: scene.landed() if landed else RESET)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.create(order or new_order())
    scene.play()
    return caught.value


async def elsewhere(scene: Scene, error: OutcomeUnknown) -> tuple[Session, OutcomeUnknown]:
    """Another process: it knows what was written down, and nothing else."""
    written = json.dumps(error.as_record())
    return await scene.again(), OutcomeUnknown.from_record(json.loads(written))


@pytest.mark.parametrize("process", ["same", "another"])
async def test_an_order_that_landed_is_placed(scene: Scene, process: str) -> None:
    error = await lost(scene, landed=True)
    session = scene.session
    if process == "another":
        session, error = await elsewhere(scene, error)
    resolution = await session.orders.resolve(error)
    assert resolution.fate is Fate.PLACED
    assert resolution.order is not None
    assert set(scene.account.orders) == {resolution.order.order_id}


@pytest.mark.parametrize("process", ["same", "another"])
async def test_an_order_that_never_arrived_is_absent_once_that_is_proven(scene: Scene, process: str) -> None:
    error = await lost(scene, landed=False)
    session = scene.session
    if process == "another":
        session, error = await elsewhere(scene, error)
    resolution = await session.orders.resolve(error, timeout_s=60)
    assert resolution.fate is Fate.ABSENT
    assert resolution.order is None
    assert error.last_signed_ms is not None
    waited_s = scene.clock.now_ms() / 1000 - error.last_signed_ms / 1000
    assert PROOF_S <= waited_s <= PROOF_S + 1.5


async def test_absence_is_not_proven_before_the_horizon(scene: Scene) -> None:
    # Until then a delayed copy of the request could still be accepted.
    error = await lost(scene, landed=False)
    await scene.clock.sleep(PROOF_S - 1)
    assert (await scene.session.orders.resolve(error)).fate is Fate.UNKNOWN
    await scene.clock.sleep(2)
    assert (await scene.session.orders.resolve(error)).fate is Fate.ABSENT


async def test_absence_is_not_proven_by_reads_that_lag(scene: Scene) -> None:
    # Exchange time counts, and of the read side at that: our own clock proves nothing.
    scene.sandbox.faults.lag_reads(20_000)
    error = await lost(scene, landed=True)
    await scene.clock.sleep(10)
    assert (await scene.session.orders.resolve(error, horizon_s=1)).fate is Fate.UNKNOWN
    await scene.clock.sleep(PROOF_S + 20)
    assert (await scene.session.orders.resolve(error)).fate is Fate.PLACED


async def test_a_shorter_horizon_proves_absence_sooner(scene: Scene) -> None:
    error = await lost(scene, landed=False)
    began_s = scene.clock.monotonic()
    assert (await scene.session.orders.resolve(error, horizon_s=1, timeout_s=4)).fate is Fate.ABSENT
    assert scene.clock.monotonic() < began_s + 4


async def test_a_rejected_row_proves_nothing(scene: Scene) -> None:
    # The row that did not decode may be the order that is looked for.
    error = await lost(scene, landed=False)
    await scene.clock.sleep(60)
    rows = {"orders": [{"order_id": "1", "yes_price_dollars": "a lot"}], "cursor": ""}
    scene.play(None, httpx.Response(200, json=rows))
    assert (await scene.session.orders.resolve(error)).fate is Fate.UNKNOWN
    scene.play()
    assert (await scene.session.orders.resolve(error)).fate is Fate.ABSENT


async def test_a_page_that_cannot_be_read_proves_nothing(scene: Scene) -> None:
    error = await lost(scene, landed=False)
    await scene.clock.sleep(60)
    scene.play(None, ever=lambda: httpx.Response(503))
    with pytest.raises(KalshiError):
        await scene.session.orders.resolve(error)


async def test_an_order_is_found_in_the_archive_too(scene: Scene) -> None:
    error = await lost(scene, landed=True)
    (order_id,) = scene.account.orders
    await scene.session.orders.cancel(order_id, ticker=TICKER)
    scene.sandbox.exchange.historical_cutoff_us = (scene.clock.now_ms() + 1) * 1_000
    assert await scene.session.orders.list().collect() == []
    resolution = await scene.session.orders.resolve(error)
    assert resolution.fate is Fate.PLACED
    assert resolution.order is not None
    assert resolution.order.order_id == order_id


async def test_an_order_is_found_behind_a_thousand_others(scene: Scene) -> None:
    error = await lost(scene, landed=True)
    for _ in range(20):
        await scene.session.orders.create_batch([new_order() for _ in range(51)])
    resolution = await scene.session.orders.resolve(error)
    assert resolution.fate is Fate.PLACED


async def test_an_order_of_yesterday_under_the_same_key_is_not_ours(scene: Scene) -> None:
    order = new_order()
    await scene.session.orders.create(order)
    await scene.clock.sleep(86_400)
    error = await lost(scene, landed=False, order=order)
    resolution = await scene.session.orders.resolve(error, timeout_s=60)
    assert resolution.fate is Fate.ABSENT


async def test_an_order_in_a_subaccount_is_looked_for_there(scene: Scene) -> None:
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    scene.sandbox.exchange.transfers.between_subaccounts(scene.account, "some", 0, 1, 5_000)
    error = await lost(scene, landed=True, order=new_order(subaccount=1))
    assert error.subaccount == 1
    session, rebuilt = await elsewhere(scene, error)
    assert rebuilt.as_record() == error.as_record()
    assert (rebuilt.subaccount, rebuilt.ticker) == (1, TICKER)
    assert (await session.orders.resolve(rebuilt)).fate is Fate.PLACED


async def test_the_default_looks_once(scene: Scene) -> None:
    error = await lost(scene, landed=False)
    began_s = scene.clock.monotonic()
    assert (await scene.session.orders.resolve(error)).fate is Fate.UNKNOWN
    assert scene.clock.monotonic() == began_s


async def test_a_write_without_a_key_cannot_be_looked_for(scene: Scene) -> None:
    scene.play(RESET)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.order_groups.create(contracts_limit=1)
    with pytest.raises(InvalidRequest, match="create_order_group has no client_order_id"):
        await scene.session.orders.resolve(caught.value)


async def test_a_leg_of_a_batch_is_resolved_like_a_single_order(scene: Scene) -> None:
    scene.sandbox.faults.lag_reads(60_000)
    scene.play(ever=scene.landed)
    result = await scene.session.orders.create_batch([new_order(), new_order()])
    scene.play()
    scene.sandbox.faults.lag_reads(0)
    assert len(result.unknown) == 2
    for leg in result.unknown:
        assert isinstance(leg.error, OutcomeUnknown)
        session, error = await elsewhere(scene, leg.error)
        resolution = await session.orders.resolve(error)
        assert resolution.fate is Fate.PLACED
        assert resolution.order is not None
        assert resolution.order.client_order_id == leg.request.client_order_id


async def test_a_canceled_task_still_holds_the_key(scene: Scene) -> None:
    # The key is made with the request object, so that who was canceled can look for it.
    order = new_order()
    scene.play(scene.landed(httpx.Response(503)), *[httpx.Response(503)] * 3)
    view = scene.session.with_options(deadline_s=0.01)
    with pytest.raises((OutcomeUnknown, DeadlineExceeded)):
        await view.orders.create(order)
    scene.play()
    assert await scene.session.orders.find(order.client_order_id) is not None


def in_doubt(scene: Scene) -> OutcomeUnknown:
    now_ms = scene.clock.now_ms()
    return OutcomeUnknown("?", client_order_ids=("k",), first_sent_ms=now_ms, last_signed_ms=now_ms)


@pytest.mark.parametrize("is_stalled", [True, False], ids=["one stalls", "each is slow"])
async def test_resolve_keeps_its_time_limit_whatever_its_reads_do(scene: Scene, is_stalled: bool) -> None:
    """One look is three reads and more: each being in time is not enough."""

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.4)
        return await scene.inner.handle_async_request(request)

    doubt = in_doubt(scene)
    scene.play(*([silence] if is_stalled else [slow] * 10))
    started_s = scene.clock.monotonic()
    resolution = await scene.session.orders.resolve(doubt, timeout_s=0.5)
    assert resolution.fate is Fate.UNKNOWN
    assert scene.clock.monotonic() - started_s <= 0.501
