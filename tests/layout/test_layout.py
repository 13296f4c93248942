"""The house stays in order: few files at the top, short modules, no circles, private rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.layout.house import PACKAGE, circles, imports, modules

ALIASES = {"http1.py", "rate_limits.py", "pytest_plugin.py"}
"""Guides that are importable by their old names: one import each."""

LONGEST = 300
LONGER: dict[str, str] = {
    "kalshi_async.session": "the guide to sessions, and what a session holds and offers",
    "kalshi_async.sandbox.settings": "the one table of choices, which may stand in no other module",
    "kalshi_async.errors": "one tree of errors, each with what is certain and what to do",
    "kalshi_async.api2025.requests": "the reference's twenty requests under its own names",  # api2025
    "kalshi_async.api2025.methods": "the reference's twenty methods under its own names",  # api2025
}
"""Modules over 300 lines, each with its reason; none is over 400."""

LONGEST_FUNCTION = 32
LONGER_FUNCTIONS = {
    "kalshi_async.sandbox.process.options._parser": "a line or two per option of the command line",
    "kalshi_async.sandbox.embedded.__init__": "makes the parts, and hands each what it needs",
    "kalshi_async.signing.credentials._load": "one kind of wrong key after another, each with its cure",
    "kalshi_async.session_transport._send": "one request from its bytes to its reply, a doubt included",
}
"""Functions of more lines of code, each with its reason."""

DOOR_LINES = 10
FRONTS = {
    "kalshi_async",
    "kalshi_async.sandbox",
    "kalshi_async.contract",
    "kalshi_async.dead_man",
    "kalshi_async.mirror",
    "kalshi_async.streams",
    "kalshi_async.transport.http1",
}
"""Packages whose docstring is a guide for users and not a door."""


def test_few_files_stand_at_the_top() -> None:
    at_the_top = {path.name for path in PACKAGE.glob("*.py")}
    assert at_the_top >= ALIASES
    assert len(at_the_top - ALIASES) <= 11
    assert len(list((PACKAGE / "sandbox").glob("*.py"))) <= 8


@pytest.mark.parametrize("name", sorted(ALIASES))
def test_an_alias_is_one_import(name: str) -> None:
    tree = ast.parse((PACKAGE / name).read_text())
    docstring, *rest = tree.body
    assert isinstance(docstring, ast.Expr)
    assert [type(node) for node in rest] == [ast.ImportFrom]


def test_modules_are_short_or_have_a_reason() -> None:
    lengths = {name: len(path.read_text().splitlines()) for name, path in modules().items()}
    assert {name for name, lines in lengths.items() if lines > LONGEST} == set(LONGER)
    assert max(lengths.values()) <= 400


def lengths_of_functions(source: str) -> Iterator[tuple[str, int]]:
    """Yield every function with its lines of code: no signature, docstring, comment or empty line."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            within = lines[body[0].lineno - 1 : node.end_lineno] if body else []
            yield node.name, sum(line.strip()[:1] not in ("", "#") for line in within)


def test_functions_are_short_or_have_a_reason() -> None:
    long = {
        f"{module}.{name}"
        for module, path in modules().items()
        for name, length in lengths_of_functions(path.read_text(encoding="utf-8"))
        if length > LONGEST_FUNCTION
    }
    assert long == set(LONGER_FUNCTIONS)


def test_a_long_function_would_be_found() -> None:
    body = ["    # why", "", "    a = b", "    return a"]
    lines = ["def f(", "    a,", "):", '    """Words."""', *body, "def g():", '    """Words."""']
    source = "\n".join(lines)
    assert dict(lengths_of_functions(source)) == {"f": 2, "g": 0}


def test_no_module_reaches_itself_by_its_imports() -> None:
    # Imports for type checking are counted: a circle of types is a circle for the reader.
    assert circles(imports()) == []


def test_a_circle_would_be_found() -> None:
    graph = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("ad"), "d": frozenset[str]()}
    assert circles(graph) == [["a", "b", "c"]]


def test_what_is_private_is_imported_within_its_folder_alone() -> None:
    trespassers = [
        (name, below)
        for name, all_below in imports().items()
        for below in all_below
        if below.rpartition(".")[2].startswith("_")
        and not below.endswith("__main__")
        and name.rpartition(".")[0] != below.rpartition(".")[0]
    ]
    assert trespassers == []


def packages() -> list[Path]:
    return sorted(
        path for name, path in modules().items() if path.name == "__init__.py" and name not in FRONTS
    )


@pytest.mark.parametrize("path", packages(), ids=lambda path: path.parent.name)
def test_every_folder_has_a_door(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text()))
    assert text, "a door says what the folder is for and what it must not know"
    if path.parent.name != "resources":  # lists the namespaces
        assert len(text.splitlines()) <= DOOR_LINES
