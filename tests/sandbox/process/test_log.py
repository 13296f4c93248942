"""The log of the process drops lines rather than wait, and repeats itself little."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading

import pytest

from kalshi_async.sandbox.process.log import DroppingStream, RepeatFilter, logging_without_waiting

# Ten times what a pipe holds, by way of the log and of sys.stderr.
TALKATIVE = """
import logging, sys
from kalshi_async.sandbox.process.log import logging_without_waiting
with logging_without_waiting():
    for number in range(5_000):
        logging.getLogger("x").error("line %d %s", number, "x" * 100)
        print("line", number, file=sys.stderr)
print("done", flush=True)
"""


def test_a_pipe_that_is_not_read_stops_nothing() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TALKATIVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()
        assert process.stdout is not None
        assert process.stdout.read() == b"done\n"


def test_a_pipe_that_is_read_gets_every_line_in_order() -> None:
    reading, writing = os.pipe()
    with logging_without_waiting(writing):
        for number in range(3):
            logging.getLogger("kalshi").warning("line %d", number)
        print("by hand", file=sys.stderr)
    os.close(writing)
    with open(reading, encoding="ascii") as pipe:
        lines = pipe.read().splitlines()
    assert lines == [*(f"WARNING kalshi: line {number}" for number in range(3)), "by hand"]


def test_it_tells_how_much_was_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kalshi_async.sandbox.process.log.QUEUED_TEXTS", 3)
    reading, writing = os.pipe()
    written = b""
    stream = DroppingStream(writing)
    for _ in range(100):
        stream.write("x" * 70_000)  # more than a pipe holds: the thread is stuck in the first
    reader = threading.Thread(target=stream.end)
    reader.start()
    while b"were dropped" not in written:
        written += os.read(reading, 65_536)
    reader.join()
    os.close(writing)
    os.close(reading)
    assert 0 < written.count(b"x") // 70_000 < 100


def test_a_closed_stderr_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = DroppingStream(writing)
    stream.write("nobody hears this")
    stream.end()
    os.close(writing)


def record(text: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("asyncio", logging.ERROR, "", 0, text, arguments, None)


def test_a_line_that_repeats_is_written_once_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    repeats = RepeatFilter()
    passed = [repeats.filter(record("out of %s", "files")) for _ in range(1_000)]
    assert sum(passed) == 1
    assert repeats.filter(record("out of %s", "memory"))
    now_s[0] += 10.5
    again = record("out of %s", "files")
    assert repeats.filter(again)
    assert again.getMessage() == "out of files (and 999 more like it)"


def test_ever_new_lines_take_no_memory() -> None:
    repeats = RepeatFilter()
    for number in range(10_000):
        repeats.filter(record("%d", number))
    assert len(repeats._until_s) <= 100


def test_a_traceback_is_one_line_with_error_and_place() -> None:
    """A stop beside clients that did not read wrote 54 lines, missing descriptors 34."""
    reading, writing = os.pipe()
    with logging_without_waiting(writing):
        try:
            raise OSError(24, "too many open files")
        except OSError:
            logging.getLogger("asyncio").exception("out of system resource\nsocket: <%s>", "x")
        logging.getLogger("asyncio").error("endless %s", "x" * 100_000)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        first, second = pipe.read().splitlines()
    assert first.startswith("ERROR asyncio: out of system resource; socket: <x>; OSError(24, 'too many")
    assert "; at " in first
    assert "test_log.py:" in first
    assert len(second) < 2_000
