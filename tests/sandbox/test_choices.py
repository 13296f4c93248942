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
    r"|(does|do) not (document|say)|unverified|no source|have not read\b|our (own )?choice|is not known",
    re.IGNORECASE,
)
REFERENCE = re.compile(r"``settings\.CHOICES``: (``[a-z_]+``(?:, ``[a-z_]+``)*)")
KEY = re.compile(r"[a-z_]+")

# How a number says where it is from: in its comment, its docstring, or that of its module.
SOURCE = re.compile(
    r"\bdocs\b|\brecord|\bOpenAPI\b|\bchangelog\b|\bcontract §|\bportfolio-api\b|\bRFC\b|\bupdate 2026|§\d"
    r"|2025 reference",
    re.IGNORECASE,
)
SIMULATED = {"traders", "testing", "process", "faults", "control", "virtual_time.py"}
"""Rooms whose numbers imitate nothing of the venue."""
UNITS = {
    *(
        "CENT_E4",
        "CENT_E6",
        "_CENT_E4",
        "_CENT_E6",
        "_CENTICENT_E6",
        "ONE_CONTRACT_E2",
        "ONE_DOLLAR_E4",
        "_NANO",
    ),
    *(
        "_E2",
        "_E4",
        "_E6",
        "_MICROSECONDS",
        "_SECOND_US",
        "_THIRTY_DAYS_US",
        "_DAY_US",
        "_DAY_STEPS",
        "_STEP_US",
    ),
    *("_CENTS", "NEVER_US", "_QUADRATIC_SCALE", "_FLAT_SCALE", "_MIDDLE_E4", "_INT64", "_INTEGER_LENGTH"),
    *("_END_OF_CALENDAR_S", "_RSA_BITS", "_RSA_EXPONENT", "_BACKLOG", "_GRACE_S"),
}
"""Scales, limits of a type, and what concerns keys and the server's own process, by their names."""


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
        if (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and node.value is not None
            and _has_number(node.value)
        ):
            first = node.lineno - 1
            while first and lines[first - 1].strip():  # a comment is about all lines up to an empty one
                first -= 1
            below = tree.body[at + 1] if at + 1 < len(tree.body) else None
            told = [*lines[first : node.end_lineno], _docstring(below), ast.get_docstring(tree) or ""]
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if not SOURCE.search("\n".join(told)):
                yield ast.unparse(target)


def _has_number(value: ast.expr) -> bool:
    numbers = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
    return any(type(number) in (int, float) and number not in (0, 1) for number in numbers)


def _docstring(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


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


def test_every_setting_is_used() -> None:
    names = [name for name in vars(settings) if name.isupper() and name != "CHOICES"]
    names += settings.Rules.__dataclass_fields__
    text = "\n".join(path.read_text(encoding="utf-8") for path in OTHERS)
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize(
    "line",
    [
        "# SIM: nobody knows.",
        'row(405, "method_not_allowed"),  # sim: status',
        "# No recording shows it.",
        "The exchange does not document which.",
        "# The real default is unverified.",
    ],
)
def test_a_choice_that_is_told_elsewhere_would_be_found(line: str) -> None:
    assert confessions(line) == [line]


def test_a_number_without_a_source_would_be_found() -> None:
    module = '''"""Orders."""

LONGEST = 12

# Docs order_groups, 2026-08.
LOWEST = 5
HIGHEST = 7

WIDEST = {"a": (9, "b")}
"""OpenAPI 3.34.0."""

FIRST: int = 0
SECOND: int = 2
'''
    assert list(unsourced(module)) == ["LONGEST", "SECOND"]


def test_the_names_of_choices_are_read_over_line_ends() -> None:
    text = "# as chosen (``settings.CHOICES``:\n    # ``one_thing``, ``another``), and ``more``"
    assert list(keys_named(text)) == ["one_thing", "another"]
