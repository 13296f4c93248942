"""Bytes as the exchange, or a damaged gateway, would send them, and as we would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar, cast

import msgspec
import pytest

from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.errors import KalshiError
from kalshi_async.wire.decoding import decode
from kalshi_async.wire.incoming import Incoming

SAMPLES = Path(__file__).parents[1] / "samples"
BASE_PATH = "/trade-api/v2"

Reply = TypeVar("Reply")
Failure = TypeVar("Failure", bound=KalshiError)


def sample(name: str) -> dict[str, object]:
    return cast(dict[str, object], json.loads((SAMPLES / f"{name}.json").read_text()))


def successes() -> Iterator[tuple[Operation[object], int, object]]:
    """Every sample of success, with each operation that it answers."""
    for path in sorted(SAMPLES.glob("*.json")):
        document = json.loads(path.read_text())
        for entry in document.get("current", []):
            response = entry["response"]
            if response["status"] < 300:
                for operation in OPERATIONS:
                    if operation.name == document["operation"]:
                        yield operation, response["status"], response.get("body")


def body_of(document: object) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def decoded(operation: Operation[Reply], document: object, status: int = 200, **headers: str) -> Reply:
    pairs = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return decode(operation, Incoming(status, pairs, body_of(document)))


def failure(
    kind: type[Failure], operation: Operation[object], document: object, status: int = 200, **headers: str
) -> Failure:
    """Decode what must fail with exactly that class of error, and return the error."""
    with pytest.raises(KalshiError) as caught:
        decoded(operation, document, status, **headers)
    assert type(caught.value) is kind
    return caught.value


def order(**changes: object) -> dict[str, object]:
    """A row of a list of orders; a change to ``...`` leaves the field out."""
    document = cast(dict[str, list[dict[str, dict[str, dict[str, dict[str, object]]]]]], sample("get_order"))
    row = document["current"][0]["response"]["body"]["order"] | changes
    return {key: value for key, value in row.items() if value is not ...}


CREATED: dict[str, object] = {
    "order_id": "7c9e",
    "fill_count": "1.00",
    "remaining_count": "9.00",
    "ts_ms": 1_795_348_800_123,
}


def on_the_wire(request: object) -> dict[str, object]:
    document = json.loads(msgspec.json.encode(request))
    assert isinstance(document, dict)
    return document
