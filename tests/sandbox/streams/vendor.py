"""Holds a frame of the exchange against the vendor's field table; it knows nothing of our shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

Schema = str | Mapping[str, object]

_TABLE = Path(__file__).parents[2] / "contract" / "stream_fields.json"
SCHEMAS: Mapping[str, Schema] = json.loads(_TABLE.read_text())["schemas"]

_WORD = re.compile(
    r"(?P<types>[a-z|]+)(:(?P<format>[a-z0-9-]+))?(\{(?P<words>.*)\})?(=(?P<only>\S+))?(?P<rest>.*)"
)
_PLAIN: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "null": type(None),
}


def payloads_of(kind: str) -> list[Mapping[str, object]]:
    """Return every schema of a type of frame: ``ok`` and ``market_lifecycle_v2`` have several."""
    return [
        schema
        for schema in SCHEMAS.values()
        if isinstance(schema, Mapping) and schema.get("type") == f"string={kind}"
    ]


def fields_of(kind: str) -> set[str]:
    """Return the fields of the ``msg`` of a type of frame, as "a" or "a.b"; "?" ends an optional one."""
    return {path for schema in payloads_of(kind) for path in _paths(schema.get("msg"), "")}


def _paths(schema: object, prefix: str) -> Iterator[str]:
    if isinstance(schema, str) and schema.startswith("@"):
        schema = SCHEMAS[schema[1:]]
    if isinstance(schema, str) and schema.startswith("[{"):
        schema = json.loads(schema[1 : schema.rindex("]")])
    if isinstance(schema, Mapping):
        for name, kind in schema.items():
            yield prefix + name
            yield from _paths(kind, f"{prefix}{name.removesuffix('?')}.")


def is_sequenced(kind: str) -> bool:
    """Whether every frame of a type has a number."""
    return all("seq" in schema for schema in payloads_of(kind))


def faults(frame: Mapping[str, object]) -> list[str]:
    """Return what the table forbids in a frame, by the schema that comes nearest; empty if nothing."""
    found = [list(_object(schema, frame, "")) for schema in payloads_of(str(frame.get("type")))]
    return min(found, key=len) if found else [f"unknown type {frame.get('type')!r}"]


def _object(schema: Mapping[str, object], value: object, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is no object"
        return
    names = {name.rstrip("?") for name in schema}
    yield from (f"{where}.{name} is not in the table" for name in value.keys() - names)
    for name, kind in schema.items():
        plain = name.rstrip("?")
        if plain in value:
            yield from _value(kind, value[plain], f"{where}.{plain}")
        elif plain == name:
            yield f"{where}.{name} is missing"


def _value(kind: object, value: object, where: str) -> Iterator[str]:
    if isinstance(kind, Mapping):
        yield from _object(kind, value, where)
    elif isinstance(kind, str) and kind.startswith("@"):
        yield from _value(SCHEMAS[kind[1:]], value, where)
    elif isinstance(kind, str) and kind.startswith("["):
        yield from _list(kind[1 : kind.rindex("]")], value, where)
    else:
        yield from _word(str(kind), value, where)


def _list(inner: str, value: object, where: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where} is no list"
        return
    kind = json.loads(inner) if inner.startswith("{") else inner
    for number, item in enumerate(value):
        yield from _value(kind, item, f"{where}[{number}]")


def _word(kind: str, value: object, where: str) -> Iterator[str]:
    parts = _WORD.fullmatch(kind)
    assert parts is not None, kind
    types = parts["types"].split("|")
    fits = any(
        isinstance(value, _PLAIN[name]) and (name == "boolean" or not isinstance(value, bool))
        for name in types
    )
    if not fits:
        yield f"{where} is {value!r} and no {parts['types']}"
        return
    least = re.search(r"minimum=(\d+)", kind)
    if least and isinstance(value, int) and value < int(least[1]):
        yield f"{where} is {value}, below {least[1]}"
    if parts["words"] is not None and value is not None and str(value) not in parts["words"].split(","):
        yield f"{where} is {value!r}, none of {parts['words']}"
    if parts["only"] is not None and value != parts["only"]:
        yield f"{where} is {value!r} and not {parts['only']}"
    if isinstance(value, str) and not _has_format(value, parts["format"]):
        yield f"{where} is {value!r} and no {parts['format']}"


def _has_format(value: str, name: str | None) -> bool:
    try:
        if name == "uuid":
            UUID(value)
        elif name == "date-time":
            # Cut to milliseconds (update of 2026-11-28, 2.4).
            return datetime.fromisoformat(value).microsecond % 1_000 == 0
    except ValueError:
        return False
    return True
