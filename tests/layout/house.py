"""The modules of the package and what they import, read from their source."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

in_copies = pytest.mark.skipif("COPIES" not in os.environ, reason="takes minutes: nox -s copies")
"""Marks a test that changes a copy of the tree and runs the tests in it."""

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kalshi_async"


def dotted(path: Path) -> str:
    """Return the name under which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> Mapping[str, Path]:
    """Return every module of the package by its dotted name."""
    return {dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def imports() -> Mapping[str, frozenset[str]]:
    """Return what every module imports of the others, imports for type checking included."""
    return {name: frozenset(_imported(path)) - {name} for name, path in modules().items()}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module in modules():
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules() else node.module for name in below)


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
