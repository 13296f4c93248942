"""Every shape in which the exchange reports an error (semantics.md 14.1), and none at all."""

from __future__ import annotations

import json

import pytest

from kalshi_async import errors
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.operation import Idempotency
from kalshi_async.contract.order_groups import RESET_ORDER_GROUP
from kalshi_async.contract.orders import CANCEL_ALL_ORDERS, CREATE_ORDER, GET_ORDER, GET_ORDERS, ItemError
from kalshi_async.errors import ApiError, KalshiError, UnexpectedReply
from kalshi_async.wire.refusals import item_error
from tests.stages.replies import CREATED, decoded, failure, sample

# (status, body) -> class, code, message, details
SHAPES: list[tuple[int, object, type[ApiError], str | None, str | None, object]] = [
    # nested
    (
        404,
        {"error": {"code": "not_found", "message": "not found"}},
        errors.NotFound,
        "not_found",
        "not found",
        None,
    ),
    (
        400,
        {"error": {"code": "invalid_order", "message": "invalid order", "details": "post only cross"}},
        errors.BadRequest,
        "invalid_order",
        "invalid order",
        "post only cross",
    ),
    (
        400,
        {"error": {"code": "invalid_order", "message": "m", "details": {"field": "price", "step": "0.01"}}},
        errors.BadRequest,
        "invalid_order",
        "m",
        {"field": "price", "step": "0.01"},
    ),
    (
        409,
        {"error": {"code": "order_already_exists", "message": "m", "service": "exchange"}},
        errors.Conflict,
        "order_already_exists",
        "m",
        None,
    ),
    # flat
    (
        400,
        {"code": "bad_request", "message": "bad request", "details": "json: cannot unmarshal"},
        errors.BadRequest,
        "bad_request",
        "bad request",
        "json: cannot unmarshal",
    ),
    # msg alone
    (
        400,
        {"msg": "Parameter validation failed"},
        errors.BadRequest,
        None,
        "Parameter validation failed",
        None,
    ),
    # a bare string
    (429, {"error": "too many requests"}, errors.RateLimited, None, "too many requests", None),
    # no JSON
    (502, b"<html>Bad Gateway</html>", errors.ServerError, None, None, None),
    (503, b"", errors.ServerError, None, None, None),
    (500, b'{"error":{"code":"inter', errors.ServerError, None, None, None),
    (500, b'{"error":' + b"[" * 100_000, errors.ServerError, None, None, None),
    (500, b'{"error":{"code":"\xff"}}', errors.ServerError, None, None, None),
    (500, b'{"error":{"details":1e99999999999999999999}}', errors.ServerError, None, None, None),
    (400, b"[]", errors.BadRequest, None, None, None),
    # oddities: what is no text is no code, and the rest is still read
    (400, {"error": {"code": 7, "message": "m", "details": ["x"]}}, errors.BadRequest, None, "m", None),
    (400, {"error": {"code": "", "message": "", "details": ""}}, errors.BadRequest, None, None, None),
    (400, {"error": None, "code": "a", "message": "m"}, errors.BadRequest, "a", "m", None),
    (400, {"error": []}, errors.BadRequest, None, None, None),
]


@pytest.mark.parametrize(("status", "body", "kind", "code", "message", "details"), SHAPES)
def test_a_body_becomes_the_error_that_it_describes(
    status: int, body: object, kind: type[ApiError], code: str | None, message: str | None, details: object
) -> None:
    error = failure(kind, CREATE_ORDER, body, status, date="Sun, 22 Nov 2026 12:00:00 GMT")
    assert (error.status, error.code, error.message, error.details) == (status, code, message, details)
    assert error.body == (body if isinstance(body, bytes) else json.dumps(body).encode())
    assert error.headers == ((b"date", b"Sun, 22 Nov 2026 12:00:00 GMT"),)
    assert error.sent is True


KINDS = {
    302: ApiError,
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    418: ApiError,
    422: ApiError,
    429: errors.RateLimited,
    500: errors.ServerError,
    503: errors.ServerError,
    599: errors.ServerError,
}


@pytest.mark.parametrize(("status", "kind"), KINDS.items())
def test_the_status_decides_the_class(status: int, kind: type[ApiError]) -> None:
    assert failure(kind, GET_ORDER, {"error": {"code": "x"}}, status).status == status


def test_a_code_is_lower_cased_for_comparison_and_kept_raw() -> None:
    # Unmapped codes of the engine leak in upper case (semantics.md 14.2).
    body = {"error": {"code": "AMEND_ORDER_NO_OP", "message": "AMEND_ORDER_NO_OP"}}
    error = failure(errors.BadRequest, CREATE_ORDER, body, 400)
    assert (error.code, error.raw_code) == ("amend_order_no_op", "AMEND_ORDER_NO_OP")


