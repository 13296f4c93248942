"""A desk as it changes, as server-sent events: what the page shows without ever asking again.

Teaches: streaming from an exchange that is polled. Every event is a whole state, so that a page that
lost some of them, or has just come back, is right after the next. Trouble is told, and outlived.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec

from examples.fastapi_backend.desk import Desk
from examples.fastapi_backend.shared import SharedRead

BUDGET_EVERY_S = 0.25  # costs nothing: the tokens are counted here
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the second tells nginx not to wait


async def events(desk: Desk, markets: SharedRead) -> AsyncIterator[bytes]:
    """Yield ``budget`` all the time, and ``portfolio``, ``markets`` and ``trouble`` as they change."""
    shown: dict[SharedRead, tuple[str, bytes]] = {}
    while not desk.closing.is_set():
        yield _event("budget", msgspec.json.encode(desk.budget.look()))
        for read in (desk.portfolio, markets):
            latest = await read.latest()
            if shown.get(read) != latest:
                shown[read] = latest
                yield _event(*latest)
        with suppress(TimeoutError):
            async with asyncio.timeout(BUDGET_EVERY_S):
                await desk.closing.wait()


def _event(name: str, json: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), json)  # JSON has no line ends of its own
