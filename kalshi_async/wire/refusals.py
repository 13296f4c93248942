"""Turn an error body of the exchange into the one error that describes it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kalshi_async import errors
from kalshi_async.contract.orders import ItemError
from kalshi_async.wire import _tolerant
from kalshi_async.wire._advice import SENT_IN_PART, advice_of
from kalshi_async.wire.incoming import Incoming, unexpected


class _ErrorBody(msgspec.Struct):
    """The fields of all shapes in which the venue reports an error (semantics.md 14.1).

    The type of each is ``object``, because shapes disagree: ``error`` is an object or a text.
    """

    error: object = None
    code: object = None
    message: object = None
    msg: object = None
    details: object = None


LONGEST_TARGET = 200
"""The characters of a redirect's target that its error shows (ours)."""

_ERROR_BODY = msgspec.json.Decoder(_ErrorBody)
_BY_STATUS = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    429: errors.RateLimited,
}
_BY_CODE = {
    (409, "trading_is_paused"): errors.ExchangePaused,
    (409, "exchange_is_paused"): errors.ExchangePaused,
}


def api_error(incoming: Incoming, body: bytes) -> errors.KalshiError:
    """Return the error of a refusal, whose body may have any shape, or be no JSON."""
    code, message, details = _error_parts(body)
    if incoming.status == 410:
        return errors.EndpointRetired(
            f"the exchange has retired this endpoint: {message or code or 'status 410'}",
            successor=details if isinstance(details, str) else None,
            sent=True,
        )
    location = incoming.header(b"location") if 300 <= incoming.status < 400 else None
    if location is not None:
        target = f"redirected to {location.decode('latin-1')[:LONGEST_TARGET]!r}"
        message = f"{message}; {target}" if message else target
    kind = _BY_STATUS.get(incoming.status)
    if kind is None:
        kind = errors.ServerError if incoming.status >= 500 else errors.ApiError
    kind = _BY_CODE.get((incoming.status, (code or "").lower()), kind)
    if incoming.status == 408 and not incoming.is_request_whole:
        kind = errors.IncompleteRequest
    error = kind(
        incoming.status,
        code=code,
        message=message,
        details=details,
        body=body,
        headers=incoming.headers,
    )
    error.advice = SENT_IN_PART if kind is errors.IncompleteRequest else advice_of(incoming.status, code)
    return error


# Codes of an item of a batch that do not prove that the item was not executed: the exchange itself
# failed (semantics.md 14.3 and the vendor's FIX reject texts, read 2026-11-22). Any other code is a
# refusal, also one that is not known here: the exchange adds codes.
_FAILURES = frozenset(
    {
        "",  # an error without a code
        "internal_error",
        "internal_server_error",
        "service_unavailable",
        "exchange_unavailable",
        "bad_gateway",
        "gateway_timeout",
        "timeout",
        "request_timeout",
        "deadline_exceeded",
        "unknown_error",
    }
)
# The status that a code of an item would have for a single order (semantics.md 14.3, read
# 2026-11-22); 400 for a code that is not listed.
_ITEM_STATUS = {
    "too_many_requests": 429,
    "order_already_exists": 409,
    "fill_or_kill_insufficient_resting_volume": 409,
    "immediate_or_cancel_insufficient_resting_volume": 409,
    "trading_is_paused": 409,
    "exchange_is_paused": 409,
    "exceeded_order_group_risk_limit": 409,
    "not_found": 404,
    "market_not_found": 404,
    "permission_denied": 403,
}


def is_refused(code: str | None) -> bool:
    """Tell whether the code of an item proves that the item was not executed."""
    word = _word(code)
    return word not in _FAILURES and word != "order_already_exists"


def item_error(error: ItemError) -> errors.ApiError:
    """Return the error of one item of a batch, with the status of the same error for a single order.

    ServerError for a code that does not prove that the item was not executed.
    """
    word = _word(error.code)
    status = 500 if word in _FAILURES else _ITEM_STATUS.get(word, 400)
    kind = errors.ServerError if status == 500 else _BY_CODE.get((status, word), _BY_STATUS[status])
    refusal = kind(
        status,
        code=error.code,
        message=error.message,
        details=error.details,
        body=msgspec.json.encode(error),
    )
    refusal.advice = advice_of(status, error.code)
    return refusal


def _word(code: str | None) -> str:
    return (code or "").lower().partition(":")[0]  # a code may end in ":" and an id


def _error_parts(body: bytes) -> tuple[str | None, str | None, str | Mapping[str, object] | None]:
    try:
        found = _ERROR_BODY.decode(body)
    except _tolerant.Malformed:
        return None, None, None
    inner = found.error
    if isinstance(inner, dict):
        return _text(inner.get("code")), _text(inner.get("message")), _details(inner.get("details"))
    if isinstance(inner, str):
        return _text(found.code), inner, _details(found.details)
    message = _text(found.message) or _text(found.msg)
    return _text(found.code), message, _details(found.details)


def refuse_error_body(incoming: Incoming, body: bytes) -> None:
    """Raise UnexpectedReply for an error body with a status of 2xx: the order may be live."""
    try:
        found = _ERROR_BODY.decode(body)
    except _tolerant.Malformed:
        return
    # A reply may have a field ``code`` or ``message`` of its own; both together are an error.
    if found.error or found.msg or (found.code and found.message):
        raise unexpected("an error in a reply with a status of success", incoming)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _details(value: object) -> str | Mapping[str, object] | None:
    return value if isinstance(value, (str, dict)) and value else None
