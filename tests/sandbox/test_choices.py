"""What no source backs is told in ``kalshi_async/sandbox/settings.py``, and in no other module of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kalshi_async.sandbox import settings
from tests.layout.house import PACKAGE

SANDBOX = PACKAGE / "sandbox"
TABLE = SANDBOX / "settings.py"
OTHERS = [path for path in sorted(SANDBOX.rglob("*.py")) if path != TABLE]

# How a module owns up to a choice.
CONFESSIONS = re.compile(
    r"\bSIM\b|#\s*sim\b|simulator's (own|choice)|no recording|not recorded|not documented|undocumented"
    r"|(does|do) not (document|say)|unverified|no source|not read\b|our (own )?choice|is not known",
    re.IGNORECASE,
)
REFERENCE = re.compile(r"``settings\.CHOICES``([^.)]*)")
KEY = re.compile(r"``([a-z_]+)``")

# How a number says where it is from: in its comment, its docstring, or that of its module.
SOURCE = re.compile(
    r"\bdocs\b|\brecord|\bOpenAPI\b|\bchangelog\b|\bcontract §|\bportfolio-api\b|\bRFC\b|\bupdate 2026|§\d"
    r"|2025 reference|\bRFC\b",
    re.IGNORECASE,
)
SIMULATED = {"traders", "testing", "process", "faults", "virtual_time.py"}
"""Rooms whose numbers imitate nothing of the venue."""
UNITS = {
    "_NANO",
}
"""Scales, shares of a unit and limits of a type, by their names."""


def confessions(text: str) -> list[str]:
    """Return the lines of a module that own up to a choice."""
    return [line.strip() for line in text.splitlines() if CONFESSIONS.search(line)]


def keys_named(text: str) -> Iterator[str]:
    """Yield the choices that a module names where it makes them."""
    for after in REFERENCE.findall(re.sub(r"\s+(?:#\s+)?", " ", text)):
        yield from KEY.findall(after)


def unsourced(text: str) -> Iterator[str]:
    """Yield the constants of a module that hold a number and have no source."""
    tree, lines = ast.parse(text), text.splitlines()
    for at, node in enumerate(tree.body):
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        if (
            not targets
            or not isinstance(targets[0], ast.Name)
            or node.value is None
            or not _has_number(node.value)
        ):
            continue
        above = node.lineno - 2
        while above >= 0 and lines[above].startswith("#"):
            above -= 1
        after = tree.body[at + 1] if at + 1 < len(tree.body) else None
        told = [*lines[above + 1 : node.end_lineno], _docstring(after), ast.get_docstring(tree) or ""]
        if not SOURCE.search("\n".join(told)):
            yield targets[0].id


def _has_number(value: ast.expr) -> bool:
    return any(
        isinstance(part, ast.Constant) and type(part.value) in (int, float) for part in ast.walk(value)
    )


def _docstring(node: ast.stmt | None) -> str:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return str(node.value.value) if is_text else ""


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: str(path.relative_to(SANDBOX)))
def test_no_other_module_tells_of_a_choice(path: Path) -> None:
    assert confessions(path.read_text(encoding="utf-8")) == []


def test_every_choice_that_is_code_is_named_where_it_is_coded() -> None:
    named = {key for path in OTHERS for key in keys_named(path.read_text(encoding="utf-8"))}
    assert named == set(settings.CHOICES)


def test_every_number_of_another_module_has_its_source() -> None:
    found = {
        f"{path.relative_to(SANDBOX)}: {name}"
        for path in OTHERS
        if not SIMULATED & set(path.relative_to(SANDBOX).parts)
        for name in unsourced(path.read_text(encoding="utf-8"))
        if name not in UNITS
    }
    assert found == set()
