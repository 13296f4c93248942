"""A signal becomes a cancellation: for scripts, which have nobody else to handle signals."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager


@asynccontextmanager
async def cancel_on_signals(
    signals: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM),
) -> AsyncIterator[None]:
    """Cancel this task when a signal arrives, as long as the block runs. For scripts only.

    The second SIGINT raises KeyboardInterrupt, as it does under ``asyncio.run``: a second Ctrl-C
    leaves, also while a dead-man switch works.

    Blocks may be nested: a signal cancels the task of the newest one that still runs. At the end of
    a block the former handler is back, be it that of an outer block or that of ``asyncio.run``.

    Call it in the main thread: Python handles signals there alone.

    Windows: Ctrl-C is SIGINT, and ``terminate`` of a subprocess sends no signal. Tried on Linux, also
    with an event loop that has no signal handlers, as on Windows; not tried on Windows itself.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    cancel = task.cancel if task is not None else lambda: None
    with ExitStack() as installed:
        for number in signals:
            installed.callback(_Canceling(loop, cancel, number).remove)
        yield


class _Canceling:
    """A handler of the ``signal`` module that cancels a task; the second Ctrl-C is KeyboardInterrupt.

    Not ``loop.add_signal_handler``: it cannot restore a former handler, and Windows has none.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, cancel: Callable[[], object], number: signal.Signals
    ) -> None:
        self._loop = loop
        self._cancel = cancel
        self._number = number
        self._count = 0
        former = signal.signal(number, self)
        # None stands for a handler that was not installed from Python, and cannot be restored.
        self._former = signal.SIG_DFL if former is None else former

    def __call__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._act)

    def remove(self) -> None:
        """Restore the former handler, also if a newer block that still runs has replaced this one."""
        number, former = self._number, self._former
        handler = signal.getsignal(number)
        if handler is self:
            signal.signal(number, former)
        while isinstance(handler, _Canceling):
            if handler._former is self:
                handler._former = former
            handler = handler._former

    def _act(self) -> None:
        self._count += 1
        if self._number == signal.SIGINT and self._count > 1:
            raise KeyboardInterrupt
        self._cancel()
