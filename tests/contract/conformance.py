"""Holds one of our types against one struct of the vendor's field table.

A reply may be more lenient than the table (a field that we do without, a null that
we bear), never stricter; a request is the other way round. Knows the table's
notation and msgspec's, nothing of the exchange.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NotRequired, TypedDict

from msgspec import inspect

from kalshi_async.contract.fields import Factor, FixedPoint, OpenEnum


class Row(TypedDict):
    """What the vendor says of one field."""

    type: str  # "array<T>", "string", "string(date-time)", …, or the name of a struct or an enum
    required: bool
    nullable: NotRequired[bool]
    format: NotRequired[str]
    enum: NotRequired[list[str]]


Table = Mapping[str, Mapping[str, Row]]
Types = Mapping[str, type]

PLAIN_TYPES: Mapping[str, type[inspect.Type]] = {
    "boolean": inspect.BoolType,
    "integer": inspect.IntType,
    "object": inspect.DictType,
    "string": inspect.StrType,
    "string(uuid)": inspect.StrType,
    "string(date-time)": inspect.DateTimeType,
}


def load_table() -> Table:
    """Read ``fields.json``: struct name -> wire name of the field -> what the vendor says of it."""
    structs: Table = json.loads(Path(__file__).with_name("fields.json").read_text())["structs"]
    return structs


def faults_of_reply(name: str, cls: type, table: Table, types: Types) -> list[str]:
    """Say where a reply class could not decode what the table allows; empty if nowhere."""
    return list(_faults(name, cls, table, types, _too_strict))


def faults_of_request(name: str, cls: type, table: Table, types: Types) -> list[str]:
    """Say where a request class could encode what the table forbids; empty if nowhere."""
    return list(_faults(name, cls, table, types, _too_lenient))


def faults_of_row(name: str, document: object, table: Table, *, where: str = "") -> Iterator[str]:
    """Say what the table does not allow of a decoded JSON object: keys, types, words; empty if nothing."""
    here = f"{where}{name}"
    if not isinstance(document, dict):
        yield f"{here}: must be an object, was {document!r}"
        return
    yield from (f"{here}.{key}: is not in the table" for key in document if key not in table[name])
    for key, row in table[name].items():
        if key not in document:
            if row["required"]:
                yield f"{here}.{key}: must be present"
        elif document[key] is not None or not row.get("nullable"):
            yield from _faults_of_value(row, document[key], table, f"{here}.{key}")


def _faults_of_value(row: Row, value: object, table: Table, where: str) -> Iterator[str]:
    wire = row["type"]
    if wire.startswith("array<"):
        if not isinstance(value, list):
            yield f"{where}: must be a list, was {value!r}"
            return
        inner: Row = {**row, "type": _item_of(wire)}
        for number, item in enumerate(value):
            yield from _faults_of_value(inner, item, table, f"{where}[{number}]")
    elif wire in table:
        yield from faults_of_row(wire, value, table, where=f"{where} ")
    elif "enum" in row:
        if value not in row["enum"]:
            yield f"{where}: must be one of {row['enum']}, was {value!r}"
    elif not JSON_CHECKS[row.get("format", wire)](value):
        yield f"{where}: must be {row.get('format', wire)}, was {value!r}"


def _is_fixed_point(value: object, decimals: int) -> bool:
    return isinstance(value, str) and re.fullmatch(rf"-?\d+\.\d{{1,{decimals}}}", value) is not None


def _is_time(value: object) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


JSON_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
    "string(date-time)": _is_time,
    "fixed-point-dollars": lambda value: _is_fixed_point(value, 6),
    "fixed-point-count": lambda value: _is_fixed_point(value, 2),
}
"""Whether a decoded value is of a type or format of the table."""


def _faults(
    name: str, cls: type, table: Table, types: Types, presence: Callable[[inspect.Field, Row], str | None]
) -> Iterator[str]:
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType | inspect.DataclassType), f"{cls} has no fields"
    ours = {field.encode_name: field for field in info.fields}
    for wire_name, row in table[name].items():
        if wire_name not in ours:
            yield f"{name}.{wire_name}: missing in {cls.__name__}"
            continue
        field = ours[wire_name]
        for fault in (presence(field, row), _mistyped(_without_none(field.type), row, types)):
            if fault:
                yield f"{name}.{wire_name}: {fault}"


def _too_strict(field: inspect.Field, row: Row) -> str | None:
    if field.required and not row["required"]:
        return "may be absent in the table, must be present here"
    if row.get("nullable") and not _bears_none(field.type):
        return "may be null in the table, not here"
    return None


def _too_lenient(field: inspect.Field, row: Row) -> str | None:
    if row["required"] and not field.required:
        return "must be sent, may be left out here"
    if _bears_none(field.type) and not row.get("nullable"):
        return "may not be null in the table, may be here"
    return None


def _mistyped(ours: inspect.Type, row: Row, types: Types) -> str | None:
    wire = row["type"]
    if wire.startswith("array<"):
        inner: Row = {**row, "type": _item_of(wire)}
        if isinstance(ours, inspect.TupleType):  # a list of a fixed length, such as a price and a count
            return next(filter(None, (_mistyped(item, inner, types) for item in ours.item_types)), None)
        if not isinstance(ours, inspect.ListType | inspect.VarTupleType):
            return f"is a list in the table, {_name(ours)} here"
        return _mistyped(ours.item_type, inner, types)
    if "enum" in row:
        return _lacks_words(ours, row["enum"])
    if wire in types:
        is_it = getattr(ours, "cls", None) is types[wire]
    elif wire == "number":
        is_it = isinstance(ours, inspect.CustomType) and ours.cls is Factor
    elif "format" in row:
        is_read = isinstance(ours, inspect.CustomType) and ours.cls is FixedPoint
        is_it = is_read or isinstance(ours, inspect.DecimalType)
    else:
        is_it = isinstance(ours, PLAIN_TYPES[wire])
    return None if is_it else f"is {wire} {row.get('format', '')} in the table, {_name(ours)} here"


def _item_of(array: str) -> str:
    return array.removeprefix("array<").removesuffix(">")


def _lacks_words(ours: inspect.Type, words: list[str]) -> str | None:
    if not isinstance(ours, inspect.EnumType) or not issubclass(ours.cls, OpenEnum):
        return f"is an enum in the table, {_name(ours)} here"
    missing = set(words) - {member.value for member in ours.cls}
    return f"{ours.cls.__name__} lacks {sorted(missing)}" if missing else None


def _bears_none(ours: inspect.Type) -> bool:
    return isinstance(ours, inspect.UnionType) and ours.includes_none


def _without_none(ours: inspect.Type) -> inspect.Type:
    if not isinstance(ours, inspect.UnionType):
        return ours
    others = [member for member in ours.types if not isinstance(member, inspect.NoneType)]
    return others[0] if len(others) == 1 else ours


def _name(ours: inspect.Type) -> str:
    cls: type = getattr(ours, "cls", type(ours))
    return cls.__name__
