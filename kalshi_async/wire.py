"""Between Python values and bytes, without I/O: what goes out, and what came in.

    encode(operation, …) -> Outgoing        path, query and body bytes, once per call
    decode(operation, Incoming) -> reply    or exactly one KalshiError

Decoding is one fast pass into structs. Only if that fails does the careful pass of
``tolerant`` look at every field and every row.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache, partial
from typing import TypeAlias, TypeVar
from urllib.parse import quote

import msgspec

from kalshi_async import errors, tolerant
from kalshi_async.contract.operation import Empty, Operation
from kalshi_async.contract.orders import ItemError
from kalshi_async.rules import checked_index, checked_subaccount, checked_whole, shown, unix_seconds

Reply = TypeVar("Reply")

QueryValue: TypeAlias = str | int | bool | datetime | Sequence[str] | None

LONGEST_ERROR = 64 * 1024  # ours: what decodes as a reply and is longer is a page of rows
BODY_LIMIT = 16 * 1024 * 1024  # ours: a page of 1000 rows is below 1 MB


# A path is normalised by proxies: DELETE …/orders/ and …/orders/. cancel every order.
_NO_SEGMENT = ("", ".", "..")


class Subject(msgspec.Struct, frozen=True, gc=False):
    """What a request is about: how its orders are found again, and which scope they are in.

    ``shard`` is the one that a single write names: it pays from that shard's bucket.
    """

    client_order_ids: tuple[str, ...] = ()
    ticker: str | None = None
    subaccount: int | None = None
    order_group_ids: tuple[str, ...] = ()
    shard: int | None = None


NOTHING = Subject()


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A request as it will be sent, the same for every attempt. ``path`` is what is signed."""

    operation: Operation[object]
    path: str
    query: str = ""
    body: bytes | None = None
    items: int = 1
    subject: Subject = NOTHING

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A reply as it arrived; ``body`` may still be compressed."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """Return the first header of that name, in lower case, or None."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None


def encode(
    operation: Operation[object],
    base_path: str,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, QueryValue] | None = None,
    body: object = None,
    items: int = 1,
    subject: Subject = NOTHING,
) -> Outgoing:
    """Build the request. A POST or PUT without a body sends ``{}``: the venue insists."""
    if body is None and operation.method in ("POST", "PUT"):
        content: bytes | None = b"{}"
    else:
        content = None if body is None else msgspec.json.encode(body)
    for name, value in (path or {}).items():
        if not isinstance(value, str) or value in _NO_SEGMENT or not value.isprintable():
            raise errors.InvalidRequest(f"{operation.name}: {name} must name one thing, was {value!r}")
    return Outgoing(
        operation,
        base_path + operation.target(path or {}),
        encode_query(query, _NUMBERS if operation.generation == "current" else {}) if query else "",
        content,
        items,
        subject,
    )


def encode_query(
    query: Mapping[str, QueryValue], rules: Mapping[str, Callable[[str, object], object]] | None = None
) -> str:
    """Render query parameters: None is left out, lists are joined by commas, times in seconds.

    ``rules`` check a value by the name that it goes under.
    """
    checked = {
        name: rules[name](name, value) if rules and name in rules else value
        for name, value in query.items()
        if value is not None
    }
    pairs = [(name, _query_text(name, value)) for name, value in checked.items()]
    for name, text in pairs:
        if not text or not text.isprintable():  # an empty filter would list everything
            raise errors.InvalidRequest(f"{name} must not be empty or unprintable, was {query[name]!r}")
    return "&".join([f"{name}={_quoted(text)}" for name, text in pairs])


@lru_cache(4096)  # tickers come again and again
def _quoted(text: str) -> str:
    return quote(text, safe=",")


def decode(operation: Operation[Reply], incoming: Incoming) -> Reply:
    """Turn a reply into its struct, or raise the one error that describes it."""
    is_refused = not 200 <= incoming.status < 300
    try:
        body = plain_body(incoming)
    except errors.UnexpectedReply:
        if is_refused:  # the status is certain though its text is lost
            raise api_error(incoming, incoming.body) from None
        raise
    if is_refused and not _is_reply_anyway(operation, incoming.status, body):
        raise api_error(incoming, body)
    if operation.reply is Empty:
        return _decode_empty(operation, incoming, body)
    try:
        reply = operation.decoder.decode(body)
    except tolerant.Malformed:
        # The careful pass says what is wrong, and keeps what is right.
        _refuse_error_body(incoming, body)
        return tolerant.decode(operation, incoming.status, body)
    if len(body) < LONGEST_ERROR:
        _refuse_error_body(incoming, body)
    return reply


def plain_body(incoming: Incoming) -> bytes:
    """Undo the content encoding of a reply; raises UnexpectedReply for one that is unknown."""
    encoding = (incoming.header(b"content-encoding") or b"identity").strip().lower()
    if encoding in (b"identity", b"") or not incoming.body:
        return incoming.body
    if encoding not in (b"gzip", b"x-gzip", b"deflate"):
        raise _unexpected(f"content encoding {encoding!r} was not asked for", incoming)
    inflater = zlib.decompressobj(wbits=47 if encoding.endswith(b"gzip") else 15)
    try:
        body = inflater.decompress(incoming.body, BODY_LIMIT)
    except zlib.error as error:
        raise _unexpected(f"the {encoding.decode()} body is damaged: {error}", incoming) from error
    if not inflater.eof:
        raise _unexpected(f"the {encoding.decode()} body is cut short or too large", incoming)
    return body


