"""Child processes that hear signals, wherever the tests run."""

from __future__ import annotations

import signal


def hear_signals() -> None:
    """Undo, as ``preexec_fn``, what the tests were started with.

    A job in the background of a shell ignores SIGINT, and one of ``nohup`` ignores SIGHUP.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
