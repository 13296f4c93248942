"""The table of competitors' defects leads to tests that exist."""

from __future__ import annotations

import importlib
import inspect

import pytest

from tests.peers.table import REGRESSIONS

ROWS = 28
"""As many as the first table of the comparison of November 2026 has."""

NAMES = sorted({name for names in REGRESSIONS.values() for name in names})


def test_every_row_has_a_test() -> None:
    assert len(REGRESSIONS) == ROWS
    assert all(REGRESSIONS.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_test_of_a_row_is_there(name: str) -> None:
    path, _, function = name.partition("::")
    module = importlib.import_module("tests." + path.replace("/", "."))
    assert inspect.isfunction(getattr(module, function))


@pytest.mark.parametrize("name", NAMES)
def test_the_test_of_a_row_is_not_skipped(name: str) -> None:
    # A row whose test never runs is no regression test.
    path, _, function = name.partition("::")
    test = getattr(importlib.import_module("tests." + path.replace("/", ".")), function)
    marks = {mark.name for mark in getattr(test, "pytestmark", [])}
    assert not marks & {"skip", "skipif", "xfail"}
