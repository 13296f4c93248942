"""What the edge refuses before the engine sees it, in the venue's words."""

from __future__ import annotations

import pytest

from kalshi_async.sandbox.engine.state import Account
from tests.stages.members import BASE, TICKER, Member

EVENTS = "/portfolio/events/orders"


def go_error(details: str) -> dict[str, str]:
    return {"code": "bad_request", "message": "bad request", "details": details}


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("count", 5, "number into Go struct field CreateOrderV2Request.count of type string"),
        ("price", 0.48, "number into Go struct field CreateOrderV2Request.price of type string"),
        ("post_only", "yes", "string into Go struct field CreateOrderV2Request.post_only of type bool"),
        ("post_only", 1, "number into Go struct field CreateOrderV2Request.post_only of type bool"),
        ("subaccount", "0", "string into Go struct field CreateOrderV2Request.subaccount of type int"),
        ("subaccount", True, "bool into Go struct field CreateOrderV2Request.subaccount of type int"),
        ("subaccount", 1.5, "number 1.5 into Go struct field CreateOrderV2Request.subaccount of type int"),
        ("ticker", ["x"], "array into Go struct field CreateOrderV2Request.ticker of type string"),
        ("ticker", {"x": 1}, "object into Go struct field CreateOrderV2Request.ticker of type string"),
    ],
)
async def test_a_wrong_json_type_is_told_like_go_tells_it(
    alice: Member, field: str, value: object, complaint: str
) -> None:
    reply = await alice.create(**{field: value})
    assert reply.status_code == 400
    assert reply.json() == go_error(f"json: cannot unmarshal {complaint}")


async def test_a_wrong_type_inside_a_list_is_told_with_its_path(alice: Member) -> None:
    for orders, complaint in (
        ("x", "string into Go struct field BatchCreateOrdersV2Request.orders of type []CreateOrderV2Request"),
        ([1], "number into Go struct field BatchCreateOrdersV2Request.orders of type CreateOrderV2Request"),
        ([{"side": 1}], "number into Go struct field BatchCreateOrdersV2Request.orders.side of type string"),
    ):
        reply = await alice.send("POST", EVENTS + "/batched", {"orders": orders})
        assert reply.json() == go_error(f"json: cannot unmarshal {complaint}")


async def test_a_document_that_is_no_object_is_a_bad_request(alice: Member) -> None:
    reply = await alice.send("POST", EVENTS, ["x"])
    assert reply.json() == go_error("json: cannot unmarshal array into Go value of type CreateOrderV2Request")


@pytest.mark.parametrize("body", [b"{", b"{nope}", b'{"ticker": "\xff"}', b"[" * 100_000])
async def test_broken_json_is_a_bad_request(alice: Member, body: bytes) -> None:
    headers = alice.headers("POST", EVENTS) | {"Content-Type": "application/json"}
    reply = await alice.http.post(BASE + EVENTS, content=body, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["code"] == "bad_request"


async def test_null_means_absent_and_unknown_keys_are_ignored(alice: Member) -> None:
    order = await alice.rest(client_order_id=None, order_group_id=None, post_only=None, colour="red")
    assert "client_order_id" not in order


@pytest.mark.parametrize(
    "field", ["ticker", "side", "count", "price", "time_in_force", "self_trade_prevention_type"]
)
async def test_every_required_field_is_asked_for(alice: Member, field: str) -> None:
    reply = await alice.create(**{field: ...})
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "missing_parameters"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("side", "buy"),
        ("side", "BID"),
        ("time_in_force", "gtc"),
        ("self_trade_prevention_type", "taker"),
        ("client_order_id", "a.b"),
        ("subaccount", -1),
        ("exchange_index", -2),
    ],
)
async def test_a_word_the_venue_does_not_know_is_an_invalid_parameter(
    alice: Member, field: str, value: object
) -> None:
    reply = await alice.create(**{field: value})
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "invalid_parameters"


@pytest.mark.parametrize(
    ("field", "value", "details"),
    [
        ("price", "0.48000", "invalid price: invalid dollar precision: -5"),
        ("price", "0.480001", "invalid price: invalid dollar precision: -6"),
        ("price", "cheap", "invalid price: can't convert cheap to decimal"),
        ("price", "NaN", "invalid price: can't convert NaN to decimal"),
        ("price", "1e-1", "invalid price: can't convert 1e-1 to decimal"),
        ("price", "\u0660.\u0664", "invalid price: can't convert \u0660.\u0664 to decimal"),
        ("count", "1.000", "invalid count: invalid count precision: -3"),
    ],
)
async def test_a_number_with_too_many_decimals_is_an_invalid_order(
    alice: Member, field: str, value: str, details: str
) -> None:
    reply = await alice.create(**{field: value})
    assert reply.status_code == 400
    assert reply.json()["error"] == {"code": "invalid_order", "message": "invalid order", "details": details}