class _ErrorBody(msgspec.Struct):
    """All shapes in which the venue reports an error (semantics.md 14.1), at once."""

    error: object = None
    code: object = None
    message: object = None
    msg: object = None
    details: object = None


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
    """Read any of the error shapes: nested, flat, msg, a bare string, or no JSON at all."""
    code, message, details = _error_parts(body)
    if incoming.status == 410:
        return errors.EndpointRetired(
            f"the exchange has retired this endpoint: {message or code or 'status 410'}",
            successor=details if isinstance(details, str) else None,
            sent=True,
        )
    kind = _BY_STATUS.get(incoming.status)
    if kind is None:
        kind = errors.ServerError if incoming.status >= 500 else errors.ApiError
    kind = _BY_CODE.get((incoming.status, (code or "").lower()), kind)
    return kind(
        incoming.status,
        code=code,
        message=message,
        details=details,
        body=body,
        headers=incoming.headers,
    )


# What the code of one item of a batch means on its own (semantics.md 14.3, 2026-11-22). A
# code that is not listed here proves nothing: such an item is unknown, not refused.
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
    **dict.fromkeys(
        (
            "insufficient_balance",
            "available_balance_too_low",
            "invalid_price",
            "invalid_order",
            "invalid_order_size",
            "invalid_parameters",
            "missing_parameters",
            "bad_request",
            "cannot_specify_both_ioc_and_expiration_timestamp",
            "order_id_and_client_order_id_mismatch",
            "order_side_mismatch",
            "order_ticker_mismatch",
            "amend_order_no_op",
            "cannot_update_filled_order",
            "notional_risk_limit_exceeded",
            "market_inactive",
            "market_already_closed",
            "order_group_not_found",
            "invalid_amend_qty_for_order",
        ),
        400,
    ),
}


def item_error(error: ItemError) -> errors.ApiError:
    """Return the error of one item of a batch, with the status it has on its own.

    ServerError for a code that does not say whether the item was executed.
    """
    code = (error.code or "").lower()
    status = _ITEM_STATUS.get(code.partition(":")[0], 500)
    kind = errors.ServerError if status == 500 else _BY_CODE.get((status, code), _BY_STATUS[status])
    return kind(
        status,
        code=error.code,
        message=error.message,
        details=error.details,
        body=msgspec.json.encode(error),
    )


def _error_parts(body: bytes) -> tuple[str | None, str | None, str | Mapping[str, object] | None]:
    try:
        found = _ERROR_BODY.decode(body)
    except tolerant.Malformed:
        return None, None, None
    inner = found.error
    if isinstance(inner, dict):
        return _text(inner.get("code")), _text(inner.get("message")), _details(inner.get("details"))
    if isinstance(inner, str):
        return _text(found.code), inner, _details(found.details)
    message = _text(found.message) or _text(found.msg)
    return _text(found.code), message, _details(found.details)


def _refuse_error_body(incoming: Incoming, body: bytes) -> None:
    # A success status around an error is no success; the order may even be live.
    if b'"error"' not in body and b'"code"' not in body and b'"msg"' not in body:
        return
    try:
        found = _ERROR_BODY.decode(body)
    except tolerant.Malformed:
        return
    if found.error or found.msg or (found.code and found.message):
        raise _unexpected("an error inside a reply of success", incoming)


def _decode_empty(operation: Operation[Reply], incoming: Incoming, body: bytes) -> Reply:
    text = body.strip()
    if text:
        _refuse_error_body(incoming, body)
        try:
            return operation.decoder.decode(text)
        except tolerant.Malformed as error:
            if text != b"null":
                raise _unexpected("neither empty nor a JSON object", incoming) from error
    return operation.reply()


def _is_reply_anyway(operation: Operation[Reply], status: int, body: bytes) -> bool:
    """/exchange/status answers with its normal body on 500, 503 and 504 as well."""
    if status not in operation.reply_statuses:
        return False
    try:
        operation.decoder.decode(body)
    except tolerant.Malformed:
        return False
    return True


def _unexpected(message: str, incoming: Incoming) -> errors.UnexpectedReply:
    return errors.UnexpectedReply(message, status=incoming.status, body=incoming.body)


# What queries of the current API say in numbers; everything else in them is words.
_NUMBERS: Mapping[str, Callable[[str, object], object]] = {
    "subaccount": checked_subaccount,  # type: ignore[dict-item]  # the rules check the type as well
    "exchange_index": checked_index,  # type: ignore[dict-item]
    "limit": partial(checked_whole, least=1),
    "depth": partial(checked_whole, least=0, most=100),
    "min_ts": partial(unix_seconds, zero=True),
    "max_ts": partial(unix_seconds, zero=True),
}


def _query_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        value = unix_seconds(name, value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    raise errors.InvalidRequest(f"{name} must be text, or a list of texts, was {shown(value)}")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _details(value: object) -> str | Mapping[str, object] | None:
    return value if isinstance(value, (str, dict)) and value else None
