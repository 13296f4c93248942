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

# SIGHUP comes when the terminal is closed; Windows has none.
_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def stopped_by_signals() -> Iterator[asyncio.Event]:
    """Yield an event that SIGINT, SIGTERM and SIGHUP set; at the end restore the former handlers.

    A SIGHUP that is ignored stays so: ``nohup`` asks for that.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    former = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
        for number in _ENDING
        if number in (signal.SIGINT, signal.SIGTERM) or signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield stopped
    finally:
        for number, handler in former.items():
            # None stands for a handler that was not installed from Python, and cannot be restored.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
