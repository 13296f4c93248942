"""Every abbreviation of a source is explained in docs/sources.md; none is a file that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
SOURCES = [*sorted((ROOT / "kalshi_async").rglob("*.py")), ROOT / "kalshi_async_pytest.py"]

_SECTION = re.compile(r"(?:(portfolio-api)\s+§?|semantics\.md\s+§?|§\s?)(\d+(?:\.\d+)?)")
_UPDATE = re.compile(r"\b(update \d{4}-\d\d-\d\d) §\d+(?:\.\d+)?", re.IGNORECASE)
_DOCS = re.compile(r"\bdocs ((?:fix )?[a-z0-9]+(?:[_-][a-z0-9]+)*)")
_WORDS = re.compile(r"\bSIM\b|OpenAPI,? \(?\d+(?:\.\d+)+|\bchangelog\b|\b2025 reference\b|\bone peer\b")
_FILE = re.compile(r"[\w./-]+\.md\b|/work\b|\.\./shared\b")
_NOT_A_PAGE = {"are", "as", "have", "of", "say", "says"}
"""Words that follow "docs" in a sentence."""


def abbreviations(text: str) -> Iterator[str]:
    """Yield how the page must spell each source that a text names."""
    text = re.sub(r"\s+(?:#\s+)?", " ", text)  # a name may be broken by the end of a line
    yield from (f"`{name.lower()} §n`" for name in _UPDATE.findall(text))
    text = _UPDATE.sub("", text)  # its sections are its own
    for note, number in _SECTION.findall(text):
        yield f"| {number} | {'operation' if note else 'section'}"
    yield from (f"`{page}`" for page in _DOCS.findall(text) if page not in _NOT_A_PAGE)
    yield from (word.replace("(", "").replace(",", "") for word in _WORDS.findall(text))


def is_explained(abbreviation: str) -> bool:
    contract, _, operations = PAGE.partition("| portfolio-api |")
    if abbreviation.startswith("|"):
        row, _, kind = abbreviation.rpartition(" ")
        return f"\n{row}" in (operations if kind == "operation" else contract)
    return abbreviation in PAGE


def test_every_source_is_explained() -> None:
    lacking = {
        f"{path.relative_to(ROOT)}: {one}"
        for path in SOURCES
        for one in abbreviations(path.read_text(encoding="utf-8"))
        if not is_explained(one)
    }
    assert lacking == set()


def test_no_source_is_a_file_that_is_not_there() -> None:
    named = {
        name
        for path in SOURCES
        for name in _FILE.findall(path.read_text(encoding="utf-8"))
        if not (ROOT / name.lstrip("/")).exists()
    }
    assert named <= {"semantics.md"}, "docs/sources.md explains this one name alone"


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("(contract §14.9)", "| 14.9 | section"),
        ("as it is (semantics.md 30,\n    # read 2026)", "| 30 | section"),
        ("contract of the venue, §4.9", "| 4.9 | section"),
        ("portfolio-api\n# 3.99", "| 3.99 | operation"),
        ("portfolio-api 14.1", "| 14.1 | operation"),
        ("# docs no_such_page, 2026-08", "`no_such_page`"),
        ("Update 2027-01-01 §1.1", "`update 2027-01-01 §n`"),
        ("OpenAPI 9.9.9", "OpenAPI 9.9.9"),
    ],
)
def test_a_source_that_is_not_explained_would_be_found(text: str, lacks: str) -> None:
    assert [one for one in abbreviations(text) if not is_explained(one)] == [lacks]
