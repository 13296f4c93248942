"""The modules of the package and what they import, read from their source."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

in_copies = pytest.mark.skipif("COPIES" not in os.environ, reason="takes minutes: nox -s copies")
"""Marks a test that changes a copy of the tree and runs the tests in it."""

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kalshi_async"
PLUGIN = ROOT / "kalshi_async_pytest.py"
NOTHING: Mapping[str, str] = MappingProxyType({})


def dotted(path: Path) -> str:
    """Return the name under which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass(frozen=True, slots=True)
class Import:
    """One import of a module: ``module`` is one of the tree's or a foreign one, ``name`` one in it or ""."""

    module: str
    name: str = ""
    is_for_types: bool = False
    """Whether a type checker alone sees it, below ``if TYPE_CHECKING``."""


@cache
def modules() -> Mapping[str, Path]:
    """Return every module of the package, and the plugin beside it, by its dotted name."""
    return {dotted(path): path for path in [*sorted(PACKAGE.rglob("*.py")), PLUGIN]}


def imports(planted: Mapping[str, str] = NOTHING) -> Mapping[str, frozenset[str]]:
    """Return which of the modules every module imports, imports for type checking included."""
    return {
        name: frozenset(one.module for one in below if one.module in modules() or one.module in planted)
        - {name}
        for name, below in all_imports(planted).items()
    }


def all_imports(planted: Mapping[str, str] = NOTHING) -> Mapping[str, frozenset[Import]]:
    """Return everything that every module imports, foreign modules included.

    ``planted``: lines that are read as if they stood at the end of a module, which may be a new one.
    """
    known = {*modules(), *planted}
    found = {name: _imports_of(path) for name, path in modules().items()}
    for name, lines in planted.items():
        found[name] = found.get(name, ()) + _written(lines, _folder_of(name))
    return {name: frozenset(_resolved(one, known) for one in written) for name, written in found.items()}


def _folder_of(name: str) -> str:
    """Return the package in which relative imports of a module begin."""
    is_package = name in modules() and modules()[name].name == "__init__.py"
    return name if is_package else name.rpartition(".")[0]


@cache
def _imports_of(path: Path) -> tuple[Import, ...]:
    return _written(path.read_text(encoding="utf-8"), _folder_of(dotted(path)))


def _written(source: str, folder: str) -> tuple[Import, ...]:
    """Return the imports of a source as they are written, relative ones made absolute."""
    tree = ast.parse(source)
    for_types = {
        below
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).removeprefix("typing.") == "TYPE_CHECKING"
        for statement in node.body
        for below in ast.walk(statement)
    }
    found: list[Import] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, "", node in for_types) for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            start = folder.split(".")[: len(folder.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            found += [Import(base, alias.name, node in for_types) for alias in node.names]
    return tuple(found)


def _resolved(one: Import, known: set[str]) -> Import:
    """Return an import with the longest name of a module in it; the rest is a name in that module."""
    whole = f"{one.module}.{one.name}".rstrip(".")
    module = whole
    while module and module not in known:
        module = module.rpartition(".")[0]
    if not module:
        return one  # a foreign one
    return Import(module, whole.removeprefix(module).lstrip("."), one.is_for_types)


def circles(graph: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other (Tarjan), each sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for below in sorted(graph.get(node, ())):
            if below not in index:
                visit(below)
                low[node] = min(low[node], low[below])
            elif below in stack:
                low[node] = min(low[node], index[below])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def environment_of(tree: Path) -> dict[str, str]:
    """Return the environment of a process that imports the copy, and measures no coverage of it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COPIES", "COVERAGE", "COV_", "PYTEST_"))
    }
    return kept | {"PYTHONPATH": str(tree)}
