"""Batches over the wire: one leg per request, cut to the budget, nothing lost in between."""

from __future__ import annotations

import httpx
import pytest

from kalshi_async import (
    BadRequest,
    CancelItem,
    Conflict,
    CreateOrder,
    InvalidRequest,
    NotFound,
)
from kalshi_async.rate_limits import JITTER_S
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.scene import Scene
from tests.stages.served import TICKER, D, Stage, session_of

BATCHED = "/portfolio/events/orders/batched"


def orders(count: int) -> list[CreateOrder]:
    return [CreateOrder(TICKER, "bid", 1, "0.10") for _ in range(count)]


async def test_every_leg_stands_beside_its_own_request(stage: Stage) -> None:
    used = await stage.rest()
    wanted = [
        CreateOrder(TICKER, "bid", 1, "0.10"),
        CreateOrder(TICKER, "bid", 1, "0.1005"),
        CreateOrder(TICKER, "bid", 1, "0.10", client_order_id=used.client_order_id),
        CreateOrder("KXNOSUCH-26NOV23-T1", "bid", 1, "0.10"),
        CreateOrder(TICKER, "bid", 2, "0.11"),
    ]
    result = await stage.session.orders.create_batch(wanted)
    assert [leg.request for leg in result] == wanted
    assert [type(leg.error) for leg in result] == [type(None), BadRequest, Conflict, NotFound, type(None)]
    assert [order.client_order_id for order in result.ok] == [
        wanted[0].client_order_id,
        wanted[4].client_order_id,
    ]
    assert [leg.request for leg in result.failed] == wanted[1:4]
    assert result.unknown == []
    assert repr(result) == "BatchResult(2 ok, 3 failed, 0 unknown)"
    with pytest.raises(BadRequest, match="invalid_price"):
        result.raise_for_errors()


async def test_a_batch_is_cut_to_what_the_bucket_can_hold(sandbox: Sandbox, clock: VirtualClock) -> None:
    # Basic holds 100 write tokens: nine creates beside the headroom, or fifty cancels, at a time.
    basic = sandbox.add_account("basic", tier="basic")
    async with session_of(sandbox, basic, clock) as session:
        started_s = clock.monotonic()
        created = await session.orders.create_batch(orders(25))
        assert len(created.ok) == 25
        # 9 at once, 9 and 7 at 100 tokens per second, counted from JITTER_S after a bucket that
        # stood full; the second piece is paid by one that has just become full, and loses nothing.
        assert clock.monotonic() - started_s == pytest.approx(0.9 + 0.7 + JITTER_S)
        canceled = await session.orders.cancel_batch(created.ok)
        assert [reply.order_id for reply in canceled.ok] == [order.order_id for order in created.ok]
    # 50 tokens canceled 25 orders. What the hold-back forwent has flowed over: the exchange's bucket
    # was full at 0.9 s, and the second piece came JITTER_S later.
    assert sandbox.budget.tokens(basic.account, "write") == pytest.approx(0)


async def test_the_pieces_of_a_batch_reach_the_exchange_in_order(stage: Stage) -> None:
    # Advanced holds 900 tokens, 810 of them for creates: pieces of 81.
    result = await stage.session.orders.create_batch(orders(190))
    assert stage.statuses("POST", BATCHED) == [201, 201, 201]
    placed = sorted(stage.account.orders.values(), key=lambda order: order.created_us)
    assert [order.order_id for order in placed] == [order.order_id for order in result.ok]


async def test_a_canceled_leg_says_how_much_it_took_off(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 4, "0.40"))
    (leg,) = await stage.session.orders.cancel_batch([order])
    assert leg.reply is not None
    assert (leg.reply.order_id, leg.reply.reduced_by) == (order.order_id, D(6))


async def test_a_batch_that_is_empty_or_names_something_twice_is_not_sent(stage: Stage) -> None:
    orders = stage.session.orders
    order = CreateOrder(TICKER, "bid", 1, "0.10", client_order_id="a")
    stage.wire.clear()
    with pytest.raises(InvalidRequest, match="at least one order"):
        await orders.create_batch([])
    with pytest.raises(InvalidRequest, match="at least one order"):
        await orders.cancel_batch([])
    with pytest.raises(InvalidRequest, match="client_order_id 'a' is in the batch twice"):
        await orders.create_batch([order, CreateOrder(TICKER, "bid", 1, "0.10"), order])
    for twice in ("x", CancelItem("x", subaccount=1)):
        with pytest.raises(InvalidRequest, match="order_id 'x' is in the batch twice"):
            await orders.cancel_batch(["x", twice])
    assert stage.wire == []


async def test_a_created_order_of_a_batch_knows_how_to_be_reached_again(scene: Scene) -> None:
    request = CreateOrder("T-1", "ask", 10, "0.44", subaccount=7, exchange_index=2, order_group_id="og")
    entry = {
        "order_id": "o-1",
        "client_order_id": request.client_order_id,
        "fill_count": "2.50",
        "remaining_count": "10.00",
        "ts_ms": 7,
    }
    scene.play(httpx.Response(201, json={"orders": [entry]}))
    [made] = (await scene.session.orders.create_batch([request])).ok
    assert (made.ticker, made.subaccount, made.exchange_index, made.order_group_id) == ("T-1", 7, 2, "og")
    assert (made.book_side, made.yes_price) == (request.side, request.price)
    assert (str(made.count), str(made.total_count)) == ("10.00", "12.50")
