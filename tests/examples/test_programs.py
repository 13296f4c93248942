"""What every example promises: short, says what it teaches, and leaves when it is asked to."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(path for path in (ROOT / "examples").glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_an_example_is_short_and_says_what_it_teaches(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    assert "Teaches: " in text.split('"""')[1]


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("program", "number", "farewell"),
    [
        ("market_maker", signal.SIGINT, "with 0 orders resting"),
        ("market_maker", signal.SIGTERM, "with 0 orders resting"),
        ("trading_engine", signal.SIGTERM, "at risk: "),
    ],
)
async def test_a_program_that_is_told_to_go_leaves_in_order(
    program: str, number: signal.Signals, farewell: str
) -> None:
    command = (sys.executable, "-u", "-m", f"examples.{program}")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline()  # it is under way
    process.send_signal(number)
    rest = (await process.stdout.read()).decode()
    assert await process.wait() == 0
    assert farewell in rest.splitlines()[-1]
