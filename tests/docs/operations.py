"""Make the table of all operations: ``python -m tests.docs.operations`` writes ``docs/operations.md``.

The table is made of the vendor's list (``tests/contract/operations.json``), the contract, the methods by
their docstrings and the routes of the embedded exchange. Nothing in it is written by hand but the
reasons of ``LEFT_OUT``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypedDict

from kalshi_async import DEMO, Credentials, Session
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.sandbox.edge.routes import ROUTES
from tests.contract.endpoints import Endpoint, methods
from tests.docs.test_prices import price_of
from tests.stages.keys import KEY_ID, ed25519

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"
LIST = ROOT / "tests" / "contract" / "operations.json"
COMMAND = "python -m tests.docs.operations"

# The beginning of the paths that this package does not speak, and why.
LEFT_OUT: Mapping[str, str] = {
    "/fcm/": "for futures commission merchants alone, who trade for others",
    "/api_keys": "not yet",
    "/communications/": "not yet",
}

HEAD = f"""# All operations

Every operation of the exchange's OpenAPI document 3.34.0, in the state of 2026-10-26: {{count}} of them, of
which this package speaks {{spoken}}. `{COMMAND}` makes this page from the code; do not edit it.

Left out are the operations of FCMs (futures commission merchants), and the margin exchange, which has an API
of its own that the document does not describe. `session.transport` signs requests to any path.

*Tokens* are what a call takes from its bucket. The *handler* is the function of the embedded exchange, below
`kalshi_async/sandbox/edge/routes/`.
"""


# A session that is never opened: for the names of its namespaces.
NAMESPACES: Mapping[str, object] = {
    name: value
    for name, value in vars(Session(DEMO, Credentials(KEY_ID, ed25519()))).items()
    if not name.startswith("_")
}


class Listed(TypedDict):
    """An operation as the vendor's document lists it."""

    operation: str
    family: str
    method: str
    path: str
    is_signed: bool
    query: list[str]
    required: list[str]


def listed() -> list[Listed]:
    """Return every operation of the vendor's document, in its order."""
    rows: list[Listed] = json.loads(LIST.read_text(encoding="utf-8"))["operations"]
    return rows


def spoken() -> Mapping[Endpoint, Operation[object]]:
    """Return the operations of the contract by their endpoint; of two with one endpoint the first."""
    return {(one.method, one.path): one for one in reversed(OPERATIONS)}


def reason(path: str) -> str | None:
    """Return why a path is left out; None if no reason is known."""
    return next((words for start, words in LEFT_OUT.items() if path.startswith(start)), None)


def page() -> str:
    """Return the whole page."""
    rows = listed()
    count = sum((row["method"], row["path"]) in spoken() for row in rows)
    parts = [HEAD.format(count=len(rows), spoken=count)]
    for family in dict.fromkeys(row["family"] for row in rows):
        parts.append(
            f"\n## {family}\n\n| operation | endpoint | tokens | method | handler |\n|---|---|---|---|---|\n"
        )
        parts += [line(row) for row in rows if row["family"] == family]
    return "".join(parts)


def line(row: Listed) -> str:
    """Return one row of the table."""
    endpoint = row["method"], row["path"]
    operation = spoken().get(endpoint)
    name = f"| {row['operation']} | `{' '.join(endpoint)}` |"
    if operation is None:
        return f"{name} | *{reason(row['path'])}* | |\n"
    handler = ROUTES[operation.name].handler
    where = f"{handler.__module__.rpartition('.')[2]}.{handler.__name__}"
    calls = ", ".join(f"`{method}`" for method in called(endpoint))
    return f"{name} {price_of(operation).replace(' tokens', '')} | {calls} | `{where}` |\n"


def called(endpoint: Endpoint) -> Iterator[str]:
    """Yield the methods of a session that call an endpoint, as they are called."""
    for method in methods()[endpoint]:
        module, owner, name = method.split(".")
        for attribute, namespace in NAMESPACES.items():
            bases = {(base.__module__.rpartition(".")[2], base.__name__) for base in type(namespace).__mro__}
            if (module, owner) in bases:
                yield f"{attribute}.{name}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(listed())} operations")
