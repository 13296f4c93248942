"""Work that goes on when its caller is canceled, and when every task is.

Theory of operation. The work runs in a task that is not in ``asyncio.all_tasks()``, so neither a
sweep of all tasks nor the end of ``asyncio.run`` cancels it. The caller waits for it in a loop
and keeps its own cancellations for later. ``asyncio.run`` waits for the tasks that it cancels, and
so for the caller. A canceled anyio scope cancels its tasks on every pass of the event loop; the
shielded scope of the caller keeps that out, or the loop would spin.

A second Ctrl-C must still end the program. ``asyncio.run`` turns the first one into a cancellation
of the main task; at the second, KeyboardInterrupt unwinds the running event loop, which then runs
once more, to cancel what is left. A callback of the loop sees that exception, because it runs
while the exception is handled.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Collection, Coroutine
from typing import TypeVar

import anyio

Result = TypeVar("Result")


def hidden_task(work: Coroutine[object, object, Result]) -> asyncio.Task[Result]:
    """Start a task that ``asyncio.all_tasks()`` does not show. The caller keeps the reference."""
    task = asyncio.ensure_future(work)
    # Public by the documentation ("Extending asyncio"), in spite of its name. Read 2026-11-28.
    asyncio._unregister_task(task)
    return task


async def outlast(tasks: Collection[asyncio.Task[Result]]) -> asyncio.CancelledError | None:
    """Wait until hidden tasks have ended; return the last cancellation that came meanwhile.

    The caller raises the cancellation. A second Ctrl-C cancels the tasks.
    """
    canceled: asyncio.CancelledError | None = None
    interrupts = _Interrupts(asyncio.get_running_loop(), lambda: [task.cancel() for task in tasks])
    with anyio.CancelScope(shield=True):
        while pending := [task for task in tasks if not task.done()]:
            try:
                await asyncio.wait(pending)
            except asyncio.CancelledError as error:
                canceled = error
                interrupts.look()
    return canceled


async def fire_all(
    switches: Collection[Callable[[], asyncio.Task[object]]],
) -> asyncio.CancelledError | None:
    """Call every switch and wait for the tasks that they return, as ``outlast`` does."""
    # A task that was canceled together with this one gets to leave its block first.
    first = await outlast([hidden_task(asyncio.sleep(0))])
    return await outlast([fire() for fire in list(switches)]) or first


class _Interrupts:
    """Calls ``leave`` when a KeyboardInterrupt unwinds the event loop that began after this object."""

    def __init__(self, loop: asyncio.AbstractEventLoop, leave: Callable[[], object]) -> None:
        self._loop = loop
        self._leave = leave
        self._known: BaseException | None = None
        loop.call_soon(self._begin)

    def look(self) -> None:
        """Look, from a callback of the loop: a task sees the exceptions that it handles itself."""
        self._loop.call_soon(self._look)

    def _begin(self) -> None:
        # The Ctrl-C that ended the block may be under way: it is the first one.
        self._known = sys.exc_info()[1]

    def _look(self) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, KeyboardInterrupt) and error is not self._known and not _is_first(error):
            self._leave()


def _is_first(error: KeyboardInterrupt) -> bool:
    """Whether ``asyncio.run`` raised it at its end, for a first Ctrl-C that canceled the main task."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame is not None and frame.tb_frame.f_code is asyncio.Runner.run.__code__
