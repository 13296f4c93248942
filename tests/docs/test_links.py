"""The pages of text lead somewhere: links, headings, files that they name, and names of Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.references import target_of

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kalshi_async"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("**/*.md"))]

ABSENT = {"MIGRATING.md"}
"""Pages that go when the API goes that they are about; as long as it is there, none."""
ABSENT = set()  # api2025

# What older versions were called, on purpose.
OLD_NAMES = {"CHANGELOG.md"}

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(
    r"(?:kalshi_async|tests|docs|examples|benchmarks|\.ci|\.github)/[\w./-]*|[\w.-]+\.(?:md|toml)"
)
_MODULE = re.compile(r"[\w/]+\.py")
_NAME = re.compile(r"kalshi_async(?:\.\w+)+")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the headings of a page as the host of a repository spells their anchors."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page)))
    return {heading.replace(" ", "-") for heading in words}


def dead_links(page: Path) -> Iterator[str]:
    """Yield the links of a page that lead nowhere; those to other hosts are not followed."""
    for link in _LINK.findall(prose(page)):
        if "://" in link or link in ABSENT:
            continue
        address, _, anchor = link.partition("#")
        target = (page.parent / address).resolve() if address else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def dead_paths(page: Path) -> Iterator[str]:
    """Yield the files and folders that a page names in code and that are not there.

    A module may be named from the package or the sandbox on, and by its bare name.
    """
    for code in _CODE.findall(prose(page)):
        if _MODULE.fullmatch(code):
            folders = (ROOT, PACKAGE, PACKAGE / "sandbox")
            is_there = any((folder / code).exists() for folder in folders) or code in bare_names()
        else:
            is_there = not _PATH.fullmatch(code) or (ROOT / code).exists() or (page.parent / code).exists()
        if not is_there:
            yield code


@cache
def bare_names() -> set[str]:
    """Return the names of the modules of the package and the tests, without their folders."""
    return {path.name for folder in (PACKAGE, ROOT / "tests") for path in folder.rglob("*.py")}


def dead_names(page: Path) -> Iterator[str]:
    """Yield the names of Python, spelled in full, that are not there."""
    for code in _CODE.findall(prose(page)):
        if _NAME.fullmatch(code) and target_of(code, "kalshi_async") is None:
            yield code


every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(dead_links(page)) == []


@every_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    assert page.name in OLD_NAMES or list(dead_paths(page)) == []


@every_page
def test_every_name_of_python_is_there(page: Path) -> None:
    assert page.name in OLD_NAMES or list(dead_names(page)) == []


def test_what_leads_nowhere_is_found(tmp_path: Path) -> None:
    # Guards the guard: each kind of mistake once.
    page = tmp_path / "page.md"
    page.write_text(
        "# One heading\n[a](#one-heading) [b](#another) [c](gone.md) [d](https://example.com)\n"
        "`kalshi_async/gone.py` `clock.py` `edge/app.py` `edge/gone.py`\n"
        "`kalshi_async.gone` `kalshi_async.clock`\n"
        "```\n[e](gone.md)\n```\n"
    )
    assert list(dead_links(page)) == ["#another", "gone.md"]
    assert list(dead_paths(page)) == ["kalshi_async/gone.py", "edge/gone.py"]
    assert list(dead_names(page)) == ["kalshi_async.gone"]
