"""A signal becomes a cancellation: for scripts, which have nobody else to handle signals."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial


@asynccontextmanager
async def cancel_on_signals(
    signals: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM),
) -> AsyncIterator[None]:
    """Cancel this task when a signal arrives, as long as the block runs. For scripts only.

    The second SIGINT raises KeyboardInterrupt, as it does under ``asyncio.run``: a second Ctrl-C
    leaves, also while a dead-man switch works.

    Call it in the main thread: Python handles signals there alone.

    Windows: its event loops have no signal handlers, so the handlers of the ``signal`` module are
    used, and the former ones are restored at the end of the block. Tried on Linux with a loop that
    refuses signal handlers as those do; not tried on Windows itself. On Windows, Ctrl-C is SIGINT,
    and ``terminate`` of a subprocess sends no signal.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    with ExitStack() as installed:
        for number in signals:
            cancel = task.cancel if task is not None else lambda: None
            installed.callback(_on_signal(loop, number, _Canceling(cancel, number)))
        yield


class _Canceling:
    """Cancels a task at each signal; at the second Ctrl-C it raises KeyboardInterrupt."""

    def __init__(self, cancel: Callable[[], object], number: signal.Signals) -> None:
        self._cancel = cancel
        self._number = number
        self._count = 0

    def __call__(self) -> None:
        self._count += 1
        if self._number == signal.SIGINT and self._count > 1:
            raise KeyboardInterrupt
        self._cancel()


def _on_signal(
    loop: asyncio.AbstractEventLoop, number: signal.Signals, act: Callable[[], object]
) -> Callable[[], object]:
    """Call ``act`` on the loop at every signal; return the function that ends this."""
    try:
        loop.add_signal_handler(number, act)
    except NotImplementedError:
        former = signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))
        # None stands for a handler that was not installed from Python, and cannot be restored.
        return partial(signal.signal, number, signal.SIG_DFL if former is None else former)
    return partial(loop.remove_signal_handler, number)
