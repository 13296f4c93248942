"""The sandbox is composed: no class uses what another file of its inheritance chain defines.

Read from the source. The chain of a class are its ancestors and, as for mixins, the other
ancestors of its descendants.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.layout.house import modules

SANDBOX = "kalshi_async.sandbox"

Name = tuple[str, str]
"""A class: its module and its name there."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A class as its source shows it; ``used`` and ``defined`` are names behind ``self.``"""

    bases: frozenset[Name]
    used: frozenset[str]
    defined: frozenset[str]


def test_no_class_of_the_sandbox_uses_what_another_file_of_its_chain_defines() -> None:
    sources = {name: path.read_text() for name, path in modules().items() if name.startswith(SANDBOX)}
    assert borrowed(sources) == []


def test_a_borrowed_name_would_be_found() -> None:
    sources = {
        "ground": "class Ground:\n    def __init__(self):\n        self.now, self._seed = 1, 2",
        "beside": "class Beside:\n    def shout(self):\n        return self.now",
        "above": "from ground import Ground\n"
        "from beside import Beside\n"
        "class Above(Ground, Beside):\n"
        "    own: int\n"
        "    def tell(self):\n"
        "        return self.own, self._seed, self.tell",
    }
    assert borrowed(sources) == ["above.Above._seed", "beside.Beside.now"]


def test_a_part_that_is_held_is_not_borrowed_from() -> None:
    sources = {
        "ground": "class Ground:\n    now: int = 1",
        "above": "from ground import Ground\n"
        "class Above:\n"
        "    def __init__(self, ground: Ground):\n"
        "        self._ground = ground\n"
        "    def tell(self):\n"
        "        return self._ground.now",
    }
    assert borrowed(sources) == []


def borrowed(sources: Mapping[str, str]) -> list[str]:
    """Return ``module.class.name`` of every ``self.name`` that another file of the chain defines."""
    shapes = {name: shape for module, source in sources.items() for name, shape in _shapes(module, source)}
    chains: dict[Name, set[Name]] = {name: set() for name in shapes}
    for name in shapes:
        family = {name, *_ancestors(name, shapes)}
        for member in family:
            chains[member] |= family
    return sorted(
        f"{module}.{class_name}.{used}"
        for (module, class_name), shape in shapes.items()
        for used in shape.used - _defined(chains[module, class_name], shapes, inside=module)
        if used in _defined(chains[module, class_name], shapes, outside=module)
    )


def _defined(
    chain: set[Name], shapes: Mapping[Name, Shape], *, inside: str = "", outside: str = ""
) -> frozenset[str]:
    members = [name for name in chain if (name[0] == inside if inside else name[0] != outside)]
    return frozenset[str]().union(*(shapes[name].defined for name in members))


def _ancestors(name: Name, shapes: Mapping[Name, Shape]) -> Iterator[Name]:
    for base in shapes[name].bases & shapes.keys():
        yield base
        yield from _ancestors(base, shapes)


def _shapes(module: str, source: str) -> Iterator[tuple[Name, Shape]]:
    tree = ast.parse(source)
    meant = {node.name: (module, node.name) for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            meant |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            names = [ast.unparse(base).partition("[")[0] for base in node.bases]
            bases = frozenset(meant[name] for name in names if name in meant)
            yield (module, node.name), Shape(bases, frozenset(_used(node)), frozenset(_defines(node)))


def _used(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and _is_self(part.value):
            yield part.attr


def _defines(node: ast.ClassDef) -> Iterator[str]:
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            yield item.name
        else:
            yield from (
                part.id
                for part in ast.walk(item)
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            )
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and _is_self(part.value):
            yield part.attr


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
