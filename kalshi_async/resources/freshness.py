"""Read-your-writes: wait until reads show a change."""

from __future__ import annotations

from kalshi_async.calls.context import View
from kalshi_async.contract.exchange import GET_USER_DATA_TIMESTAMP
from kalshi_async.errors import DeadlineExceeded

SHORTEST_S = 0.05
LONGEST_S = 1.0


async def settled(view: View, after_ms: int, timeout_s: float) -> None:
    """Wait as ``SessionView.settled`` says.

    Sleeps about as long as the replica is behind, at least 0.05 s and at most 1 s at a time.
    """
    clock = view.pipeline.clock
    ends_s = clock.monotonic() + timeout_s
    while True:
        bounded = view.within(ends_s - clock.monotonic())
        as_of = (await bounded.call(GET_USER_DATA_TIMESTAMP)).as_of_time
        behind_s = after_ms / 1000 - as_of.timestamp()
        if behind_s < 0:
            return
        wait_s = min(LONGEST_S, max(SHORTEST_S, behind_s))
        if clock.monotonic() + wait_s >= ends_s:
            raise DeadlineExceeded(
                f"reads are valid up to {as_of.isoformat()}, {behind_s:.3f} s short of the change, "
                f"and {timeout_s:g} s are over",
                sent=False,
            )
        await clock.sleep(wait_s)