@pytest.mark.parametrize("value", ["10", "10.", "10.0", "10.00", "0010"])
async def test_counts_may_have_fewer_decimals(alice: Member, value: str) -> None:
    assert (await alice.rest(count=value))["remaining_count"] == "10.00"


@pytest.mark.parametrize(("method", "path"), [("POST", EVENTS), ("PUT", "/portfolio/order_groups/x/reset")])
async def test_a_post_or_put_without_json_is_an_invalid_content_type(
    alice: Member, method: str, path: str
) -> None:
    for content, content_type in ((b"", "application/json"), (b"{}", "text/plain"), (b"{}", None)):
        headers = alice.headers(method, path) | ({"Content-Type": content_type} if content_type else {})
        reply = await alice.http.request(method, BASE + path, content=content, headers=headers)
        assert reply.status_code == 400
        assert reply.json() == {"code": "invalid_content_type", "message": "invalid_content_type"}


async def test_the_upgrade_wants_no_body(alice: Member) -> None:
    # OpenAPI 3.34.0 has none for it, and the official SDK sends none.
    await alice.rest()
    path = "/account/api_usage_level/upgrade"
    reply = await alice.http.post(BASE + path, headers=alice.headers("POST", path))
    assert (reply.status_code, reply.content) == (201, b"{}")


def bad_parameter(operation: str, field: str, tag: str) -> dict[str, str]:
    return {
        "msg": f"Parameter validation failed for {operation}: Key: '{operation}Params.{field}' "
        f"Error:Field validation for '{field}' failed on the '{tag}' tag"
    }


@pytest.mark.parametrize(
    ("path", "query", "operation", "field", "tag"),
    [
        ("/portfolio/orders", {"limit": 1001}, "GetOrders", "Limit", "lte"),
        ("/portfolio/orders", {"limit": 0}, "GetOrders", "Limit", "gte"),
        ("/portfolio/deposits", {"limit": 501}, "GetDeposits", "Limit", "lte"),
        ("/portfolio/fills", {"exchange_index": -1}, "GetFills", "ExchangeIndex", "gte"),
        ("/portfolio/orders", {"event_ticker": ",".join(["E"] * 101)}, "GetOrders", "EventTicker", "max"),
        ("/portfolio/positions", {"settlement_status": "open"}, "GetPositions", "SettlementStatus", "oneof"),
        (
            "/portfolio/positions",
            {"count_filter": "resting_order_count"},
            "GetPositions",
            "CountFilter",
            "oneof",
        ),
    ],
)
async def test_a_bad_query_is_told_like_the_validator_tells_it(
    alice: Member, path: str, query: dict[str, object], operation: str, field: str, tag: str
) -> None:
    reply = await alice.get(path, **query)
    assert reply.status_code == 400
    assert reply.json() == bad_parameter(operation, field, tag)


async def test_a_query_value_that_is_no_number_does_not_convert(alice: Member) -> None:
    for value in ("ten", "1.5", "9" * 30, "٣"):
        reply = await alice.get("/portfolio/orders", limit=value)
        assert reply.status_code == 400
        assert reply.json()["msg"].endswith('schema: error converting value for "limit"')


async def test_unknown_and_empty_query_keys_are_ignored(alice: Member) -> None:
    # There is no client_order_id filter: asking for it returns everything.
    await alice.rest(client_order_id="one")
    reply = await alice.get("/portfolio/orders", client_order_id="two", ticker="", cursor="", limit="")
    assert len(reply.json()["orders"]) == 1


async def test_a_leaked_engine_code_keeps_its_capitals(alice: Member) -> None:
    order_id = (await alice.rest())["order_id"]
    body = {"ticker": TICKER, "side": "bid", "price": "0.4800", "count": "10.00"}
    reply = await alice.send("POST", f"{EVENTS}/{order_id}/amend", body)
    assert reply.json() == {"error": {"code": "AMEND_ORDER_NO_OP", "message": "AMEND_ORDER_NO_OP"}}


async def test_a_code_may_carry_a_user_id(alice: Member) -> None:
    body = {"source": "event_contract", "destination": "margined", "amount": 10_000}
    reply = await alice.send("POST", "/portfolio/intra_exchange_instance_transfer", body)
    account: Account = alice.keys.account
    assert reply.status_code == 400
    assert reply.json()["error"] == {
        "code": f"user_not_found:_{account.user_id}",
        "message": f"user not found: {account.user_id}",
    }


async def test_a_path_nobody_knows_is_not_found(alice: Member) -> None:
    for path in ("/portfolio/dreams", "/portfolio/balance/", "/portfolio"):
        reply = await alice.get(path)
        assert reply.status_code == 404
        assert reply.json()["error"]["code"] == "not_found"
