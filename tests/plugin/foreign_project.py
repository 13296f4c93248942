"""Runs pytest in somebody else's project: a process of its own, and only the plugins named.

As a script it only writes such a project. Imports nothing of ours for that.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCE_TREE = Path(__file__).parents[2]
PLUGIN_SOURCE = SOURCE_TREE / "kalshi_async_pytest.py"
PLUGIN = ("-p", "kalshi_async_pytest")

# What a machine without the extra does when somebody imports it.
WITHOUT_THE_EXTRA = """
import sys
sys.modules["starlette"] = None
sys.modules["uvicorn"] = None
"""

SOMEBODY_ELSES_TESTS = """
import pytest

@pytest.fixture
async def pool():
    yield 1

def test_plain(): pass

@pytest.mark.skip
async def test_async(): pass
"""


@dataclass(frozen=True)
class Outcome:
    """What a run printed, its times taken out, and its exit code."""

    text: str
    code: int

    @property
    def counts(self) -> dict[str, int]:
        last_line = self.text.rstrip().splitlines()[-1]
        return {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", last_line)}


def run(project: Path, *arguments: str, has_extra: bool = True) -> Outcome:
    """Run the tests of ``project`` without any plugin that ``arguments`` do not name."""
    if not has_extra:
        (project / "sitecustomize.py").write_text(WITHOUT_THE_EXTRA)
    environment = os.environ | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join([str(project), str(SOURCE_TREE)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.pop("PYTEST_ADDOPTS", None)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", "-W", "error"]
    done = subprocess.run(
        [*command, f"--rootdir={project}", *arguments, str(project)],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    text = re.sub(r" in [\d.]+s", "", done.stdout + done.stderr)
    return Outcome(text, done.returncode)


def documented_tests() -> str:
    """Return the code in the plugin's own documentation."""
    documentation = ast.get_docstring(ast.parse(PLUGIN_SOURCE.read_text()), clean=False)
    assert documentation is not None
    lines = documentation.splitlines()
    return "\n".join(line.removeprefix("    ") for line in lines if line.startswith("    ") or not line)


if __name__ == "__main__":
    # The nox session "plugin" runs these two against an installed wheel.
    (Path(sys.argv[1]) / "test_theirs.py").write_text(SOMEBODY_ELSES_TESTS)
    (Path(sys.argv[1]) / "test_bot.py").write_text(documented_tests())
