"""The names that the documentation explains, read from the source, each with its text.

Knows neither pytest nor the program that renders. From the syntax tree of a page come its
subjects: the module itself, its public classes, functions and constants, and of a class the
methods and attributes. An attribute is explained by a text of its own, below it, or by its
class, which names it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tests.docs.pages import PARTLY

CODE = re.compile(r"``([^`]+)``")


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to be explained, and the words about it ("": none)."""

    page: str
    name: str  # dotted, within the page; "" for the page itself
    kind: str  # module, class, function, attribute, member (of an enum) or constant
    words: str
    owner: str = ""  # of a method or attribute: the words about its class

    @property
    def parent(self) -> str:
        """The class of a method or attribute, else "" for the page."""
        return self.name.rpartition(".")[0]

    def __str__(self) -> str:
        return f"{self.page}.{self.name}".rstrip(".")


def source_of(page: str) -> Path:
    """Return the file of a module without importing it."""
    spec = find_spec(page)
    if spec is None or spec.origin is None:
        raise LookupError(f"there is no module {page}")
    return Path(spec.origin)


@cache
def tree_of(page: str) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(source_of(page).read_text(encoding="utf-8"))


def subjects(page: str) -> Iterator[Subject]:
    """Yield everything public on a page, the page first; of a module in ``PARTLY`` what is shown."""
    shown = PARTLY.get(page)
    for subject in _all_of(page, tree_of(page)):
        if shown is None or subject.name.partition(".")[0] in shown:
            yield subject


def is_named_by_its_class(subject: Subject) -> bool:
    """Tell whether the words about its class speak of an attribute."""
    word = subject.name.rpartition(".")[2]
    return any(word in code.split(".") for code in CODE.findall(subject.owner))


def _all_of(page: str, tree: ast.Module) -> Iterator[Subject]:
    yield Subject(page, "", "module", ast.get_docstring(tree) or "")
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and _is_public(node.name):
            yield from _of_class(page, node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_public(node.name):
            yield Subject(page, node.name, "function", ast.get_docstring(node) or "")
    for name, words in _assigned(tree.body):
        yield Subject(page, name, "constant", words)


def _of_class(page: str, node: ast.ClassDef) -> Iterator[Subject]:
    own = ast.get_docstring(node) or ""
    yield Subject(page, node.name, "class", own)
    functions = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in functions:
        if _is_public(function.name) and not _is_overload(function):
            words = ast.get_docstring(function) or ""
            yield Subject(page, f"{node.name}.{function.name}", "function", words, own)
    maker = next((function for function in functions if function.name == "__init__"), None)
    made = [] if maker is None else _assigned(maker.body, of_self=True)
    owner = own if maker is None else f"{own}\n{ast.get_docstring(maker) or ''}"
    is_enum = any("Enum" in ast.unparse(base) for base in node.bases)
    own_fields = _assigned(node.body)
    explained = {name for name, words in own_fields if words}
    for name, words in (*own_fields, *(field for field in made if field[0] not in explained)):
        kind = "member" if is_enum else "attribute"
        yield Subject(page, f"{node.name}.{name}", kind, words, owner)


def _assigned(body: list[ast.stmt], *, of_self: bool = False) -> list[tuple[str, str]]:
    """Return the public names that a body assigns, each with the text that follows it."""
    found: dict[str, str] = {}
    for node, following in zip(body, [*body[1:], None], strict=True):
        for target in _targets(node):
            name = _name(target, of_self=of_self)
            if name is not None and _is_public(name):
                found[name] = found.get(name) or _text(following)
    return list(found.items())


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.AnnAssign):
        return [node.target]
    if isinstance(node, ast.Assign):
        return [
            part
            for target in node.targets
            for part in (target.elts if isinstance(target, ast.Tuple) else [target])
        ]
    return []


def _name(target: ast.expr, *, of_self: bool) -> str | None:
    if of_self:
        is_own = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
        return target.attr if is_own and isinstance(target, ast.Attribute) else None
    return target.id if isinstance(target, ast.Name) else None


def _text(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


def _is_public(name: str) -> bool:
    return not name.startswith("_")


def _is_overload(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(decorator) == "overload" for decorator in function.decorator_list)
