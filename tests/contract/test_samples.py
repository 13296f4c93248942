"""Raw JSON as the exchange writes it, decoded by the operation that asks for it.

The bodies follow Kalshi OpenAPI 3.34.0 and recorded replies of the demo exchange
(June 2026); they were put together on 2026-11-22 and know nothing of this package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.operation import Empty

SAMPLES = Path(__file__).parents[1] / "samples"
BASE_PATH = "/trade-api/v2"


class Exchanged(NamedTuple):
    """One request and its answer."""

    operation: str
    method: str
    path: str
    status: int
    body: object


def exchanged() -> Iterator[Exchanged]:
    for path in sorted(SAMPLES.glob("*.json")):
        sample = json.loads(path.read_text())
        for entry in sample.get("current", []):
            request, response = entry["request"], entry["response"]
            yield Exchanged(
                sample["operation"],
                request["method"],
                request["path"],
                response["status"],
                response.get("body"),
            )


SUCCESSES = [sample for sample in exchanged() if sample.status < 300]


def operations(name: str) -> list[Operation[object]]:
    return [operation for operation in OPERATIONS if operation.name == name]


def lost(sample: object, decoded: object, where: str = "$") -> Iterator[str]:
    """Name what the sample says and the decoded reply does not."""
    if isinstance(sample, dict) and isinstance(decoded, dict):
        for key, value in sample.items():
            if key not in decoded:
                yield f"{where}.{key}"
            else:
                yield from lost(value, decoded[key], f"{where}.{key}")
    elif isinstance(sample, list) and isinstance(decoded, list | tuple) and len(sample) == len(decoded):
        for index, value in enumerate(sample):
            yield from lost(value, decoded[index], f"{where}[{index}]")
    elif not is_same(sample, decoded):
        yield f"{where}: {sample!r} became {decoded!r}"


def is_same(sample: object, decoded: object) -> bool:
    if isinstance(decoded, Decimal):
        return isinstance(sample, str | int | float) and Decimal(str(sample)) == decoded
    if isinstance(decoded, datetime):
        return isinstance(sample, str) and datetime.fromisoformat(sample) == decoded
    return sample == decoded


@pytest.mark.parametrize("sample", SUCCESSES, ids=lambda sample: sample.operation)
def test_nothing_of_a_sample_is_lost_in_decoding(sample: Exchanged) -> None:
    for operation in operations(sample.operation):
        if operation.reply is Empty:
            assert sample.body in (None, {})
            continue
        reply = operation.decoder.decode(json.dumps(sample.body))
        decoded = msgspec.to_builtins(reply, builtin_types=(Decimal, datetime))
        assert list(lost(sample.body, decoded)) == []


@pytest.mark.parametrize("sample", SUCCESSES, ids=lambda sample: sample.operation)
def test_a_sample_addresses_its_operation(sample: Exchanged) -> None:
    for operation in operations(sample.operation):
        pattern = BASE_PATH + re.sub(r"\{\w+\}", "[^/]+", operation.path)
        assert sample.method == operation.method
        assert re.fullmatch(pattern, sample.path)


def test_every_operation_has_a_sample() -> None:
    assert {operation.name for operation in OPERATIONS} == {sample.operation for sample in SUCCESSES}


def test_the_comparison_sees_a_lost_field_and_a_changed_value() -> None:
    # Guards the guard: a comparison that accepts everything would keep the tests above green.
    sample = {"count": "1.00", "rows": [{"id": "a"}], "cursor": ""}
    decoded = {"count": Decimal(2), "rows": [{}]}
    assert list(lost(sample, decoded)) == ["$.count: '1.00' became Decimal('2')", "$.rows[0].id", "$.cursor"]
