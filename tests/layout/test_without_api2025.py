"""The API of 2025 can be deleted: without its folders and marked lines the rest works and is green.

``WITHOUT_API2025=all pytest tests/layout/test_without_api2025.py`` runs all tests that remain
and not only a quick part of them; ``nox -s without_api2025`` does so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.layout.house import environment_of
from tests.layout.without_api2025 import FROM, TO, copy_without_api2025, unmarked

# Whatever the API of 2025 touches, and what takes seconds left out.
QUICK = (
    *("tests/contract", "tests/requests", "tests/wire", "tests/calls", "tests/layout"),
    *("tests/account/test_risk_gate.py", "tests/account/test_costs.py", "tests/account/test_throttle.py"),
    *("tests/docs/test_every_name_is_explained.py", "tests/sandbox/edge/test_routes.py"),
    *("tests/session/test_opening.py", "tests/session/test_session_transport.py"),
)
IMPORTS_EVERYTHING = """
import importlib, pathlib, pkgutil, sys
sys.path.append("benchmarks")
import kalshi_async, tests
assert pathlib.Path(kalshi_async.__file__).is_relative_to(pathlib.Path.cwd()), kalshi_async.__file__
foreign = {"pandas", "polars", "fastapi", "matplotlib", "playwright", "pydantic", "kalshi_python_async"}
names = ["kalshi_async_pytest"]
for package in (kalshi_async, tests):
    names += [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    if name.endswith("__main__"):
        continue
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in foreign:
            raise
print(len(names))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("without_api2025")
    copy_without_api2025(tree)
    return tree


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=tree, env=environment_of(tree), capture_output=True, text=True, check=False
    )


def test_everything_that_remains_is_importable(tree: Path) -> None:
    ended = run(tree, "-c", IMPORTS_EVERYTHING)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 300


def test_the_tests_that_remain_are_green(tree: Path) -> None:
    suites = () if os.environ.get("WITHOUT_API2025") == "all" else QUICK
    ended = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *suites)
    assert ended.returncode == 0, ended.stdout[-10_000:]


def test_marked_lines_and_blocks_are_left_out() -> None:
    lines = ["a", "b  # api2025", FROM, "c", TO, "d"]
    assert unmarked("\n".join(lines), "a file") == "a\nd"


@pytest.mark.parametrize("lines", [[FROM], [TO], [FROM, FROM, TO], [FROM, TO, TO]])
def test_a_block_without_a_beginning_or_an_end_is_found(lines: list[str]) -> None:
    with pytest.raises(AssertionError, match="a file: "):
        unmarked("\n".join(lines), "a file")
