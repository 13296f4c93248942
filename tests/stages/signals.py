"""Child processes that hear Ctrl-C, wherever the tests run."""

from __future__ import annotations

import signal


def hear_ctrl_c() -> None:
    """Undo, as ``preexec_fn``, what a shell does to jobs in the background: they ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
