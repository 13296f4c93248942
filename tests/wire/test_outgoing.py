"""What goes out: path, query and body, before anything is signed or sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.fields import OrderStatus
from kalshi_async.contract.orders import CANCEL_ALL_ORDERS, CANCEL_ORDER, CREATE_ORDER, GET_ORDER, GET_ORDERS
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests import CreateOrder
from kalshi_async.wire.outgoing import QueryValue, encode, encode_query
from tests.stages.replies import BASE_PATH


class Whole(int):
    """An int of another class, as numpy and others have them, with a text of its own."""

    def __repr__(self) -> str:
        return "a whole number"


def test_the_path_is_the_base_path_and_the_filled_template() -> None:
    outgoing = encode(CANCEL_ORDER, BASE_PATH, path={"order_id": "7c9e"}, query={"subaccount": 7})
    assert outgoing.path == "/trade-api/v2/portfolio/events/orders/7c9e"
    assert outgoing.target == "/trade-api/v2/portfolio/events/orders/7c9e?subaccount=7"


@pytest.mark.parametrize(
    ("value", "segment"),
    [("a/b", "a%2Fb"), ("?x=1", "%3Fx%3D1"), ("..;", "..%3B"), ("%2e", "%252e")],
)
def test_a_value_is_one_path_segment_whatever_it_holds(value: str, segment: str) -> None:
    # DELETE …/orders/{id}: an id that could climb would address another endpoint.
    outgoing = encode(CANCEL_ORDER, BASE_PATH, path={"order_id": value})
    assert outgoing.path == f"/trade-api/v2/portfolio/events/orders/{segment}"


@pytest.mark.parametrize(
    "value", ["", ".", "..", " ", "a b", "a\n", "\ud800", "é", '"a"', "order_id=a", 5, None]
)
def test_an_id_that_is_no_segment_is_refused(value: Any) -> None:
    # Without its last segment the same request cancels every order of the account.
    with pytest.raises(InvalidRequest, match=r"order_id (must be|is in quotes)") as caught:
        encode(CANCEL_ORDER, BASE_PATH, path={"order_id": value})
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if "{" not in operation.path],
    ids=lambda operation: operation.name,
)
def test_a_post_or_put_always_has_a_body_and_nothing_else_has(operation: Operation[object]) -> None:
    # Without one the venue answers 400 invalid_content_type.
    expected = b"{}" if operation.method in ("POST", "PUT") else None
    assert encode(operation, BASE_PATH).body == expected


def test_a_body_is_encoded_as_it_stands() -> None:
    order = CreateOrder("T", "bid", 10, "0.44", client_order_id="mine")
    outgoing = encode(
        CREATE_ORDER, BASE_PATH, body=order, client_order_ids=(order.client_order_id,), ticker=order.ticker
    )
    assert json.loads(outgoing.body or b"")["client_order_id"] == "mine"
    assert (outgoing.client_order_ids, outgoing.ticker) == (("mine",), "T")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"limit": 5, "cursor": None}, "limit=5"),
        ({"ticker": ["A-1", "B-2"]}, "ticker=A-1,B-2"),
        ({"status": OrderStatus.RESTING}, "status=resting"),
        ({"active": True, "closed": False}, "active=true&closed=false"),
        ({"subaccount": 0}, "subaccount=0"),
        ({"subaccount": Whole(7)}, "subaccount=7"),
        ({"min_ts": 1_795_348_800}, "min_ts=1795348800"),
        ({"min_ts": datetime(2026, 11, 22, 12, tzinfo=UTC)}, "min_ts=1795348800"),
        ({"min_ts": datetime(2026, 11, 22, 14, tzinfo=timezone(timedelta(hours=2)))}, "min_ts=1795348800"),
        ({"cursor": "a+b/c=&d e"}, "cursor=a%2Bb%2Fc%3D%26d%20e"),
        ({}, ""),
    ],
)
def test_a_query_says_what_was_given_and_nothing_more(query: dict[str, QueryValue], text: str) -> None:
    assert encode_query(query) == text


def test_a_naive_time_is_refused() -> None:
    # Whose noon? A filter that is hours off hides fills.
    naive = datetime(2026, 11, 22, 12, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(InvalidRequest, match="time zone"):
        encode_query({"min_ts": naive})


@pytest.mark.parametrize("value", ["", [], "\ud800", "a\r\n"])
def test_an_empty_filter_is_refused(value: QueryValue) -> None:
    # The exchange would take it for no filter and list everything.
    with pytest.raises(InvalidRequest, match="ticker must not be empty or unprintable"):
        encode(GET_ORDERS, BASE_PATH, query={"ticker": value})


@pytest.mark.parametrize("value", ["", "a\nb"])
def test_a_filter_that_is_empty_or_unprintable_is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest, match="category must not be empty or unprintable"):
        encode(GET_ORDERS, BASE_PATH, query={"category": value})


@pytest.mark.parametrize("value", [0.5, {"T": 1}, ["T", 7], object()])
def test_a_filter_that_is_no_text_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidRequest, match="ticker must be text, or a list of texts"):
        encode(GET_ORDERS, BASE_PATH, query={"ticker": value})  # type: ignore[dict-item]  # the point


def test_the_body_is_built_once_for_all_attempts() -> None:
    # A resend under the same client_order_id must be the same order to the byte.
    outgoing = encode(CREATE_ORDER, BASE_PATH, body=CreateOrder("T", "bid", 1, "0.5"))
    assert outgoing.body is outgoing.body
    with pytest.raises(AttributeError):
        outgoing.body = b""  # type: ignore[misc]  # frozen


def test_a_read_has_no_body_and_no_query_by_itself() -> None:
    outgoing = encode(GET_ORDER, BASE_PATH, path={"order_id": "x"})
    assert (outgoing.body, outgoing.query, outgoing.target) == (None, "", outgoing.path)
    assert encode(CANCEL_ALL_ORDERS, BASE_PATH).target == "/trade-api/v2/portfolio/events/orders"
