"""The code that docstrings show: indented blocks, told apart from drawings by compiling them."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import cast

_INDENT = "    "
_AS_A_MODULE = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of lines of a docstring: text as it stands, or an indented block without its indent."""

    text: str
    is_block: bool


def passages(docstring: str) -> Iterator[Passage]:
    """Split a cleaned docstring into text and blocks; a block follows an empty line."""
    lines: list[str] = []
    is_block = False
    for line in docstring.splitlines():
        begins = not is_block and line.startswith(_INDENT) and (not lines or not lines[-1].strip())
        ends = is_block and bool(line.strip()) and not line.startswith(_INDENT)
        if begins or ends:
            yield _passage(lines, is_block)
            lines, is_block = [], begins
        lines.append(line)
    yield _passage(lines, is_block)


def _passage(lines: list[str], is_block: bool) -> Passage:
    text = "\n".join(lines)
    return Passage(textwrap.dedent(text).strip("\n") if is_block else text, is_block)


def blocks(docstring: str) -> list[str]:
    """Return the indented blocks of a docstring."""
    return [passage.text for passage in passages(docstring) if passage.is_block]


def docstrings(source: Path) -> Iterator[str]:
    """Yield every docstring of a file."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def is_code(block: str) -> bool:
    """Tell whether a block is Python, with awaits wherever they please."""
    try:
        compiled(block, "block")
    except SyntaxError:
        return False
    return True


def compiled(block: str, name: str) -> CodeType:
    """Compile a block as the body of a module that may await."""
    code: CodeType = compile(block, name, "exec", flags=_AS_A_MODULE, dont_inherit=True)
    return code


def begin(code: CodeType, namespace: dict[str, object]) -> Awaitable[None] | None:
    """Run a block in a namespace; return what is left to await, if it awaits."""
    return cast("Awaitable[None] | None", FunctionType(code, namespace)())