@pytest.mark.parametrize("code", ["trading_is_paused", "exchange_is_paused", "TRADING_IS_PAUSED"])
def test_a_pause_is_told_from_other_conflicts(code: str) -> None:
    failure(errors.ExchangePaused, CREATE_ORDER, {"error": {"code": code}}, 409)
    failure(errors.BadRequest, CREATE_ORDER, {"error": {"code": code}}, 400)


def test_a_retired_endpoint_names_its_successor() -> None:
    details = "https://docs.kalshi.com/api-reference/orders/create-order-v2"
    body = {"error": {"code": "deprecated_v1_order_endpoint", "message": "Please switch", "details": details}}
    error = failure(errors.EndpointRetired, CREATE_ORDER, body, 410)
    assert (error.successor, error.sent) == (details, True)
    assert "Please switch" in str(error)
    assert failure(errors.EndpointRetired, CREATE_ORDER, b"", 410).successor is None


def recorded() -> list[dict[str, object]]:
    shapes = sample("errors")["shapes"]
    assert isinstance(shapes, list)
    return shapes


@pytest.mark.parametrize(
    "shape", [each for each in recorded() if each["status"] != 410], ids=lambda shape: str(shape["shape"])
)
def test_a_recorded_error_loses_nothing(shape: dict[str, object]) -> None:
    status, body = shape["status"], shape["body"]
    assert isinstance(status, int)
    with pytest.raises(KalshiError) as caught:
        decoded(CREATE_ORDER, b"" if body is None else body, status)
    inner = body.get("error", body) if isinstance(body, dict) else {}
    said = inner.values() if isinstance(inner, dict) else [inner]
    for text in said:
        assert str(text) in str(caught.value) or text == "exchange"  # the retired "service"


REFUSALS: list[object] = [
    {"error": {"code": "insufficient_balance", "message": "insufficient balance"}},
    {"error": {"message": "x"}},
    {"error": "too many requests"},
    {"code": "bad_request", "message": "bad request"},
    {"msg": "Parameter validation failed"},
]
WRITES = [operation for operation in OPERATIONS if operation.idempotency is not Idempotency.SAFE]


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.name)
@pytest.mark.parametrize("body", REFUSALS)
def test_a_success_status_around_an_error_is_no_success(operation: Operation[object], body: object) -> None:
    # Other SDKs return None here, while the order may be live.
    failure(UnexpectedReply, operation, body)


@pytest.mark.parametrize("body", REFUSALS)
def test_a_reply_that_also_carries_an_error_is_no_success(body: dict[str, object]) -> None:
    error = failure(UnexpectedReply, CREATE_ORDER, CREATED | body)
    assert "error in a reply with a status of success" in str(error)
    failure(UnexpectedReply, GET_ORDERS, {"orders": [], "cursor": ""} | body)
    failure(UnexpectedReply, GET_ORDERS, {"orders": None} | body)  # an empty page, to the careful way


def test_an_error_that_is_cut_short_is_no_success_either() -> None:
    for body in (b'{"order_id":"7c9e","error":{"code"', b'{"error":' + b"[" * 100_000):
        failure(UnexpectedReply, CREATE_ORDER, body)
        failure(UnexpectedReply, CANCEL_ALL_ORDERS, body)


def test_blank_error_fields_next_to_a_reply_are_no_error() -> None:
    blank = {"error": None, "msg": "", "code": None}
    assert decoded(CREATE_ORDER, CREATED | blank).order_id == "7c9e"
    assert decoded(RESET_ORDER_GROUP, {"error": None}) == decoded(CANCEL_ALL_ORDERS, b"", 204)


ITEMS = {
    "order_already_exists": (409, errors.Conflict),
    "ORDER_ALREADY_EXISTS": (409, errors.Conflict),
    "trading_is_paused": (409, errors.ExchangePaused),
    "fill_or_kill_insufficient_resting_volume": (409, errors.Conflict),
    "not_found": (404, errors.NotFound),
    "invalid_price": (400, errors.BadRequest),
    "exceeded_per_market_risk_limit": (400, errors.BadRequest),
    "a_new_word": (400, errors.BadRequest),
    # The exchange itself failed: these do not prove that nothing was executed.
    None: (500, errors.ServerError),
    "service_unavailable": (500, errors.ServerError),
    "EXCHANGE_UNAVAILABLE": (500, errors.ServerError),
    "internal_error": (500, errors.ServerError),
}


@pytest.mark.parametrize(("code", "expected"), ITEMS.items())
def test_an_item_of_a_batch_fails_as_it_would_alone(
    code: str | None, expected: tuple[int, type[ApiError]]
) -> None:
    error = item_error(ItemError(code=code, message="m", details="d"))
    assert (error.status, type(error)) == expected
    assert (error.raw_code, error.message, error.details) == (code, "m", "d")
