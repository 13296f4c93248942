"""End the streams as soon as the server is told to stop.

Teaches: ending server-sent events under a server that one did not write. uvicorn waits for its
connections before it ends the lifespan, and tells the app nothing meanwhile.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def told_to_stop(act: Callable[[], None]) -> Iterator[None]:
    """Call ``act`` on the event loop at SIGINT or SIGTERM; the server's own handlers go on as before."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread has handlers
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    changed = [number for number in SIGNALS if callable(before[number])]  # not where nothing would end
    for number in changed:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, before[number])
