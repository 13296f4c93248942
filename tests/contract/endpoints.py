"""An operation of the contract and the places that belong to it: method, handler, sample, rows, page.

CONTRIBUTING.md tells how an endpoint is added; here each of its steps is found again, or
missed. A method is found by its docstring, which names the endpoint ("GET /exchange/status").
"""

from __future__ import annotations

import ast
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import cast

from msgspec import Struct, inspect

import kalshi_async.resources
from kalshi_async import Paginator, SessionView
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.operation import Empty
from kalshi_async.sandbox.edge.routes import ROUTES
from tests.contract.test_fields import REPLIES, TABLE
from tests.contract.test_samples import SUCCESSES
from tests.docs.pages import PAGES

Endpoint = tuple[str, str]
"""HTTP method and path template."""

_RESOURCES = kalshi_async.resources.__name__
_ENDPOINT = re.compile(r"\b(GET|POST|PUT|DELETE) (/[\w/{}]+)")
_MOST_ROWS = 3_000


@cache
def methods() -> Mapping[Endpoint, list[str]]:
    """Return the public methods of the namespaces by the endpoint that their docstring names.

    A method is spelled ``module.Class.method``, below ``kalshi_async.resources``.
    """
    found: dict[Endpoint, list[str]] = {}
    for path in sorted(Path(kalshi_async.resources.__path__[0]).glob("[!_]*.py")):
        for owner, method in _methods_of(path):
            for endpoint in _ENDPOINT.findall(ast.get_docstring(method) or ""):
                found.setdefault(endpoint, []).append(f"{path.stem}.{owner}.{method.name}")
    return found


def _methods_of(path: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for owner in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(owner, ast.ClassDef):
            for method in owner.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name[0] != "_":
                    yield owner.name, method


def missing(operation: Operation[object]) -> Iterator[str]:
    """Say which of its places an operation lacks."""
    endpoint = operation.method, operation.path
    named = methods().get(endpoint, [])
    if not named:
        yield f"no docstring of a method in kalshi_async/resources/ has '{' '.join(endpoint)}'"
    route = ROUTES.get(operation.name)
    if route is None or (route.method, route.path) != endpoint:
        yield "no handler in kalshi_async/sandbox/edge/routes/ answers it"
    if operation.name not in {sample.operation for sample in SUCCESSES}:
        yield f"no sample of a success: tests/samples/{operation.name}.json"
    for shape in reply_structs(operation):
        yield from _without_rows(shape)
    pages = {f"{_RESOURCES}.{method.partition('.')[0]}" for method in named}
    pages |= {shape.__module__ for shape in reply_structs(operation)}
    yield from (f"{page} is no page in tests/docs/pages.py" for page in sorted(pages - set(PAGES)))


def _without_rows(shape: type[Struct]) -> Iterator[str]:
    names = [name for name, ours in REPLIES.items() if ours is shape]
    if not names:
        yield f"{shape.__name__} has no line in REPLIES of tests/contract/test_fields.py"
    for name in names:
        if name not in TABLE:
            yield f"{name} has no rows in tests/contract/fields.json"


def without_operation() -> Iterator[str]:
    """Say which method, handler or sample belongs to no ``Operation`` in ``kalshi_async/contract``."""
    names = {operation.name for operation in OPERATIONS}
    endpoints = {(operation.method, operation.path) for operation in OPERATIONS}
    for (method, path), named in methods().items():
        if (method, path) not in endpoints:
            yield f"{', '.join(named)} sends {method} {path}, which is no Operation"
    yield from (f"the handler of {name} has no Operation" for name in ROUTES if name not in names)
    known = {sample.operation for sample in SUCCESSES}
    yield from (f"tests/samples/{name}.json has no Operation" for name in sorted(known - names))


def reply_structs(operation: Operation[object]) -> list[type[Struct]]:
    """Return every struct that a reply is made of, the outermost first."""
    found: dict[type[Struct], None] = {}

    def visit(shape: inspect.Type) -> None:
        if isinstance(shape, inspect.StructType):
            if shape.cls is Empty or shape.cls in found:
                return
            found[shape.cls] = None
            for field in shape.fields:
                visit(field.type)
        elif isinstance(shape, inspect.UnionType):
            for member in shape.types:
                visit(member)
        elif isinstance(shape, inspect.ListType | inspect.VarTupleType):
            visit(shape.item_type)
        elif isinstance(shape, inspect.DictType):
            visit(shape.value_type)

    visit(inspect.type_info(operation.reply))
    return list(found)


Call = Callable[[SessionView], Awaitable[object]]


def plain_reads() -> Mapping[str, Call]:
    """Return a call of every read without a path value, by the name of its operation.

    It sends no argument: a read that needs one is called by hand in the tests that use this.
    """
    return {
        operation.name: _call(methods()[operation.method, operation.path][0])
        for operation in OPERATIONS
        if operation.method == "GET" and "{" not in operation.path
        if (operation.method, operation.path) in methods()
    }


def _call(method: str) -> Call:
    async def call(session: SessionView) -> object:
        return await answer_of(bound(session, method)())

    return call


def bound(session: SessionView, method: str) -> Callable[..., object]:
    """Return a method, spelled as in ``methods``, of a session."""
    module, owner, name = method.split(".")
    for namespace in vars(session).values():
        bases = {(base.__module__, base.__name__) for base in type(namespace).__mro__}
        if (f"{_RESOURCES}.{module}", owner) in bases:
            return cast("Callable[..., object]", getattr(namespace, name))
    raise LookupError(f"no namespace of a session is a {owner} of {_RESOURCES}.{module}")


async def answer_of(answer: object) -> object:
    """Return what a call answers: the rows of a list, or what it is awaited for."""
    if isinstance(answer, Paginator):
        return await answer.collect(_MOST_ROWS)
    return await cast("Awaitable[object]", answer)
