"""The examples of the contract, one by one: a request, and the answer that the venue gives.

Reads ``tests/samples``; knows nothing of the package. An error example names no request,
only when it happens: its scene brings one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples"

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire; ``path`` is without the host."""

    method: str
    path: str
    body: object = None
    query: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """One example. ``request`` is None where the contract tells only when it happens."""

    title: str
    request: Request | None
    status: int
    body: object


def examples() -> Iterator[Example]:
    """Yield every example of every operation, then the shapes of errors."""
    for path in sorted(SAMPLES.glob("*.json")):
        document = json.loads(path.read_text())
        operation = document["operation"]
        for row in document.get("current", ()):
            request, response = row["request"], row["response"]
            sent = Request(
                request["method"], request["path"], request.get("body"), request.get("query") or {}
            )
            title = f"{operation}, {row['name']}" if "name" in row else operation
            yield Example(title, sent, response["status"], response.get("body"))
        for row in document.get("current_errors", ()):
            title = f"{operation}: {row.get('when', row['status'])}"
            yield Example(title, None, row["status"], row["body"])
        for row in document.get("shapes", ()):
            yield Example(f"shape, {row['shape']}", None, row["status"], row["body"])
