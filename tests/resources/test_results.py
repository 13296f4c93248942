"""Batches: one leg per order, in order, whatever the exchange answers, and nothing guessed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import httpx
import pytest

from kalshi_async import (
    BadRequest,
    BatchResult,
    CancelItem,
    Conflict,
    CreatedOrder,
    CreateOrder,
    Credentials,
    Environment,
    InvalidRequest,
    KalshiError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimits,
    Session,
)
from kalshi_async.resources.results import BatchLeg
from tests.stages.keys import KEY_ID, ed25519

Row = dict[str, object]
Answer = Callable[[list[Row]], httpx.Response]


class Scripted(httpx.AsyncBaseTransport):
    """Stands in for the network: answers each batch with what the script makes of its rows."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.bodies: list[list[Row]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(await request.aread())["orders"])
        return self.script.pop(0)(self.bodies[-1])


@asynccontextmanager
async def session_over(*script: Answer, capacity: float = 1000) -> AsyncIterator[tuple[Session, Scripted]]:
    transport = Scripted(*script)
    limits = RateLimits(asyncio.get_running_loop().time, write=(1000, capacity), headroom=0)
    environment = Environment("scripted", "https://exchange.example/trade-api/v2")
    credentials = Credentials(KEY_ID, ed25519())
    async with Session(environment, credentials, rate_limits=limits, base_transport=transport) as session:
        yield session, transport


def orders(*keys: str) -> list[CreateOrder]:
    return [CreateOrder("T-1", "bid", 10, "0.44", client_order_id=key) for key in keys]


def placed(row: Row, **changes: object) -> Row:
    entry: Row = {
        "order_id": f"id of {row['client_order_id']}",
        "client_order_id": row["client_order_id"],
        "fill_count": "0.00",
        "remaining_count": row["count"],
        "ts_ms": 7,
    }
    entry |= changes
    return {key: value for key, value in entry.items() if value is not ...}


def refused(row: Row, code: str = "insufficient_balance", **changes: object) -> Row:
    error = {"code": code, "message": code}
    empty = {"order_id": ..., "fill_count": ..., "remaining_count": ..., "ts_ms": ...}
    return placed(row, **empty, error=error) | changes


def answer(*entries: object, status: int = 201) -> httpx.Response:
    return httpx.Response(status, json={"orders": entries})


async def created(answered: Answer, *keys: str) -> BatchResult[CreateOrder, CreatedOrder]:
    async with session_over(answered) as (session, _):
        result = await session.orders.create_batch(orders(*keys))
    assert [leg.request.client_order_id for leg in result] == list(keys)
    return result


def said(result: BatchResult[CreateOrder, CreatedOrder]) -> list[object]:
    """Return, leg by leg, the id that was given or the class of the error."""
    return [leg.reply.order_id if leg.reply else type(leg.error) for leg in result]


async def test_every_order_gets_its_own_answer() -> None:
    result = await created(
        lambda rows: answer(placed(rows[0]), refused(rows[1]), placed(rows[2])), "a", "b", "c"
    )
    assert said(result) == ["id of a", BadRequest, "id of c"]
    assert [reply.client_order_id for reply in result.ok] == ["a", "c"]
    assert [leg.request.client_order_id for leg in result.failed] == ["b"]
    assert result.unknown == []
    assert repr(result) == "BatchResult(2 ok, 1 failed, 0 unknown)"


async def test_entries_out_of_order_find_their_orders() -> None:
    # That they come in order is every client's assumption and nobody's promise.
    result = await created(
        lambda rows: answer(refused(rows[2]), placed(rows[0]), placed(rows[1])), "a", "b", "c"
    )
    assert said(result) == ["id of a", "id of b", BadRequest]


@pytest.mark.parametrize("blank", [..., None, ""])
async def test_entries_without_keys_are_taken_by_their_place(blank: object) -> None:
    def keyless(rows: list[Row]) -> httpx.Response:
        return answer(
            placed(rows[0], client_order_id=blank), placed(rows[1]), refused(rows[2], client_order_id=None)
        )

    assert said(await created(keyless, "a", "b", "c")) == ["id of a", "id of b", BadRequest]


async def test_a_missing_entry_is_unknown_and_shifts_no_other() -> None:
    # Dropped silently, or blamed on its neighbour, an order would be live and unwatched.
    result = await created(lambda rows: answer(placed(rows[0]), placed(rows[2])), "a", "b", "c")
    assert said(result) == ["id of a", OutcomeUnknown, "id of c"]
    [leg] = result.unknown
    assert isinstance(leg.error, OutcomeUnknown)
    assert (leg.error.client_order_ids, leg.error.sent) == (("b",), True)


async def test_missing_entries_without_keys_make_all_of_them_unknown() -> None:
    result = await created(lambda rows: answer(placed(rows[0], client_order_id=...)), "a", "b")
    assert said(result) == [OutcomeUnknown, OutcomeUnknown]


@pytest.mark.parametrize("entries", [[], None])
async def test_an_answer_about_nothing_leaves_everything_unknown(entries: list[Row] | None) -> None:
    result = await created(lambda _: httpx.Response(201, json={"orders": entries}), "a", "b")
    assert said(result) == [OutcomeUnknown, OutcomeUnknown]


@pytest.mark.parametrize(
    "changes",
    [
        {"order_id": ...},
        {"order_id": ""},
        {"order_id": None},
        {"fill_count": ...},
        {"remaining_count": None},
        {"error": {"code": "internal_error"}},  # next to an id: which of the two is true?
    ],
)
async def test_an_entry_that_proves_nothing_is_unknown(changes: Row) -> None:
    result = await created(lambda rows: answer(placed(rows[0], **changes), placed(rows[1])), "a", "b")
    assert said(result) == [OutcomeUnknown, "id of b"]


