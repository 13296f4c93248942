"""Read-your-writes: wait until reads show a change."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.contract.exchange import GET_USER_DATA_TIMESTAMP
from kalshi_async.errors import DeadlineExceeded, KalshiError
from kalshi_async.resources.settling.patience import through_failures, to_the_end

SHORTEST_S = 0.05  # ours: seconds between two looks at least
LONGEST_S = 1.0  # ours: seconds between two looks at most


async def settled(context: Context, after_ms: int, timeout_s: float) -> None:
    """Wait as ``SessionView.settled`` describes. Sleeps about as long as the replica is behind."""
    clock = context.pipeline.clock
    ends_s = clock.monotonic() + timeout_s
    behind_s: float | None = None
    failures: list[KalshiError] = []

    async def look() -> datetime | None:
        nonlocal behind_s
        bounded = context.within(ends_s - clock.monotonic())
        as_of = (await bounded.call(GET_USER_DATA_TIMESTAMP)).as_of_time
        behind_s = after_ms / 1000 - as_of.timestamp()
        failures.clear()
        return as_of if behind_s < 0 else None

    wait_s = to_the_end(clock, ends_s, lambda _: min(LONGEST_S, max(SHORTEST_S, behind_s or 0.0)))
    if await poll(through_failures(look, failures), clock, ends_s=ends_s, wait_s=wait_s) is None:
        state = "not known to be valid up to" if behind_s is None else f"{behind_s:.3f} s short of"
        late = DeadlineExceeded(f"reads are {state} the change, and {timeout_s:g} s are over", sent=False)
        raise late from next(iter(failures), None)
