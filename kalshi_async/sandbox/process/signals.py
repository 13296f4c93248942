"""The signals that end the process.

``signal.signal`` and not ``loop.add_signal_handler``, which event loops on Windows do not have.
Tried on Linux, also with a loop that refuses signal handlers as those do; not tried on Windows
itself. On Windows, Ctrl-C is SIGINT, and ``terminate`` of a subprocess sends no signal.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopped_by_signals() -> Iterator[asyncio.Event]:
    """Yield an event that SIGINT and SIGTERM set; at the end restore the former handlers."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    former = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stopped
    finally:
        for number, handler in former.items():
            # None stands for a handler that was not installed from Python, and cannot be restored.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
