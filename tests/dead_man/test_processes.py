"""A real process, Ctrl-C once and twice, and the exit code by which a supervisor judges it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.dead_man.program import PROGRAMS
from tests.stages.signals import hear_ctrl_c

pytestmark = pytest.mark.real_time

ROOT = Path(__file__).parents[2]
INTERRUPTED = (-signal.SIGINT, 130)
"""The exit codes of a Python program that KeyboardInterrupt has ended."""

ENDS_S = 60
"""A program that does not end is a failure, and not a test that hangs."""


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the program up to its quote; kill it at the end, if it still runs."""
    command = (sys.executable, "-u", "-m", "tests.dead_man.program", *arguments)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=pipe, stderr=pipe, preexec_fn=hear_ctrl_c
    )
    try:
        assert process.stdout is not None
        line = await process.stdout.readline()
        assert line == b"ready\n", line
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("program", PROGRAMS)
async def test_one_ctrl_c_ends_the_program_with_nothing_resting(program: str) -> None:
    async with running(program) as process:
        process.send_signal(signal.SIGINT)
        printed, said = await asyncio.wait_for(process.communicate(), ENDS_S)
        assert printed.splitlines()[-1] == b"resting 0"
        assert b"shutting down group" in said, "it says at once that it works"
        assert b"never retrieved" not in said
        assert b"destroyed" not in said


@pytest.mark.parametrize("program", ["plain", "suppressing", "with_signals", "in_the_background"])
async def test_a_second_ctrl_c_leaves_and_the_exit_code_says_so(program: str) -> None:
    # Seen: exit code 0 with orders resting, because the program suppresses CancelledError.
    async with running(program, "--dead") as process:
        assert process.stderr is not None
        process.send_signal(signal.SIGINT)
        said = await process.stderr.readuntil(b"attempt 1 to shut down")
        said += await process.stderr.readline()
        process.send_signal(signal.SIGINT)
        printed, rest = await asyncio.wait_for(process.communicate(), ENDS_S)
        assert printed.splitlines()[-1] == b"resting 1"
        assert process.returncode in (1, *INTERRUPTED), process.returncode
        assert b"did not confirm" in rest, (said, rest)
