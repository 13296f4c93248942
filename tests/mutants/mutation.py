"""Mutants of a module: its source with one small change each.

A mutant is known by the name of its function and the text of its change. So the same
source has the same mutants, whatever the module is called and wherever it lies.
"""

from __future__ import annotations

import ast
import hashlib
import heapq
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.mutants.changes import changes


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one module.

    ``path``: of the module, relative to the tree.
    ``key``: function and change; two equal changes of one function are numbered.
    ``was``, ``becomes``: the changed line, before and after.
    ``source``: the whole module after the change.
    """

    path: str
    line: int
    key: str
    was: str
    becomes: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}  - {self.was}  + {self.becomes}"


def mutants_of(source: str, path: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of its syntax tree."""
    seen: Counter[str] = Counter()
    found = []
    for function, node, before, after in changes(ast.parse(source)):
        change = f"{function}: {before} -> {after}"
        head, tail = _around(source, node)
        # Operators beside it may bind more tightly than those of its operands.
        text = f"({after})" if isinstance(node, ast.BoolOp | ast.UnaryOp) else after
        start, end = head.rpartition("\n")[2], tail.partition("\n")[0]
        was = " ".join((start + source[len(head) : len(source) - len(tail)] + end).split())
        becomes = " ".join((start + text + end).split())
        key = f"{change} #{seen[change]}"
        found.append(Mutant(path, node.lineno, key, was, becomes, head + text + tail))
        seen[change] += 1
    return found


def chosen(
    mutants: Sequence[Mutant], count: int, seed: int, renamed: Mapping[str, str] | None = None
) -> list[Mutant]:
    """Return ``count`` mutants by chance, in the order of files and lines.

    The choice depends on the seed and the keys alone. Where one mutant is new or gone,
    at most one other leaves the choice or enters it.

    ``renamed``: names in these sources, each with the name by which a mutant is chosen.
    """

    def rank(mutant: Mutant) -> bytes:
        key = mutant.key
        for name, other in (renamed or {}).items():
            key = re.sub(rf"\b{re.escape(name)}\b", other, key)
        return hashlib.sha256(f"{seed} {key}".encode()).digest()

    return sorted(heapq.nsmallest(count, mutants, key=rank), key=lambda one: (one.path, one.line))


def _around(source: str, node: ast.expr | ast.stmt) -> tuple[str, str]:
    """Return the source before a node and after it."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    # The columns of the tree count bytes.
    lines = source.encode().splitlines(keepends=True)
    head = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    tail = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
    return head.decode(), tail.decode()
