"""What is said of two wheels, and that the version stands in one place."""

from __future__ import annotations

import tomllib
from pathlib import Path

import kalshi_async
from tests.packaging.archives import MUST_HOLD, faults

ROOT = Path(__file__).parents[2]
WHOLE = dict.fromkeys(MUST_HOLD, b"")


def test_equal_wheels_of_the_package_alone_are_right() -> None:
    assert faults(WHOLE, WHOLE) == []


def test_a_file_of_somebody_else_is_found() -> None:
    strange = {**WHOLE, "tests/__init__.py": b""}
    assert faults(strange, strange) == ["tests/__init__.py is no part of the package"]


def test_a_wheel_without_its_types_is_found() -> None:
    untyped = {name: b"" for name in MUST_HOLD if not name.endswith("py.typed")}
    assert faults(untyped, untyped) == ["kalshi_async/py.typed is missing"]


def test_a_file_that_the_sdist_changes_or_loses_is_found() -> None:
    changed = {**WHOLE, "kalshi_async/clock.py": b"other"}
    assert len(faults(WHOLE, changed)) == 1
    assert len(faults(changed, {**WHOLE, "kalshi_async/clock.py": b"one"})) == 1


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "kalshi_async/__init__.py"
    written = [
        path for path in ROOT.glob("kalshi_async/**/*.py") if kalshi_async.__version__ in path.read_text()
    ]
    assert [path.name for path in written] == ["__init__.py"]
