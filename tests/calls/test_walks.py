"""The path of a request stays short enough to be read: its modules are those that CONTRIBUTING lists."""

from __future__ import annotations

import re

import pytest

from tests.calls.walk import Walk, walked
from tests.layout.house import ROOT

# A change that must raise a limit names the module that it adds, here and in CONTRIBUTING.md.
MOST = {"create": (20, 45), "page": (20, 48)}
"""By the kind of call: modules entered, and changes from one module to another."""

pytestmark = pytest.mark.skipif(
    "config.getoption('--base-transport') != 'ours'", reason="the walks are those over our own transport"
)

HEADINGS = {"create": "### A create", "page": "### A page of a list"}
_STEP = re.compile(r"^\| `([\w/]+\.py)` \| ([^|]+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def walks() -> dict[str, Walk]:
    return walked()


def listed(kind: str) -> dict[str, str]:
    """Return the modules that CONTRIBUTING.md lists for a walk, each with what it decides or does."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split(HEADINGS[kind], 1)[1].split("\n#", 1)[0]
    return dict(_STEP.findall(section))


@pytest.mark.parametrize("kind", MOST)
def test_a_request_enters_few_modules_and_changes_between_them_seldom(
    walks: dict[str, Walk], kind: str
) -> None:
    modules, changes = MOST[kind]
    assert 10 < len(walks[kind].modules) <= modules, walks[kind].modules
    assert 10 < walks[kind].changes <= changes, walks[kind].steps


@pytest.mark.parametrize("kind", MOST)
def test_the_walk_in_contributing_is_the_walk_that_is_taken(walks: dict[str, Walk], kind: str) -> None:
    steps = listed(kind)
    assert list(steps) == walks[kind].modules
    assert all(len(words) <= 100 for words in steps.values())
