"""The careful way to decode a reply, taken only when the fast way fails.

It forgives what exchanges do (``""`` or null for an absent optional field, null for
an empty list), refuses what no exchange means (money that is "NaN", "1_000" or
blank), and decodes lists row by row, so that one bad row hides no good one.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import TypeVar, cast, get_args, get_origin

import msgspec

from kalshi_async.contract.fields import PLAIN_DECIMAL, FixedPoint
from kalshi_async.contract.operation import Operation
from kalshi_async.errors import RejectedRows, UnexpectedReply

Reply = TypeVar("Reply")

# All that msgspec and Decimal raise for bad input; ArithmeticError for 1e99999999999999999999.
Malformed = (msgspec.MsgspecError, ValueError, RecursionError, ArithmeticError, TypeError)

MOST_REJECTED = 1000  # ours: a full page; more is no list but a way to stall the event loop


def decode(operation: Operation[Reply], status: int, body: bytes) -> Reply:
    """Decode one reply with care; raises UnexpectedReply, or RejectedRows with the rest."""
    try:
        envelope = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        rejected: list[bytes] = []
        reasons: list[str] = []
        values: dict[str, object] = {}
        for info in msgspec.structs.fields(cast(type[msgspec.Struct], operation.reply)):
            raw = envelope.get(info.encode_name)
            if info.encode_name in operation.rows and (raw is not None or info.required):
                rows = _rows(raw)
                values[info.name] = list(_good(rows, _row_type(info.type), rejected, reasons))
            elif raw is not None:
                value = _loose(bytes(raw))
                if info.required or not _is_absent(value, info.type):
                    values[info.name] = _convert(value, info.type)
            elif info.required:
                raise ValueError(f"the field {info.encode_name!r} is missing")
        reply = operation.reply(**values)
    except Malformed as error:
        raise UnexpectedReply(_reason(operation.name, error), status=status, body=body) from error
    if rejected:
        message = f"{operation.name}: {len(rejected)} of the rows did not decode: {reasons[0]}"
        raise RejectedRows(message, status=status, body=body, rows=tuple(rejected), page=reply)
    return reply


def _rows(raw: msgspec.Raw | None) -> list[msgspec.Raw]:
    # A null list is an empty page; no list at all is another reply.
    if raw is None:
        raise ValueError("the list is missing")
    if bytes(raw).strip() == b"null":
        return []
    return msgspec.json.decode(raw, type=list[msgspec.Raw])


def _good(
    rows: list[msgspec.Raw], row_type: type, rejected: list[bytes], reasons: list[str]
) -> Iterator[object]:
    for raw in rows:
        try:
            yield _convert(_loose(bytes(raw)), row_type)
        except Malformed as error:
            if not reasons:
                reasons.append(str(error))
            rejected.append(bytes(raw))
            if len(rejected) > MOST_REJECTED:
                raise ValueError(f"more than {MOST_REJECTED} rows did not decode: {reasons[0]}") from error


def _loose(raw: bytes) -> object:
    return msgspec.json.Decoder(float_hook=Decimal).decode(raw)


def _is_absent(value: object, wanted: object) -> bool:
    # "" stands for an absent field, except where it is a text like any other.
    wanted = _without_none(wanted)
    is_text = isinstance(wanted, type) and issubclass(wanted, str)
    return value is None or (value == "" and not is_text)


def _convert(value: object, wanted: object) -> object:
    return msgspec.convert(_tidy(value, wanted), wanted)


def _tidy(value: object, wanted: object) -> object:
    """Drop blank optional fields and check money, following the shape that is wanted."""
    if value is None and get_origin(wanted) is list:
        return []  # the exchange writes null for an empty list in places
    wanted = _without_none(wanted)
    if isinstance(value, dict) and isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return {
            name: _tidy(item, kind)
            for name, item in value.items()
            for kind, required in [_fields(wanted).get(name, (object, True))]
            if required or not _is_absent(item, kind)
        }
    if isinstance(value, list):
        arguments = get_args(wanted)
        if get_origin(wanted) is tuple and len(arguments) == len(value):
            return [_tidy(item, kind) for item, kind in zip(value, arguments, strict=True)]
        return [_tidy(item, arguments[0] if arguments else object) for item in value]
    if wanted is FixedPoint and value is not None:
        return _money(value)
    return value


def _money(value: object) -> Decimal:
    text = str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not PLAIN_DECIMAL.fullmatch(text):
        raise ValueError(f"{value!r} is not a plain decimal number")
    return Decimal(text)


@cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, tuple[object, bool]]:
    return {info.encode_name: (info.type, info.required) for info in msgspec.structs.fields(struct)}


def _without_none(wanted: object) -> object:
    options = [option for option in get_args(wanted) if option is not type(None)]
    is_optional = type(None) in get_args(wanted) and get_origin(wanted) not in (list, tuple, dict)
    return options[0] if is_optional and len(options) == 1 else wanted


def _row_type(wanted: object) -> type:
    return cast(type, get_args(_without_none(wanted))[0])


def _reason(name: str, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"{name}: the reply is nested too deeply"
    return f"{name}: the reply did not decode: {error}"
