"""The structs against the reference's own models, and bodies as an exchange of 2025 sends them."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import UNSET, inspect

from kalshi_async.api2025 import requests as legacy
from kalshi_async.contract import LEGACY_OPERATIONS, Operation
from kalshi_async.contract.fields import FixedPoint, OpenEnum
from kalshi_async.wire.decoding import decode
from kalshi_async.wire.incoming import Incoming

HERE = Path(__file__).parent
TABLE: dict[str, dict[str, Any]] = json.loads((HERE / "fields.json").read_text())["structs"]
SAMPLES: list[dict[str, Any]] = json.loads((HERE / "samples.json").read_text())["samples"]
OPERATIONS = {operation.name: operation for operation in LEGACY_OPERATIONS}

PLAIN: dict[str, type[inspect.Type]] = {
    "string": inspect.StrType,
    "integer": inspect.IntType,
    "boolean": inspect.BoolType,
    "string(date-time)": inspect.DateTimeType,
    "map<string,integer>": inspect.DictType,
    "map<string,Any>": inspect.DictType,
}


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_struct_has_the_fields_of_the_model_that_it_is_named_after(name: str) -> None:
    info = inspect.type_info(getattr(legacy, name))
    assert isinstance(info, inspect.StructType | inspect.DataclassType)
    ours = {field.encode_name: field for field in info.fields}
    assert set(ours) == set(TABLE[name])
    for field_name, row in TABLE[name].items():
        assert fits(kinds_of(ours[field_name].type), row), f"{name}.{field_name}: {ours[field_name].type}"
        is_reply = isinstance(info, inspect.StructType)
        if is_reply and not row["required"]:
            assert not ours[field_name].required, f"{name}.{field_name} may be absent"


def kinds_of(ours: inspect.Type) -> list[inspect.Type]:
    return list(ours.types) if isinstance(ours, inspect.UnionType) else [ours]


def fits(kinds: list[inspect.Type], row: dict[str, Any]) -> bool:
    """Whether one of our types is what the model says; a price is an int to send, a Decimal to read."""
    wire = row["type"]
    if "enum" in row:
        words = {word for kind in kinds if isinstance(kind, inspect.EnumType) for word in words_of(kind)}
        return set(row["enum"]) <= words
    if wire.startswith("array<"):
        lists = [kind for kind in kinds if isinstance(kind, inspect.ListType | inspect.VarTupleType)]
        return any(
            fits([kind.item_type], {"type": wire.removeprefix("array<").removesuffix(">")}) for kind in lists
        )
    if wire == "number":
        return any(
            isinstance(kind, inspect.IntType) or getattr(kind, "cls", None) is FixedPoint for kind in kinds
        )
    if wire in PLAIN:
        return any(isinstance(kind, PLAIN[wire]) for kind in kinds)
    return any(getattr(kind, "cls", None) is getattr(legacy, wire) for kind in kinds)


def words_of(kind: inspect.EnumType) -> set[str]:
    assert issubclass(kind.cls, OpenEnum)
    return {word.value for word in kind.cls}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["operation"])
def test_a_reply_of_2025_decodes_to_the_last_field(sample: dict[str, Any]) -> None:
    operation = OPERATIONS[sample["operation"]]
    body = sample["response"]["body"]
    reply = decode(
        operation,
        Incoming(sample["response"]["status"], (), b"" if body is None else json.dumps(body).encode()),
    )
    assert holds(reply, body or {})


def holds(ours: object, document: object) -> bool:
    """Whether every value of the document is in the struct, under the same name."""
    if isinstance(document, dict):
        return all(
            holds(ours[key] if isinstance(ours, dict) else getattr(ours, key), value)
            for key, value in document.items()
        )
    if isinstance(document, list):
        assert isinstance(ours, list)
        return all(holds(mine, value) for mine, value in zip(ours, document, strict=True))
    if isinstance(ours, datetime):
        return ours == datetime.fromisoformat(str(document))
    return ours == (Decimal(str(document)) if isinstance(ours, Decimal) else document)


@pytest.mark.parametrize(
    "sample", [row for row in SAMPLES if "body" in row["request"]], ids=lambda sample: sample["operation"]
)
def test_a_request_encodes_to_the_body_of_the_reference(sample: dict[str, Any]) -> None:
    body = sample["request"]["body"]
    name = "".join(word.capitalize() for word in sample["operation"].split("_")) + "Request"
    fields = dict(body)
    if sample["operation"] == "batch_create_orders":
        fields["orders"] = [legacy.CreateOrderRequest(**order) for order in body["orders"]]
    request = getattr(legacy, name)(**fields)
    assert json.loads(msgspec.json.encode(request)) == body


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["operation"])
def test_a_sample_takes_the_route_of_its_operation(sample: dict[str, Any]) -> None:
    operation = OPERATIONS[sample["operation"]]
    assert sample["request"]["method"] == operation.method
    places = sample["request"]["path"].removeprefix("/trade-api/v2").split("/")
    wanted = operation.path.split("/")
    assert len(places) == len(wanted)
    assert all(part == place or part.startswith("{") for part, place in zip(wanted, places, strict=True))


def test_nothing_that_was_not_given_is_sent() -> None:
    request = legacy.AmendOrderRequest(count=3)
    assert request.yes_price is UNSET
    assert msgspec.json.encode(request) == b'{"count":3}'


@pytest.mark.parametrize("operation", LEGACY_OPERATIONS, ids=lambda operation: operation.name)
def test_no_reply_leaves_money_to_the_json_decoder(operation: Operation[object]) -> None:
    # It would read "NaN" and "1_000" as well: every number is a FixedPoint.
    assert "DecimalType" not in repr(inspect.type_info(operation.reply))
