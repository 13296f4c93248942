"""Batches over the wire: one leg per request, cut to the budget, nothing lost in between."""

from __future__ import annotations

import json

import httpx
import pytest

from kalshi_async import BadRequest, Conflict, CreateOrder, InvalidRequest, NotFound, OutcomeUnknown, Session
from kalshi_async.rate_limits import JITTER_S
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.scripted import Scripted, delivered
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
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (2, 3, 0)
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
    # Advanced holds 600 tokens, 540 of them for creates: pieces of 54.
    result = await stage.session.orders.create_batch(orders(130))
    assert stage.statuses("POST", BATCHED) == [201, 201, 201]
    placed = sorted(stage.account.orders.values(), key=lambda order: order.created_us)
    assert [order.order_id for order in placed] == [order.order_id for order in result.ok]


async def test_a_piece_whose_answer_was_lost_is_found_again(sandbox: Sandbox, clock: VirtualClock) -> None:
    # Sent again with the same keys, every leg of it is a duplicate of itself: read, and found.
    inner = httpx.ASGITransport(sandbox.app)
    network = Scripted(None, delivered(inner, httpx.ReadError("reset by peer")), inner=inner, path=BATCHED)
    basic = sandbox.add_account("basic", tier="basic")
    async with session_of(sandbox, basic, clock, base_transport=network) as session:
        result = await session.orders.create_batch(orders(25))
    assert {order.order_id for order in result.ok} == set(basic.account.orders)
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (25, 0, 0)
    sent = [json.loads(await request.aread()) for request in network.requests if BATCHED in request.url.path]
    assert [len(body["orders"]) for body in sent] == [9, 9, 9, 7]
    assert sent[1] == sent[2]


async def test_a_lost_piece_is_unknown_and_the_others_are_not(sandbox: Sandbox, clock: VirtualClock) -> None:
    inner = httpx.ASGITransport(sandbox.app)
    lost = delivered(inner, httpx.ReadError("reset by peer"))
    network = Scripted(None, *[lost] * 4, inner=inner, path=BATCHED)
    basic = sandbox.add_account("basic", tier="basic")
    async with session_of(sandbox, basic, clock, base_transport=network) as session:
        wanted = orders(25)
        result = await session.orders.create_batch(wanted)
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (16, 0, 9)
    assert [leg.request for leg in result.unknown] == wanted[9:18]
    for leg in result.unknown:
        assert isinstance(leg.error, OutcomeUnknown)
        assert leg.error.client_order_id == leg.request.client_order_id
    assert len(basic.account.orders) == 25, "the lost ones were placed, as 'unknown' allows for"
    with pytest.raises(OutcomeUnknown):
        result.raise_for_errors()


async def test_a_canceled_leg_says_how_much_it_took_off(stage: Stage) -> None:
    order = await stage.rest("0.40", 10)
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 4, "0.40"))
    (leg,) = await stage.session.orders.cancel_batch([order])
    assert leg.reply is not None
    assert (leg.reply.order_id, leg.reply.reduced_by) == (order.order_id, D(6))


async def test_a_batch_without_orders_or_with_one_twice_is_refused_here(stage: Stage) -> None:
    session: Session = stage.session
    order = CreateOrder(TICKER, "bid", 1, "0.10")
    for bad in ([], [order, order]):
        with pytest.raises(InvalidRequest):
            await session.orders.create_batch(bad)
    with pytest.raises(InvalidRequest, match="twice"):
        await session.orders.cancel_batch(["x", "x"])
    assert stage.requests("POST", BATCHED) == stage.requests("DELETE", BATCHED) == []
