"""A change of 2025 whose answer was lost: sent again where that does no harm, settled by reading."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kalshi_async import Conflict, NotFound, OutcomeUnknown
from kalshi_async.api2025 import requests as legacy
from kalshi_async.api2025.settling import CancelSettler
from kalshi_async.calls.call import Doubt, Refused
from kalshi_async.errors import ReplyLost
from kalshi_async.sandbox.faults import DeliverTwice, LoseReply, ServerFailure
from tests.certainty.interference import Refuse
from tests.stages.served import OTHER_TICKER, TICKER, Stage

# The exchange has applied the request, and its reply is gone.
LOST = LoseReply(applied=True)
# For replies without a body, of which nothing can be lost after the head.
FAILED = ServerFailure(500, applied=True)


def order(**changes: Any) -> legacy.CreateOrderRequest:
    fields: dict[str, Any] = {"side": "yes", "action": "buy", "count": 10, "type": "limit", "yes_price": 44}
    return legacy.CreateOrderRequest(**{"ticker": TICKER, **fields, **changes})


async def placed(stage: Stage, **changes: Any) -> str:
    reply = await stage.session.legacy.create_order(order(**changes))
    assert reply.order is not None
    return reply.order.order_id or ""


def orders_of_alice(stage: Stage) -> list[str]:
    return list(stage.sandbox.accounts["alice"].account.orders)


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("changes", [{}, {"side": "no", "action": "buy", "yes_price": None, "no_price": 56}])
async def test_a_create_that_was_lost_places_one_order(
    applied: bool, changes: dict[str, Any], stage: Stage
) -> None:
    stage.sandbox.faults.on("create_order", LoseReply(applied=applied))
    order_id = await placed(stage, **changes)
    assert orders_of_alice(stage) == [order_id]


async def test_a_key_that_another_order_holds_is_a_conflict_even_in_doubt(stage: Stage) -> None:
    await placed(stage, client_order_id="mine", count=3)
    stage.sandbox.faults.on("create_order", LoseReply(applied=False))
    with pytest.raises(Conflict, match="client_order_id mine belongs to another order"):
        await placed(stage, client_order_id="mine")
    assert len(orders_of_alice(stage)) == 1


async def test_a_create_that_reading_cannot_settle_stays_unknown(stage: Stage) -> None:
    # 2025 has no word for how far reads lag: not seeing an order proves nothing there.
    stage.sandbox.faults.on("create_order", LoseReply(applied=False))
    with pytest.raises(OutcomeUnknown) as caught:
        await placed(stage, client_order_id="mine", count=1_000_000)
    assert caught.value.client_order_ids == ("mine",)
    assert orders_of_alice(stage) == []


async def test_a_cancel_that_was_lost_is_done_if_the_order_reads_canceled(stage: Stage) -> None:
    order_id = await placed(stage)
    stage.sandbox.faults.on("cancel_order", LOST)
    reply = await stage.session.legacy.cancel_order(order_id)
    assert reply.order is not None
    assert (reply.order.order_id, str(reply.order.status)) == (order_id, "canceled")
    assert reply.reduced_by is None  # how much it was went with the answer


async def test_a_cancel_that_came_too_late_is_refused_even_in_doubt(stage: Stage) -> None:
    order_id = await placed(stage)
    await stage.other.legacy.create_order(order(action="sell"))
    stage.sandbox.faults.on("cancel_order", LOST)
    with pytest.raises(NotFound, match="the order reads executed"):
        await stage.session.legacy.cancel_order(order_id)


async def test_a_cancel_of_an_order_that_nobody_knows_stays_unknown(stage: Stage) -> None:
    # A read that lags may not know the order yet: not found is no answer to a lost cancel.
    await placed(stage)
    stage.sandbox.faults.on("cancel_order", LOST)
    with pytest.raises(OutcomeUnknown):
        await stage.session.legacy.cancel_order("00000000-0000-4000-a000-000000000000")


async def test_a_lost_order_is_found_among_others(stage: Stage) -> None:
    stage.sandbox.faults.on("create_order", LOST)
    lost = await placed(stage, client_order_id="lost")
    await placed(stage)
    stage.sandbox.faults.on("create_order", LoseReply(applied=False))
    with pytest.raises(Conflict):
        await placed(stage, client_order_id="lost", count=1)
    assert len(orders_of_alice(stage)) == 2
    assert lost in orders_of_alice(stage)


async def test_an_amend_that_was_lost_is_done_if_the_order_reads_so(stage: Stage) -> None:
    order_id = await placed(stage)
    for request in (
        legacy.AmendOrderRequest(yes_price=45),
        legacy.AmendOrderRequest(no_price=50, count=7),
        legacy.AmendOrderRequest(count=6),
    ):
        stage.sandbox.faults.on("amend_order", LOST)
        reply = await stage.session.legacy.amend_order(order_id, request)
        assert reply.order is not None
        assert reply.order.order_id == order_id
    (left,) = stage.sandbox.accounts["alice"].account.resting.values()
    assert (left.price_e4, left.remaining_e2) == (5_000, 600)


async def test_an_amend_of_an_order_that_is_gone_is_refused_where_its_price_tells(stage: Stage) -> None:
    order_id = await placed(stage)
    await stage.session.legacy.cancel_order(order_id)
    stage.sandbox.faults.on("amend_order", LOST)
    with pytest.raises(NotFound, match="the order reads canceled"):
        await stage.session.legacy.amend_order(order_id, legacy.AmendOrderRequest(yes_price=45))
    stage.sandbox.faults.on("amend_order", LOST)
    with pytest.raises(OutcomeUnknown):
        await stage.session.legacy.amend_order(order_id, legacy.AmendOrderRequest(count=45))


async def test_a_decrease_is_not_repeated(stage: Stage) -> None:
    order_id = await placed(stage)
    stage.sandbox.faults.on("decrease_order", LOST)
    with pytest.raises(OutcomeUnknown):
        await stage.session.legacy.decrease_order(order_id, legacy.DecreaseOrderRequest(reduce_by=3))
    (left,) = stage.sandbox.accounts["alice"].account.resting.values()
    assert left.remaining_e2 == 700


async def test_a_batch_with_a_leg_refused_after_a_lost_answer_is_unknown(stage: Stage) -> None:
    # Each leg is refused as a duplicate of itself: that must not read as "not placed".
    wishes = [order(client_order_id="one"), order(client_order_id="two", ticker=OTHER_TICKER)]
    stage.sandbox.faults.on("batch_create_orders", LOST)
    with pytest.raises(
        OutcomeUnknown, match="refused after the answer to an earlier attempt was lost"
    ) as caught:
        await stage.session.legacy.batch_create_orders(legacy.BatchCreateOrdersRequest(orders=wishes))
    assert caught.value.client_order_ids == ("one", "two")
    assert caught.value.sent is True
    assert len(orders_of_alice(stage)) == 2


async def test_a_batch_of_cancels_in_doubt_is_unknown_too(stage: Stage) -> None:
    order_id = await placed(stage)
    stage.sandbox.faults.on("batch_cancel_orders", LOST)
    with pytest.raises(OutcomeUnknown):
        await stage.session.legacy.batch_cancel_orders(legacy.BatchCancelOrdersRequest(order_ids=[order_id]))


async def test_a_group_that_is_gone_was_deleted_and_a_reset_is_not_repeated(stage: Stage) -> None:
    made = (
        await stage.session.legacy.create_order_group(legacy.CreateOrderGroupRequest(name="g"))
    ).order_group
    assert made is not None
    group_id = made.order_group_id or ""
    stage.sandbox.faults.on("reset_order_group", FAILED)
    with pytest.raises(OutcomeUnknown):
        await stage.session.legacy.reset_order_group(group_id)
    stage.sandbox.faults.on("delete_order_group", FAILED)
    await stage.session.legacy.delete_order_group(group_id)
    assert not stage.sandbox.accounts["alice"].account.groups


async def test_a_delete_that_is_refused_while_the_group_stands_is_unknown(stage: Stage) -> None:
    made = (
        await stage.session.legacy.create_order_group(legacy.CreateOrderGroupRequest(name="g"))
    ).order_group
    assert made is not None
    stage.sandbox.exchange.shards.pause(0)
    stage.sandbox.faults.on("delete_order_group", ServerFailure(500))
    with pytest.raises(OutcomeUnknown):
        await stage.session.legacy.delete_order_group(made.order_group_id or "")


@pytest.mark.parametrize("lag_ms", [0, 400, 2_000, 3_000])
async def test_a_create_that_was_delivered_twice_is_placed(stage: Stage, lag_ms: int) -> None:
    stage.sandbox.faults.lag_reads(lag_ms)
    stage.sandbox.faults.on("create_order", DeliverTwice())
    order_id = await placed(stage)
    assert orders_of_alice(stage) == [order_id]


async def test_a_key_of_long_ago_never_makes_an_order_placed(stage: Stage) -> None:
    request = order(client_order_id="mine")
    await stage.session.legacy.create_order(request)
    await asyncio.sleep(10)
    with pytest.raises(Conflict, match="client_order_id mine belongs to another order"):
        await stage.session.legacy.create_order(request)


async def test_a_batch_that_was_delivered_twice_is_unknown_and_never_refused(stage: Stage) -> None:
    stage.sandbox.faults.on("batch_create_orders", DeliverTwice())
    with pytest.raises(OutcomeUnknown, match="order_already_exists, which does not prove") as caught:
        await stage.session.legacy.batch_create_orders(
            legacy.BatchCreateOrdersRequest(orders=[order(client_order_id="one")])
        )
    assert caught.value.client_order_ids == ("one",)
    assert len(orders_of_alice(stage)) == 1


@pytest.mark.parametrize("lag_ms", [0, 400, 2_000, 3_000])
@pytest.mark.parametrize("skew_ms", [-900, 0, 900])
async def test_an_amend_back_that_never_arrived_is_never_called_done(
    stage: Stage, lag_ms: int, skew_ms: int
) -> None:
    # From 44 to 45 and back: reads that lag still show 44, of before.
    stage.sandbox.faults.skew_clock(skew_ms)
    order_id = await placed(stage)
    await asyncio.sleep(5)
    stage.sandbox.faults.lag_reads(lag_ms)
    await stage.session.legacy.amend_order(order_id, legacy.AmendOrderRequest(yes_price=45))
    stage.sandbox.faults.on("amend_order", LoseReply(applied=False))
    stage.sandbox.faults.on("amend_order", Refuse("permission_denied"), call=2)
    with pytest.raises(OutcomeUnknown):
        await stage.session.legacy.amend_order(order_id, legacy.AmendOrderRequest(yes_price=44))
    (left,) = stage.sandbox.accounts["alice"].account.resting.values()
    assert left.price_e4 == 4_500


async def test_a_group_that_reads_do_not_show_yet_is_not_taken_for_deleted(stage: Stage) -> None:
    stage.sandbox.faults.lag_reads(3_000)
    made = (
        await stage.session.legacy.create_order_group(legacy.CreateOrderGroupRequest(name="g"))
    ).order_group
    assert made is not None
    stage.sandbox.faults.on("delete_order_group", ServerFailure(500))
    stage.sandbox.faults.on("delete_order_group", Refuse("permission_denied"), call=2)
    with pytest.raises(OutcomeUnknown):
        await stage.session.legacy.delete_order_group(made.order_group_id or "")
    assert stage.sandbox.accounts["alice"].account.groups


async def test_a_cancel_that_never_was_answered_is_refused_if_the_order_reads_executed(stage: Stage) -> None:
    order_id = await placed(stage)
    await stage.other.legacy.create_order(order(action="sell"))
    context = stage.session._context
    lost = Doubt(0, 0, ReplyLost("lost"))
    found = await CancelSettler(context, order_id).look(lost)
    assert isinstance(found, Refused)
    assert isinstance(found.error, NotFound)
