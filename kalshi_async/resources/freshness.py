"""Read-your-writes: wait until reads show a change."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.contract.exchange import GET_USER_DATA_TIMESTAMP
from kalshi_async.errors import DeadlineExceeded

SHORTEST_S = 0.05  # ours: seconds between two looks at least
LONGEST_S = 1.0  # ours: seconds between two looks at most


async def settled(context: Context, after_ms: int, timeout_s: float) -> None:
    """Wait as ``SessionView.settled`` describes. Sleeps about as long as the replica is behind."""
    clock = context.pipeline.clock
    ends_s = clock.monotonic() + timeout_s
    behind_s = 0.0

    async def look() -> datetime | None:
        nonlocal behind_s
        bounded = context.within(ends_s - clock.monotonic())
        as_of = (await bounded.call(GET_USER_DATA_TIMESTAMP)).as_of_time
        behind_s = after_ms / 1000 - as_of.timestamp()
        return as_of if behind_s < 0 else None

    def wait_s(_: int) -> float:
        return min(LONGEST_S, max(SHORTEST_S, behind_s))

    if await poll(look, clock, ends_s=ends_s, wait_s=wait_s) is None:
        raise DeadlineExceeded(
            f"reads are {behind_s:.3f} s short of the change, and {timeout_s:g} s are over", sent=False
        )
