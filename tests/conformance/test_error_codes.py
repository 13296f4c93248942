"""Every error code that a request can provoke, in its exact body (contract §14.3 and §1).

The codes are those of the contract, not of our own table; both are compared at the end.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from kalshi_async.sandbox.edge.rejections import REJECTIONS
from tests.conformance.account_scenes import (
    a_basic_account,
    a_shard_transfer_that_was_applied,
    an_unknown_instance,
    headers,
)
from tests.conformance.examples import Request
from tests.conformance.order_scenes import (
    a_halted_market,
    a_post_only_that_crosses,
    an_empty_write_bucket,
    an_id_that_was_used,
    an_outage,
)
from tests.conformance.scenes import Scene, refused_amend, refused_create, unknown
from tests.conformance.stage import BASE, EVENTS, GROUPS, TICKER, Stage, create
from tests.stages.members import Json, Member

PAST = 1_700_000_000


def nested(code: str, message: str | None = None, details: str | None = None) -> Json:
    error: Json = {"code": code, "message": message or code.replace("_", " ")}
    return {"error": error | ({"details": details} if details else {})}


async def an_exchange_pause(stage: Stage) -> Request:
    await stage.open()
    stage.sandbox.exchange.shards.pause()
    return create()


async def a_closed_market(stage: Stage) -> Request:
    await stage.open()
    stage.sandbox.exchange.market(TICKER).close()
    return create()


async def a_decided_market(stage: Stage) -> Request:
    await stage.open()
    stage.sandbox.exchange.market(TICKER).determine("yes")
    return create()


async def a_triggered_group(stage: Stage) -> Request:
    await stage.open()
    group_id = await stage.group()
    await stage.mutate(f"{GROUPS}/{group_id}/trigger", method="PUT")
    return create(order_group_id=group_id)


async def an_amend_below_the_fills(stage: Stage) -> Request:
    await stage.open()
    order_id = await stage.order()
    stage.trade("ask", "0.48", 3)
    body = {"ticker": TICKER, "side": "bid", "price": "0.4800", "count": "2.00"}
    return Request("POST", f"{BASE}{EVENTS}/{order_id}/amend", body)


async def an_amend_of_a_filled_order(stage: Stage) -> Request:
    await stage.open(amend_of_filled_code="CANNOT_UPDATE_FILLED_ORDER")
    order_id = await stage.order()
    stage.trade("ask", "0.48", 10)
    body = {"ticker": TICKER, "side": "bid", "price": "0.4700", "count": "10.00"}
    return Request("POST", f"{BASE}{EVENTS}/{order_id}/amend", body)


async def a_restricted_key(stage: Stage) -> Request:
    await stage.open()
    await stage.subaccounts(1)
    key = stage.sandbox.add_key(stage.alice.keys, subaccount=1)
    stage.alice = Member(stage.alice.http, key, stage.clock)
    return create(subaccount=0)


async def a_put_without_a_body(stage: Stage) -> Request:
    await stage.open()
    return Request("PUT", f"{BASE}{GROUPS}/x/reset")


_IMMEDIATE = "immediate_or_cancel"
_UNMARSHAL = "json: cannot unmarshal number into Go struct field CreateOrderV2Request.count of type string"
_GO_LIMIT = (
    "Parameter validation failed for GetOrders: Key: 'GetOrdersParams.Limit' "
    "Error:Field validation for 'Limit' failed on the 'lte' tag"
)
_IOC_EXPIRY = "Cannot_specify_both_IoC_and_expiration_timestamp"
_RESTRICTED = "this API key is restricted to a single sub-account and cannot access this endpoint"
_V2 = "https://docs.kalshi.com/api-reference/orders/create-order-v2"
_SUBACCOUNTS_NEED = "subaccount_creation_requires_advanced_api_usage_level"

# What happens -> status, body, and how it is provoked.
PROVOKED: Mapping[str, tuple[int, Json, Scene]] = {
    "not enough cash": (400, nested("insufficient_balance"), refused_create(count="99999.00")),
    "off the grid": (400, nested("invalid_price"), refused_create(price="0.4850")),
    "price of one dollar": (400, nested("invalid_price"), refused_create(price="1.0000")),
    "post only cross": (
        400, nested("invalid_order", details="post only cross"), a_post_only_that_crosses,
    ),
    "reduce only that rests": (
        400,
        nested("invalid_order", details="reduce_only can only be used with IoC orders"),
        refused_create(reduce_only=True),
    ),
    "five decimals": (
        400,
        nested("invalid_order", details="invalid price: invalid dollar precision: -5"),
        refused_create(price="0.48000"),
    ),
    "expiry of an immediate order": (
        400,
        nested(_IOC_EXPIRY, _IOC_EXPIRY.replace("_", " ")),
        refused_create(time_in_force=_IMMEDIATE, expiration_time=PAST * 2),
    ),
    "expiry in the past": (
        400,
        nested("expiration_in_past", "Expiration timestamp must be in the future"),
        refused_create(expiration_time=PAST),
    ),
    "word in another spelling": (
        400, nested("invalid_parameters", details="invalid time_in_force: gtc"),
        refused_create(time_in_force="gtc"),
    ),
    "dot in a client_order_id": (
        400, nested("invalid_parameters", details="invalid client_order_id: a.b"),
        refused_create(client_order_id="a.b"),
    ),
    "required field absent": (
        400, nested("missing_parameters", details="price is required"), refused_create(price=...),
    ),
    "number for a text": (
        400,
        {"code": "bad_request", "message": "bad request", "details": _UNMARSHAL},
        refused_create(count=10),
    ),
    "no body": (
        400, {"code": "invalid_content_type", "message": "invalid_content_type"}, a_put_without_a_body,
    ),
    "count of zero": (400, nested("invalid_order_size"), refused_create(count="0.00")),
    "amend of another client_order_id": (
        400, nested("order_id_and_client_order_id_mismatch"), refused_amend(client_order_id="other"),
    ),
    "amend of another side": (400, nested("order_side_mismatch"), refused_amend(side="ask")),
    "amend of another ticker": (
        400, nested("order_ticker_mismatch"), refused_amend(ticker="KXHIGHNY-26NOV23-B54.5"),
    ),
    "amend of nothing": (400, nested("AMEND_ORDER_NO_OP", "AMEND_ORDER_NO_OP"), refused_amend()),
    "amend below the fills": (400, nested("invalid_amend_qty_for_order"), an_amend_below_the_fills),
    "amend of a filled order, by a switch": (
        400,
        nested("CANNOT_UPDATE_FILLED_ORDER", "CANNOT_UPDATE_FILLED_ORDER"),
        an_amend_of_a_filled_order,
    ),
    "closed market": (400, nested("market_inactive"), a_closed_market),
    "decided market": (400, nested("market_already_closed"), a_decided_market),
    "unknown group": (400, nested("order_group_not_found"), refused_create(order_group_id="nobody")),
    "query out of range": (400, {"msg": _GO_LIMIT}, unknown("GET", "/portfolio/orders", limit=1001)),
    "clock skew": (401, nested("header_timestamp_expired"), headers(skew_ms=-60_000)),
    "bad signature": (
        401,
        nested("authentication_error", "authentication_error", "INCORRECT_API_KEY_SIGNATURE"),
        headers(signature="AAAA"),
    ),
    "unknown key": (
        401, nested("authentication_error", "authentication_error", "NOT_FOUND"), headers(key="nobody"),
    ),
    "no signature": (401, nested("signature_is_missing_from_headers"), headers(signature=None)),
    "no key": (401, nested("key_is_missing_from_headers"), headers(key=None)),
    "no timestamp": (401, nested("timestamp_is_missing_from_headers"), headers(timestamp=None)),
    "subaccount of a Basic account": (403, nested(_SUBACCOUNTS_NEED), a_basic_account),
    "restricted key": (403, nested("restricted_key", _RESTRICTED), a_restricted_key),
    "not an FCM member": (
        403, nested("permission_denied"), unknown("GET", "/portfolio/summary/total_resting_order_value"),
    ),
    "unknown order": (404, nested("not_found"), unknown("DELETE", EVENTS + "/nobody")),
    "wrong shard": (404, nested("market_not_found"), refused_create(exchange_index=1)),
    "used client_order_id": (409, nested("order_already_exists"), an_id_that_was_used),
    "fill or kill": (
        409,
        nested("fill_or_kill_insufficient_resting_volume"),
        refused_create(time_in_force="fill_or_kill"),
    ),
    "halted market": (409, nested("trading_is_paused"), a_halted_market),
    "exchange pause": (409, nested("exchange_is_paused"), an_exchange_pause),
    "used transfer id": (409, nested("transfer_already_applied"), a_shard_transfer_that_was_applied),
    "triggered group": (409, nested("exceeded_order_group_risk_limit"), a_triggered_group),
    "retired mutation": (
        410,
        nested("deprecated_v1_order_endpoint", "Please switch to the V2 endpoints", _V2),
        unknown("POST", "/portfolio/orders", {}),
    ),
    "body of more than 1 MiB": (
        413, nested("request_too_large"), refused_create(client_order_id="x" * 2**20),
    ),
    "empty bucket": (429, {"error": "too many requests"}, an_empty_write_bucket),
    "outage, by a scripted fault": (503, nested("service_unavailable", "service_unavailable"), an_outage),
}  # fmt: skip

# The code of this one carries the user's id; test_a_code_may_carry_a_user_id has its exact body.
CARRIES_AN_ID = {"user_not_found": an_unknown_instance}

# What no request provokes here -> why.
NEVER: Mapping[str, str] = {
    "available_balance_too_low": "when it comes instead of insufficient_balance is not known",
    "NOTIONAL_RISK_LIMIT_EXCEEDED": "seen on the margin exchange only, which is not simulated",
    "immediate_or_cancel_insufficient_resting_volume": "an immediate order that finds nothing answers 201",
    "internal_error": "the exchange has no such state; sandbox.faults makes 5xx",
    "exceeded_sell_position_floor": "sell_position_floor is a field of the 2025 bodies alone",
    "method_not_allowed": "a known path with another method is a 404 (field report)",
}

# Codes by which the engine knows rows that say no code on the wire.
WITHOUT_CODE = {"parameter_validation": "query out of range", "too_many_requests": "empty bucket"}


@pytest.mark.parametrize("cause", PROVOKED)
async def test_a_refusal_has_its_status_and_its_exact_body(stage: Stage, cause: str) -> None:
    status, body, scene = PROVOKED[cause]
    request = await scene(stage)
    assert request is not None
    reply = await stage.send(request)
    assert (reply.status_code, reply.json()) == (status, body)
    assert reply.headers["content-type"] == "application/json"


def test_every_code_is_provoked_or_says_why_not() -> None:
    provoked = {code_of(body) for _, body, _ in PROVOKED.values()} - {""}
    assert provoked | CARRIES_AN_ID.keys() | NEVER.keys() | WITHOUT_CODE.keys() == REJECTIONS.keys()
    assert not provoked & NEVER.keys()


def code_of(body: Json) -> str:
    error = body.get("error", body)
    return str(error.get("code", "")) if isinstance(error, dict) else ""
