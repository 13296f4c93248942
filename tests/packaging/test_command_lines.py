"""``--version`` of both programs, for bug reports and for scripts."""

from __future__ import annotations

import subprocess
import sys

import pytest

import kalshi_async


@pytest.mark.parametrize("program", ["kalshi_async", "kalshi_async.sandbox"])
def test_a_program_tells_its_version_and_leaves(program: str) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", program, "--version"], capture_output=True, text=True, check=True
    )
    assert asked.stdout == f"kalshi_async {kalshi_async.__version__}\n"
    assert asked.stderr == ""
