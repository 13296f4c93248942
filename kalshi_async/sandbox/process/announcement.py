"""The line on stdout, written by a thread: a pipe that nobody reads must not stop the exchange.

A line for 4,000 markets is longer than what a pipe holds. The write then waits for the reader,
and signals must be heard meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress


def announce(line: bytes, descriptor: int = 1) -> asyncio.Future[None]:
    """Begin to write the line; the future is done when all of it is written.

    It raises OSError if the descriptor is closed or its disk is full.
    """
    loop = asyncio.get_running_loop()
    written: asyncio.Future[None] = loop.create_future()

    def tell(error: OSError | None) -> None:
        if written.cancelled():
            return
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)

    def write() -> None:
        rest, failed = line, None
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except OSError as error:
            failed = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, failed)

    # A daemon: the interpreter does not wait at its end for a thread that is stuck in a write.
    threading.Thread(target=write, name="sandbox announcement", daemon=True).start()
    return written
