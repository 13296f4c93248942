"""The log of the process: lines are dropped rather than waited for.

A program that starts the exchange with stderr in a pipe and reads nothing fills that pipe after
64 KB. The next write would stop the event loop, signals included. Here a thread writes, and it
alone waits; lines that find its queue full are counted and dropped. A line that repeats is
written once in ``REPEAT_S``. A record is one line: a traceback becomes its error and its place.
"""

from __future__ import annotations

import io
import logging
import os
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from traceback import walk_tb

QUEUED_TEXTS = 1_000
"""The texts that wait for the thread: some 100 KB of lines, and at most 1 MB."""

REPEAT_S = 10.0
"""The time in which a line that repeats is written once. Without descriptors, asyncio logs up to 100
equal errors a second."""

_DIFFERENT_LINES = 100
_LONGEST_LINE = 1_000
# At the end: the time for what is queued. A pipe that nobody reads costs this, and no more.
_FLUSH_S = 0.5


class DroppingStream(io.TextIOBase):
    """A text stream whose ``write`` never waits. A thread of its own writes to the descriptor."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._texts: queue.Queue[str | None] = queue.Queue(QUEUED_TEXTS)
        self._dropped = 0
        # A daemon: the interpreter does not wait at its end for a thread that is stuck in a write.
        self._thread = threading.Thread(target=self._run, name="sandbox log", daemon=True)
        self._thread.start()

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Queue the text, or drop it if the queue is full."""
        try:
            self._texts.put_nowait(text)
        except queue.Full:
            self._dropped += 1
        return len(text)

    def end(self) -> None:
        """Write what is queued, as far as ``_FLUSH_S`` allows."""
        with suppress(queue.Full):
            self._texts.put(None, timeout=_FLUSH_S)
            self._thread.join(_FLUSH_S)

    def _run(self) -> None:
        while (text := self._texts.get()) is not None:
            self._put(text)
            if self._texts.empty():
                self._tell_dropped()
        self._tell_dropped()

    def _tell_dropped(self) -> None:
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._put(f"({dropped} texts of this log were dropped: stderr was not read)\n")

    def _put(self, text: str) -> None:
        # Not by way of sys.stderr: this thread may be stuck at the end, and would hold its lock.
        raw = text.encode("utf-8", "backslashreplace")
        with suppress(OSError):  # stderr is closed
            while raw:
                raw = raw[os.write(self._descriptor, raw) :]


class RepeatFilter(logging.Filter):
    """Passes a line once in ``REPEAT_S``, and then tells how often it came meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._until_s: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether to write the line."""
        error = record.exc_info[1] if record.exc_info else None
        line = f"{record.name} {record.getMessage().partition(chr(10))[0]} {error!r}"
        now_s = time.monotonic()
        if now_s < self._until_s.get(line, 0.0):
            self._left_out[line] = self._left_out.get(line, 0) + 1
            return False
        if len(self._until_s) >= _DIFFERENT_LINES:
            self._until_s.clear()
            self._left_out.clear()
        self._until_s[line] = now_s + REPEAT_S
        left_out = self._left_out.pop(line, 0)
        if left_out:
            record.msg, record.args = f"{record.getMessage()} (and {left_out} more like it)", ()
        return True


class OneLine(logging.Formatter):
    """Writes each record as one line; of a traceback, the error and where it was raised.

    A client can make asyncio and uvicorn log errors as often as it likes, each with 50 lines.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        parts = [f"{record.levelname} {record.name}: {record.getMessage()}"]
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            parts.append(repr(error))
            # Not ``extract_tb``, which reads the source files: descriptors may be what is missing.
            places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
            parts += [f"at {file}:{line}" for file, line in places[-1:]]
        line = "; ".join(each.strip() for part in parts for each in part.splitlines() if each.strip())
        return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…"


@contextmanager
def logging_without_waiting(descriptor: int = 2) -> Iterator[None]:
    """Send the log, and everything else that is written to ``sys.stderr``, through a thread."""
    stream = DroppingStream(descriptor)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine())
    handler.addFilter(RepeatFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        with redirect_stderr(stream):
            yield
    finally:
        root.removeHandler(handler)
        stream.end()
