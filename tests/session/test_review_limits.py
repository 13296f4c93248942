"""What a review found in waiting, budgets and opening, kept found.

A cancel and its settlement overtake whatever else waits, time limits are kept, and
nothing that an account reports or an environment holds does harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from kalshi_async import (
    CreateOrder,
    Credentials,
    CredentialsError,
    DeadlineExceeded,
    Hooks,
    InvalidRequest,
    OutcomeUnknown,
    RateLimits,
    UnexpectedReply,
)
from kalshi_async.resources.settling.resolve import Fate
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.access.keys import KeyType, generate_pair
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.certainty_rules.scene import RESET, Scene, new_order, opened, refusal
from tests.session.scripted import Scripted, silence
from tests.session.stage import BASE_PATH, TICKER, session_of

FAR_TICKER = "KXSHARD1-26NOV23-T100"


@pytest.fixture
async def scene(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock) as scene:
        yield scene


@pytest.fixture
async def basic(clock: VirtualClock) -> AsyncIterator[Scene]:
    async with opened(clock, tier="basic") as scene:
        yield scene


async def test_a_cancel_is_signed_before_the_creates_that_still_wait_for_it(clock: VirtualClock) -> None:
    """RSA takes a millisecond: forty of them are a long way for whoever must get out."""
    signed: list[str] = []
    hooks = Hooks(on_attempt=lambda event: signed.append(event.operation))
    sandbox = Sandbox(tier="advanced", clock=clock, seed=7)
    alice = sandbox.add_account("alice", key_type="rsa")
    # Over sockets: in one process a create would be answered before the next one begins.
    async with sandbox, session_of(sandbox, alice, clock, hooks=hooks) as session:
        order = await session.orders.create(new_order())
        await clock.sleep(1)
        signed.clear()
        creates = [asyncio.create_task(session.orders.create(new_order())) for _ in range(40)]
        cancel = asyncio.create_task(session.orders.cancel(order))
        await asyncio.gather(cancel, *creates)
    assert (signed.count("create_order"), signed.count("cancel_order")) == (40, 1)
    # One was signed at once and four had a turn; three that got theirs after it may be done before.
    assert signed.index("cancel_order") <= 8


async def backfill(scene: Scene) -> asyncio.Task[object]:
    """Five hundred lists that wait for read tokens, for minutes."""
    patient = scene.session.with_options(deadline_s=600)
    lists = asyncio.gather(*(patient.fills.list().collect() for _ in range(500)))
    await scene.clock.sleep(0.1)
    assert scene.session.rate_limits.read.waiting > 400
    return asyncio.ensure_future(lists)


async def stop(task: asyncio.Task[object]) -> None:
    assert not task.done(), "nothing was overtaken"
    task.cancel()
    await asyncio.wait([task])


async def test_a_cancel_by_bare_id_is_looked_up_ahead_of_a_backfill(basic: Scene) -> None:
    exchange = basic.sandbox.exchange
    exchange.markets.add(FAR_TICKER, exchange_index=1)
    exchange.accounts.deposit(basic.account, new_order().count * 1_000, exchange_index=1)
    order = await basic.session.orders.create(CreateOrder(FAR_TICKER, "bid", 10, "0.10"))
    await basic.clock.sleep(3)
    waiting = await backfill(basic)
    reply = await basic.session.orders.cancel(order.order_id)
    assert reply.reduced_by == 10
    await stop(waiting)


async def test_a_cancel_in_doubt_is_settled_ahead_of_a_backfill(basic: Scene) -> None:
    order = await basic.session.orders.create(new_order(10))
    await basic.clock.sleep(3)
    waiting = await backfill(basic)

    async def lost(request: httpx.Request) -> httpx.Response:
        if request.method != "DELETE":
            return await basic.inner.handle_async_request(request)
        deletes.append(request)
        if len(deletes) == 1:
            await (await basic.inner.handle_async_request(request)).aread()
            raise RESET
        return refusal(404, "not_found")

    deletes: list[httpx.Request] = []
    basic.network.play(*[lost] * 1_000)
    reply = await basic.session.orders.cancel(order)
    assert reply.order_id == order.order_id
    assert len(deletes) == 2
    await stop(waiting)


async def test_settled_keeps_its_time_limit_though_a_read_stalls(scene: Scene) -> None:
    scene.play(silence)
    started_s = scene.clock.monotonic()
    with pytest.raises(DeadlineExceeded):
        await scene.session.settled(after_ms=scene.clock.now_ms(), timeout_s=0.5)
    assert scene.clock.monotonic() - started_s <= 0.501


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


@pytest.mark.parametrize(("bad_rows", "is_list"), [(1_000, True), (1_001, False)])
async def test_a_list_of_nothing_but_bad_rows_is_given_up(scene: Scene, bad_rows: int, is_list: bool) -> None:
    """A million of them would hold up the event loop for seconds."""
    page = httpx.Response(200, json={"orders": [{}] * bad_rows, "cursor": ""})
    seen: list[bytes] = []
    scene.play(*[httpx.Response(200, content=page.content) for _ in range(4)])
    orders = scene.session.orders.list(on_rejected=seen.append)
    if is_list:
        assert await orders.collect() == []
        assert len(seen) == bad_rows
    else:
        with pytest.raises(UnexpectedReply, match="more than 1000 rows"):
            await orders.collect()


@pytest.mark.parametrize("count", [10**5_000, -(10**5_000)], ids=["huge", "hugely negative"])
def test_a_count_too_long_to_print_is_refused_like_any_other(count: int) -> None:
    with pytest.raises(InvalidRequest, match="count"):
        CreateOrder(TICKER, "bid", count, "0.5")


async def test_a_tenth_of_a_basic_account_can_still_create(basic: Scene) -> None:
    """Capacity 10 less headroom would never hold the ten tokens of a create."""
    session = await basic.again(share=0.1)
    order = await session.orders.create(new_order())
    assert (await session.orders.cancel(order)).reduced_by == 1


@pytest.mark.parametrize("write", [(100, 0), (0, 100), (-5, 100)], ids=repr)
async def test_reported_limits_that_would_lock_cancels_out_are_not_believed(
    basic: Scene, write: tuple[int, int]
) -> None:
    def limit(refill_rate: int, bucket_capacity: int) -> dict[str, Any]:
        return {"refill_rate": refill_rate, "bucket_capacity": bucket_capacity}

    limits = {"usage_tier": "basic", "read": limit(200, 200), "write": limit(*write)}
    network = Scripted(
        httpx.Response(200, json=limits), inner=basic.inner, path=BASE_PATH + "/account/limits"
    )
    known = RateLimits(basic.clock.monotonic).write
    session = await basic.again(base_transport=network)
    write_bucket = session.rate_limits.write
    assert (write_bucket.refill_per_s, write_bucket.capacity) == (known.refill_per_s, known.capacity)
    order = await session.orders.create(new_order())
    assert (await session.orders.cancel(order)).reduced_by == 1


@pytest.mark.parametrize("separator", ["", "\n", "\\n", " "], ids=repr)
@pytest.mark.parametrize("key_type", ["ed25519", "rsa"])
def test_a_key_given_as_its_path_is_not_shown(key_type: KeyType, separator: str) -> None:
    """Half of all Ed25519 keys have a slash in them and look like a path: try many."""
    for _ in range(20 if key_type == "ed25519" else 1):
        pem, _public = generate_pair(key_type)
        lines = [line for line in pem.splitlines() if "-----" not in line]
        environ = {"KALSHI_API_KEY_ID": "id", "KALSHI_PRIVATE_KEY_PATH": separator.join(lines)}
        with pytest.raises(CredentialsError) as caught:
            Credentials.from_env(environ)
        assert lines[0] not in str(caught.value)
        assert lines[0][:20] not in repr(caught.value)


def test_a_path_that_is_none_of_a_key_is_shown() -> None:
    path = "/home/alice/trading/kalshi/production/private/keys/no-such-key.pem"
    with pytest.raises(CredentialsError, match="no-such-key"):
        Credentials.from_file("id", path)
