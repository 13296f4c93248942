"""The table of refusals: for every code the status and the body of the reply.

Code that refuses raises ``engine.state.Rejected(code)``; ``app`` finds the row of that code
here and renders it. The body has one of four shapes (contract §14.1):

* "nested": ``{"error": {"code", …}}``
* "flat": ``{"code", …}``
* "msg": ``{"msg": …}``
* "string": ``{"error": "…"}``
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from kalshi_async.sandbox.settings import CHOSEN_REFUSALS

Shape = Literal["nested", "flat", "msg", "string"]


@dataclass(frozen=True, slots=True)
class Rejection:
    """The reply to one kind of refused request."""

    status: int
    shape: Shape
    message: str
    details: str | None
    """The details of a refusal that was raised without any."""
    wire_code: str
    """The code in the body."""


def _nested(status: int, code: str, message: str | None = None, details: str | None = None) -> Rejection:
    # A code in lower case has its own words as the message. A code in capitals comes from the
    # exchange's matching engine, and its message repeats the code.
    text = message or (code if code.isupper() else code.replace("_", " "))
    return Rejection(status, "nested", text, details, code)


# Codes and statuses: contract §14.3 and §1, read 2026-11.
_NESTED = (
    _nested(400, "insufficient_balance"),
    _nested(400, "invalid_price"),
    _nested(400, "invalid_order"),
    _nested(400, "Cannot_specify_both_IoC_and_expiration_timestamp"),
    _nested(400, "invalid_parameters"),
    _nested(400, "missing_parameters"),
    _nested(400, "invalid_order_size"),
    _nested(400, "available_balance_too_low"),
    _nested(400, "order_id_and_client_order_id_mismatch"),
    _nested(400, "order_side_mismatch"),
    _nested(400, "order_ticker_mismatch"),
    _nested(400, "AMEND_ORDER_NO_OP"),
    _nested(400, "CANNOT_UPDATE_FILLED_ORDER"),
    _nested(400, "NOTIONAL_RISK_LIMIT_EXCEEDED"),
    _nested(400, "user_not_found"),
    _nested(401, "header_timestamp_expired"),
    _nested(401, "authentication_error", "authentication_error"),
    _nested(401, "signature_is_missing_from_headers", "signature is missing from headers"),
    _nested(403, "permission_denied"),
    _nested(403, "subaccount_creation_requires_advanced_api_usage_level"),
    _nested(
        403,
        "restricted_key",
        "this API key is restricted to a single sub-account and cannot access this endpoint",
    ),
    _nested(404, "not_found"),
    _nested(404, "market_not_found"),
    _nested(409, "order_already_exists"),
    _nested(409, "fill_or_kill_insufficient_resting_volume"),
    _nested(409, "immediate_or_cancel_insufficient_resting_volume"),
    _nested(409, "trading_is_paused"),
    _nested(409, "exchange_is_paused"),
    _nested(409, "transfer_already_applied"),
    _nested(
        410,
        "deprecated_v1_order_endpoint",
        "Please switch to the V2 endpoints",
        "https://docs.kalshi.com/api-reference/orders/create-order-v2",
    ),
    _nested(500, "internal_error"),
    _nested(503, "service_unavailable", "service_unavailable"),
    *(_nested(status, code, message) for code, (status, message) in CHOSEN_REFUSALS.items()),
)

_OTHERS = {
    "bad_request": Rejection(400, "flat", "bad request", None, "bad_request"),
    "invalid_content_type": Rejection(400, "flat", "invalid_content_type", None, "invalid_content_type"),
    "parameter_validation": Rejection(400, "msg", "Parameter validation failed", None, ""),
    "too_many_requests": Rejection(429, "string", "too many requests", None, ""),
}

REJECTIONS = MappingProxyType({row.wire_code: row for row in _NESTED} | _OTHERS)
