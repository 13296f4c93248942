"""Batches that cannot lose a leg, whatever happens to their replies."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from kalshi_async import BadRequest, Conflict, ExchangePaused, NotFound, NotSent, OutcomeUnknown, RateLimited
from kalshi_async.sandbox.engine.instructions import NewOrder
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.scene import RESET, Scene, new_order, opened, refusal
from tests.stages.scripted import Line, body_of
from tests.stages.served import D

Row = dict[str, Any]

READS_OF_ONE_LEG = 2
"""How fresh reads are, and the orders; a fresh read shows an order at once."""


def changed(entry: Row, **changes: object) -> Row:
    """Return an entry with changes; ``...`` leaves a field out."""
    return {key: value for key, value in (entry | changes).items() if value is not ...}


def pieces_of(scene: Scene) -> list[list[Row]]:
    """Return the items of every batch that was sent."""
    return [json.loads(body_of(request))["orders"] for request in scene.writes]


def rewritten(scene: Scene, change: Any) -> Line:
    """Let the exchange answer, and change the list of entries on its way back."""

    async def deliver(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        await response.aread()
        entries = response.json()["orders"]
        return httpx.Response(response.status_code, json={"orders": change(entries)})

    return deliver


async def test_a_lost_reply_is_sent_again_and_every_leg_is_found(scene: Scene) -> None:
    # The resend meets a duplicate in every leg: each is looked for by its own key.
    orders = [new_order(), new_order(2), new_order(3, "0.1005"), new_order(4)]
    scene.play(scene.landed())
    result = await scene.session.orders.create_batch(orders)
    scene.assert_resent(2)
    assert [leg.request for leg in result] == orders
    assert [order.count for order in result.ok] == [D(1), D(2), D(4)]
    assert set(scene.account.orders) == {order.order_id for order in result.ok}
    (unsettled,) = [*result.failed, *result.unknown]
    assert unsettled.request is orders[2]


async def test_a_batch_that_never_arrived_is_sent_again(scene: Scene) -> None:
    scene.play(RESET, httpx.Response(502))
    result = await scene.session.orders.create_batch([new_order(), new_order()])
    scene.assert_resent(3)
    assert len(result.ok) == len(scene.account.orders) == 2


async def test_a_refusal_of_a_leg_is_final_only_without_a_doubt(scene: Scene) -> None:
    # The first delivery of the batch may have been accepted before a rule or the cash changed.
    result = await scene.session.orders.create_batch([new_order(), new_order(price="0.1005")])
    assert isinstance(result.legs[1].error, BadRequest)
    scene.play(RESET)
    result = await scene.session.orders.create_batch([new_order(), new_order(price="0.1005")])
    assert isinstance(result.legs[1].error, OutcomeUnknown)
    assert isinstance(result.legs[1].error.__cause__, BadRequest)
    assert len(result.ok) == 1


async def test_a_leg_without_an_entry_is_looked_for(scene: Scene) -> None:
    orders = [new_order(1), new_order(2), new_order(3)]
    scene.play(rewritten(scene, lambda entries: [entries[0], entries[2]]))
    result = await scene.session.orders.create_batch(orders)
    assert [order.count for order in result.ok] == [D(1), D(2), D(3)]
    assert len(scene.account.orders) == 3


async def test_entries_out_of_order_find_their_legs(scene: Scene) -> None:
    # The exchange promises no order.
    orders = [new_order(1), new_order(2), new_order(4, "0.1005"), new_order(3)]
    scene.play(rewritten(scene, lambda entries: entries[::-1]))
    result = await scene.session.orders.create_batch(orders)
    assert [leg.request for leg in result] == orders
    assert [type(leg.error) for leg in result] == [type(None), type(None), BadRequest, type(None)]
    assert [order.count for order in result.ok] == [D(1), D(2), D(3)]
    for order in result.ok:
        assert scene.account.orders[order.order_id].client_order_id == order.client_order_id
    assert not scene.reads, "nothing was in doubt"


async def test_an_entry_twice_is_one_leg(scene: Scene) -> None:
    orders = [new_order(1), new_order(2)]
    scene.play(rewritten(scene, lambda entries: [entries[0], *entries]))
    result = await scene.session.orders.create_batch(orders)
    assert [order.count for order in result.ok] == [D(1), D(2)]
    assert not scene.reads


async def test_two_entries_that_contradict_each_other_say_nothing(scene: Scene) -> None:
    # The last one would call a live order refused.
    def contradict(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        error = {"client_order_id": entries[0]["client_order_id"], "error": {"code": "invalid_price"}}
        return [*entries, error]

    scene.play(rewritten(scene, contradict))
    result = await scene.session.orders.create_batch([new_order(1), new_order(2)])
    assert [order.count for order in result.ok] == [D(1), D(2)]
    assert len(scene.reads) >= 2, "the first was looked for"


@pytest.mark.parametrize("blank", [..., None, ""], ids=["missing", "null", "empty"])
async def test_entries_without_keys_are_taken_by_their_place(scene: Scene, blank: object) -> None:
    def without_keys(entries: list[Row]) -> list[Row]:
        return [
            changed(entries[0], client_order_id=blank),
            entries[1],
            changed(entries[2], client_order_id=None),
        ]

    orders = [new_order(1), new_order(2), new_order(3, "0.1005")]
    scene.play(rewritten(scene, without_keys))
    result = await scene.session.orders.create_batch(orders)
    assert [order.count for order in result.ok] == [D(1), D(2)]
    assert isinstance(result.legs[2].error, BadRequest)
    assert not scene.reads


@pytest.mark.parametrize(
    "changes",
    [
        {"order_id": ...},
        {"order_id": ""},
        {"order_id": None},
        {"fill_count": ...},
        {"remaining_count": None},
        {"error": {"code": "internal_error"}},  # next to an id: which of the two is true?
        {"client_order_id": "a stranger's"},
    ],
    ids=str,
)
async def test_a_leg_whose_entry_proves_nothing_is_looked_for(scene: Scene, changes: Row) -> None:
    scene.play(rewritten(scene, lambda entries: [changed(entries[0], **changes), *entries[1:]]))
    orders = [new_order(1), new_order(2)]
    result = await scene.session.orders.create_batch(orders)
    assert [order.client_order_id for order in result.ok] == [order.client_order_id for order in orders]
    assert {order.order_id for order in result.ok} == set(scene.account.orders)
    assert len(scene.reads) == READS_OF_ONE_LEG, "the second was certain"


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: [],
        lambda entries: None,
        lambda entries: [changed(entries[0], client_order_id=...)],
    ],
    ids=["no entries", "null", "one of two, without a key"],
)
async def test_a_reply_that_is_about_no_leg_loses_none(scene: Scene, change: Any) -> None:
    scene.play(rewritten(scene, change))
    result = await scene.session.orders.create_batch([new_order(1), new_order(2)])
    assert [order.count for order in result.ok] == [D(1), D(2)]
    assert len(scene.reads) == 2 * READS_OF_ONE_LEG


async def test_an_unreadable_reply_leaves_every_leg_unknown_with_its_own_key(scene: Scene) -> None:
    scene.play(*[httpx.Response(201, content=b"<html>") for _ in range(4)])
    orders = [new_order(), new_order()]
    result = await scene.session.orders.create_batch(orders)
    errors = [leg.error for leg in result.unknown]
    assert [error.client_order_id for error in errors if isinstance(error, OutcomeUnknown)] == [
        order.client_order_id for order in orders
    ]
    assert errors[0] is not errors[1]


async def test_a_leg_that_cannot_be_found_is_unknown_by_the_deadline(scene: Scene) -> None:
    # Reads lag: the others are told, and all of it ends on time.
    scene.sandbox.faults.lag_reads(60_000)
    scene.play(rewritten(scene, lambda entries: entries[:1]))
    result = await scene.session.orders.create_batch([new_order(1), new_order(2), new_order(3)])
    assert scene.clock.monotonic() == pytest.approx(5.0)
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (1, 0, 2)
    for leg in result.unknown:
        assert isinstance(leg.error, OutcomeUnknown)
        assert leg.error.client_order_ids == (leg.request.client_order_id,)
        assert leg.error.sent is True


async def test_a_batch_refused_as_a_whole_is_sent_again_after_a_429(scene: Scene) -> None:
    scene.play(httpx.Response(429))
    result = await scene.session.orders.create_batch([new_order(), new_order()])
    scene.assert_resent(2)
    assert len(result.ok) == 2


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (httpx.Response(429), RateLimited),
        (httpx.ConnectError("refused"), NotSent),
        (refusal(409, "exchange_is_paused"), ExchangePaused),
        (refusal(409, "order_already_exists"), Conflict),
    ],
    ids=["429", "not sent", "paused", "refused as a whole"],
)
async def test_a_batch_that_certainly_was_not_executed_fails_in_every_leg(
    scene: Scene, line: Line, error: type[Exception]
) -> None:
    scene.play(*[line] * 4)
    result = await scene.session.orders.create_batch([new_order(), new_order()])
    assert [type(leg.error) for leg in result.failed] == [error, error]
    assert not scene.account.orders


@pytest.fixture
async def basic(clock: VirtualClock) -> AsyncIterator[Scene]:
    """A scene whose account has 90 write tokens for creates: pieces of nine."""
    async with opened(clock, tier="basic") as scene:
        yield scene


async def test_one_lost_piece_does_not_stop_the_others(basic: Scene) -> None:
    orders = [new_order() for _ in range(25)]
    lost: list[Line] = [basic.landed() for _ in range(4)]
    basic.play(None, *lost)
    result = await basic.session.orders.create_batch(orders)
    assert [leg.request for leg in result] == orders
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (16, 0, 9)
    assert [leg.request for leg in result.unknown] == orders[9:18]
    for leg in result.unknown:
        assert isinstance(leg.error, OutcomeUnknown)
        assert leg.error.client_order_id == leg.request.client_order_id
    with pytest.raises(OutcomeUnknown):
        result.raise_for_errors()
    pieces = pieces_of(basic)
    assert [len(piece) for piece in pieces] == [9, *[9] * 4, 7]
    assert all(piece == pieces[1] for piece in pieces[1:5])
    assert len(basic.account.orders) == 25, "the lost ones were placed, as 'unknown' allows for"


async def test_a_piece_whose_reply_was_lost_is_found_again(basic: Scene) -> None:
    # Sent again with the same keys, every leg of it is a duplicate of itself: read, and found.
    orders = [new_order() for _ in range(25)]
    basic.play(None, basic.landed())
    result = await basic.session.orders.create_batch(orders)
    assert {order.order_id for order in result.ok} == set(basic.account.orders)
    assert (len(result.ok), len(result.failed), len(result.unknown)) == (25, 0, 0)
    pieces = pieces_of(basic)
    assert [len(piece) for piece in pieces] == [9, 9, 9, 7]
    assert pieces[1] == pieces[2]


async def test_a_lost_batch_of_cancels_is_settled_leg_by_leg(scene: Scene) -> None:
    scene.sandbox.faults.lag_reads(400)
    orders = [await scene.session.orders.create(new_order(3)) for _ in range(3)]
    scene.play(scene.landed())
    result = await scene.session.orders.cancel_batch(orders)
    scene.assert_resent(2)
    assert [reply.order_id for reply in result.ok] == [order.order_id for order in orders]
    assert [reply.reduced_by for reply in result.ok] == [None] * 3, "the number went with the answer"


async def test_a_cancel_of_what_was_filled_is_a_failed_leg(scene: Scene) -> None:
    first, second = await scene.rest("0.41", 3), await scene.rest("0.40", 3)

    def fill() -> None:
        scene.sandbox.market("KXHIGHNY-26NOV23-B52.5").trade("ask", "0.41", 3)

    scene.play(scene.meanwhile(fill, scene.landed()))
    result = await scene.session.orders.cancel_batch([first, second])
    assert isinstance(result.legs[0].error, NotFound)
    assert [reply.order_id for reply in result.ok] == [second]


async def test_cancels_are_matched_by_the_id_of_the_order(scene: Scene) -> None:
    """The first is canceled, the second gone, and the third has no entry and still reads resting."""
    scene.sandbox.faults.lag_reads(60_000)
    orders = [await scene.session.orders.create(new_order(3)) for _ in range(3)]
    await scene.session.orders.cancel(orders[1])
    scene.play(rewritten(scene, lambda entries: entries[1::-1]))
    result = await scene.session.orders.cancel_batch(orders)
    asked = [row["order_id"] for row in pieces_of(scene)[0]]
    assert asked == [leg.request.order_id for leg in result] == [order.order_id for order in orders]
    assert [(reply.order_id, reply.reduced_by) for reply in result.ok] == [(orders[0].order_id, D(3))]
    assert [(leg.request.order_id, type(leg.error)) for leg in result.failed] == [
        (orders[1].order_id, NotFound)
    ]
    assert [leg.request.order_id for leg in result.unknown] == [orders[2].order_id]
    assert scene.clock.monotonic() == pytest.approx(5.0)


async def test_a_batch_of_cancels_that_was_not_sent_fails_in_every_leg(scene: Scene) -> None:
    resting = [await scene.rest(), await scene.rest()]
    scene.play(*[httpx.ConnectError("refused")] * 4)
    result = await scene.session.orders.cancel_batch(resting)
    assert [type(leg.error) for leg in result.failed] == [NotSent, NotSent]
    for lost in (RESET, httpx.Response(502)):
        scene.play(*[lost] * 4)
        result = await scene.session.orders.cancel_batch(resting)
        assert [leg.request.order_id for leg in result.unknown] == resting
    assert set(resting) <= set(scene.account.resting)


async def test_looking_for_a_leg_takes_no_longer_than_the_call_may(scene: Scene) -> None:
    # Two seconds are gone when the answer comes: three are left to settle what it lacks.
    scene.sandbox.faults.lag_reads(60_000)

    async def late(request: httpx.Request) -> httpx.Response:
        await scene.clock.sleep(2)
        deliver = rewritten(scene, lambda entries: entries[:1])
        assert callable(deliver)
        return await deliver(request)

    scene.play(late)
    result = await scene.session.orders.create_batch([new_order(1), new_order(2)])
    assert len(result.unknown) == 1
    assert scene.clock.monotonic() == pytest.approx(5.0)


async def test_a_leg_whose_key_another_order_holds_is_a_conflict(scene: Scene) -> None:
    # The first delivery was lost, and meanwhile the key went to an order of another shape.
    order = new_order(1)

    def place() -> None:
        taken = NewOrder(
            order.ticker, "bid", 900, 1000, "good_till_canceled", "taker_at_cross", order.client_order_id
        )
        scene.sandbox.exchange.orders.create(scene.account, taken)

    scene.play(scene.meanwhile(place))
    result = await scene.session.orders.create_batch([order, new_order(2)])
    assert isinstance(result.legs[0].error, Conflict)
    assert [reply.count for reply in result.ok] == [D(2)]


DOUBTFUL = ["service_unavailable", "internal_error", "a_new_word", None]
"""Codes of an item that do not say whether it was executed."""


def refused_items(scene: Scene, codes: Sequence[str | None], *, applied: bool) -> Line:
    """A batch that is executed or not, and whose every item reads as an error."""

    async def answer(request: httpx.Request) -> httpx.Response:
        if applied:
            await (await scene.inner.handle_async_request(request)).aread()
        keys = [f"key-{place}" for place in range(len(codes))]
        entries = [
            {"client_order_id": key, "error": {"code": code, "message": "?"}}
            for key, code in zip(keys, codes, strict=True)
        ]
        return httpx.Response(200, json={"orders": entries})

    return answer


async def test_items_whose_code_proves_nothing_are_found_where_they_live(scene: Scene) -> None:
    orders = [new_order(client_order_id=f"key-{place}") for place in range(len(DOUBTFUL))]
    scene.play(refused_items(scene, DOUBTFUL, applied=True))
    result = await scene.session.orders.create_batch(orders)
    assert [order.client_order_id for order in result.ok] == [order.client_order_id for order in orders]
    assert {order.order_id for order in result.ok} == set(scene.account.orders)
    assert len(scene.writes) == 1


async def test_items_whose_code_proves_nothing_are_unknown_when_reading_tells_nothing(scene: Scene) -> None:
    """Not seen is not absent: a delayed copy may still be accepted when the deadline ends."""
    orders = [new_order(client_order_id=f"key-{place}") for place in range(len(DOUBTFUL))]
    scene.play(refused_items(scene, DOUBTFUL, applied=False))
    result = await scene.session.with_options(deadline_s=2).orders.create_batch(orders)
    assert (result.ok, result.failed) == ([], [])
    keys = [leg.error.client_order_id for leg in result.unknown if isinstance(leg.error, OutcomeUnknown)]
    assert keys == [order.client_order_id for order in orders]


async def test_an_item_without_tokens_is_rate_limited_and_certainly_not_executed(scene: Scene) -> None:
    scene.play(refused_items(scene, ["too_many_requests"], applied=False))
    result = await scene.session.orders.create_batch([new_order(client_order_id="key-0")])
    (leg,) = result.failed
    assert isinstance(leg.error, RateLimited)
    assert not scene.reads, "there is nothing to look for"
