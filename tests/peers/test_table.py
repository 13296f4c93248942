"""The table of competitors' defects leads to tests that exist and run."""

from __future__ import annotations

import importlib
import inspect

import pytest

from tests.peers.table import REGRESSIONS

ROWS = 28
"""As many as the first table of the comparison of November 2026 has."""


def test_every_row_has_a_test() -> None:
    assert len(REGRESSIONS) == ROWS
    assert all(REGRESSIONS.values())


def test_every_test_of_the_table_is_there_and_not_skipped() -> None:
    # A row whose test never runs is no regression test.
    names = {name for names in REGRESSIONS.values() for name in names}
    assert {name: fault for name in sorted(names) if (fault := fault_of(name))} == {}


def test_a_test_that_is_missing_or_skipped_is_named() -> None:
    assert fault_of("peers/no_such_file::test") == "no such file"
    assert fault_of("peers/test_table::no_such_test") == "no such test"
    assert fault_of("peers/test_table::REGRESSIONS") == "no such test"
    assert fault_of("peers/test_table::skipped") == "skip"


@pytest.mark.skip(reason="as an example of one that does not run")
def skipped() -> None: ...


def fault_of(name: str) -> str | None:
    """Say why a test of the table would not run, or None."""
    path, _, function = name.partition("::")
    try:
        module = importlib.import_module("tests." + path.replace("/", "."))
    except ModuleNotFoundError:
        return "no such file"
    test = getattr(module, function, None)
    if not inspect.isfunction(test):
        return "no such test"
    marks = {mark.name for mark in getattr(test, "pytestmark", [])}
    return " ".join(sorted(marks & {"skip", "skipif", "xfail"})) or None
