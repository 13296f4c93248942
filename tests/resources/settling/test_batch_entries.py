"""Which entry of a reply belongs to which leg of a batch, and what an entry proves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from kalshi_async import BadRequest, NotFound, OutcomeUnknown, RateLimited
from tests.resources.settling.batch_replies import READS_OF_ONE_LOOK, Row, changed, pieces_of, rewritten
from tests.stages.scene import Scene, new_order
from tests.stages.scripted import Line
from tests.stages.served import D


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
    assert len(scene.reads) == READS_OF_ONE_LOOK, "the second was certain"


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
    assert len(scene.reads) == READS_OF_ONE_LOOK, "one scan for both"


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


DOUBTFUL = ["service_unavailable", "internal_error", "exchange_unavailable", None]
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


async def test_an_item_without_tokens_is_sent_again_until_the_deadline(scene: Scene) -> None:
    scene.play(ever=lambda: refused_items(scene, ["too_many_requests"], applied=False))
    result = await scene.session.orders.create_batch([new_order(client_order_id="key-0")])
    (leg,) = result.failed
    assert isinstance(leg.error, RateLimited)
    assert not scene.reads, "there is nothing to look for"
    assert len(scene.writes) > 5
