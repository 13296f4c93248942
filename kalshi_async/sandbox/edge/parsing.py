"""Request bodies: JSON, read as the real exchange's Go server reads it.

A body is decoded into plain values first, then into one of the structs of ``bodies.py``. A
value that the Go decoder refuses is refused with its error text (demo recording of 2026-06).
As in Go, unknown keys are ignored and null counts as absent. Rules of trading are not checked
here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from types import NoneType
from typing import TypeVar, get_args, get_origin

import msgspec

from kalshi_async.sandbox.engine.state import Rejected

Shape = TypeVar("Shape", bound=msgspec.Struct)
Choice = TypeVar("Choice", bound=str)

_JSON_WORDS: dict[type, str] = {
    str: "string",
    bool: "bool",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
}
_GO_WORDS: dict[type, str] = {str: "string", bool: "bool", int: "int"}
_INT64 = range(-(2**63), 2**63)
_DECIMAL = re.compile(r"-?\d+(?:\.(\d*))?", re.ASCII)
PRICE_DECIMALS = 4
COUNT_DECIMALS = 2


def decode_json(raw: bytes) -> object:
    """Decode a body; raise ``Rejected`` (``bad_request``) if it is not JSON."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        truncated = "truncated" in str(error)
        reason = "unexpected EOF" if truncated else "invalid character looking for beginning of value"
        raise Rejected("bad_request", reason) from error


def is_json(content_type: str) -> bool:
    """Whether a Content-Type header announces JSON."""
    return content_type.partition(";")[0].strip().lower() == "application/json"


def read_body(document: object, shape: type[Shape]) -> Shape:
    """Convert a decoded body into ``shape``, a struct that bears the name of the Go struct.

    Raises ``Rejected`` (``bad_request``) with the Go decoder's text for a value of a wrong type.
    """
    if not isinstance(document, dict):
        raise _mismatch(document, f"Go value of type {shape.__name__}")
    cleaned = _without_nulls(document, shape, shape.__name__)
    return msgspec.convert(cleaned, shape)


def _without_nulls(document: dict[str, object], shape: type, where: str) -> dict[str, object]:
    cleaned: dict[str, object] = {}
    for field in _fields(shape):
        value = document.get(field.encode_name)
        if value is not None:
            cleaned[field.encode_name] = _checked(value, field.type, f"{where}.{field.encode_name}")
    return cleaned


@cache
def _fields(shape: type) -> tuple[msgspec.structs.FieldInfo, ...]:
    # Cached: resolving the annotations takes longer than all the rest of reading a body.
    return msgspec.structs.fields(shape)


def _checked(value: object, annotation: object, where: str) -> object:
    expected = next((part for part in get_args(annotation) if part is not NoneType), annotation)
    if get_origin(annotation) is list:
        expected = annotation
    if get_origin(expected) is list:
        return _checked_items(value, get_args(expected)[0], where)
    if isinstance(expected, type) and issubclass(expected, msgspec.Struct):
        if isinstance(value, dict):
            return _without_nulls(value, expected, where)
        raise _mismatch(value, f"Go struct field {where} of type {expected.__name__}")
    assert isinstance(expected, type)  # the structs of bodies.py use nothing else
    if type(value) is expected and (expected is not int or value in _INT64):
        return value
    raise _mismatch(value, f"Go struct field {where} of type {_GO_WORDS[expected]}", expected is int)


def _checked_items(value: object, annotation: object, where: str) -> list[object]:
    if not isinstance(value, list):
        item_type = getattr(annotation, "__name__", annotation)
        raise _mismatch(value, f"Go struct field {where} of type []{item_type}")
    return [_checked(item, annotation, where) for item in value]


def _mismatch(value: object, target: str, show_number: bool = False) -> Rejected:
    word = _JSON_WORDS.get(type(value), "null")
    # If an integer field gets a number that does not fit, Go shows the number itself.
    literal = f" {value}" if show_number and word == "number" else ""
    return Rejected("bad_request", f"json: cannot unmarshal {word}{literal} into {target}")


def require(body: msgspec.Struct, *, names: Sequence[str]) -> None:
    """Raise ``Rejected`` (``missing_parameters``) if a field is absent or an empty text."""
    for name in names:
        if getattr(body, name) in (None, ""):
            raise Rejected("missing_parameters", f"{name} is required")


def one_of(value: str | None, choices: Collection[Choice], name: str) -> Choice:
    """Return the one of ``choices`` that equals ``value``, or raise ``Rejected`` (``invalid_parameters``)."""
    for choice in choices:
        if choice == value:
            return choice
    raise Rejected("invalid_parameters", f"invalid {name}: {value}")


def at_least(value: int | None, minimum: int, name: str) -> None:
    """Raise ``Rejected`` (``invalid_parameters``) for a number below ``minimum``; None passes."""
    if value is not None and value < minimum:
        raise Rejected("invalid_parameters", f"{name} must be at least {minimum}, was {value}")


def price_e4(text: str | None) -> int:
    """Read a text of dollars with at most four decimals (recording of the margin demo, 2026-06)."""
    return _fixed_point(text or "", PRICE_DECIMALS, "price", "dollar precision")


def count_e2(text: str | None) -> int:
    """Read a count with at most two decimals (for its error, ``settings.CHOICES``: ``count_error``)."""
    return _fixed_point(text or "", COUNT_DECIMALS, "count", "count precision")


def _fixed_point(text: str, decimals: int, name: str, rule: str) -> int:
    match = _DECIMAL.fullmatch(text)
    if match is None or len(text) > 32:
        raise Rejected("invalid_order", f"invalid {name}: can't convert {text[:32]} to decimal")
    fraction = match[1] or ""
    if len(fraction) > decimals:
        raise Rejected("invalid_order", f"invalid {name}: invalid {rule}: -{len(fraction)}")
    whole = text.partition(".")[0]
    return int(whole + fraction.ljust(decimals, "0"))
