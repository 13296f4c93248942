"""The careful way to decode a reply, used only when the fast way has failed.

It differs from the fast way in three points:

* ``""`` or null for an absent optional field, and null for an empty list, are accepted:
  exchanges send them;
* money may also be a JSON number. It must be a plain decimal all the same: "NaN", "1_000"
  and a blank are refused, because no exchange means a price by them;
* lists are decoded row by row, so that one bad row does not lose the good ones.

A reply is decoded into plain values (dict, list, str), then ``_normalized`` beside the types
of the contract, then converted to structs by msgspec.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import TypeVar, cast, get_args, get_origin

import msgspec

from kalshi_async.contract.fields import PLAIN_DECIMAL, Factor, FixedPoint
from kalshi_async.contract.operation import Operation
from kalshi_async.errors import RejectedRows, UnexpectedReply

Reply = TypeVar("Reply")

# Every exception that msgspec and Decimal raise for bad input. RecursionError: nesting without
# end. ArithmeticError: 1e99999999999999999999, whose exponent Decimal cannot hold.
Malformed = (msgspec.MsgspecError, ValueError, RecursionError, ArithmeticError, TypeError)

# Ours: a full page. A reply with more bad rows is no list, and each costs time on the event loop.
MOST_REJECTED = 1000


def decode(operation: Operation[Reply], status: int, body: bytes) -> Reply:
    """Decode one reply with care.

    Raises UnexpectedReply, or RejectedRows when only rows failed; that error holds the
    reply with the other rows as its ``page``.
    """
    try:
        # Raw values: each field is decoded on its own, so that an error names its field or row.
        envelope = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        rejected: list[bytes] = []
        reasons: list[str] = []
        values: dict[str, object] = {}
        for info in msgspec.structs.fields(cast(type[msgspec.Struct], operation.reply)):
            raw = envelope.get(info.encode_name)
            if info.encode_name in operation.rows and (raw is not None or info.required):
                rows = _raw_rows(raw)
                values[info.name] = list(_decoded_rows(rows, _row_type(info.type), rejected, reasons))
            elif raw is not None:
                value = _plain_value(bytes(raw))
                # A blank optional field is left out, so that the struct's default holds.
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


def read(raw: bytes, wanted: object) -> object:
    """Decode one value with care; raises one of ``Malformed``."""
    value = _plain_value(raw)
    return None if wanted is not None and _is_absent(value, wanted) else _convert(value, wanted)


def _raw_rows(raw: msgspec.Raw | None) -> list[msgspec.Raw]:
    # Null is an empty page. A reply without the list at all is a different reply, not an empty page.
    if raw is None:
        raise ValueError("the list is missing")
    if bytes(raw).strip() == b"null":
        return []
    return msgspec.json.decode(raw, type=list[msgspec.Raw])


def _decoded_rows(
    rows: list[msgspec.Raw], row_type: type, rejected: list[bytes], reasons: list[str]
) -> Iterator[object]:
    # Only the first reason is kept: the rows of one page usually fail for the same one.
    for raw in rows:
        try:
            yield _convert(_plain_value(bytes(raw)), row_type)
        except Malformed as error:
            if not reasons:
                reasons.append(str(error))
            rejected.append(bytes(raw))
            if len(rejected) > MOST_REJECTED:
                raise ValueError(f"more than {MOST_REJECTED} rows did not decode: {reasons[0]}") from error


def _plain_value(raw: bytes) -> object:
    # float_hook: a JSON number becomes a Decimal digit by digit, and never passes through a float.
    return msgspec.json.Decoder(float_hook=Decimal).decode(raw)


def _is_absent(value: object, wanted: object) -> bool:
    # "" stands for an absent field, except in a field of text, where it is a value.
    wanted = _without_none(wanted)
    is_text = isinstance(wanted, type) and issubclass(wanted, str)
    return value is None or (value == "" and not is_text)


def _convert(value: object, wanted: object) -> object:
    return msgspec.convert(_normalized(value, wanted), wanted)


def _normalized(value: object, wanted: object) -> object:
    """Drop blank optional fields and check money, walking a value beside its wanted type."""
    if value is None and get_origin(wanted) is list:
        return []  # the exchange writes null for some empty lists
    wanted = _without_none(wanted)
    if isinstance(value, dict) and isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return {
            name: _normalized(item, kind)
            for name, item in value.items()
            # A field that the struct does not know is kept as it is; msgspec ignores it.
            for kind, required in [_fields(wanted).get(name, (object, True))]
            if required or not _is_absent(item, kind)
        }
    if isinstance(value, list):
        arguments = get_args(wanted)
        # A tuple, such as one level of an order book, has a type for each place; a list has one.
        if get_origin(wanted) is tuple and len(arguments) == len(value):
            return [_normalized(item, kind) for item, kind in zip(value, arguments, strict=True)]
        return [_normalized(item, arguments[0] if arguments else object) for item in value]
    if wanted in (FixedPoint, Factor) and value is not None:
        return _plain_number(value)
    return value


def _plain_number(value: object) -> Decimal:
    # Checked here, because ``msgspec.convert`` takes any Decimal for either, NaN included, and no int.
    # A bool is an int to Python, and true must not become 1.
    text = str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not PLAIN_DECIMAL.fullmatch(text):
        raise ValueError(f"{value!r} is not a plain decimal number")
    return Decimal(text)


@cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, tuple[object, bool]]:
    # By the name on the wire: (type, is it required). Cached: the same structs for every row.
    return {info.encode_name: (info.type, info.required) for info in msgspec.structs.fields(struct)}


def _without_none(wanted: object) -> object:
    # ``X | None`` becomes X; a union of several types, and a list of optional items, stay.
    options = [option for option in get_args(wanted) if option is not type(None)]
    is_optional = type(None) in get_args(wanted) and get_origin(wanted) not in (list, tuple, dict)
    return options[0] if is_optional and len(options) == 1 else wanted


def _row_type(wanted: object) -> type:
    return cast(type, get_args(_without_none(wanted))[0])


def _reason(name: str, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"{name}: the reply is nested too deeply"
    return f"{name}: the reply did not decode: {error}"
