"""A desk as server-sent events, so that the page does not poll.

Teaches: streaming from an exchange that is polled. Every event holds a whole state, so a page that
missed events, or has reconnected, is right after the next one. A failed read is sent as an event, and
the stream goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec

from examples.fastapi_backend.desk import Desk
from examples.fastapi_backend.shared import SharedRead

BUDGET_EVERY_S = 0.25  # costs no tokens: the client counts them itself
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the second stops nginx from buffering


async def events(desk: Desk, markets: SharedRead) -> AsyncIterator[bytes]:
    """Yield ``budget`` every 0.25 s, and ``portfolio``, ``markets`` and ``trouble`` when they change."""
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
