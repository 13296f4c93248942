"""The API of 2025 can be deleted: without its folders and marked lines the rest works and is in order.

All tests that remain run in ``nox -s copies``: they take minutes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.layout.house import environment_of, in_copies
from tests.layout.without_api2025 import FROM, TO, copy_without_api2025, unmarked

IMPORTS_EVERYTHING = """
import importlib, pathlib, pkgutil, sys
import pytest
sys.path.append("benchmarks")
import kalshi_async, tests
assert pathlib.Path(kalshi_async.__file__).is_relative_to(pathlib.Path.cwd()), kalshi_async.__file__
foreign = {"pandas", "polars", "fastapi", "matplotlib", "playwright", "pydantic"}
foreign |= {"pdoc", "jinja2", "markupsafe", "kalshi", "pykalshi"}
foreign |= {"kalshi_python_async", "kalshi_python_sync"}
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
    except pytest.skip.Exception:
        pass  # a test of an extra that is not installed
print(len(names))
"""


# Lines that speak of 2025 and stay, because what they say is true of today's exchange.
STAYS = {
    "calls/generations.py": "the table of successors is handed in, and may be empty",
    "account/risk_gate.py": "how a request comes makes no difference to it",
    "sandbox/edge/routes/retired.py": "today's exchange answers its old paths with 410",
    "requests/direction.py": "a caller of today may give action and outcome",
    "requests/orders.py": "a caller of today may give action and outcome",
    "contract/subject.py": "the words that a body to any path may have",
    "wire/_subject.py": "the words that a body to any path may have",
    "contract/fields.py": "a deprecated field of today's replies",
}
_YEAR = re.compile(r"(?<![\d-])2025(?!-?\d)")  # and no day

STYLE = (
    ("ruff", "check", "--no-cache", "."),
    ("ruff", "format", "--no-cache", "--check", "."),
    ("lint-imports", "--no-cache"),
)


SLOW = (
    "account",
    "certainty",
    "dead_man",
    "demo",
    "docs",
    "errors",
    "examples",
    "fees",
    "outages",
    "packaging",
)
"""Folders of tests that take minutes and hardly know a generation: run by ``nox -s copies -- --whole``."""


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


@in_copies
def test_the_tests_that_remain_are_green(tree: Path) -> None:
    in_parallel = ("--numprocesses=auto", "--dist=loadfile")
    left_out = () if os.environ["COPIES"] == "whole" else [f"--ignore=tests/{name}" for name in SLOW]
    ended = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *in_parallel, *left_out)
    assert ended.returncode == 0, ended.stdout[-10_000:]


def test_what_remains_does_not_speak_of_it(tree: Path) -> None:
    # A line without its mark would stay: a choice on the command line, a field, a comment.
    package = tree / "kalshi_async"
    speaking = [
        f"{path.relative_to(package)}: {line.strip()}"
        for path in sorted(package.rglob("*.py"))
        if str(path.relative_to(package)) not in STAYS
        for line in path.read_text(encoding="utf-8").splitlines()
        if _YEAR.search(line) or "api2025" in line
    ]
    assert speaking == []


@in_copies
@pytest.mark.parametrize("command", STYLE, ids=lambda command: " ".join(command[:2]))
def test_what_remains_is_in_order(command: tuple[str, ...], tree: Path) -> None:
    ended = subprocess.run(
        command, cwd=tree, env=environment_of(tree), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@in_copies
def test_the_drawing_and_the_walls_of_what_remains_are_true(tree: Path) -> None:
    suites = (
        "tests/layout/test_walls.py",
        "tests/layout/test_contributing.py",
        "tests/layout/test_layout.py",
    )
    ended = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *suites)
    assert ended.returncode == 0, ended.stdout[-10_000:]


def test_marked_lines_and_blocks_are_left_out() -> None:
    lines = ["a", "b  # api2025", FROM, "c", TO, "d"]
    assert unmarked("\n".join(lines), "a file") == "a\nd"


@pytest.mark.parametrize("lines", [[FROM], [TO], [FROM, FROM, TO], [FROM, TO, TO]])
def test_a_block_without_a_beginning_or_an_end_is_found(lines: list[str]) -> None:
    with pytest.raises(AssertionError, match="a file: "):
        unmarked("\n".join(lines), "a file")
