"""Holds one of our types against one struct of the vendor's field table.

A reply may be more lenient than the table (a field that we do without, a null that
we bear), never stricter; a request is the other way round. Knows the table's
notation and msgspec's, nothing of the exchange.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

from msgspec import inspect

from kalshi_async.contract.fields import FixedPoint, OpenEnum


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
    "number": inspect.FloatType,
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
        if not isinstance(ours, inspect.ListType | inspect.VarTupleType):
            return f"is a list in the table, {_name(ours)} here"
        wire, ours = wire.removeprefix("array<").removesuffix(">"), ours.item_type
    if "enum" in row:
        return _lacks_words(ours, row["enum"])
    if wire in types:
        is_it = getattr(ours, "cls", None) is types[wire]
    elif "format" in row:
        is_read = isinstance(ours, inspect.CustomType) and ours.cls is FixedPoint
        is_it = is_read or isinstance(ours, inspect.DecimalType)
    else:
        is_it = isinstance(ours, PLAIN_TYPES[wire])
    return None if is_it else f"is {wire} {row.get('format', '')} in the table, {_name(ours)} here"


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
