"""A real process, Ctrl-C once and twice, and the exit code by which a supervisor judges it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.dead_man.program import PROGRAMS
from tests.stages.signals import hear_signals

pytestmark = pytest.mark.real_time

ROOT = Path(__file__).parents[2]
INTERRUPTED = (-signal.SIGINT, 130)
"""The exit codes of a Python program that KeyboardInterrupt has ended."""

ENDS_S = 60
"""A program that does not end is a failure, and not a test that hangs."""


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program up to its quote; kill it after ``ENDS_S``, or at the end if it still runs."""
    command = (sys.executable, "-u", "-m", "tests.dead_man.program", *arguments)
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, preexec_fn=hear_signals)
    watchdog = threading.Timer(ENDS_S, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == b"ready\n", line
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()
        watchdog.join()


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_ctrl_c_ends_the_program_with_nothing_resting(program: str) -> None:
    with running(program) as process:
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate()
        assert printed.splitlines()[-1] == b"resting 0"
        assert b"shutting down group" in said, "it says at once that it works"
        assert b"never retrieved" not in said
        assert b"destroyed" not in said


@pytest.mark.parametrize("program", ["plain", "suppressing", "with_signals", "in_the_background"])
def test_a_second_ctrl_c_leaves_and_the_exit_code_says_so(program: str) -> None:
    # Seen: exit code 0 with orders resting, because the program suppresses CancelledError.
    with running(program, "--dead") as process:
        assert process.stderr is not None
        process.send_signal(signal.SIGINT)
        said = b""
        while b"attempt 1 to shut down" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGINT)
        printed, rest = process.communicate()
        assert printed.splitlines()[-1] == b"resting 1"
        assert process.returncode in (1, *INTERRUPTED), process.returncode
        assert b"did not confirm" in rest, (said, rest)
