"""What the measure of coverage leaves out, and why: nothing without a reason beside it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRAGMA = re.compile(r"#\s*pragma:\s*no (cover|branch)(?P<reason>.*)", re.IGNORECASE)

LEFT_OUT = {
    "if TYPE_CHECKING:": "what a type checker alone reads",
    r"^\s*\.\.\.$": "the bodies of protocols and overloads",
    r"if not (typing\.)?TYPE_CHECKING:": "never false while a program runs",
}


def test_whole_patterns_are_left_out_only_for_the_type_checker() -> None:
    report = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]["report"]
    assert {*report["exclude_also"], *report["partial_also"]} == set(LEFT_OUT)
    assert not {"exclude_lines", "partial_branches", "omit"} & set(report)


def test_a_line_that_is_left_out_says_why() -> None:
    for source in (ROOT / "kalshi_async").rglob("*.py"):
        for number, line in enumerate(source.read_text().splitlines(), 1):
            pragma = PRAGMA.search(line)
            assert pragma is None or len(pragma["reason"]) > 10, f"{source}:{number} leaves itself out"