async def test_a_stranger_among_the_entries_answers_nobody() -> None:
    result = await created(
        lambda rows: answer(placed(rows[0], client_order_id="z"), placed(rows[1])), "a", "b"
    )
    assert said(result) == [OutcomeUnknown, "id of b"]


async def test_an_unreadable_answer_leaves_every_leg_unknown_with_its_own_key() -> None:
    result = await created(lambda _: httpx.Response(201, content=b"<html>"), "a", "b")
    assert said(result) == [OutcomeUnknown, OutcomeUnknown]
    errors = [leg.error for leg in result]
    assert [error.client_order_id for error in errors if isinstance(error, OutcomeUnknown)] == ["a", "b"]
    assert errors[0] is not errors[1]


async def test_a_batch_refused_as_a_whole_fails_leg_by_leg() -> None:
    body = {"error": {"code": "order_already_exists", "message": "order already exists"}}
    result = await created(lambda _: httpx.Response(409, json=body), "a", "b")
    assert said(result) == [Conflict, Conflict]
    assert len(result.failed) == 2


async def test_a_large_batch_is_cut_to_what_the_bucket_holds_and_stays_whole() -> None:
    keys = [f"k{number}" for number in range(25)]

    def place(rows: list[Row]) -> httpx.Response:
        return answer(*map(placed, rows))

    # The second piece is sent as often as the policy allows, with the same keys, and stays unknown.
    failing = [lambda _: httpx.Response(500)] * 4
    async with session_over(place, *failing, place, capacity=100) as (session, wire):
        result = await session.orders.create_batch(orders(*keys))
    assert [len(rows) for rows in wire.bodies] == [10, *[10] * 4, 5]
    assert all(rows == wire.bodies[1] for rows in wire.bodies[1:5])
    assert [leg.request.client_order_id for leg in result] == keys
    assert [len(result.ok), len(result.failed), len(result.unknown)] == [15, 0, 10]
    assert [leg.request.client_order_id for leg in result.unknown] == keys[10:20]


async def test_a_batch_that_cannot_be_right_is_not_sent() -> None:
    async with session_over() as (session, wire):
        with pytest.raises(InvalidRequest, match="at least one order"):
            await session.orders.create_batch([])
        with pytest.raises(InvalidRequest, match="client_order_id 'a' is in the batch twice"):
            await session.orders.create_batch(orders("a", "b", "a"))
        with pytest.raises(InvalidRequest, match="order_id 'x' is in the batch twice"):
            await session.orders.cancel_batch(["x", CancelItem("x", subaccount=1)])
    assert wire.bodies == []


async def test_cancels_are_matched_by_the_id_of_the_order() -> None:
    def cancel(rows: list[Row]) -> httpx.Response:
        assert [row["order_id"] for row in rows] == ["x", "y", "z"]
        gone = {"code": "not_found", "message": "not found"}
        return answer(
            {"order_id": "y", "reduced_by": "0.00", "error": gone},
            {"order_id": "x", "reduced_by": "2.50", "ts_ms": 7},
            status=200,
        )

    async with session_over(cancel) as (session, _):
        result = await session.orders.cancel_batch(["x", "y", CancelItem("z", market_ticker="T-1")])
    assert [reply.reduced_by for reply in result.ok] == [Decimal("2.50")]
    assert [(leg.request.order_id, type(leg.error)) for leg in result.failed] == [("y", NotFound)]
    assert [leg.request.order_id for leg in result.unknown] == ["z"]


async def test_a_lost_batch_of_cancels_leaves_every_leg_unknown() -> None:
    async with session_over(lambda _: httpx.Response(502)) as (session, _):
        result = await session.orders.cancel_batch(["x", "y"])
    assert len(result) == 2
    assert [leg.request.order_id for leg in result.unknown] == ["x", "y"]


def test_the_worst_error_of_a_batch_is_raised_first() -> None:
    first, second = orders("a", "b")
    failed = BatchLeg[CreateOrder, CreatedOrder](first, None, BadRequest(400))
    unknown = BatchLeg[CreateOrder, CreatedOrder](second, None, OutcomeUnknown("lost"))
    with pytest.raises(OutcomeUnknown):
        BatchResult([failed, unknown]).raise_for_errors()
    with pytest.raises(BadRequest):
        BatchResult([failed]).raise_for_errors()
    BatchResult[CreateOrder, CreatedOrder]([]).raise_for_errors()


@pytest.mark.parametrize("error", [NotSent("no route"), BadRequest(400), KalshiError("odd")])
def test_every_error_but_an_unknown_outcome_is_a_failure(error: KalshiError) -> None:
    leg = BatchLeg[CreateOrder, CreatedOrder](orders("a")[0], None, error)
    result = BatchResult([leg])
    assert (result.ok, result.failed, result.unknown) == ([], [leg], [])
    assert str(error) in repr(leg)


async def test_a_created_order_knows_how_to_be_reached_again() -> None:
    request = CreateOrder("T-1", "ask", 10, "0.44", subaccount=7, exchange_index=2, order_group_id="og")
    async with session_over(lambda rows: answer(placed(rows[0], fill_count="2.50"))) as (session, _):
        [made] = (await session.orders.create_batch([request])).ok
    assert (made.ticker, made.subaccount, made.exchange_index, made.order_group_id) == ("T-1", 7, 2, "og")
    assert (made.book_side, made.yes_price) == (request.side, request.price)
    assert (str(made.count), str(made.total_count)) == ("10.00", "12.50")
